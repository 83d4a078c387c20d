import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
  type KeyObject,
} from 'node:crypto';
import { FirebreakError, reveal, sha256, type Log, type Secret } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import {
  createSigner,
  openCheckpoint,
  parseVerifierKey,
  rawPublicKey,
  writeVerifierKey,
} from './checkpoint.ts';
import type { Signer } from './checkpoint.ts';
import { directoryPlace, storePlace, writePublicKey, type KeyPlace } from './key-places.ts';
import { readHead } from './store.ts';

/**
 * The signing key of the ledger. One document holds it, encrypted under a passphrase when one is given.
 *
 * Where the document lives: with the embedded store in `ledger-key.json` of the data directory, beside the database
 * and not in it, so that a copy of the database alone cannot sign. On PostgreSQL in the one row of `ledger_key`,
 * since nodes may have no directory in common and two keys would mean two ledgers; there the passphrase is what
 * keeps a reader of the database from signing, and without one a warning is logged at every start.
 */
const FORMAT = 'firebreak-ledger-key-1';
const CIPHER = 'aes-256-gcm';
/** About 0.1 s and 32 MiB a try: the document may be copied and guessed at elsewhere. */
const SCRYPT = { cost: 32_768, blockSize: 8, parallelization: 1 } as const;
const SCRYPT_MEMORY_BYTES = 256 * SCRYPT.cost * SCRYPT.blockSize;

interface PlainKey {
  readonly protection: 'none';
  readonly seed: string;
}
interface EncryptedKey {
  readonly protection: 'scrypt-aes-256-gcm';
  readonly cost: number;
  readonly salt: string;
  readonly nonce: string;
  readonly tag: string;
  readonly sealed: string;
}
interface KeyDocument {
  readonly format: typeof FORMAT;
  readonly verifierKey: string;
  readonly key: PlainKey | EncryptedKey;
}

export interface LedgerKeyOptions {
  readonly store: Store;
  /** The data directory; null on nodes that have none (PostgreSQL only). */
  readonly directory: string | null;
  readonly passphrase: Secret | null;
  readonly log: Log;
  /** Name of a new ledger. An existing one keeps the name it was born with. */
  readonly origin?: string;
}

function missing(problem: string): never {
  throw new FirebreakError('ledger-key-missing', { problem });
}

/** Finds the key, or makes it when the ledger is new; refuses a key that did not sign this ledger. */
export async function openLedgerKeys(options: LedgerKeyOptions): Promise<Signer> {
  const place = placeOf(options);
  const found = await place.read();
  const { checkpoint } = await readHead(options.store);
  if (found === null && checkpoint !== null) {
    missing(`${place.name} is gone, and the ledger already holds entries signed with it`);
  }
  const text = found ?? (await place.create(createDocument(options)));
  const document = parseDocument(text, place.name);
  const signer = signerOf(document, options.passphrase, place.name);
  if (checkpoint !== null) checkSameLedger(checkpoint.note, signer, place.name);
  await protect(document, text, place, options);
  if (options.directory !== null) writePublicKey(options.directory, signer.verifierKey);
  return signer;
}

function placeOf({ store, directory }: LedgerKeyOptions): KeyPlace {
  if (store.dialect === 'postgres') return storePlace(store);
  if (directory === null) missing('the embedded store needs a data directory for ledger-key.json');
  return directoryPlace(directory);
}

function checkSameLedger(note: string, signer: Signer, place: string): void {
  try {
    openCheckpoint(note, parseVerifierKey(signer.verifierKey));
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    missing(`${place} is not the key of this ledger (${String(error.facts['problem'])})`);
  }
}

/** A key that was born without a passphrase is encrypted as soon as there is one. */
async function protect(
  document: KeyDocument,
  text: string,
  place: KeyPlace,
  { passphrase, log }: LedgerKeyOptions,
): Promise<void> {
  if (document.key.protection !== 'none') return;
  if (passphrase === null) {
    log.warn(
      { place: place.name },
      'the signing key of the ledger is stored without a passphrase: whoever reads it can rewrite the ledger',
    );
    return;
  }
  const seed = Buffer.from(document.key.seed, 'base64');
  const key = encrypt(seed, passphrase, document.verifierKey);
  await place.replace(text, writeDocument({ ...document, key }));
  log.info({ place: place.name }, 'the signing key of the ledger is now encrypted');
}

