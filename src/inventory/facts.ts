import { FirebreakError, type Id, type IdWord, isId, LIMITS } from '../kernel/index.ts';
import type { ExternalRef } from './model.ts';
import { recogniseSecret } from './recognise.ts';
import { parseRefText, refText } from './refs.ts';

/** Names the member, never its value: a value may be a secret. */
export class Problem extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function onlyKnown(fields: Fields, members: ReadonlySet<string>, path: string): void {
  for (const member in fields) {
    if (members.has(member)) continue;
    const known = [...members].join(', ');
    // A name may be anything that somebody pasted.
    const name = recogniseSecret(member) === null ? member.slice(0, 50) : 'a member';
    throw new Problem(`${path}${name} is unknown; known are ${known}`);
  }
}

export function textOf(value: unknown, path: string): string {
  const text = anyTextOf(value, path);
  const secret = recogniseSecret(text);
  if (secret === null) return text;
  throw new Problem(
    `${path} holds ${secret}: renew it, and give secrets only as \`secret\` of a credential`,
  );
}

/** Also a secret. */
function anyTextOf(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new Problem(`${path} is not text`);
  if (value.length > LIMITS.recordTextMax) {
    throw new Problem(`${path} is longer than ${LIMITS.recordTextMax} characters`);
  }
  if (!value.isWellFormed() || value.includes('\u0000') || value.includes('\uFFFD')) {
    throw new Problem(`${path} holds characters that are not text in UTF-8`);
  }
  return value;
}

export function optionalText(fields: Fields, member: string): string | undefined {
  const value = fields[member];
  return value === undefined || value === null ? undefined : textOf(value, member);
}

/** The one member that may hold a secret. */
export function optionalSecret(fields: Fields, member: string): string | undefined {
  const value = fields[member];
  return value === undefined || value === null ? undefined : anyTextOf(value, member);
}

/** What another record is named by: an id or a reference. Indexes hold it, and theirs is no room for more. */
export function optionalName(fields: Fields, member: string): string | undefined {
  const text = optionalText(fields, member);
  if (text === undefined || Buffer.byteLength(text) <= LIMITS.refBytesMax) return text;
  throw new Problem(`${member} is longer than ${LIMITS.refBytesMax} bytes`);
}

export function requiredName(fields: Fields, member: string): string {
  const name = optionalName(fields, member);
  if (name === undefined) throw new Problem(`${member} is missing`);
  return name;
}

export function requiredText(fields: Fields, member: string): string {
  const value = optionalText(fields, member);
  if (value === undefined) throw new Problem(`${member} is missing`);
  return value;
}

export function optionalWord<Word extends string>(
  fields: Fields,
  member: string,
  words: readonly Word[],
): Word | undefined {
  const value = fields[member];
  if (value === undefined || value === null) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Problem(`${member} is not one of ${words.join(', ')}`);
  return found;
}

export function requiredWord<Word extends string>(
  fields: Fields,
  member: string,
  words: readonly Word[],
): Word {
  const found = optionalWord(fields, member, words);
  if (found === undefined) throw new Problem(`${member} is not one of ${words.join(', ')}`);
  return found;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;

/** `Date.parse` reads the 30th of February as the 2nd of March. */
function isInCalendar(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === day;
}

export function optionalMs(fields: Fields, member: string): number | undefined {
  const value = fields[member];
  if (value === undefined || value === null) return undefined;
  const isTime = typeof value === 'string' && INSTANT.test(value);
  const ms = isTime ? Date.parse(value) : Number.NaN;
  if (!isTime || Number.isNaN(ms)) throw new Problem(`${member} is not an RFC 3339 time`);
  if (!isInCalendar(value)) throw new Problem(`${member} is a day that does not exist`);
  return ms;
}

export function optionalInstant(fields: Fields, member: string): string | undefined {
  const ms = optionalMs(fields, member);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

export function share(fields: Fields, member: string, otherwise: number): number {
  const value = fields[member] ?? otherwise;
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw new Problem(`${member} is not a number from 0 to 1`);
  }
  return value;
}

/** Days and tiers: nothing honest is above it. */
const WHOLE_MAX = 1_000_000;

export function optionalWhole(fields: Fields, member: string): number | undefined {
  const value = fields[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= WHOLE_MAX) {
    return value;
  }
  throw new Problem(`${member} is not a whole number from 1 to ${WHOLE_MAX}`);
}

/** False when nothing is said. */
export function optionalFlag(fields: Fields, member: string): boolean {
  const value = fields[member] ?? false;
  if (typeof value === 'boolean') return value;
  throw new Problem(`${member} is neither true nor false`);
}

export function listOf(fields: Fields, member: string): readonly unknown[] {
  const value = fields[member];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Problem(`${member} is not a list`);
  if (value.length > LIMITS.recordListMax) {
    throw new Problem(`${member} has more than ${LIMITS.recordListMax} items`);
  }
  return value;
}

/** An empty list says as little as none. */
export function optionalTexts(fields: Fields, member: string): readonly string[] | undefined {
  const items = listOf(fields, member);
  if (items.length === 0) return undefined;
  return items.map((item, index) => textOf(item, `${member}[${index}]`));
}

const REF_MEMBERS = new Set(['system', 'type', 'value']);

export function refsOf(fields: Fields): readonly ExternalRef[] {
  return listOf(fields, 'refs').map((item, index) => {
    const found = refOf(item, `refs[${index}]`);
    if (Buffer.byteLength(refText(found)) <= LIMITS.refBytesMax) return found;
    throw new Problem(`refs[${index}] is longer than ${LIMITS.refBytesMax} bytes`);
  });
}

function refOf(item: unknown, path: string): ExternalRef {
  if (typeof item === 'string') {
    const parsed = parseRefText(textOf(item, path));
    if (parsed === null) throw new Problem(`${path} is not of the form system:type:value`);
    return parsed;
  }
  if (!isFields(item)) throw new Problem(`${path} is neither text nor an object`);
  onlyKnown(item, REF_MEMBERS, `${path}.`);
  const found = {
    system: requiredText(item, 'system'),
    type: requiredText(item, 'type'),
    value: requiredText(item, 'value'),
  };
  if (/[:\s]/u.test(found.system + found.type)) {
    throw new Problem(`${path}: system and type hold no colon and no space`);
  }
  return found;
}

export function idOf(fields: Fields, word: IdWord): string | null {
  const id = optionalText(fields, 'id') ?? null;
  if (id === null || isId(word, id)) return id;
  throw new Problem(`id is not the id of a ${word}; leave it out to derive it from refs`);
}

/** For ids that this program wrote itself. */
export function branded<Word extends IdWord>(word: Word, text: string): Id<Word> {
  if (isId(word, text)) return text;
  throw new FirebreakError('internal-invariant', { invariant: `a ${word} has its own ids` });
}
