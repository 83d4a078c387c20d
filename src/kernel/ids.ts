import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

declare const brand: unique symbol;
/** A string that only its own maker may produce: `Id<'incident'>` is not `Id<'signal'>`. */
export type Id<Word extends string> = string & { readonly [brand]: Word };

export const ID_PREFIXES = {
  identity: 'idn',
  credential: 'crd',
  store: 'sto',
  workload: 'wkl',
  service: 'svc',
  resource: 'rsc',
  party: 'pty',
  edge: 'edg',
  signal: 'sig',
  incident: 'inc',
  cut: 'cut',
  decision: 'dec',
  card: 'qcd',
  containment: 'con',
  step: 'stp',
  node: 'nod',
  entry: 'ent',
  evidence: 'evd',
  task: 'tsk',
  token: 'tok',
  session: 'ses',
  passkey: 'pky',
  restriction: 'rst',
  custody: 'cst',
  proposal: 'prp',
  rotation: 'rot',
  batch: 'bat',
} as const;
export type IdWord = keyof typeof ID_PREFIXES;

/** Crockford's alphabet: no I, L, O, U; sorts like its value. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 12;

export interface IdSource {
  readonly next: <Word extends IdWord>(word: Word) => Id<Word>;
}

function encode(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Ids sort by time of birth, also within one millisecond and when the clock steps back. */
export function createIds(nowMs: () => number, random: Random): IdSource {
  let lastMs = 0;
  let high = 0;
  let low = 0;
  const bump = (): void => {
    low += 1;
    if (low < 2 ** 30) return;
    low = 0;
    high += 1;
  };
  return {
    next: <Word extends IdWord>(word: Word) => {
      const now = Math.floor(nowMs());
      if (now > lastMs) {
        lastMs = now;
        high = Math.floor(random() * 2 ** 29);
        low = Math.floor(random() * 2 ** 30);
      } else {
        bump();
      }
      const half = RANDOM_LENGTH / 2;
      const tail = encode(high, half) + encode(low, half);
      // One of the two places where a plain string becomes an id.
      return `${ID_PREFIXES[word]}_${encode(lastMs, TIME_LENGTH)}${tail}` as Id<Word>;
    },
  };
}

const ID_PATTERN = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{22}$/u;

/** True when `text` has the form of an id of that word; says nothing about existence. */
export function isId<Word extends IdWord>(word: Word, text: string): text is Id<Word> {
  return text.startsWith(`${ID_PREFIXES[word]}_`) && ID_PATTERN.test(text);
}

const DERIVED_LENGTH = TIME_LENGTH + RANDOM_LENGTH;

/** The id that follows from a name: the same name gives the same id on every server. */
export function deriveId<Word extends IdWord>(word: Word, name: string): Id<Word> {
  const hash = createHash('sha256').update(`${word}\u0000${name}`).digest();
  let text = '';
  for (const byte of hash.subarray(0, DERIVED_LENGTH)) text += ALPHABET.charAt(byte % 32);
  // The other place where a plain string becomes an id.
  return `${ID_PREFIXES[word]}_${text}` as Id<Word>;
}
