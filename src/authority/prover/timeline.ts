import type { Interval } from '../roster/intervals.ts';

/**
 * What holds when, cut where it changes: piece i holds from edge i to edge i + 1. Neighbours differ, so that a piece is
 * as long as it can be.
 */
export interface Timeline {
  /** One more than pieces; the first and the last are the window. */
  readonly edges: readonly number[];
  readonly values: readonly number[];
}

export function constant({ fromMs, untilMs }: Interval, value: number): Timeline {
  return { edges: [fromMs, untilMs], values: [value] };
}

export interface Claim {
  readonly value: number;
  readonly periods: readonly Interval[];
}

/** Each instant holds all claims on it, joined. */
export function gather(
  window: Interval,
  claims: readonly Claim[],
  empty: number,
  join: (left: number, right: number) => number,
): Timeline {
  const changes: { readonly atMs: number; readonly claim: number; readonly by: 1 | -1 }[] = [];
  for (const [claim, { periods }] of claims.entries()) {
    for (const period of periods) {
      const fromMs = Math.max(period.fromMs, window.fromMs);
      const untilMs = Math.min(period.untilMs, window.untilMs);
      if (fromMs >= untilMs) continue;
      changes.push({ atMs: fromMs, claim, by: 1 }, { atMs: untilMs, claim, by: -1 });
    }
  }
  changes.sort((left, right) => left.atMs - right.atMs);
  const held = claims.map(() => 0);
  const parts = createParts(window.fromMs);
  for (let at = 0; at < changes.length;) {
    const atMs = changes[at]?.atMs ?? window.untilMs;
    if (atMs > window.fromMs) parts.until(atMs, joinHeld());
    for (; changes[at]?.atMs === atMs; at += 1) {
      const change = changes[at];
      if (change !== undefined) held[change.claim] = (held[change.claim] ?? 0) + change.by;
    }
  }
  parts.until(window.untilMs, joinHeld());
  return parts.done();

  function joinHeld(): number {
    let value = empty;
    for (const [claim, count] of held.entries()) {
      if (count > 0) value = join(value, claims[claim]?.value ?? empty);
    }
    return value;
  }
}

function createParts(fromMs: number) {
  const edges = [fromMs];
  const values: number[] = [];
  return {
    until: (untilMs: number, value: number): void => {
      if (untilMs <= (edges.at(-1) ?? fromMs)) return;
      if (values.at(-1) === value) edges[edges.length - 1] = untilMs;
      else {
        edges.push(untilMs);
        values.push(value);
      }
    },
    done: (): Timeline => ({ edges, values }),
  };
}

/** Of two timelines over one window. */
export function combine(
  left: Timeline,
  right: Timeline,
  join: (left: number, right: number) => number,
): Timeline {
  const parts = createParts(left.edges[0] ?? 0);
  let one = 0;
  let other = 0;
  while (one < left.values.length && other < right.values.length) {
    const leftUntil = left.edges[one + 1] ?? 0;
    const rightUntil = right.edges[other + 1] ?? 0;
    parts.until(
      Math.min(leftUntil, rightUntil),
      join(left.values[one] ?? 0, right.values[other] ?? 0),
    );
    if (leftUntil <= rightUntil) one += 1;
    if (rightUntil <= leftUntil) other += 1;
  }
  return parts.done();
}

export function mapped(timeline: Timeline, change: (value: number) => number): Timeline {
  const parts = createParts(timeline.edges[0] ?? 0);
  const seen = new Map<number, number>();
  for (const [at, value] of timeline.values.entries()) {
    const to = seen.get(value) ?? change(value);
    seen.set(value, to);
    parts.until(timeline.edges[at + 1] ?? 0, to);
  }
  return parts.done();
}

export interface Piece extends Interval {
  readonly value: number;
}

export function piecesWhere(
  timeline: Timeline,
  wanted: (value: number) => boolean,
): readonly Piece[] {
  const known = new Map<number, boolean>();
  const pieces: Piece[] = [];
  for (const [at, value] of timeline.values.entries()) {
    let isWanted = known.get(value);
    if (isWanted === undefined) known.set(value, (isWanted = wanted(value)));
    if (!isWanted) continue;
    pieces.push({
      fromMs: timeline.edges[at] ?? 0,
      untilMs: timeline.edges[at + 1] ?? 0,
      value,
    });
  }
  return pieces;
}

export function valueAt(timeline: Timeline, atMs: number): number | null {
  let low = 0;
  let high = timeline.values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const fromMs = timeline.edges[middle] ?? 0;
    const untilMs = timeline.edges[middle + 1] ?? 0;
    if (atMs < fromMs) high = middle - 1;
    else if (atMs >= untilMs) low = middle + 1;
    else return timeline.values[middle] ?? null;
  }
  return null;
}
