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
import { callerOf, dangerous, route, type Api } from './route.ts';
import type { ApiToken, Caller } from './tokens/index.ts';
import { FirebreakError } from '../kernel/index.ts';

/** Others manage their own, and only where they are signed in: a token makes, lists and revokes none. */
function isAdministrator(caller: Caller): boolean {
  if (caller.scopes.includes('admin')) return true;
  if (caller.signedIn === null) throw new FirebreakError('forbidden', { scope: 'admin' });
  return false;
}

function isOwn({ person }: Caller, token: ApiToken): boolean {
  return person !== null && token.person === person;
}

/** INVARIANT: nobody makes a token that may do more than they themselves, or speaks for somebody else. */
function ownOrder(caller: Caller, order: TokenRequest): TokenRequest {
  if (isAdministrator(caller)) return order;
  const { person } = caller;
  const missing = order.scopes.find((scope) => !caller.scopes.includes(scope));
  const isForOther = order.person !== undefined && order.person !== person;
  const isRecovery = caller.signedIn?.session.method === 'recovery';
  if (person === null || isForOther || isRecovery || missing !== undefined)
    throw new FirebreakError('forbidden', { scope: missing ?? 'admin' });
  return { ...order, person };
}

export async function tokensRoutes(api: Api, { tokens }: ApiParts): Promise<void> {
  const word = 'tokens';
  api.post(
    '/v1/tokens',
    dangerous(
      route(
        'read',
        {
          word,
          summary: 'Make a token',
          description:
            'Administrators make any. Whoever is signed in makes one for themselves, with no more than they may do.',
        },
        { body: TokenRequest },
        TokenAnswer,
        201,
      ),
    ),
    async (request, reply): Promise<TokenAnswer> => {
      const { expiresAt, ...order } = ownOrder(callerOf(request), request.body);
      const life = expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) };
      const created = await tokens.create({ ...order, ...life }, callerOf(request).name);
      reply.code(201);
      return { ...presentToken(created.token), token: created.text };
    },
  );
  api.get(
    '/v1/tokens',
    route('read', { word, summary: 'List tokens, without their secrets' }, {}, TokensAnswer),
    async (request): Promise<TokensAnswer> => {
      const caller = callerOf(request);
      const listed = await tokens.list();
      const shown = isAdministrator(caller) ? listed : listed.filter((one) => isOwn(caller, one));
      return { tokens: shown.map(presentToken) };
    },
  );
  api.delete(
    '/v1/tokens/:id',
    dangerous(route('read', { word, summary: 'Revoke a token' }, { params: IdParams }, Token)),
    async (request) => {
      const caller = callerOf(request);
      const { id } = request.params;
      const found = isAdministrator(caller) ? null : await tokens.find(id);
      if (found !== null && !isOwn(caller, found))
        throw new FirebreakError('forbidden', { scope: 'admin' });
      return presentToken(await tokens.revoke(id, caller.name));
    },
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
