import type { FastifyRequest } from 'fastify';
import { FirebreakError, LIMITS, type Clock } from '../kernel/index.ts';
import type { People, SignedIn, Standing } from '../people/index.ts';
import { SCOPES, type Scope } from './contract/index.ts';
import { sessionCookie } from './cookies.ts';
import { checkOwnPage } from './own-page.ts';
import type { ApiSettings } from './parts.ts';
import { createThrottle } from './throttle.ts';
import type { Caller, Tokens } from './tokens/index.ts';

export interface Authentication {
  /** Who asks; throws when nobody does. `isUse`: false for looks that the server takes by itself. */
  readonly authenticate: (request: FastifyRequest, isUse?: boolean) => Caller | Promise<Caller>;
  /** As authenticate, but nobody is null: for what also open senders may do. */
  readonly recognise: (request: FastifyRequest, isUse?: boolean) => Caller | null | Promise<Caller>;
}

/** A guard needs no more than `gate`; whoever may read everything may also ask the gate. */
const CONTAINED_IN: Partial<Record<Scope, Scope>> = { gate: 'read' };

/** What people may do follows from the rules; these are the words of it. */
const SCOPES_OF: Readonly<Record<Standing, readonly Scope[]>> = {
  reader: ['read'],
  responder: ['read', 'respond', 'decide'],
  administrator: SCOPES,
};

export function scopesOf(standing: Standing): readonly Scope[] {
  return SCOPES_OF[standing];
}

export function authorise({ scopes }: Caller, scope: Scope): void {
  const wider = CONTAINED_IN[scope];
  if (scopes.includes(scope) || scopes.includes('admin')) return;
  if (wider === undefined || !scopes.includes(wider))
    throw new FirebreakError('forbidden', { scope });
}

/** INVARIANT: a stolen session alone does nothing that is dangerous. */
export function checkFresh({ signedIn }: Caller, nowMs: number): void {
  if (signedIn === null || signedIn.session.freshUntilMs > nowMs) return;
  const minutes = LIMITS.sessionFreshMs / 60_000;
  throw new FirebreakError('reauthentication-needed', { minutes });
}

function bearerOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  const match = /^bearer (?<token>\S{1,200})$/iu.exec(authorization ?? '');
  if (authorization !== undefined && match === null) {
    const problem = 'the authorization header is not `Bearer TOKEN`';
    throw new FirebreakError('unauthenticated', { problem });
  }
  return match?.groups?.['token'] ?? null;
}

/** The part of a token that names it: failures of one broken client must not lock out its neighbours. */
function nameIn(bearer: string): string {
  return bearer.slice(0, 'fbt_'.length + 22);
}

export function callerSignedIn(signedIn: SignedIn): Caller {
  const { session, standing } = signedIn;
  return {
    name: `person:${session.person}`,
    tokenName: null,
    person: session.person,
    scopes: scopesOf(standing),
    expiresAtMs: session.endsAtMs,
    signedIn,
  };
}

export interface AuthenticationParts {
  readonly tokens: Tokens;
  readonly people: People;
  readonly clock: Clock;
  readonly settings: ApiSettings;
}

export function createAuthentication(parts: AuthenticationParts): Authentication {
  const { tokens, people, clock, settings } = parts;
  const throttle = createThrottle(clock);
  const cookie = sessionCookie(settings);

  const verify = async (
    request: FastifyRequest,
    shown: string,
    lookUp: (text: string) => Promise<Caller | null>,
  ): Promise<Caller> => {
    const { ip } = request;
    const own = `${ip} ${nameIn(shown)}`;
    // A session is looked up also while somebody behind the same address guesses: nobody guesses one.
    const isToken = shown.startsWith('fbt_');
    const waitMs = Math.max(
      throttle.waitMs(own, LIMITS.authenticationFailuresMax),
      isToken ? throttle.waitMs(ip, LIMITS.authenticationFailuresOfAddressMax) : 0,
    );
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1_000);
      throw new FirebreakError('authentications-failed', { retryAfterSeconds });
    }
    const caller = await lookUp(shown);
    if (caller !== null) return caller;
    throttle.failed(own);
    throttle.failed(ip);
    throw new FirebreakError('unauthenticated', { problem: 'it is unknown, expired or revoked' });
  };

  /** A token in use is answered at once: a promise would cost more than the rest of the hook. A session is always looked up. */
  const recognise = (request: FastifyRequest, isUse = true): Caller | null | Promise<Caller> => {
    const bearer = bearerOf(request);
    if (bearer !== null) {
      return tokens.recall(bearer) ?? verify(request, bearer, tokens.verifyToken);
    }
    const session = cookie.read(request);
    if (session === null) return null;
    checkOwnPage(request, settings);
    return verify(request, session, async (text) => {
      const signedIn = await people.sessions.verify(text, isUse);
      return signedIn === null ? null : callerSignedIn(signedIn);
    });
  };

  return {
    recognise,
    authenticate: (request, isUse) => {
      const caller = recognise(request, isUse);
      if (caller !== null) return caller;
      throw new FirebreakError('unauthenticated', { problem: 'none was sent' });
    },
  };
}
