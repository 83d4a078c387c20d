import type { FastifyRequest } from 'fastify';
import { FirebreakError, LIMITS, type Clock } from '../kernel/index.ts';
import type { Scope } from './contract/index.ts';
import { createThrottle } from './throttle.ts';
import type { Caller, Tokens } from './tokens/index.ts';

export const SESSION_COOKIE = 'firebreak_session';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Authentication {
  /** Who asks; throws when nobody does. */
  readonly authenticate: (request: FastifyRequest) => Caller | Promise<Caller>;
  /** As authenticate, but nobody is null: for what also open senders may do. */
  readonly recognise: (request: FastifyRequest) => Caller | null | Promise<Caller>;
}

/** A guard needs no more than `gate`; whoever may read everything may also ask the gate. */
const CONTAINED_IN: Partial<Record<Scope, Scope>> = { gate: 'read' };

export function authorise({ scopes }: Caller, scope: Scope): void {
  const wider = CONTAINED_IN[scope];
  if (scopes.includes(scope) || scopes.includes('admin')) return;
  if (wider === undefined || !scopes.includes(wider))
    throw new FirebreakError('forbidden', { scope });
}

export function sessionOf(request: FastifyRequest): string | null {
  const { cookie } = request.headers;
  if (cookie === undefined) return null;
  for (const pair of cookie.split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === SESSION_COOKIE && value !== undefined) return value;
  }
  return null;
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

/** A page of somebody else may send the cookie along, but it cannot forge where it comes from. */
function checkOrigin(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, host } = request.headers;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new FirebreakError('origin-foreign', { origin: (origin ?? 'nowhere').slice(0, 200) });
}

/** The part of a token that names it: failures of one broken client must not lock out its neighbours. */
function nameIn(bearer: string): string {
  return bearer.slice(0, 'fbt_'.length + 22);
}

export function createAuthentication(tokens: Tokens, clock: Clock): Authentication {
  const throttle = createThrottle(clock);

  const verify = async (
    request: FastifyRequest,
    shown: string,
    lookUp: (text: string) => Promise<Caller | null>,
  ): Promise<Caller> => {
    const { ip } = request;
    const own = `${ip} ${nameIn(shown)}`;
    const waitMs = Math.max(
      throttle.waitMs(own, LIMITS.authenticationFailuresMax),
      throttle.waitMs(ip, LIMITS.authenticationFailuresOfAddressMax),
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

  /** A token in use is answered at once: a promise would cost more than the rest of the hook. */
  const recognise = (request: FastifyRequest): Caller | null | Promise<Caller> => {
    const bearer = bearerOf(request);
    if (bearer !== null) {
      return tokens.recall(bearer) ?? verify(request, bearer, tokens.verifyToken);
    }
    const session = sessionOf(request);
    if (session === null) return null;
    checkOrigin(request);
    return tokens.recall(session) ?? verify(request, session, tokens.verifySession);
  };

  return {
    recognise,
    authenticate: (request) => {
      const caller = recognise(request);
      if (caller !== null) return caller;
      throw new FirebreakError('unauthenticated', { problem: 'none was sent' });
    },
  };
}
