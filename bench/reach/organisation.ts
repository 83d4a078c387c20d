import type { EdgeRelation } from '../../src/inventory/index.ts';
import type { MapBatch } from '../../src/dependencies/index.ts';
import { createSeededRandom, randomInteger } from '../../src/kernel/index.ts';

/** Relations that an attacker goes as they are written, so that the same pairs mean the same everywhere. */
const RELATIONS: readonly EdgeRelation[] = ['reads', 'holds', 'authenticates', 'reaches', 'uses'];
const PER_BATCH = 50_000;

/** The same edges for each side: tails and heads as numbers. */
export interface Edges {
  readonly nodes: number;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
}

/** Every node has few ways on; some nodes are led to far more often than others, as stores and roles are. */
export function makeEdges(nodes: number, perNode: number, seed: number): Edges {
  const random = createSeededRandom(seed);
  const count = nodes * perNode;
  const tails = new Int32Array(count);
  const heads = new Int32Array(count);
  for (let edge = 0; edge < count; edge += 1) {
    tails[edge] = randomInteger(random, nodes);
    const popular = edge % 5 === 0 ? random() ** 3 : random();
    heads[edge] = Math.floor(popular * nodes);
  }
  return { nodes, tails, heads };
}

export const idOf = (node: number): string => `n${node}`;

export function edgeRecord(tail: number, head: number, place: number) {
  return {
    type: 'edge',
    from: idOf(tail),
    // One relation for one pair: a second edge between the same nodes adds no way.
    relation: RELATIONS[place % RELATIONS.length] ?? 'reads',
    to: idOf(head),
    basis: 'observed',
    confidence: 1,
    source: 'bench',
    observedAt: '2026-11-20T00:00:00.000Z',
  } as const;
}

/** In parts, so that five million records are never in memory at once. */
export async function* batchesOf({ tails, heads }: Edges): AsyncGenerator<MapBatch> {
  for (let from = 0; from < tails.length; from += PER_BATCH) {
    const until = Math.min(tails.length, from + PER_BATCH);
    const edges = Array.from({ length: until - from }, (_, index) => {
      const place = from + index;
      return edgeRecord(tails[place] ?? 0, heads[place] ?? 0, place);
    });
    yield { edges };
    await Promise.resolve();
  }
}
