import { LIMITS } from '../../kernel/index.ts';
import type { IdentityClass, Right, Situation } from './model.ts';

/** Two lists that are both given and share nothing cannot hold at once. Absent means anything. */
function disjointLists(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): boolean {
  if (left === undefined || right === undefined) return false;
  const known = new Set(left);
  return !right.some((item) => known.has(item));
}

/** An identity has one kind and one operator, but any number of tags and services. */
function disjointClasses(left: IdentityClass, right: IdentityClass): boolean {
  if (left.name === right.name) return false;
  return (
    disjointLists(left.match.kind, right.match.kind) ||
    disjointLists(left.match.operator, right.match.operator)
  );
}

/** Each class as a bit, and as the bits of the classes that one identity can be in with it. */
interface ClassBits {
  readonly own: (names: readonly string[]) => bigint;
  readonly near: (names: readonly string[]) => bigint;
}

function bitsOf(classes: readonly IdentityClass[]): ClassBits {
  const own = new Map<string, bigint>();
  const near = new Map<string, bigint>();
  for (const [at, one] of classes.entries()) {
    own.set(one.name, 1n << BigInt(at));
    let bits = 0n;
    for (const [other, two] of classes.entries()) {
      if (!disjointClasses(one, two)) bits |= 1n << BigInt(other);
    }
    near.set(one.name, bits);
  }
  const union = (bits: ReadonlyMap<string, bigint>) => (names: readonly string[]) =>
    names.reduce((sum, name) => sum | (bits.get(name) ?? 0n), 0n);
  return { own: union(own), near: union(near) };
}

const DIMENSIONS = ['severity', 'environment', 'jurisdiction'] as const;

/** A situation made ready to be compared with many others. */
interface Prepared {
  readonly when: Situation;
  readonly sets: Readonly<Record<(typeof DIMENSIONS)[number], ReadonlySet<string> | null>>;
  readonly own: bigint | null;
  readonly near: bigint | null;
}

function prepare(when: Situation, bits: ClassBits): Prepared {
  const set = (list: readonly string[] | undefined): ReadonlySet<string> | null =>
    list === undefined ? null : new Set(list);
  return {
    when,
    sets: {
      severity: set(when.severity),
      environment: set(when.environment),
      jurisdiction: set(when.jurisdiction),
    },
    own: when.class === undefined ? null : bits.own(when.class),
    near: when.class === undefined ? null : bits.near(when.class),
  };
}

function sharedWord(one: ReadonlySet<string>, other: ReadonlySet<string>): string | null {
  for (const item of one) if (other.has(item)) return item;
  return null;
}

/** A case that both match, in words, or null when none is possible by construction. */
function witnessOf(
  left: Prepared,
  right: Prepared,
  classes: readonly IdentityClass[],
): string | null {
  if (left.near !== null && right.own !== null && (left.near & right.own) === 0n) return null;
  const parts: string[] = [];
  for (const dimension of DIMENSIONS) {
    const [one, other] = [left.sets[dimension], right.sets[dimension]];
    const either = one ?? other;
    if (either === null) continue;
    const shared = sharedWord(either, other ?? either);
    if (shared === null) return null;
    parts.push(`${dimension} ${shared}`);
  }
  const pair = classPair(left.when.class, right.when.class, classes);
  return [...parts, ...(pair === '' ? [] : [pair])].join(', ') || 'every case';
}

function classPair(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
  classes: readonly IdentityClass[],
): string {
  if (left === undefined || right === undefined) {
    const name = (left ?? right)?.[0];
    return name === undefined ? '' : `an identity of class ${name}`;
  }
  for (const one of classes.filter(({ name }) => left.includes(name))) {
    for (const other of classes.filter(({ name }) => right.includes(name))) {
      if (disjointClasses(one, other)) continue;
      if (one.name === other.name) return `an identity of class ${one.name}`;
      return `an identity of the classes ${one.name} and ${other.name}`;
    }
  }
  return '';
}

export interface Overlap {
  readonly left: Right;
  readonly right: Right;
  readonly witness: string;
}

/** Pairs of rights that could both answer one case while neither names the other. */
export function unresolvedOverlaps(
  rights: readonly Right[],
  classes: readonly IdentityClass[],
): readonly Overlap[] {
  const overlaps: Overlap[] = [];
  const bits = bitsOf(classes);
  const known = rights.map((right) => ({
    right,
    situation: prepare(right.when, bits),
    decisions: new Set(right.decisions),
    overrides: new Set(right.overrides),
  }));
  for (const [index, one] of known.entries()) {
    for (const other of known.slice(0, index)) {
      if (other.overrides.has(one.right.id) || one.overrides.has(other.right.id)) continue;
      const decision = one.right.decisions.find((kind) => other.decisions.has(kind));
      if (decision === undefined) continue;
      const witness = witnessOf(other.situation, one.situation, classes);
      if (witness === null) continue;
      const { right: left } = other;
      overlaps.push({ left, right: one.right, witness: `${decision}: ${witness}` });
      if (overlaps.length === LIMITS.charterProblemsMax) return overlaps;
    }
  }
  return overlaps;
}

/** Whether one case can match both situations. */
export function canOverlap(
  left: Situation,
  right: Situation,
  classes: readonly IdentityClass[],
): boolean {
  const named = new Set([...(left.class ?? []), ...(right.class ?? [])]);
  const bits = bitsOf(classes.filter(({ name }) => named.has(name)));
  return witnessOf(prepare(left, bits), prepare(right, bits), classes) !== null;
}

const CIRCLE_SHOWN_MAX = 8;

/** `a > b > a`; of a long one its beginning and its end. */
export function circleText(circle: readonly string[]): string {
  const shown =
    circle.length <= CIRCLE_SHOWN_MAX
      ? circle
      : [...circle.slice(0, CIRCLE_SHOWN_MAX - 2), '…', ...circle.slice(-1)];
  return shown.join(' > ');
}

/** Each circle of `next` once, with its first name again at its end. One walk over all names, whatever their number. */
export function circlesOf(
  names: readonly string[],
  next: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const done = new Set<string>();
  for (const start of names) {
    const trail: { readonly name: string; readonly rest: Iterator<string> }[] = [];
    const open = new Set<string>();
    const enter = (name: string): void => {
      trail.push({ name, rest: next(name)[Symbol.iterator]() });
      open.add(name);
    };
    if (!done.has(start)) enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const step = top.rest.next();
      if (step.done === true) {
        done.add(top.name);
        open.delete(top.name);
        trail.pop();
      } else if (open.has(step.value)) {
        const path = trail.map(({ name }) => name);
        circles.push([...path.slice(path.indexOf(step.value)), step.value]);
        if (circles.length === LIMITS.charterProblemsMax) return circles;
      } else if (!done.has(step.value)) enter(step.value);
    }
  }
  return circles;
}
