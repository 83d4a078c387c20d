import {
  IdParams,
  TokenAnswer,
  TokenRequest,
  TokensAnswer,
  Token,
  MeAnswer,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { presentToken } from './present.ts';
import { callerOf, route, type Api } from './route.ts';

export async function tokensRoutes(api: Api, { tokens }: ApiParts): Promise<void> {
  const word = 'tokens';
  api.post(
    '/v1/tokens',
    route('admin', { word, summary: 'Make a token' }, { body: TokenRequest }, TokenAnswer, 201),
    async (request, reply): Promise<TokenAnswer> => {
      const { expiresAt, ...order } = request.body;
      const life = expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) };
      const created = await tokens.create({ ...order, ...life }, callerOf(request).name);
      reply.code(201);
      return { ...presentToken(created.token), token: created.text };
    },
  );
  api.get(
    '/v1/tokens',
    route('admin', { word, summary: 'List tokens, without their secrets' }, {}, TokensAnswer),
    async (): Promise<TokensAnswer> => ({ tokens: (await tokens.list()).map(presentToken) }),
  );
  api.delete(
    '/v1/tokens/:id',
    route('admin', { word, summary: 'Revoke a token' }, { params: IdParams }, Token),
    async (request) => presentToken(await tokens.revoke(request.params.id, callerOf(request).name)),
  );
  api.get(
    '/v1/me',
    route('read', { word, summary: 'Who this token or session is' }, {}, MeAnswer),
    async (request): Promise<MeAnswer> => {
      const { name, person, scopes } = callerOf(request);
      return { name, person, scopes: [...scopes] };
    },
  );
}
