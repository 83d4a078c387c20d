import { LIMITS, monotonicMs } from '../kernel/index.ts';
import { IN_PRODUCTION, IS_CRITICAL, KIND_BITS, kindNumber, LABELS } from './columns.ts';
import { Oldest, type MapGraph } from './graph.ts';
import type {
  BlastRadius,
  Hop,
  Reached,
  ReachedKind,
  ReachOptions,
  ReachSummary,
} from './model.ts';
import { walk, type Found, type Scratch, type SearchLimits, type Walk } from './search.ts';

const [UNKNOWN, IDENTITY, CREDENTIAL, STORE] = [
  kindNumber('unknown'),
  kindNumber('identity'),
  kindNumber('credential'),
  kindNumber('store'),
];
const [WORKLOAD, SERVICE, RESOURCE, PARTY] = [
  kindNumber('workload'),
  kindNumber('service'),
  kindNumber('resource'),
  kindNumber('party'),
];

export function searchLimits(
  options: ReachOptions = {},
  nowMs: () => number = monotonicMs,
): SearchLimits {
  const wanted = options.depthMax ?? LIMITS.reachDepthMax;
  return {
    depthMax: Math.max(1, Math.min(wanted, LIMITS.reachDepthMax)),
    timeMsMax: Math.max(0, Math.min(options.timeMsMax ?? LIMITS.reachMsMax, LIMITS.reachMsMax)),
    nowMs,
  };
}

/** How many nodes have each label: one look at each node, whatever is asked afterwards. */
function countLabels(
  { nodes: { labels } }: MapGraph,
  { labelCounts }: Pick<Scratch, 'labelCounts'>,
  order: Uint32Array,
  { from, until }: { readonly from: number; readonly until: number },
): Uint32Array {
  labelCounts.fill(0);
  for (let place = from; place < until; place += 1) {
    const label = labels[order[place] ?? 0] ?? 0;
    labelCounts[label] = (labelCounts[label] ?? 0) + 1;
  }
  return labelCounts;
}

function sumWith(counts: Uint32Array, bit: number): number {
  let sum = 0;
  for (let label = bit; label < LABELS; label += 1) {
    if ((label & bit) !== 0) sum += counts[label] ?? 0;
  }
  return sum;
}

function kindsOf(counts: Uint32Array): Readonly<Record<ReachedKind, number>> {
  const of = (kind: number): number => {
    let sum = 0;
    for (let label = kind; label < LABELS; label += KIND_BITS + 1) sum += counts[label] ?? 0;
    return sum;
  };
  return {
    identity: of(IDENTITY),
    credential: of(CREDENTIAL),
    store: of(STORE),
    workload: of(WORKLOAD),
    service: of(SERVICE),
    resource: of(RESOURCE),
    party: of(PARTY),
    unknown: of(UNKNOWN),
  };
}

export function countByKind(
  graph: MapGraph,
  order: Uint32Array,
  from: number,
): Readonly<Record<ReachedKind, number>> {
  const counts = { labelCounts: new Uint32Array(LABELS) };
  return kindsOf(countLabels(graph, counts, order, { from, until: order.length }));
}

function pick(
  graph: MapGraph,
  order: Uint32Array,
  startCount: number,
  is: (node: number) => boolean,
): readonly number[] {
  const picked: number[] = [];
  for (let place = startCount; place < order.length; place += 1) {
    const node = order[place] ?? 0;
    if (is(node)) picked.push(node);
  }
  return picked;
}

interface Paths {
  readonly reached: (node: number) => Reached;
  readonly oldest: Oldest;
}

/** Answers below this size are kept apart from an array as long as the map. */
const FEW = 10_000;

/** How many hops away each node was found; -1 = not at all. */
function levelsOf(graph: MapGraph, { order, levelEnds }: Found): (node: number) => number {
  const few = new Map<number, number>();
  const many = order.length < FEW ? null : new Int32Array(graph.nodes.count).fill(-1);
  let place = 0;
  for (const [level, end] of levelEnds.entries()) {
    for (; place < end; place += 1) {
      const node = order[place] ?? 0;
      if (many === null) few.set(node, level);
      else many[node] = level;
    }
  }
  return many === null ? (node) => few.get(node) ?? -1 : (node) => many[node] ?? -1;
}

