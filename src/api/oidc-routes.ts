import type { FastifyRequest } from 'fastify';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import { ProviderParams } from './contract/index.ts';
import { providerCookie } from './cookies.ts';
import type { ApiParts } from './parts.ts';
import { clientOf, placeOf } from './place.ts';
import { route, type Api } from './route.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { startSession } from './sign-in-routes.ts';

const word = 'sign-in';

/** These are pages for a browser that follows links: what went wrong is told by the page that it ends on. */
function pageOf(error: unknown): string {
  if (!isFirebreakError(error) || error.status === 500) throw error;
  return `/?problem=${error.code}`;
}

export async function oidcRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people, settings } = parts;
  const cookie = providerCookie(settings);
  const limits = createSignInLimits(parts.clock);
  const returnTo = (request: FastifyRequest, provider: string): string =>
    `${placeOf(request, settings).origin}/sign-in/oidc/${provider}/return`;
  api.get(
    '/sign-in/oidc/:provider',
    route(
      'open',
      { word, summary: 'Go and sign in with a provider' },
      { params: ProviderParams },
      null,
    ),
    async (request, reply) => {
      reply.header('referrer-policy', 'no-referrer');
      const { provider } = request.params;
      try {
        const begun = await people.oidc.begin(provider, returnTo(request, provider));
        cookie.set(reply, begun.browser, LIMITS.ceremonyLifeMs);
        return await reply.redirect(begun.location, 303);
      } catch (error) {
        return await reply.redirect(pageOf(error), 303);
      }
    },
  );
  api.get(
    '/sign-in/oidc/:provider/return',
    route('open', { word, summary: 'Come back from a provider' }, { params: ProviderParams }, null),
    async (request, reply) => {
      // The code stands in the address of this page.
      reply.header('referrer-policy', 'no-referrer');
      const { provider } = request.params;
      const answer = new URL(request.url, 'http://localhost').searchParams;
      try {
        const redirectUri = returnTo(request, provider);
        const browser = cookie.read(request);
        const client = clientOf(request);
        const opened = await limits.guard(request, null, () =>
          people.oidc.finish(provider, redirectUri, answer, browser, client),
        );
        await startSession(parts, request, reply, opened);
        return await reply.redirect('/', 303);
      } catch (error) {
        cookie.clear(reply);
        return await reply.redirect(pageOf(error), 303);
      }
    },
  );
}
