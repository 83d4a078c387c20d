import type { Person } from '../model.ts';

// Who is meant by an event. On-call products put the name into the summary, with words around it, or the address into
// the list of those who attend.

export type Named =
  | { readonly ok: true; readonly people: readonly string[] }
  | { readonly ok: false; readonly why: string };

export type NameReader = (attendees: readonly string[], summary: string) => Named;

const WORDS_MAX = 8;

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}@._+'’-]+/u)
    .map((word) => word.replaceAll(/^[.'’-]+|[.'’-]+$/gu, ''))
    .filter((word) => word !== '');
}

function keyOf(text: string): string {
  return wordsOf(text).join(' ');
}

/** The file's own table goes before the names of the roster. */
export function nameReader(
  table: ReadonlyMap<string, string>,
  people: Iterable<Person>,
): NameReader {
  const phrases = new Map<string, string>();
  const whole = new Map<string, string>();
  for (const [name, person] of table) phrases.set(keyOf(name), person);
  for (const { id, name, refs } of people) {
    for (const known of [name, ...refs.filter((ref) => ref.includes('@'))]) {
      if (!phrases.has(keyOf(known))) phrases.set(keyOf(known), id);
    }
    for (const known of [id, ...refs]) if (!whole.has(keyOf(known))) whole.set(keyOf(known), id);
  }
  const exact = (text: string): string | undefined => {
    const key = keyOf(text);
    return phrases.get(key) ?? whole.get(key);
  };
  const known = new Map<string, Named>();
  const ofSummary = (summary: string): Named => {
    const found = known.get(summary) ?? inSummary(phrases, exact(summary), summary);
    known.set(summary, found);
    return found;
  };
  return (attendees, summary) => {
    const attending = [...new Set(attendees.flatMap((one) => exact(one) ?? []))];
    return attending.length > 0 ? { ok: true, people: attending } : ofSummary(summary);
  };
}

function inSummary(
  phrases: ReadonlyMap<string, string>,
  whole: string | undefined,
  summary: string,
): Named {
  if (whole !== undefined) return { ok: true, people: [whole] };
  const words = wordsOf(summary.slice(0, 1_000));
  const found = new Set<string>();
  for (let at = 0; at < words.length; at += 1) {
    // The longest name that begins here; shorter ones within it are part of it.
    for (let length = Math.min(WORDS_MAX, words.length - at); length > 0; length -= 1) {
      const person = phrases.get(words.slice(at, at + length).join(' '));
      if (person === undefined) continue;
      found.add(person);
      at += length - 1;
      break;
    }
  }
  if (found.size === 1) return { ok: true, people: [...found] };
  const quoted = JSON.stringify(summary.length > 60 ? `${summary.slice(0, 60)}…` : summary);
  const why =
    found.size === 0
      ? `${quoted} names nobody known`
      : `${quoted} names ${[...found].join(' and ')}`;
  return { ok: false, why };
}