/** A node's path goes back through its strongest edge from the level before; so each path is a shortest one. */
function pathsOf(graph: MapGraph, found: Found): Paths {
  const levelOf = levelsOf(graph, found);
  const oldest = new Oldest();
  const cameBy = new Map<number, { readonly tail: number; readonly edge: number }>();
  const arrivalOf = (node: number): { readonly tail: number; readonly edge: number } | null => {
    const before = levelOf(node) - 1;
    if (before < 0) return null;
    const known = cameBy.get(node);
    if (known !== undefined) return known;
    let best: { readonly tail: number; readonly edge: number } | null = null;
    graph.eachInto(node, (tail, edge) => {
      if (levelOf(tail) !== before) return;
      if (best === null || graph.isStronger(edge, best.edge)) best = { tail, edge };
    });
    if (best !== null) cameBy.set(node, best);
    return best;
  };
  const pathTo = (node: number): readonly Hop[] => {
    const hops: Hop[] = [];
    let head = node;
    for (let by = arrivalOf(head); by !== null; by = arrivalOf(head)) {
      hops.push(graph.hop(by.tail, by.edge, head));
      oldest.see(graph.observedS(by.edge));
      head = by.tail;
    }
    return hops.toReversed();
  };
  return {
    oldest,
    reached: (node) => ({
      ...graph.node(node),
      depth: levelOf(node),
      path: pathTo(node),
    }),
  };
}

/** One shortest way from any of the starts to a node that a search has found. */
export function shortestPath(graph: MapGraph, found: Found, node: number): readonly Hop[] {
  return pathsOf(graph, found).reached(node).path;
}

function summaryOf(
  graph: MapGraph,
  scratch: Scratch,
  { count, levelEnds, cutShort }: Walk,
  depthMax: number,
): ReachSummary {
  const starts = levelEnds[0] ?? 0;
  const { order } = scratch;
  const counts = countLabels(graph, scratch, order, { from: starts, until: count });
  let isStartInProduction = false;
  for (let place = 0; place < starts; place += 1) {
    isStartInProduction ||= ((graph.nodes.labels[order[place] ?? 0] ?? 0) & IN_PRODUCTION) !== 0;
  }
  return {
    revision: graph.revision,
    reachedCount: count - starts,
    countByKind: kindsOf(counts),
    reachesProduction: isStartInProduction || sumWith(counts, IN_PRODUCTION) > 0,
    criticalServiceCount: sumWith(counts, IS_CRITICAL),
    depthMax,
    cutShort,
  };
}

const NOWHERE: Walk = { count: 0, levelEnds: [0], cutShort: null };

function walkFrom(graph: MapGraph, scratch: Scratch, id: string, limits: SearchLimits): Walk {
  const start = graph.nodes.find(id);
  return start === undefined ? NOWHERE : walk(graph, scratch, [start], limits);
}

export function reachSummaryOf(
  graph: MapGraph,
  scratch: Scratch,
  id: string,
  limits: SearchLimits,
): ReachSummary {
  return summaryOf(graph, scratch, walkFrom(graph, scratch, id, limits), limits.depthMax);
}

export function blastRadiusOf(
  graph: MapGraph,
  scratch: Scratch,
  identity: string,
  limits: SearchLimits,
): BlastRadius {
  const walked = walkFrom(graph, scratch, identity, limits);
  const found: Found = { ...walked, order: scratch.order.subarray(0, walked.count) };
  const starts = found.levelEnds[0] ?? 0;
  const paths = pathsOf(graph, found);
  const listedMax = LIMITS.reachListedMax;
  const list = (nodes: Iterable<number>): readonly Reached[] => {
    const listed: Reached[] = [];
    for (const node of nodes) {
      if (listed.length >= listedMax) break;
      listed.push(paths.reached(node));
    }
    return listed;
  };
  const only = (is: (node: number) => boolean): readonly Reached[] =>
    list(pick(graph, found.order, starts, is));
  const reached = list(found.order.subarray(starts));
  const criticalServices = only((node) => graph.isCriticalService(node));
  const credentials = only((node) => graph.kind(node) === 'credential');
  return {
    ...summaryOf(graph, scratch, walked, limits.depthMax),
    identity,
    truncated: found.cutShort !== null,
    oldestEdgeAt: paths.oldest.at,
    reached,
    listedMax,
    criticalServices,
    credentials,
  };
}
