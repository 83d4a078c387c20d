import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS, toTimestamp } from '../kernel/index.ts';
import type { OpenedSession } from '../people/index.ts';
import {
  AcceptedAnswer,
  AcceptRequest,
  AskedAnswer,
  AssertRequest,
  InvitationAnswer,
  InvitationRequest,
  InvitedOptionsRequest,
  RecoverRequest,
  SessionAnswer,
  SignInAnswer,
} from './contract/index.ts';
import { sessionCookie } from './cookies.ts';
import { checkOwnPage } from './own-page.ts';
import type { ApiParts } from './parts.ts';
import { clientOf, passkeysProblem, placeOf } from './place.ts';
import { presentPasskey, presentSignedIn } from './present-people.ts';
import { route, type Api } from './route.ts';
import { createSignInLimits, type SignInLimits } from './sign-in-limits.ts';
import { assertionOf, registrationOf } from './webauthn.ts';

const word = 'sign-in';
const SMALL = { bodyLimit: LIMITS.signInBytesMax };

/** Who was signed in in this browser before is not any more: their session ends with its cookie. */
export async function startSession(
  { people, settings }: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { text, signedIn }: OpenedSession,
): Promise<SessionAnswer> {
  const cookie = sessionCookie(settings);
  const before = cookie.read(request);
  const left = before === null ? null : await people.sessions.verify(before, false);
  if (left !== null) {
    const { person, id } = left.session;
    await people.sessions.end(person, id, `person:${signedIn.session.person}`);
  }
  cookie.set(reply, text, LIMITS.sessionLifeMs);
  return presentSignedIn(signedIn);
}

export async function signInRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people, settings } = parts;
  const limits = createSignInLimits(parts.clock);
  api.get(
    '/v1/sign-in',
    route('open', { word, summary: 'The ways to sign in here' }, {}, SignInAnswer),
    async (request): Promise<SignInAnswer> => {
      const problem = passkeysProblem(request, settings);
      const providers = await people.oidc.providers();
      return {
        passkeys: problem === null,
        passkeysProblem: problem,
        firstAdministrator: await people.signIn.isFirst(),
        providers: providers.map((one) => ({
          ...one,
          start: `/sign-in/oidc/${one.name}`,
          available: one.problem === null,
        })),
      };
    },
  );
  api.post(
    '/v1/sign-in/passkey/options',
    route('open', { word, summary: 'Ask for the signature of a passkey' }, {}, AskedAnswer),
    async (request) => {
      checkOwnPage(request, settings);
      return await people.signIn.askToSignIn(placeOf(request, settings));
    },
  );
  api.post(
    '/v1/sign-in/passkey',
    {
      ...route(
        'open',
        { word, summary: 'Sign in with a passkey' },
        { body: AssertRequest },
        SessionAnswer,
      ),
      ...SMALL,
    },
    async (request, reply) => {
      checkOwnPage(request, settings);
      const place = placeOf(request, settings);
      const opened = await limits.guard(request, null, () =>
        people.signIn.signIn(place, assertionOf(request.body), clientOf(request)),
      );
      return await startSession(parts, request, reply, opened);
    },
  );
  recoveryRoute(api, parts, limits);
}

function recoveryRoute(api: Api, parts: ApiParts, limits: SignInLimits): void {
  const { people, settings } = parts;
  api.post(
    '/v1/sign-in/recovery',
    route(
      'open',
      {
        word,
        summary: 'Sign in with a recovery code',
        description: 'Each works once. The session reads, and may add a passkey.',
      },
      { body: RecoverRequest },
      SessionAnswer,
    ),
    async (request, reply) => {
      checkOwnPage(request, settings);
      const { person, code } = request.body;
      const opened = await limits.guard(request, person, () =>
        people.signIn.recover(person, code, clientOf(request)),
      );
      return await startSession(parts, request, reply, opened);
    },
  );
}

export async function invitationRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people, settings, clock } = parts;
  const limits = createSignInLimits(clock);
  const { invitations } = people;
  api.post(
    '/v1/invitations/look',
    route(
      'open',
      { word, summary: 'What an invitation is for' },
      { body: InvitationRequest },
      InvitationAnswer,
    ),
    async (request): Promise<InvitationAnswer> => {
      checkOwnPage(request, settings);
      const { invitation } = request.body;
      const found = await limits.guard(request, null, () => invitations.look(invitation));
      const { person, isAdministrator, expiresAtMs } = found;
      const rows = people.roster();
      return {
        person,
        name: rows.find((one) => one.person === person)?.name ?? null,
        isFirstAdministrator: person === null && isAdministrator,
        people: person === null ? [...rows] : [],
        expiresAt: toTimestamp(expiresAtMs),
      };
    },
  );
  api.post(
    '/v1/invitations/passkey/options',
    route(
      'open',
      { word, summary: 'Ask a device for the passkey of an invited person' },
      { body: InvitedOptionsRequest },
      AskedAnswer,
    ),
    async (request) => {
      checkOwnPage(request, settings);
      const { invitation, person = null } = request.body;
      const place = placeOf(request, settings);
      return await limits.guard(request, null, () =>
        invitations.askToAccept(place, invitation, person),
      );
    },
  );
  acceptRoute(api, parts, limits);
}

function acceptRoute(api: Api, parts: ApiParts, limits: SignInLimits): void {
  const { people, settings } = parts;
  api.post(
    '/v1/invitations/passkey',
    {
      ...route(
        'open',
        {
          word,
          summary: 'Add the first passkey and sign in with it',
          description: 'Ends the invitation. Recovery codes are shown here and nowhere else.',
        },
        { body: AcceptRequest },
        AcceptedAnswer,
        201,
      ),
      ...SMALL,
    },
    async (request, reply) => {
      checkOwnPage(request, settings);
      const { invitation } = request.body;
      const place = placeOf(request, settings);
      const accepted = await limits.guard(request, null, () =>
        people.invitations.accept(
          place,
          invitation,
          registrationOf(request.body),
          clientOf(request),
        ),
      );
      const session = await startSession(parts, request, reply, accepted);
      reply.code(201);
      const { passkey, recoveryCodes } = accepted;
      return { session, passkey: presentPasskey(passkey), recoveryCodes: [...recoveryCodes] };
    },
  );
}
