import { createPublicKey, sign, verify as verifySignature, type KeyObject } from 'node:crypto';
import { FirebreakError, LIMITS, present, sha256 } from '../kernel/index.ts';
import { HASH_BYTES, sameHash, type Hash } from './tree.ts';

/**
 * A checkpoint in the text form of C2SP tlog-checkpoint, signed as C2SP signed-note says: origin, size, root, an
 * empty line, and one line per signature.
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** Further body lines that other writers may add; ours has none. */
  readonly extensions: readonly string[];
}

export interface NoteSignature {
  readonly name: string;
  /** Eight hex digits that say which key of that name signed. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What is signed: everything before the empty line, with its last newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface Verifier {
  readonly name: string;
  readonly keyId: string;
  readonly verifies: (text: string, signature: Uint8Array) => boolean;
}

export interface Signer {
  /** Name of the key, and the origin of every checkpoint it signs. */
  readonly origin: string;
  readonly verifierKey: string;
  readonly sign: (text: string) => Uint8Array;
}

const ED25519 = 0x01;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
const SIGNATURE_MARK = '— ';
/** ASN.1 header of an Ed25519 public key; the 32 key bytes follow. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function refuse(problem: string): never {
  throw new FirebreakError('ledger-corrupt', { problem });
}

/** Only the one canonical spelling: padded, no stray bits, no line breaks. */
function fromBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (text === '' || bytes.toString('base64') !== text) refuse(`${what} is not base64`);
  return bytes;
}

/** A key name must survive as one word of a signature line. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function keyIdOf(name: string, publicKey: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), publicKey]);
  return sha256(named).subarray(0, KEY_ID_BYTES);
}

/** `name+keyid+base64`: the form in which a public key is handed around. */
export function writeVerifierKey(name: string, publicKey: Uint8Array): string {
  if (!isKeyName(name)) refuse('the key name is empty or holds a space or a plus sign');
  const keyed = Buffer.concat([Uint8Array.of(ED25519), publicKey]);
  return `${name}+${keyIdOf(name, publicKey).toString('hex')}+${keyed.toString('base64')}`;
}

export function parseVerifierKey(text: string): Verifier {
  // Base64 may hold plus signs itself, so the first two separate.
  const match = /^([^+]*)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim());
  const [, name = '', keyId = '', encoded = ''] = match ?? [];
  if (!isKeyName(name)) refuse('a public key has the form name+keyid+base64');
  const keyed = fromBase64(encoded, 'the public key');
  if (keyed[0] !== ED25519 || keyed.length !== KEY_BYTES + 1) refuse('the key is not Ed25519');
  const publicKey = keyed.subarray(1);
  if (keyIdOf(name, publicKey).toString('hex') !== keyId) refuse('the key id is not of this key');
  const key = publicKeyObject(publicKey);
  return {
    name,
    keyId,
    verifies: (signed, signature) =>
      signature.length === SIGNATURE_BYTES &&
      verifySignature(null, Buffer.from(signed), key, signature),
  };
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

export function writeCheckpoint(checkpoint: Checkpoint): string {
  const root = Buffer.from(checkpoint.root).toString('base64');
  const lines = [checkpoint.origin, String(checkpoint.size), root, ...checkpoint.extensions];
  return `${lines.join('\n')}\n`;
}

/** Reads the signed text of a checkpoint; anything but the exact form is refused. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) refuse('the checkpoint does not end in a newline');
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '') refuse('the checkpoint has no origin');
  if (!/^(0|[1-9][0-9]*)$/u.test(size) || !Number.isSafeInteger(Number(size))) {
    refuse('the size of the checkpoint is not a decimal number');
  }
  if (extensions.includes('')) refuse('the checkpoint has an empty line');
  const hash = fromBase64(root, 'the root of the checkpoint');
  if (hash.length !== HASH_BYTES) refuse('the root of the checkpoint is not 32 bytes');
  return { origin, size: Number(size), root: hash, extensions };
}

export function signNote(text: string, signer: Signer): string {
  const { name, keyId } = parseVerifierKey(signer.verifierKey);
  const keyed = Buffer.concat([Buffer.from(keyId, 'hex'), signer.sign(text)]);
  return `${text}\n${SIGNATURE_MARK}${name} ${keyed.toString('base64')}\n`;
}

export function signCheckpoint(checkpoint: Omit<Checkpoint, 'origin'>, signer: Signer): string {
  return signNote(writeCheckpoint({ ...checkpoint, origin: signer.origin }), signer);
}

export function parseNote(note: string): SignedNote {
  if (Buffer.byteLength(note) > LIMITS.noteBytesMax) refuse('the note is too large');
  // Newline is the only control character of a note; a lone surrogate or U+FFFD means that it was not UTF-8.
  if (!note.isWellFormed() || /[\p{Cc}\uFFFD]/u.test(note.replaceAll('\n', ''))) {
    refuse('the note holds a character that notes may not hold');
  }
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) refuse('the note has no signatures');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > LIMITS.noteSignaturesMax) refuse('the note has too many signatures');
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

function parseSignatureLine(line: string): NoteSignature {
  if (!line.startsWith(SIGNATURE_MARK)) refuse('a signature line is malformed');
  const parts = line.slice(SIGNATURE_MARK.length).split(' ');
  const [name = '', encoded = ''] = parts;
  if (parts.length !== 2 || !isKeyName(name)) refuse('a signature line is malformed');
  const keyed = fromBase64(encoded, 'a signature');
  if (keyed.length <= KEY_ID_BYTES) refuse('a signature is too short');
  return {
    name,
    keyId: keyed.subarray(0, KEY_ID_BYTES).toString('hex'),
    signature: keyed.subarray(KEY_ID_BYTES),
  };
}

export type NoteVerdict = 'signed' | 'unsigned' | 'forged';

/** Signatures of other keys are ignored; one bad signature in our key's name spoils the note. */
export function judgeNote(note: SignedNote, verifier: Verifier): NoteVerdict {
  const ours = note.signatures.filter(
    ({ name, keyId }) => name === verifier.name && keyId === verifier.keyId,
  );
  if (ours.length === 0) return 'unsigned';
  return ours.every(({ signature }) => verifier.verifies(note.text, signature))
    ? 'signed'
    : 'forged';
}

/** The checkpoint in a note, once its signature holds and it speaks about the key's own log. */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint {
  const parsed = parseNote(note);
  const verdict = judgeNote(parsed, verifier);
  if (verdict === 'forged') refuse('the signature of the checkpoint is wrong');
  if (verdict === 'unsigned') {
    const names = parsed.signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
    refuse(`the checkpoint is signed by ${names}, not by ${verifier.name}+${verifier.keyId}`);
  }
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== verifier.name) {
    refuse(`the checkpoint is of ${checkpoint.origin}, the key of ${verifier.name}`);
  }
  return checkpoint;
}

export function sameCheckpoint(one: Checkpoint, other: Checkpoint): boolean {
  return one.origin === other.origin && one.size === other.size && sameHash(one.root, other.root);
}

/** The 32 bytes of an Ed25519 public key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const der = key.export({ format: 'der', type: 'spki' });
  return present(der.subarray(SPKI_PREFIX.length), 'an Ed25519 key exports as SPKI');
}

/** INVARIANT: the private key is reachable through this closure alone. */
export function createSigner(origin: string, privateKey: KeyObject): Signer {
  return {
    origin,
    verifierKey: writeVerifierKey(origin, rawPublicKey(createPublicKey(privateKey))),
    sign: (text) => sign(null, Buffer.from(text), privateKey),
  };
}
