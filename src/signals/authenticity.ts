import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Authenticity, FirebreakError, LIMITS, reveal, type Secret } from '../kernel/index.ts';
import type { IncomingSignal, SignalSource } from './model.ts';

export const SOURCE_HEADER = 'firebreak-source';
export const SIGNATURE_HEADER = 'firebreak-signature';

/** Who speaks, and how surely. */
export interface Authenticated {
  readonly source: SignalSource;
  readonly authenticity: Authenticity;
}

function unauthentic(problem: string): FirebreakError {
  return new FirebreakError('signal-unauthentic', { problem });
}

function hmac(secret: Secret, seconds: number, rawBody: string | Uint8Array): Buffer {
  return createHmac('sha256', reveal(secret)).update(`${seconds}.`).update(rawBody).digest();
}

/** The header a sender puts beside its body: `t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.BODY`. */
export function signSignal(secret: Secret, atMs: number, rawBody: string | Uint8Array): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${hmac(secret, seconds, rawBody).toString('hex')}`;
}

const SIGNATURE = /^t=(?<seconds>\d{1,12}),v1=(?<hex>[0-9a-f]{64})$/u;

/** Throws `signal-unauthentic`: a signature that fails is never a reason to believe less, only to refuse. */
export function verifySignature(
  secret: Secret,
  header: string,
  rawBody: string | Uint8Array,
  nowMs: number,
): void {
  const groups = SIGNATURE.exec(header)?.groups;
  if (groups === undefined) throw unauthentic('the signature is not of the form t=SECONDS,v1=HEX');
  const seconds = Number(groups['seconds']);
  const expected = hmac(secret, seconds, rawBody);
  if (!timingSafeEqual(expected, Buffer.from(groups['hex'] ?? '', 'hex'))) {
    throw unauthentic('the signature does not match the body');
  }
  if (Math.abs(nowMs - seconds * 1000) > LIMITS.signatureAgeMsMax) {
    throw unauthentic(`the signature is not of the last ${LIMITS.signatureAgeMsMax / 1000} s`);
  }
}

/** A source that can sign has to; a token speaks for its own source only. */
export function authenticate(
  incoming: IncomingSignal,
  sources: ReadonlyMap<string, SignalSource>,
  nowMs: number,
): Authenticated {
  const { headers, tokenName } = incoming;
  const name = headers[SOURCE_HEADER];
  const signature = headers[SIGNATURE_HEADER];
  if (name === undefined) return byToken(tokenName, signature, sources);
  const source = sources.get(name);
  if (source === undefined) throw new FirebreakError('signal-source-unknown', { source: name });
  if (source.secret !== undefined) {
    if (signature === undefined)
      throw unauthentic(`source ${name} signs its signals, this one is not signed`);
    verifySignature(source.secret, signature, incoming.rawBody, nowMs);
    return { source, authenticity: 'signed' };
  }
  if (signature !== undefined)
    throw unauthentic(`source ${name} has no secret to check a signature with`);
  if (tokenName !== null && tokenName === source.token) return { source, authenticity: 'bearer' };
  if (source.open === true) return { source, authenticity: 'unauthenticated' };
  throw unauthentic(`this token does not speak for source ${name}`);
}

function byToken(
  tokenName: string | null,
  signature: string | undefined,
  sources: ReadonlyMap<string, SignalSource>,
): Authenticated {
  if (signature !== undefined) throw unauthentic(`a signature comes with ${SOURCE_HEADER}`);
  if (tokenName === null) throw unauthentic('neither a token nor a signature');
  for (const source of sources.values()) {
    if (source.token !== tokenName) continue;
    if (source.secret !== undefined) throw unauthentic(`source ${source.name} signs its signals`);
    return { source, authenticity: 'bearer' };
  }
  // A token that no source is declared for: it is a source by itself, believed a little.
  const source = { name: `token:${tokenName}`, confidenceMax: 'strong' } as const;
  return { source, authenticity: 'bearer' };
}
