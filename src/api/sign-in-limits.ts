import type { FastifyRequest } from 'fastify';
import { FirebreakError, isFirebreakError, LIMITS, type Clock } from '../kernel/index.ts';
import { createThrottle } from './throttle.ts';

/**
 * Bounds how often somebody fails to sign in. A person's own limit holds up recovery codes alone: with it one could be kept
 * out by strangers who type wrong codes. A passkey cannot be guessed, so it is held up by the sender's address only, and for a
 * minute at most.
 */
export interface SignInLimits {
  readonly guard: <Result>(
    request: FastifyRequest,
    person: string | null,
    work: () => Promise<Result>,
  ) => Promise<Result>;
}

/** What tells that somebody tries, not that something is broken. */
function isTry(error: unknown): boolean {
  return isFirebreakError(error) && (error.status === 401 || error.status === 403);
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const throttle = createThrottle(clock);
  return {
    guard: async (request, person, work) => {
      const { ip } = request;
      const keys = [
        { who: ip, max: LIMITS.authenticationFailuresMax },
        ...(person === null
          ? []
          : [{ who: `person ${person}`, max: LIMITS.signInFailuresOfPersonMax }]),
      ];
      const waitMs = Math.max(...keys.map(({ who, max }) => throttle.waitMs(who, max)));
      if (waitMs > 0) {
        const retryAfterSeconds = Math.ceil(waitMs / 1_000);
        throw new FirebreakError('authentications-failed', { retryAfterSeconds });
      }
      try {
        return await work();
      } catch (error) {
        if (isTry(error)) for (const { who } of keys) throttle.failed(who);
        throw error;
      }
    },
  };
}
