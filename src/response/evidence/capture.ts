import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { EvidenceItem } from '../../connectors/contract.ts';
import { canonicalJson, type Id, reveal, type Secret, sha256 } from '../../kernel/index.ts';
import type { ResponseParts } from '../parts.ts';
import { evidenceCommand } from './store.ts';

export interface Captured {
  readonly captured: readonly { readonly name: string; readonly sha256: string }[];
  readonly missed: readonly string[];
}

export interface Evidence {
  /** Stores what was captured, encrypted; answers the hashes that go on the ledger. */
  readonly keep: (
    incident: Id<'incident'>,
    cut: Id<'cut'>,
    items: readonly EvidenceItem[],
  ) => Promise<Captured>;
}

export function createEvidence(
  parts: Pick<ResponseParts, 'store' | 'clock' | 'ids' | 'custodyKey'>,
): Evidence {
  return {
    keep: async (incident, cut, items) => {
      const captured: { name: string; sha256: string }[] = [];
      const missed: string[] = [];
      const commands = [];
      for (const item of items) {
        if (item.content === null) {
          missed.push(`${item.name}: ${item.missing ?? 'not available'}`);
          continue;
        }
        const content = canonicalJson(item.content);
        const hash = sha256(content).toString('hex');
        captured.push({ name: item.name, sha256: hash });
        commands.push(
          evidenceCommand({
            id: parts.ids.next('evidence'),
            incident,
            cut,
            name: item.name,
            sha256: hash,
            sealed: seal(parts.custodyKey, content),
            capturedAtMs: parts.clock.nowMs(),
          }),
        );
      }
      if (commands.length > 0) await parts.store.write(commands);
      return { captured, missed };
    },
  };
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of its own, so that evidence and leaked secrets never share one. */
function evidenceKey(custodyKey: Secret): Buffer {
  return Buffer.from(hkdfSync('sha256', reveal(custodyKey), '', 'firebreak evidence', 32));
}

/** AES-256-GCM: nonce, tag, ciphertext in base64. */
export function seal(custodyKey: Secret, content: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', evidenceKey(custodyKey), nonce);
  const body = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

export function unseal(custodyKey: Secret, sealed: string): string {
  const all = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    evidenceKey(custodyKey),
    all.subarray(0, NONCE_BYTES),
  );
  decipher.setAuthTag(all.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([
    decipher.update(all.subarray(NONCE_BYTES + TAG_BYTES)),
    decipher.final(),
  ]).toString('utf8');
}
