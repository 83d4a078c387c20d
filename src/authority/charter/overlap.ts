import type { IdentityClass, Right, Situation } from './model.ts';

/** Two lists that are both given and share nothing cannot hold at once. Absent means anything. */
function disjointLists(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): boolean {
  if (left === undefined || right === undefined) return false;
  return !left.some((item) => right.includes(item));
}

/** An identity has one kind and one operator, but any number of tags and services. */
function disjointClasses(left: IdentityClass, right: IdentityClass): boolean {
  if (left.name === right.name) return false;
  return (
    disjointLists(left.match.kind, right.match.kind) ||
    disjointLists(left.match.operator, right.match.operator)
  );
}

/** A case that both situations match, in words, or null when none is possible by construction. */
export function overlapOf(
  left: Situation,
  right: Situation,
  classes: readonly IdentityClass[],
): string | null {
  const dimensions = ['severity', 'environment', 'jurisdiction'] as const;
  const parts: string[] = [];
  for (const dimension of dimensions) {
    const one: readonly string[] | undefined = left[dimension];
    const other: readonly string[] | undefined = right[dimension];
    if (disjointLists(one, other)) return null;
    const shared = (one ?? other)?.find((item) => (other ?? [item]).includes(item));
    if (shared !== undefined) parts.push(`${dimension} ${shared}`);
  }
  const pair = classPair(left.class, right.class, classes);
  if (pair === null) return null;
  return [...parts, ...(pair === '' ? [] : [pair])].join(', ') || 'every case';
}

function classPair(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
  classes: readonly IdentityClass[],
): string | null {
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
  return null;
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
  for (const [index, right] of rights.entries()) {
    for (const left of rights.slice(0, index)) {
      const decision = left.decisions.find((one) => right.decisions.includes(one));
      if (decision === undefined) continue;
      if (left.overrides.includes(right.id) || right.overrides.includes(left.id)) continue;
      const witness = overlapOf(left.when, right.when, classes);
      if (witness !== null) overlaps.push({ left, right, witness: `${decision}: ${witness}` });
    }
  }
  return overlaps;
}

/** The names along a cycle of `next`, or null. */
export function cycleFrom(
  start: string,
  next: (name: string) => readonly string[],
): readonly string[] | null {
  const done = new Set<string>();
  const walk = (name: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const other of next(name)) {
      const cycle = walk(other, [...trail, name]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    return null;
  };
  return walk(start, []);
}
