import { createHmac, timingSafeEqual } from 'node:crypto';
import { FirebreakError, LIMITS, reveal, sha256, type Secret } from '../kernel/index.ts';

// What a browser is given to bring back. Under the server's key, so that asking costs the store nothing: strangers may ask.

export type CeremonyUse = 'sign-in' | 'enrol' | 'fresh' | 'oidc';

export interface Ceremony {
  readonly use: CeremonyUse;
  /** Whose, where that is known from the start. */
  readonly person: string | null;
  /** The session, invitation or provider that it belongs to. */
  readonly bound: string;
  readonly untilMs: number;
}

const NONCE = /^[\w-]{43}$/u;

function macOf(key: Secret, purpose: string, text: string): Buffer {
  return createHmac('sha256', reveal(key)).update(`${purpose}\n${text}`).digest();
}

/** What nobody can guess or recognise without the key: how codes are kept, and names that follow from others. */
export function keyedHash(key: Secret, purpose: string, text: string): string {
  return macOf(key, purpose, text).toString('base64url');
}

export function sealCeremony(
  key: Secret,
  nowMs: number,
  nonce: string,
  of: Omit<Ceremony, 'untilMs'>,
): string {
  const { use, person, bound } = of;
  const body = JSON.stringify([use, person, bound, nowMs + LIMITS.ceremonyLifeMs, nonce]);
  const text = Buffer.from(body).toString('base64url');
  return `${text}.${macOf(key, 'ceremony', text).toString('base64url')}`;
}

/** What an authenticator is asked to sign, and the name under which the store remembers that it was answered. */
export function challengeOfCeremony(sealed: string): string {
  return sha256(sealed).toString('base64url');
}

/** Ours, for this use and not too old. Whether it was used before is for the store to say. */
export function openCeremony(
  key: Secret,
  nowMs: number,
  sealed: string,
  use: CeremonyUse,
): Ceremony {
  const [text = '', mac = '', ...rest] = sealed.split('.');
  const given = Buffer.from(mac, 'base64url');
  const own = macOf(key, 'ceremony', text);
  const isOurs = rest.length === 0 && given.length === own.length && timingSafeEqual(given, own);
  // One text, one name: another spelling of the same bytes would be remembered as another ceremony.
  if (!isOurs || given.toString('base64url') !== mac) throw new FirebreakError('ceremony-spent');
  // It was sealed here.
  const [sealedUse, person, bound, untilMs, nonce] = JSON.parse(
    Buffer.from(text, 'base64url').toString('utf8'),
  ) as [CeremonyUse, string | null, string, number, string];
  if (sealedUse !== use || untilMs <= nowMs || !NONCE.test(nonce))
    throw new FirebreakError('ceremony-spent');
  return { use, person, bound, untilMs };
}
