import { FirebreakError, present } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { readCheckpoint, readHead, readNodes } from './store.ts';
import { EMPTY_FRONTIER, appendLeaves, consistencyRanges, inclusionRanges } from './tree.ts';
import { perfectNodes, rangeHash, type Hash, type LeafRange } from './tree.ts';

export interface InclusionProof {
  readonly position: number;
  readonly size: number;
  readonly leafHash: Hash;
  readonly hashes: readonly Hash[];
  readonly root: Hash;
  /** The signed note of that size; null for sizes between two checkpoints. */
  readonly checkpoint: string | null;
}

export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Hash;
  readonly toRoot: Hash;
  readonly hashes: readonly Hash[];
}

type HashAt = (level: number, index: number) => Hash;

const TILE_LEVELS = 8;
const TILE_WIDTH = 2 ** TILE_LEVELS;
const BASE_LEVEL_MAX = 24;

interface Place {
  readonly base: number;
  /** Index of the first stored hash below the node, and how many there are. */
  readonly first: number;
  readonly span: number;
  readonly tile: string;
}

function placeOf(level: number, index: number): Place {
  const base = Math.min(BASE_LEVEL_MAX, level - (level % TILE_LEVELS));
  const span = 2 ** (level - base);
  const first = index * span;
  return { base, first, span, tile: `${base}/${Math.floor(first / TILE_WIDTH)}` };
}

/** Reads the few tiles that hold the hashes of these ranges, and computes the rest from them. */
async function loadHashes(store: Store, ranges: readonly LeafRange[]): Promise<HashAt> {
  const wanted = new Map<string, Place>();
  for (const { level, index } of ranges.flatMap(perfectNodes)) {
    const place = placeOf(level, index);
    wanted.set(place.tile, place);
  }
  const tiles = new Map<string, ReadonlyMap<number, Hash>>();
  for (const { base, first, tile } of wanted.values()) {
    const from = first - (first % TILE_WIDTH);
    tiles.set(tile, await readNodes(store, base, from, from + TILE_WIDTH));
  }
  return (level, index) => {
    const { first, span, tile } = placeOf(level, index);
    const hashes = Array.from({ length: span }, (_, step) => {
      const hash = tiles.get(tile)?.get(first + step);
      if (hash !== undefined) return hash;
      const problem = `the hash ${first + step} of tile ${tile} is missing in the store`;
      throw new FirebreakError('ledger-corrupt', { problem });
    });
    const folded = appendLeaves(EMPTY_FRONTIER, hashes);
    return present(folded.hashes[0], 'a perfect subtree has a root');
  };
}

async function checkSize(store: Store, index: number, size: number | undefined): Promise<number> {
  const sealed = (await readHead(store)).size;
  const asked = size ?? sealed;
  if (asked > sealed) throw new FirebreakError('ledger-range', { index: asked, size: sealed });
  if (index >= asked) throw new FirebreakError('ledger-range', { index, size: asked });
  return asked;
}

export async function proveInclusion(
  store: Store,
  position: number,
  size?: number,
): Promise<InclusionProof> {
  const asked = await checkSize(store, position, size);
  const ranges = inclusionRanges(position, asked);
  const own = { from: position, to: position + 1 };
  const hashAt = await loadHashes(store, [...ranges, own, { from: 0, to: asked }]);
  const checkpoint = await readCheckpoint(store, asked);
  return {
    position,
    size: asked,
    leafHash: hashAt(0, position),
    hashes: ranges.map((range) => rangeHash(range, hashAt)),
    root: rangeHash({ from: 0, to: asked }, hashAt),
    checkpoint: checkpoint?.note ?? null,
  };
}

export async function proveConsistency(
  store: Store,
  from: number,
  to: number,
): Promise<ConsistencyProof> {
  await checkSize(store, 0, to);
  const ranges = consistencyRanges(from, to);
  const hashAt = await loadHashes(store, [...ranges, { from: 0, to: from }, { from: 0, to }]);
  return {
    from,
    to,
    fromRoot: rangeHash({ from: 0, to: from }, hashAt),
    toRoot: rangeHash({ from: 0, to }, hashAt),
    hashes: ranges.map((range) => rangeHash(range, hashAt)),
  };
}
