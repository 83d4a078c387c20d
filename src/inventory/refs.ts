import { createHmac } from 'node:crypto';
import { deriveId, type Id, type IdWord, reveal, type Secret } from '../kernel/index.ts';
import type { ExternalRef } from './model.ts';

/** The text form: `aws:access-key:AKIA...`. The value may hold colons, system and type may not. */
export function refText(ref: ExternalRef): string {
  return `${ref.system}:${ref.type}:${ref.value}`;
}

const REF_PATTERN = /^(?<system>[^:\s]+):(?<type>[^:\s]+):(?<value>.+)$/su;

export function parseRefText(text: string): ExternalRef | null {
  const groups = REF_PATTERN.exec(text)?.groups;
  const { system, type, value } = groups ?? {};
  if (system === undefined || type === undefined || value === undefined) return null;
  return { system, type, value };
}

/** Without an id of its own, a record is named by its first reference, else by its name within its source. */
export function derivedIdOf<Word extends IdWord>(
  word: Word,
  record: {
    readonly refs: readonly ExternalRef[];
    readonly name?: string;
    readonly source: string;
  },
): Id<Word> {
  const [first] = record.refs;
  return deriveId(
    word,
    first === undefined ? `name:${record.source}:${record.name ?? ''}` : `ref:${refText(first)}`,
  );
}

/** What is kept of a secret: nobody without the server's key can test a guess against it. */
export function fingerprintOf(key: Secret, secret: Secret): string {
  return `hs256:${createHmac('sha256', reveal(key)).update(reveal(secret)).digest('hex')}`;
}