/** Key material comes from the operating system only; a seeded source would be a hole, so it is not an argument. */
function createDocument({ passphrase, origin }: LedgerKeyOptions): string {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = rawPublicKey(pair.publicKey);
  const name = origin ?? `firebreak.local/${sha256(publicKey).toString('hex').slice(0, 12)}`;
  const verifierKey = writeVerifierKey(name, publicKey);
  const seed = seedOf(pair.privateKey);
  const key: KeyDocument['key'] =
    passphrase === null
      ? { protection: 'none', seed: seed.toString('base64') }
      : encrypt(seed, passphrase, verifierKey);
  return writeDocument({ format: FORMAT, verifierKey, key });
}

function writeDocument(document: KeyDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function seedOf(privateKey: KeyObject): Buffer {
  return Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
}

function derive(passphrase: Secret, salt: Uint8Array, cost: number): Buffer {
  // A document from elsewhere may ask for any cost; more than ours is not ours.
  if (cost !== SCRYPT.cost) missing('its key derivation is unknown here');
  return scryptSync(reveal(passphrase).normalize('NFC'), salt, 32, {
    ...SCRYPT,
    maxmem: SCRYPT_MEMORY_BYTES,
  });
}

function encrypt(seed: Uint8Array, passphrase: Secret, verifierKey: string): EncryptedKey {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv(CIPHER, derive(passphrase, salt, SCRYPT.cost), nonce);
  cipher.setAAD(Buffer.from(verifierKey));
  const sealed = Buffer.concat([cipher.update(seed), cipher.final()]);
  return {
    protection: 'scrypt-aes-256-gcm',
    cost: SCRYPT.cost,
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    sealed: sealed.toString('base64'),
  };
}

function decrypt(key: EncryptedKey, passphrase: Secret | null, document: KeyDocument): Buffer {
  if (passphrase === null) missing('it is encrypted and no passphrase is configured');
  const secret = derive(passphrase, Buffer.from(key.salt, 'base64'), key.cost);
  try {
    const decipher = createDecipheriv(CIPHER, secret, Buffer.from(key.nonce, 'base64'));
    decipher.setAAD(Buffer.from(document.verifierKey));
    decipher.setAuthTag(Buffer.from(key.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(key.sealed, 'base64')), decipher.final()]);
  } catch {
    // The cause is left out: it could only repeat that decryption failed.
    return missing('the passphrase does not open it');
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function parseDocument(text: string, place: string): KeyDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the document.
    missing(`${place} is not JSON`);
  }
  // Every member is looked at before it is used; what is not there is undefined.
  const { format, verifierKey, key } = (value ?? {}) as Record<string, unknown>;
  if (format !== FORMAT || !isText(verifierKey)) missing(`${place} is not a ledger key`);
  // As above: only what has been looked at is used.
  const members = (key ?? {}) as Record<string, unknown>;
  const { protection, seed, cost, salt, nonce, tag, sealed } = members;
  if (protection === 'none' && isText(seed)) {
    return { format, verifierKey, key: { protection, seed } };
  }
  if (protection !== 'scrypt-aes-256-gcm' || typeof cost !== 'number') {
    missing(`${place} is not a ledger key`);
  }
  if (!isText(salt) || !isText(nonce) || !isText(tag) || !isText(sealed)) {
    missing(`${place} is not a ledger key`);
  }
  return { format, verifierKey, key: { protection, cost, salt, nonce, tag, sealed } };
}

/** Ed25519 in PKCS #8: this header, then the 32 bytes of the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function signerOf(document: KeyDocument, passphrase: Secret | null, place: string): Signer {
  const { key, verifierKey } = document;
  const seed =
    key.protection === 'none'
      ? Buffer.from(key.seed, 'base64')
      : decrypt(key, passphrase, document);
  if (seed.length !== 32) missing(`${place} holds no Ed25519 key`);
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { name } = parseVerifierKey(verifierKey);
  const signer = createSigner(name, privateKey);
  if (signer.verifierKey !== verifierKey) {
    missing(`${place} names another public key than the one it holds`);
  }
  return signer;
}
