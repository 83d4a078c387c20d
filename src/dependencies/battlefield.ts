import { LIMITS } from '../kernel/index.ts';
import { cutSetOf, servicesOfUses, usersOf, usesOf } from './consumers.ts';
import type { MapGraph } from './graph.ts';
import type { CheapestCutRequest, Hop } from './model.ts';
import { shortestPath } from './reach.ts';
import { search, type Found, type Scratch, type SearchLimits } from './search.ts';

/** What lies between the attacker and what must not be reached. */
export interface Battlefield {
  readonly graph: MapGraph;
  readonly compromised: readonly number[];
  readonly protect: readonly number[];
  /** Nodes on a way from one to the other. */
  readonly relevant: readonly number[];
  readonly isRelevant: Uint8Array;
  readonly isCuttable: (node: number) => boolean;
  readonly weight: (node: number) => number;
  /** Every search of one question: the same arrays, any depth. */
  readonly find: (
    starts: readonly number[],
    blocked: readonly number[],
    backward?: boolean,
  ) => Found;
  readonly isLate: () => boolean;
}

/** What stops with a critical service weighs more than many consumers of none. */
const SERVICE_WEIGHTS: Readonly<Record<number, number>> = { 1: 10, 2: 5, 3: 2 };

export interface Breaks {
  readonly consumers: number;
  readonly services: readonly number[];
  /** Used by somebody nobody knows. */
  readonly unknown: number;
}

/** What a cut of this node breaks, counted up to a limit. */
export function breaksOf(graph: MapGraph, node: number): Breaks {
  const cut = cutSetOf(graph, node);
  const { uses } = usesOf(graph, cut, LIMITS.cutWeightNodesMax);
  const consumers = uses.filter(({ consumer }) => graph.kind(consumer) !== 'service').length;
  const unknown = cut.filter(
    (each) => graph.nodes.lastUsed.has(each) && usersOf(graph, each).length === 0,
  ).length;
  return { consumers, services: servicesOfUses(graph, uses), unknown };
}

export function weightOf(graph: MapGraph, node: number): number {
  const { consumers, services, unknown } = breaksOf(graph, node);
  const weights = services.map((service) => SERVICE_WEIGHTS[graph.tier(service) ?? 0] ?? 1);
  return 1 + consumers + unknown + weights.reduce((sum, weight) => sum + weight, 0);
}

export function criticalServices(graph: MapGraph): readonly number[] {
  const services: number[] = [];
  for (let node = 0; node < graph.nodes.count; node += 1) {
    if (graph.isCriticalService(node)) services.push(node);
  }
  return services;
}

function numbersOf(graph: MapGraph, ids: readonly string[]): readonly number[] {
  return [...new Set(ids.flatMap((id) => graph.nodes.find(id) ?? []))];
}

function memoised(weight: (node: number) => number): (node: number) => number {
  const known = new Map<number, number>();
  return (node) => {
    const weighed = known.get(node) ?? weight(node);
    known.set(node, weighed);
    return weighed;
  };
}

export function surveyBattlefield(
  graph: MapGraph,
  scratch: Scratch,
  request: CheapestCutRequest,
  limits: Pick<SearchLimits, 'nowMs'>,
): Battlefield {
  const timeMsMax = Math.min(request.timeMsMax ?? LIMITS.cheapestCutMsMax, LIMITS.cheapestCutMsMax);
  const untilMs = limits.nowMs() + timeMsMax;
  // Ways of any length count, and a search that ends early would leave one open: only the flow is timed.
  const wide: SearchLimits = { ...limits, depthMax: Infinity, timeMsMax: Infinity };
  const find: Battlefield['find'] = (starts, blocked, backward = false) =>
    search(graph, scratch, starts, wide, { blocked, backward });
  const compromised = numbersOf(graph, request.compromised);
  const protect =
    request.protect === undefined ? criticalServices(graph) : numbersOf(graph, request.protect);
  const isRelevant = new Uint8Array(graph.nodes.count);
  for (const node of find(compromised, []).order) isRelevant[node] = 1;
  const relevant: number[] = [];
  for (const node of find(protect, [], true).order) {
    if (isRelevant[node] === 1) {
      isRelevant[node] = 2;
      relevant.push(node);
    }
  }
  const kept = new Set([...numbersOf(graph, request.keep ?? []), ...protect]);
  return {
    graph,
    compromised,
    protect: protect.filter((node) => isRelevant[node] === 2),
    relevant,
    isRelevant,
    isCuttable: (node) => {
      const kind = graph.kind(node);
      return (kind === 'identity' || kind === 'credential') && !kept.has(node);
    },
    weight: memoised((node) => weightOf(graph, node)),
    find,
    isLate: () => limits.nowMs() > untilMs,
  };
}

/** One way of the attacker to anything protected that passes none of the blocked; null when there is none. */
export function openWay(
  field: Battlefield,
  blocked: readonly number[],
): { readonly path: readonly Hop[]; readonly nodes: readonly number[] } | null {
  const found = field.find(field.compromised, blocked);
  const targets = new Set(field.protect);
  const target = found.order.find((node) => targets.has(node));
  if (target === undefined) return null;
  const path = shortestPath(field.graph, found, target);
  const nodes = [path[0]?.from, ...path.map(({ to }) => to)].flatMap((id) =>
    id === undefined ? [] : (field.graph.nodes.find(id) ?? []),
  );
  return { path, nodes: path.length === 0 ? [target] : nodes };
}
