import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiSettings } from './parts.ts';

/** What browsers bring back. Each is HttpOnly, for this server alone, and of the whole site. */
export interface Cookies {
  readonly read: (request: FastifyRequest) => string | null;
  readonly set: (reply: FastifyReply, value: string, maxAgeMs: number) => void;
  readonly clear: (reply: FastifyReply) => void;
}

export function isSecure({ publicUrl }: Pick<ApiSettings, 'publicUrl'>): boolean {
  return publicUrl?.startsWith('https:') === true;
}

/**
 * Behind https the name begins with `__Host-`: a browser takes such a cookie from this very host only, so that no neighbour
 * under the same domain can plant one.
 */
function createCookie(
  settings: ApiSettings,
  plainName: string,
  sameSite: 'Strict' | 'Lax',
): Cookies {
  const secure = isSecure(settings);
  const name = secure ? `__Host-${plainName}` : plainName;
  const write = (reply: FastifyReply, value: string, maxAgeSeconds: number): void => {
    const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', `SameSite=${sameSite}`];
    const rest = [`Max-Age=${maxAgeSeconds}`, ...(secure ? ['Secure'] : [])];
    void reply.header('set-cookie', [...parts, ...rest].join('; '));
  };
  return {
    read: (request) => {
      for (const pair of (request.headers.cookie ?? '').split(';')) {
        const [own, value] = pair.trim().split('=');
        if (own === name && value !== undefined && value !== '') return value;
      }
      return null;
    },
    set: (reply, value, maxAgeMs) => {
      write(reply, value, Math.floor(maxAgeMs / 1_000));
    },
    clear: (reply) => {
      write(reply, '', 0);
    },
  };
}

/** Strict also holds on the way back from a provider: the page that is loaded then asks for itself, from this site. */
export function sessionCookie(settings: ApiSettings): Cookies {
  return createCookie(settings, 'firebreak_session', 'Strict');
}

/** Lax, because a provider sends the browser back from another site. It signs nobody in by itself. */
export function providerCookie(settings: ApiSettings): Cookies {
  return createCookie(settings, 'firebreak_provider', 'Lax');
}
