import { canonicalJson, type Guarantee, GUARANTEES, STAGE_GUARANTEES } from '../../kernel/index.ts';

/** What a change does to the organisation: more happens with fewer people asked, less does, or it is somebody else's. */
export type Consequence = 'loosens' | 'tightens' | 'moves';

export interface CharterChange {
  readonly consequence: Consequence;
  /** The section that it is about: right, mandate, seat, fuse ... */
  readonly about: string;
  /** One sentence. */
  readonly words: string;
}

/** More of it loosens. Null = nothing is allowed. */
export function byStrength(before: Guarantee | null, after: Guarantee | null): Consequence {
  const strength = (one: Guarantee | null): number => (one === null ? -1 : GUARANTEES.indexOf(one));
  return strength(after) > strength(before) ? 'loosens' : 'tightens';
}

export function byNumber(before: number, after: number): Consequence {
  return after > before ? 'loosens' : 'tightens';
}

/** What was allowed and now is more loosens; less tightens; neither contains the other: it moves. */
export function bySets(before: readonly string[], after: readonly string[]): Consequence {
  const isWithin = (one: readonly string[], other: readonly string[]): boolean =>
    one.every((item) => other.includes(item));
  if (isWithin(before, after)) return 'loosens';
  return isWithin(after, before) ? 'tightens' : 'moves';
}

export function opposite(consequence: Consequence): Consequence {
  if (consequence === 'moves') return 'moves';
  return consequence === 'loosens' ? 'tightens' : 'loosens';
}

export function stageName(guarantee: Guarantee | null): string {
  if (guarantee === null) return 'nothing';
  return Object.entries(STAGE_GUARANTEES).find(([, one]) => one === guarantee)?.[0] ?? guarantee;
}

const UNITS = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Exact, unlike a glance at a clock: `90 s` and `1 min` are not the same rule. */
export function exactSpan(ms: number | null): string {
  if (ms === null) return 'no time';
  if (ms === 0) return '0 s';
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each && ms % each === 0) ?? ['s', 1_000];
  return `${ms / size} ${unit}`;
}

export function list(items: readonly string[], nothing = 'nobody'): string {
  if (items.length === 0) return nothing;
  if (items.length === 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

function plainOf(value: unknown): unknown {
  if (value instanceof Map) return plainOf(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, plainOf(member)]),
  );
}

/** The same text for the same meaning. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return canonicalJson(plainOf(value));
}

export function isSame(before: unknown, after: unknown): boolean {
  return textOf(before) === textOf(after);
}
