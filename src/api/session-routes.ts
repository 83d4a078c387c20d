import { FirebreakError, LIMITS } from '../kernel/index.ts';
import {
  AskedAnswer,
  AssertRequest,
  SessionAnswer,
  SessionParams,
  SessionsAnswer,
  SignInQuery,
} from './contract/index.ts';
import { sessionCookie } from './cookies.ts';
import type { ApiParts } from './parts.ts';
import { clientOf, placeOf } from './place.ts';
import { presentSession, presentSignedIn } from './present-people.ts';
import { callerOf, route, signedInOf, type Api } from './route.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { startSession } from './sign-in-routes.ts';
import { assertionOf } from './webauthn.ts';

const word = 'session';

/** My session and the others of mine. */
export async function sessionRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people, settings } = parts;
  const cookie = sessionCookie(settings);
  freshRoutes(api, parts);
  api.get(
    '/v1/session',
    route('read', { word, summary: 'Who is signed in here' }, {}, SessionAnswer),
    async (request) => presentSignedIn(signedInOf(request)),
  );
  api.get(
    '/v1/sessions',
    route('read', { word, summary: 'My sessions, newest first' }, {}, SessionsAnswer),
    async (request) => {
      const own = signedInOf(request);
      const listed = await people.sessions.list(own.session.person);
      return { sessions: listed.map((one) => presentSession(one, own)) };
    },
  );
  api.delete(
    '/v1/sessions/:id',
    route('read', { word, summary: 'End one of my sessions' }, { params: SessionParams }, null),
    async (request, reply) => {
      const { person } = signedInOf(request).session;
      await people.sessions.end(person, request.params.id, callerOf(request).name);
      return await reply.code(204).send();
    },
  );
  api.delete(
    '/v1/sessions',
    route('read', { word, summary: 'Sign out everywhere' }, {}, null),
    async (request, reply) => {
      await people.sessions.endAll(signedInOf(request).session.person, callerOf(request).name);
      cookie.clear(reply);
      return await reply.code(204).send();
    },
  );
}

/** Asking for the passkey again. It is open to whoever is signed in, however little they may do. */
function freshRoutes(api: Api, parts: ApiParts): void {
  const { people, settings, clock } = parts;
  const limits = createSignInLimits(clock);
  const cookie = sessionCookie(settings);
  api.post(
    '/v1/session/fresh/options',
    route('read', { word, summary: 'Ask for my passkey again' }, {}, AskedAnswer),
    (request) =>
      people.sessions.askToRefresh(placeOf(request, settings), signedInOf(request).session),
  );
  api.post(
    '/v1/session/fresh',
    {
      ...route(
        'read',
        {
          word,
          summary: 'Use my passkey again',
          description:
            'Dangerous acts work for some minutes from here. The session gets a new cookie.',
        },
        { body: AssertRequest },
        SessionAnswer,
      ),
      bodyLimit: LIMITS.signInBytesMax,
    },
    async (request, reply) => {
      const { session } = signedInOf(request);
      const place = placeOf(request, settings);
      const opened = await limits.guard(request, null, () =>
        people.sessions.refresh(place, session, assertionOf(request.body)),
      );
      cookie.set(reply, opened.text, session.endsAtMs - clock.nowMs());
      return presentSignedIn(opened.signedIn);
    },
  );
}

/** The one-time link of the demo, and the way out. */
export async function linkRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people, settings } = parts;
  const cookie = sessionCookie(settings);
  api.get(
    '/sign-in',
    route('open', { word, summary: 'A link that works once' }, { querystring: SignInQuery }, null),
    async (request, reply) => {
      // The code stands in the address of this page.
      reply.header('referrer-policy', 'no-referrer');
      const { code } = request.query;
      if (code !== undefined) {
        const opened = await people.signIn.followLink(code, clientOf(request));
        await startSession(parts, request, reply, opened);
      }
      return await reply.redirect('/', 303);
    },
  );
  api.post(
    '/sign-out',
    route('read', { word, summary: 'End this session' }, {}, null),
    async (request, reply) => {
      const { signedIn, name } = callerOf(request);
      if (signedIn === null) {
        const problem = 'there is no session; tokens are revoked with DELETE /v1/tokens';
        throw new FirebreakError('request-invalid', { problem });
      }
      const { person, id } = signedIn.session;
      await people.sessions.end(person, id, name);
      cookie.clear(reply);
      return await reply.code(204).send();
    },
  );
}
