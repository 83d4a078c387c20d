// Half-open intervals of time, as sorted lists that neither overlap nor touch.

export interface Interval {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Sorted and joined. */
export function union(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals
    .filter(({ fromMs, untilMs }) => fromMs < untilMs)
    .toSorted((left, right) => left.fromMs - right.fromMs);
  const joined: Interval[] = [];
  for (const one of sorted) {
    const last = joined.at(-1);
    if (last === undefined || last.untilMs < one.fromMs) joined.push(one);
    else if (last.untilMs < one.untilMs) {
      joined[joined.length - 1] = { fromMs: last.fromMs, untilMs: one.untilMs };
    }
  }
  return joined;
}

export function intersect(
  left: readonly Interval[],
  right: readonly Interval[],
): readonly Interval[] {
  const both: Interval[] = [];
  let at = 0;
  for (const one of left) {
    while ((right[at]?.untilMs ?? Infinity) <= one.fromMs) at += 1;
    for (let next = at; (right[next]?.fromMs ?? Infinity) < one.untilMs; next += 1) {
      const other = right[next] ?? one;
      both.push({
        fromMs: Math.max(one.fromMs, other.fromMs),
        untilMs: Math.min(one.untilMs, other.untilMs),
      });
    }
  }
  return both;
}

export function subtract(
  left: readonly Interval[],
  right: readonly Interval[],
): readonly Interval[] {
  if (right.length === 0) return left;
  const rest: Interval[] = [];
  let at = 0;
  for (const one of left) {
    while ((right[at]?.untilMs ?? Infinity) <= one.fromMs) at += 1;
    let { fromMs } = one;
    for (let next = at; (right[next]?.fromMs ?? Infinity) < one.untilMs; next += 1) {
      const other = right[next] ?? one;
      if (fromMs < other.fromMs) rest.push({ fromMs, untilMs: other.fromMs });
      fromMs = Math.max(fromMs, other.untilMs);
    }
    if (fromMs < one.untilMs) rest.push({ fromMs, untilMs: one.untilMs });
  }
  return rest;
}

/** The last one that has begun at this instant; lists are sorted by their beginnings. */
export function lastBegun<One extends Interval>(list: readonly One[], atMs: number): One | null {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.fromMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return list[low - 1] ?? null;
}
