import type { FastifyRequest } from 'fastify';
import { FirebreakError } from '../kernel/index.ts';
import type { ApiSettings } from './parts.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_HEADER = 'x-firebreak';

function isOwnOrigin(
  request: FastifyRequest,
  { publicUrl }: Pick<ApiSettings, 'publicUrl'>,
): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  if (publicUrl !== null && new URL(publicUrl).origin === origin) return true;
  return new URL(origin).host === host;
}

/**
 * A page of somebody else may send the cookie along, but it can forge neither where it comes from nor, without being asked
 * first, a header of its own. Each of the three checks holds alone; together they outlive a browser that lacks one.
 */
export function checkOwnPage(
  request: FastifyRequest,
  settings: Pick<ApiSettings, 'publicUrl'>,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, 'sec-fetch-site': site = 'same-origin' } = request.headers;
  const isOurs = site === 'same-origin' && request.headers[OWN_HEADER] !== undefined;
  if (isOurs && isOwnOrigin(request, settings)) return;
  throw new FirebreakError('origin-foreign', { origin: (origin ?? 'nowhere').slice(0, 200) });
}
