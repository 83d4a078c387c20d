import { createHmac } from 'node:crypto';
import {
  deriveId,
  type Id,
  ID_PREFIXES,
  type IdWord,
  isId,
  reveal,
  type Secret,
} from '../kernel/index.ts';
import type { ExternalRef } from './model.ts';
import { hasForms, normaliseRef } from './normalise.ts';

/** The text form: `aws:access-key:AKIA...`. The value may hold colons, system and type may not. */
export function refText(ref: ExternalRef): string {
  return `${ref.system}:${ref.type}:${ref.value}`;
}

export function parseRefText(text: string): ExternalRef | null {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  if (first < 1 || second < first + 2 || second === text.length - 1) return null;
  const system = text.slice(0, first);
  const type = text.slice(first + 1, second);
  if (/\s/u.test(system) || /\s/u.test(type)) return null;
  return { system, type, value: text.slice(second + 1) };
}

const ID_LENGTH = 26;
const WORD_OF_PREFIX: ReadonlyMap<string, IdWord> = new Map(
  // The keys of the table are its words.
  Object.entries(ID_PREFIXES).map(([word, prefix]) => [prefix, word as IdWord]),
);

/** The word an id speaks of; null when the text is no id. */
export function wordOfId(text: string): IdWord | null {
  if (text.length !== ID_LENGTH || text.charAt(3) !== '_') return null;
  const word = WORD_OF_PREFIX.get(text.slice(0, 3));
  return word !== undefined && isId(word, text) ? word : null;
}

/** What an end, an owner or an identity is looked up by: an id, or a reference in its one form. */
export function keyOf(text: string): string | null {
  if (wordOfId(text) !== null) return text;
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  if (first < 1 || second < first + 2 || second === text.length - 1) return null;
  if (/\s/u.test(text.slice(0, second))) return null;
  // Most types have one form only: no new text is made for them, an import meets millions.
  if (!hasForms(text.slice(first + 1, second))) return text;
  const ref = parseRefText(text);
  return ref === null ? null : refText(normaliseRef(ref));
}

/** The same for a reference that is parsed already. */
export function refKey(ref: ExternalRef): string {
  return refText(normaliseRef(ref));
}

/** Without an id of its own, a record is named by its first reference, else by its name within its source. */
export function derivedIdOf<Word extends IdWord>(
  word: Word,
  record: {
    readonly refs: readonly ExternalRef[];
    readonly name?: string | null;
    readonly source: string;
  },
): Id<Word> {
  const [first] = record.refs;
  return deriveId(
    word,
    first === undefined ? `name:${record.source}:${record.name ?? ''}` : `ref:${refKey(first)}`,
  );
}

/** What is kept of a secret: nobody without the server's key can test a guess against it. */
export function fingerprintOf(key: Secret, secret: Secret): string {
  return `hs256:${createHmac('sha256', reveal(key)).update(reveal(secret)).digest('hex')}`;
}
