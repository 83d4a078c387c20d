import { createPublicKey, verify } from 'node:crypto';
import { sha256, type JsonObject } from '../kernel/index.ts';

// What a passkey signs when a person decides. Pure, and without a library: whoever has only an export checks it with this.

/** What is approved: the question, the answer to it, and the exact action that was shown. */
export interface Approval {
  /** A decision, a card or a proposal. */
  readonly subject: string;
  readonly outcome: string;
  readonly digest: string;
}

/** Everything that is needed to check it years later, without a server. */
export interface SignedApproval extends Approval {
  readonly person: string;
  readonly passkey: string;
  readonly credential: string;
  /** As it was enrolled: SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  readonly rpId: string;
  readonly origin: string;
  /** Each base64url, exactly as the authenticator gave it. */
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

/** Level 3, 6.1: hash of the relying party's id, flags, counter. */
const AUTHENTICATOR_DATA_BYTES_MIN = 37;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/**
 * The challenge binds question, answer and digest: the digest alone would also be that of another question about the same
 * action, and a no could be shown as a yes.
 */
export function challengeOf({ subject, outcome, digest }: Approval): string {
  return sha256(`firebreak approval\n${subject}\n${outcome}\n${digest}\n`).toString('base64url');
}

function bytesOf(base64url: string): Buffer {
  return Buffer.from(base64url, 'base64url');
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    // An object of unknown members; each is looked at before it is used.
    return typeof value === 'object' ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

/** Null = the passkey with that public key signed exactly this approval, in this place, by a person who was verified. */
export function problemOfApproval(given: SignedApproval): string | null {
  const client = parseObject(bytesOf(given.clientDataJSON));
  if (client === null) return 'its client data cannot be read';
  if (client['type'] !== 'webauthn.get') return 'it was made for something else than an approval';
  if (client['challenge'] !== challengeOf(given)) return 'it was made for another approval';
  if (client['origin'] !== given.origin) return 'it was made on another page';
  if (client['crossOrigin'] === true) return 'it was made inside the page of somebody else';
  const data = bytesOf(given.authenticatorData);
  if (data.length < AUTHENTICATOR_DATA_BYTES_MIN) return 'its authenticator data is too short';
  if (!data.subarray(0, 32).equals(sha256(given.rpId))) return 'it was made for another server';
  const flags = data[32] ?? 0;
  if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0)
    return 'the person was not verified';
  return isSigned(given, data) ? null : 'its signature is not of that passkey';
}

function isSigned(given: SignedApproval, data: Buffer): boolean {
  try {
    const key = createPublicKey({ key: bytesOf(given.publicKey), format: 'der', type: 'spki' });
    const signed = Buffer.concat([data, sha256(bytesOf(given.clientDataJSON))]);
    // ES256 and RS256 hash with SHA-256; Ed25519 names its own hash.
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(algorithm, signed, key, bytesOf(given.signature));
  } catch {
    return false;
  }
}

const MEMBERS = [
  'subject',
  'outcome',
  'digest',
  'person',
  'passkey',
  'credential',
  'publicKey',
  'rpId',
  'origin',
  'authenticatorData',
  'clientDataJSON',
  'signature',
] as const;

/** Null when a member is missing. */
export function readApproval(value: unknown): SignedApproval | null {
  if (typeof value !== 'object' || value === null) return null;
  const members = MEMBERS.map((name): readonly [string, unknown] => [
    name,
    Reflect.get(value, name),
  ]);
  if (!members.every(([, member]) => typeof member === 'string')) return null;
  // Every member was just seen to be a text.
  return Object.fromEntries(members) as unknown as SignedApproval;
}

export function writeApproval(approval: SignedApproval): JsonObject {
  return Object.fromEntries(MEMBERS.map((name) => [name, approval[name]]));
}
