import { LIMITS } from '../kernel/index.ts';
import type { NamedEntry } from './findings.ts';
import { appendLeaves, frontierRoot, nodeHash, sameHash } from './tree.ts';
import type { Frontier, Hash } from './tree.ts';

/** A range whose entries look sound one by one and do not give the signed root together. */
export interface DamagedRange {
  readonly before: Frontier;
  readonly root: Hash;
  readonly entries: readonly (NamedEntry & { readonly leaf: Hash })[];
}

type Leaf = DamagedRange['entries'][number];

/** Across ranges only the likeliest are tried. */
const FAR_CANDIDATES_MAX = 48;
/** Damaged ranges that are compared with one another. */
const RANGES_MAX = 16;

/**
 * Two entries that were exchanged and renumbered leave no other trace than the root. Exchanging them back on trial
 * finds them: the root that then appears cannot be a coincidence.
 */
export function findExchanges(
  ranges: readonly DamagedRange[],
): ReadonlyMap<DamagedRange, readonly [NamedEntry, NamedEntry]> {
  const found = new Map<DamagedRange, readonly [NamedEntry, NamedEntry]>();
  const compared = ranges.slice(0, RANGES_MAX);
  for (const range of compared) {
    const pair = findNear(range);
    if (pair !== null) found.set(range, pair);
  }
  for (const [index, one] of compared.entries()) {
    for (const other of compared.slice(index + 1)) {
      if (found.has(one) || found.has(other)) continue;
      const pair = findFar(one, other);
      if (pair === null) continue;
      found.set(one, pair);
      found.set(other, pair);
    }
  }
  return found;
}

function findNear(range: DamagedRange): readonly [NamedEntry, NamedEntry] | null {
  const tree = new TrialTree(range);
  const candidates = candidatesOf(range.entries, LIMITS.ledgerSwapCandidatesMax);
  for (const [index, one] of candidates.entries()) {
    for (const other of candidates.slice(index + 1)) {
      const [left, right] = [range.entries[one], range.entries[other]];
      if (left === undefined || right === undefined) continue;
      const changes = new Map([
        [one, right.leaf],
        [other, left.leaf],
      ]);
      if (sameHash(tree.rootWith(changes), range.root)) return [left, right];
    }
  }
  return null;
}

function findFar(one: DamagedRange, other: DamagedRange): readonly [NamedEntry, NamedEntry] | null {
  const [oneTree, otherTree] = [new TrialTree(one), new TrialTree(other)];
  for (const left of candidatesOf(one.entries, FAR_CANDIDATES_MAX)) {
    for (const right of candidatesOf(other.entries, FAR_CANDIDATES_MAX)) {
      const [leftEntry, rightEntry] = [one.entries[left], other.entries[right]];
      if (leftEntry === undefined || rightEntry === undefined) continue;
      const oneRoot = oneTree.rootWith(new Map([[left, rightEntry.leaf]]));
      if (!sameHash(oneRoot, one.root)) continue;
      const otherRoot = otherTree.rootWith(new Map([[right, leftEntry.leaf]]));
      if (sameHash(otherRoot, other.root)) return [leftEntry, rightEntry];
    }
  }
  return null;
}

/** All of a short range; of a long one those whose id is out of line with a neighbour's, since ids sort by time. */
function candidatesOf(entries: readonly Leaf[], max: number): readonly number[] {
  const all = entries.map((_, index) => index);
  if (entries.length <= max) return all;
  const isAfter = (one: number, other: number): boolean =>
    (entries[one]?.id ?? '') > (entries[other]?.id ?? '~');
  return all.filter((at) => isAfter(at, at + 1) || isAfter(at - 1, at)).slice(0, max);
}

/** The nodes above a range, kept by level, so that one changed leaf costs one path and not the whole range. */
class TrialTree {
  readonly #levels: readonly ReadonlyMap<number, Hash>[];
  readonly #from: number;
  readonly #to: number;

  constructor({ before, entries }: DamagedRange) {
    const levels: Map<number, Hash>[] = [];
    const keep = (level: number, index: number, hash: Hash): void => {
      (levels[level] ??= new Map()).set(index, hash);
    };
    let start = 0;
    for (const hash of before.hashes) {
      const width = largestPowerOfTwo(before.size - start);
      keep(Math.log2(width), start / width, hash);
      start += width;
    }
    const leaves = entries.map(({ leaf }) => leaf);
    appendLeaves(before, leaves, ({ level, index, hash }) => {
      keep(level, index, hash);
    });
    this.#levels = Array.from(levels, (level) => level ?? new Map<number, Hash>());
    this.#from = before.size;
    this.#to = before.size + entries.length;
  }

  /** The root with other leaves in some places, which are counted from the start of the range. */
  rootWith(changes: ReadonlyMap<number, Hash>): Hash {
    let changed = new Map([...changes].map(([at, hash]) => [this.#from + at, hash]));
    const hashes: Hash[] = [];
    for (let level = 0; level < this.#levels.length; level += 1) {
      const width = 2 ** level;
      const isPeak = Math.floor(this.#to / width) % 2 === 1;
      const peak = Math.floor(this.#to / width) - 1;
      if (isPeak) hashes.push(this.#at(level, peak, changed));
      const above = new Map<number, Hash>();
      for (const index of changed.keys()) {
        const left = index - (index % 2);
        const isWhole = (left + 2) * width <= this.#to;
        if (!isWhole || above.has(left / 2)) continue;
        const pair = [this.#at(level, left, changed), this.#at(level, left + 1, changed)] as const;
        above.set(left / 2, nodeHash(...pair));
      }
      changed = above;
    }
    return frontierRoot({ size: this.#to, hashes: hashes.toReversed() });
  }

  #at(level: number, index: number, changed: ReadonlyMap<number, Hash>): Hash {
    // Left of the range only whole peaks are known; nothing else of it is ever asked for.
    return changed.get(index) ?? this.#levels[level]?.get(index) ?? new Uint8Array();
  }
}

function largestPowerOfTwo(below: number): number {
  let width = 1;
  while (width * 2 <= below) width *= 2;
  return width;
}
