import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import {
  type Clock,
  FirebreakError,
  type Id,
  type IdSource,
  reveal,
  Secret,
} from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import type { Custody } from './model.ts';
import { insertCustody, readCustody } from './store.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function keyOf(custodyKey: Secret): Buffer {
  return Buffer.from(hkdfSync('sha256', reveal(custodyKey), '', 'firebreak custody v1', 32));
}

/** AES-256-GCM; id and purpose are bound to it, so that a row cannot stand in for another. */
export function seal(key: Buffer, secret: Secret, bound: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound));
  const body = Buffer.concat([cipher.update(reveal(secret), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

export function unseal(key: Buffer, ciphertext: string, bound: string): Secret {
  const bytes = Buffer.from(ciphertext, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(tag);
  const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  return new Secret(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8'));
}

export interface CustodyParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly custodyKey: Secret;
}

export function createCustody({ store, clock, ids, custodyKey }: CustodyParts): Custody {
  const key = keyOf(custodyKey);
  const bound = (id: string, purpose: string): string => `${id}\n${purpose}`;
  return {
    keep: (secret, purpose) => {
      const id: Id<'custody'> = ids.next('custody');
      const ciphertext = seal(key, secret, bound(id, purpose));
      const row = { id, purpose, ciphertext, createdAtMs: clock.nowMs() };
      return { id, commands: [insertCustody(row)] };
    },
    open: async (id) => {
      const row = await readCustody(store, id);
      if (row === null) return null;
      try {
        return unseal(key, row.ciphertext, bound(id, row.purpose));
      } catch {
        const problem = 'it was encrypted under another key, or changed';
        throw new FirebreakError('secret-unreadable', { reference: id, problem });
      }
    },
  };
}
