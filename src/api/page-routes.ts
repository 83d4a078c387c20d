import { FirebreakError } from '../kernel/index.ts';
import { SESSION_COOKIE, sessionOf } from './authentication.ts';
import { SignInQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const parts = [`${SESSION_COOKIE}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  return [...parts, `Max-Age=${maxAgeSeconds}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

export async function sessionRoutes(api: Api, { tokens, settings }: ApiParts): Promise<void> {
  const word = 'session';
  const isSecure = settings.publicUrl?.startsWith('https:') === true;
  api.get(
    '/sign-in',
    route('open', { word, summary: 'A link that works once' }, { querystring: SignInQuery }, null),
    async (request, reply) => {
      const { session, lifeMs } = await tokens.signIn(request.query.code);
      // The code stands in the address of this page.
      reply.header('referrer-policy', 'no-referrer');
      reply.header('set-cookie', cookie(session, Math.floor(lifeMs / 1_000), isSecure));
      return reply.redirect('/', 303);
    },
  );
  api.post(
    '/sign-out',
    route('read', { word, summary: 'End this session' }, {}, null),
    async (request, reply) => {
      const session = sessionOf(request);
      if (session === null) {
        const problem = 'there is no session; tokens are revoked with DELETE /v1/tokens';
        throw new FirebreakError('request-invalid', { problem });
      }
      await tokens.signOut(session);
      reply.header('set-cookie', cookie('', 0, isSecure));
      return reply.code(204).send();
    },
  );
}
