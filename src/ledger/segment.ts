import type { NamedEntry } from './findings.ts';
import type { Hash } from './tree.ts';

/** An entry line as it was read; `position` is already corrected for renumbering. */
export interface ReadEntry extends NamedEntry {
  readonly line: number;
  readonly listed: Hash;
  readonly computed: Hash;
}

export interface SortedSegment {
  /** One for each position of the segment that is there, by position. */
  readonly inRange: readonly ReadEntry[];
  /** Positions before the segment. */
  readonly late: readonly ReadEntry[];
  /** Positions beyond it. */
  readonly early: readonly ReadEntry[];
  /** Second and later lines of one position, with the first. */
  readonly repeated: readonly (readonly [first: ReadEntry, again: ReadEntry])[];
  /** Exchanged entries, in pairs. */
  readonly swapped: readonly (readonly [ReadEntry, ReadEntry])[];
  /** Out of place in some other way: by position. */
  readonly moved: readonly ReadEntry[];
}

/** Sorts the lines between two checkpoints; `carried` are entries of [from, to) that stood too early in the file. */
export function sortSegment(
  lines: readonly ReadEntry[],
  carried: readonly ReadEntry[],
  from: number,
  to: number,
): SortedSegment {
  const seen = new Map(carried.map((entry) => [entry.position, entry]));
  const inOrder: ReadEntry[] = [];
  const late: ReadEntry[] = [];
  const early: ReadEntry[] = [];
  const repeated: (readonly [ReadEntry, ReadEntry])[] = [];
  for (const entry of lines) {
    const first = seen.get(entry.position);
    if (entry.position < from) late.push(entry);
    else if (first !== undefined) repeated.push([first, entry]);
    else if (entry.position >= to) early.push(entry);
    else {
      seen.set(entry.position, entry);
      inOrder.push(entry);
    }
  }
  const inRange = [...seen.values()].toSorted((one, other) => one.position - other.position);
  return { inRange, late, early, repeated, ...findMoved(inOrder) };
}

/** Compares the order of the file with the order of the positions. */
function findMoved(lines: readonly ReadEntry[]): Pick<SortedSegment, 'swapped' | 'moved'> {
  const sorted = lines.toSorted((one, other) => one.position - other.position);
  /** What stands in the file where this entry belongs. */
  const instead = new Map<ReadEntry, ReadEntry>();
  for (const [index, entry] of sorted.entries()) {
    const there = lines[index];
    if (there !== undefined && there !== entry) instead.set(entry, there);
  }
  const swapped: (readonly [ReadEntry, ReadEntry])[] = [];
  const isSwapped = (entry: ReadEntry): boolean => {
    const there = instead.get(entry);
    return there !== undefined && instead.get(there) === entry;
  };
  for (const [entry, there] of instead) {
    if (isSwapped(entry) && entry.position < there.position) swapped.push([entry, there]);
  }
  if (instead.size === swapped.length * 2) return { swapped, moved: [] };
  const rest = lines.filter((entry) => !isSwapped(entry));
  const kept = longestRun(rest);
  return { swapped, moved: rest.filter((entry) => !kept.has(entry)) };
}

/** The largest set of lines that are in order among themselves; what is not in it was moved. */
function longestRun(lines: readonly ReadEntry[]): ReadonlySet<ReadEntry> {
  /** The smallest last entry of an ordered run of each length. */
  const ends: ReadEntry[] = [];
  const before = new Map<ReadEntry, ReadEntry | undefined>();
  for (const entry of lines) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle]?.position ?? 0) < entry.position) low = middle + 1;
      else high = middle;
    }
    before.set(entry, ends[low - 1]);
    ends[low] = entry;
  }
  const run = new Set<ReadEntry>();
  for (let at = ends.at(-1); at !== undefined; at = before.get(at)) run.add(at);
  return run;
}

/** Gaps in [from, to) between sorted entries. */
export function gapsOf(
  inRange: readonly ReadEntry[],
  from: number,
  to: number,
): readonly { readonly from: number; readonly to: number }[] {
  const gaps: { readonly from: number; readonly to: number }[] = [];
  let next = from;
  for (const { position } of inRange) {
    if (position > next) gaps.push({ from: next, to: position });
    next = position + 1;
  }
  if (next < to) gaps.push({ from: next, to });
  return gaps;
}
