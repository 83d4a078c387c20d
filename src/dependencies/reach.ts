import { LIMITS } from '../kernel/index.ts';
import { type DependencyGraph, type MapEdge, oldestOf } from './graph.ts';
import type { BlastRadius, Hop, Reached, ReachedKind } from './model.ts';

/**
 * Which way an attacker goes along an edge. Whoever holds a credential is its identity; whoever reads a store finds what
 * it holds; whoever owns a workload is what it runs as and has what it uses; whoever owns a dependency reaches into what
 * depends on it. Holding an identity does not give the workloads that run as it.
 */
const ATTACKER_GOES = {
  authenticates: 'forward',
  holds: 'forward',
  reads: 'forward',
  reaches: 'forward',
  assumes: 'forward',
  mints: 'forward',
  'runs-as': 'forward',
  uses: 'forward',
  'depends-on': 'backward',
} as const;

interface Move {
  readonly edge: MapEdge;
  readonly to: string;
  readonly reversed: boolean;
}

export function movesFrom(graph: DependencyGraph, id: string): readonly Move[] {
  const moves: Move[] = [];
  for (const edge of graph.out(id)) {
    if (ATTACKER_GOES[edge.relation] === 'forward')
      moves.push({ edge, to: edge.to, reversed: false });
  }
  for (const edge of graph.into(id)) {
    if (ATTACKER_GOES[edge.relation] === 'backward')
      moves.push({ edge, to: edge.from, reversed: true });
  }
  return moves;
}

/** How a node was reached first, which in breadth-first order is a shortest way. */
interface Arrival {
  readonly depth: number;
  readonly by: (Move & { readonly from: string }) | null;
}

interface Search {
  readonly arrivals: ReadonlyMap<string, Arrival>;
  readonly truncated: boolean;
}

function search(graph: DependencyGraph, start: string, depthMax: number): Search {
  const arrivals = new Map<string, Arrival>([[start, { depth: 0, by: null }]]);
  let frontier: readonly string[] = [start];
  for (let depth = 1; frontier.length > 0; depth += 1) {
    const next: string[] = [];
    for (const from of frontier) {
      for (const move of movesFrom(graph, from)) {
        if (arrivals.has(move.to)) continue;
        if (depth > depthMax || arrivals.size > LIMITS.reachNodesMax) {
          return { arrivals, truncated: true };
        }
        arrivals.set(move.to, { depth, by: { ...move, from } });
        next.push(move.to);
      }
    }
    frontier = next;
  }
  return { arrivals, truncated: false };
}

function pathTo(arrivals: ReadonlyMap<string, Arrival>, id: string): readonly Hop[] {
  const hops: Hop[] = [];
  let by = arrivals.get(id)?.by ?? null;
  while (by !== null) {
    hops.push({ from: by.from, relation: by.edge.relation, to: by.to, reversed: by.reversed });
    by = arrivals.get(by.from)?.by ?? null;
  }
  return hops.toReversed();
}

function countByKind(reached: readonly Reached[]): Readonly<Record<ReachedKind, number>> {
  const counts: Record<ReachedKind, number> = {
    identity: 0,
    credential: 0,
    store: 0,
    workload: 0,
    service: 0,
    resource: 0,
    party: 0,
    unknown: 0,
  };
  for (const { kind } of reached) counts[kind] += 1;
  return counts;
}

const PRODUCTION = /^prod(?:uction)?$/iu;

export function blastRadiusOf(
  graph: DependencyGraph,
  identity: string,
  depthWanted: number,
): BlastRadius {
  const depthMax = Math.max(1, Math.min(depthWanted, LIMITS.reachDepthMax));
  const { arrivals, truncated } = search(graph, identity, depthMax);
  const reached: Reached[] = [];
  const used: MapEdge[] = [];
  for (const [id, { depth, by }] of arrivals) {
    if (by === null) continue;
    used.push(by.edge);
    reached.push({ ...graph.node(id), depth, path: pathTo(arrivals, id) });
  }
  const start = graph.node(identity);
  return {
    identity,
    depthMax,
    truncated,
    revision: graph.revision,
    oldestEdgeAt: oldestOf(used),
    reached,
    countByKind: countByKind(reached),
    reachesProduction: [start, ...reached].some(({ environment }) =>
      PRODUCTION.test(environment ?? ''),
    ),
    criticalServices: reached.filter(({ kind, tier }) => kind === 'service' && tier === 1),
    credentials: reached.filter(({ kind }) => kind === 'credential'),
  };
}
