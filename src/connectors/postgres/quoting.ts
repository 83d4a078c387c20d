import { createHmac, createHash, pbkdf2Sync } from 'node:crypto';
import { ConnectorFailure } from '../contract.ts';

/** Longer names are cut off by the server without a word: then another role would be meant. */
const NAME_BYTES_MAX = 63;

export function isName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= NAME_BYTES_MAX && !name.includes('\0') && name.isWellFormed();
}

/** Roles cannot be parameters of a statement. Within quotes only the quote itself means anything. */
export function quoted(name: string): string {
  if (!isName(name)) throw new ConnectorFailure('refused', 'that is no name of a role');
  return `"${name.replaceAll('"', '""')}"`;
}

/** The E form: a backslash means the same whatever the server's settings are. */
export function literal(text: string): string {
  if (text.includes('\0')) throw new ConnectorFailure('refused', 'a text holds a zero byte');
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const SECRET_FORM = /^[\x21-\x7e]{16,256}$/u;

/**
 * What the server keeps of a password. It is made here, so that no statement and no log of the server ever holds the
 * password. The salt follows from both, so that a repeat writes the same again.
 */
export function verifierOf(role: string, secret: string): string {
  if (!SECRET_FORM.test(secret)) {
    const problem = 'a password has 16 to 256 printable ASCII characters without spaces';
    throw new ConnectorFailure('refused', problem);
  }
  const salt = hmac(secret, `firebreak salt ${role}`).subarray(0, SALT_BYTES);
  const salted = pbkdf2Sync(secret, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const server = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
