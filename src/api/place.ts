import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { FirebreakError, isFirebreakError } from '../kernel/index.ts';
import type { Client, Place } from '../people/index.ts';
import type { ApiSettings } from './parts.ts';

const LOCAL = 'localhost';
const DEVICE_LENGTH_MAX = 200;

function refuse(address: string, problem: string): never {
  throw new FirebreakError('passkeys-unavailable', { address: address.slice(0, 200), problem });
}

function placeAt(url: URL): Place {
  const { hostname, origin, protocol } = url;
  if (protocol !== 'https:' && hostname !== LOCAL) refuse(origin, 'it is not https');
  if (isIP(hostname.replaceAll(/[[\]]/gu, '')) !== 0) refuse(origin, 'it is a number, not a name');
  return { rpId: hostname, origin };
}

/**
 * Where people open this server. Without a configured address only this machine's own name is believed: the host of a request
 * is the word of whoever sends it.
 */
export function placeOf({ headers }: FastifyRequest, { publicUrl }: ApiSettings): Place {
  if (publicUrl !== null) return placeAt(new URL(publicUrl));
  const url = `http://${headers.host ?? ''}`;
  if (!URL.canParse(url) || new URL(url).hostname !== LOCAL)
    refuse(url, 'server.publicUrl is not configured, and this is not localhost');
  return placeAt(new URL(url));
}

/** Why passkeys do not work where this request came to; null = they do. */
export function passkeysProblem(request: FastifyRequest, settings: ApiSettings): string | null {
  try {
    placeOf(request, settings);
    return null;
  } catch (error) {
    if (isFirebreakError(error, 'passkeys-unavailable')) return `${error.message}. ${error.remedy}`;
    throw error;
  }
}

export function clientOf({ ip, headers }: FastifyRequest): Client {
  const device = headers['user-agent'] ?? 'unknown';
  return { address: ip, device: device.slice(0, DEVICE_LENGTH_MAX).toWellFormed() };
}
