import {
  assert,
  type Guarantee,
  type Json,
  type JsonObject,
  STAGE_GUARANTEES,
} from '../../kernel/index.ts';

// Reads members of a document whose form has been checked; what is absent is empty.

type Member = Json | undefined;

function isObject(value: Member): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function members(value: Member): JsonObject {
  return isObject(value) ? value : {};
}

/** A list, or one thing as a list of one. */
export function items(value: Member): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  // Array.isArray does not narrow readonly arrays away.
  return [value as Json];
}

export function texts(value: Member): readonly string[] {
  return items(value).filter((item) => typeof item === 'string');
}

/** Undefined when absent, so that a match without this member matches everything. */
export function optionalTexts(value: Member): readonly string[] | undefined {
  return value === undefined ? undefined : texts(value);
}

export function text(value: Member): string {
  return typeof value === 'string' ? value : '';
}

export function optionalText(value: Member): string | null {
  return typeof value === 'string' ? value : null;
}

export function count(value: Member, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

export function wordsOf<Word extends string>(
  words: readonly Word[],
  value: Member,
): readonly Word[] {
  const given = new Set(texts(value));
  return words.filter((word) => given.has(word));
}

export function word<Word extends string>(
  words: readonly Word[],
  value: Member,
  otherwise: Word,
): Word {
  return words.find((one) => one === value) ?? otherwise;
}

/** Null for nothing. */
export function optionalWord<Word extends string>(
  words: readonly Word[],
  value: Member,
): Word | null {
  return words.find((one) => one === value) ?? null;
}

/** Null for `none` and for nothing. */
export function stage(value: Member): Guarantee | null {
  const name = text(value);
  const entry = Object.entries(STAGE_GUARANTEES).find(([known]) => known === name);
  return entry?.[1] ?? null;
}

const UNITS_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
const DURATION =
  /^P(?:(?<w>\d+)W)?(?:(?<d>\d+)D)?(?:T(?:(?<h>\d+)H)?(?:(?<m>\d+)M)?(?:(?<s>\d+(?:\.\d+)?)S)?)?$/u;

/** Elapsed time: a day is 24 hours. Null when it is not a plain duration. */
export function durationMs(value: Member): number | null {
  const groups = DURATION.exec(text(value))?.groups;
  if (groups === undefined) return null;
  let ms = 0;
  for (const [unit, size] of Object.entries(UNITS_MS)) ms += Number(groups[unit] ?? 0) * size;
  return Math.round(ms);
}

export function requiredMs(value: Member): number {
  const ms = durationMs(value);
  assert(ms !== null, 'the form of a duration was checked');
  return ms;
}

export function instantMs(value: Member): number {
  const ms = Date.parse(text(value));
  assert(Number.isFinite(ms), 'the form of an instant was checked');
  return ms;
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** ISO weekdays; absent means every day. */
export function weekdays(value: Member): readonly number[] {
  const days = value === undefined ? ['every'] : texts(value);
  const span = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return days.flatMap((day) => {
    if (day === 'every') return span(1, 7);
    if (day === 'mon-fri') return span(1, 5);
    if (day === 'sat-sun') return span(6, 7);
    return [WEEKDAYS.indexOf(day) + 1];
  });
}

export function stageOr(value: Json | undefined, otherwise: Guarantee): Guarantee {
  return stage(value) ?? otherwise;
}

export function ifGiven<Value>(
  given: Json | undefined,
  read: (value: JsonObject) => Value,
): Value | undefined {
  return given === undefined ? undefined : read(members(given));
}

type Loose<Value> = { readonly [Key in keyof Value]: Value[Key] | undefined };

/** Members that are undefined become absent: the compiler knows the difference, and so does `overrides`. */
export function exact<Value extends object>(value: Loose<Value>): Value {
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  // What is left is exactly what `Value` allows.
  return Object.fromEntries(given) as Value;
}
