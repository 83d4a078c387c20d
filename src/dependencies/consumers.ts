import type { EdgeRelation } from '../inventory/index.ts';
import { LIMITS } from '../kernel/index.ts';
import { ATTACKER_GOES } from './attacker.ts';
import type { MapGraph } from './graph.ts';
import type { ServiceHit } from './model.ts';

/** What stops working when its right-hand side is cut: it runs as it, uses it, assumes it, or depends on it. */
const BREAKS_WITH: ReadonlySet<EdgeRelation> = new Set([
  'runs-as',
  'uses',
  'assumes',
  'depends-on',
] as const);

/** Who stops when this node is cut, one hop away. The edge says why. */
export function eachConsumer(
  graph: MapGraph,
  node: number,
  visit: (consumer: number, edge: number, relation: EdgeRelation) => void,
): void {
  // The consumer is the left-hand side of its edge; an attacker may go the same edge either way.
  graph.eachInto(node, (tail, edge) => {
    const relation = graph.relation(edge);
    if (BREAKS_WITH.has(relation) && ATTACKER_GOES[relation] === 'forward') {
      visit(tail, edge, relation);
    }
  });
  graph.eachOut(node, (head, edge) => {
    const relation = graph.relation(edge);
    if (BREAKS_WITH.has(relation) && ATTACKER_GOES[relation] === 'backward') {
      visit(head, edge, relation);
    }
  });
}

export function credentialsOf(graph: MapGraph, identity: number): readonly number[] {
  const credentials: number[] = [];
  graph.eachInto(identity, (tail, edge) => {
    if (graph.relation(edge) === 'authenticates') credentials.push(tail);
  });
  return credentials;
}

export function identityOf(graph: MapGraph, credential: number): number | null {
  let identity: number | null = null;
  graph.eachOut(credential, (head, edge) => {
    if (graph.relation(edge) === 'authenticates') identity ??= head;
  });
  return identity;
}

export function usersOf(graph: MapGraph, credential: number): readonly number[] {
  const users: number[] = [];
  graph.eachInto(credential, (tail, edge) => {
    if (graph.relation(edge) === 'uses') users.push(tail);
  });
  return users;
}

export function storesOf(graph: MapGraph, credential: number): readonly number[] {
  const stores: number[] = [];
  graph.eachInto(credential, (tail, edge) => {
    if (graph.relation(edge) === 'holds') stores.push(tail);
  });
  return stores;
}

/** An identity stands for itself and its credentials; a credential only for itself. */
export function cutSetOf(graph: MapGraph, subject: number): readonly number[] {
  if (graph.kind(subject) !== 'identity') return [subject];
  return [subject, ...credentialsOf(graph, subject).filter((node) => node !== subject)];
}

/** How a consumer hangs on what is cut; it is as sure as the weakest link of its chain. */
export interface Use {
  readonly consumer: number;
  readonly basis: number;
  readonly confidence: number;
  readonly observedS: number;
  readonly direct: boolean;
}

export interface Uses {
  readonly uses: readonly Use[];
  readonly truncated: boolean;
}

/** Everything that breaks, nearest first. */
export function usesOf(
  graph: MapGraph,
  cut: readonly number[],
  max: number = LIMITS.collateralConsumersMax,
): Uses {
  const uses: Use[] = [];
  const seen = new Set(cut);
  const cutOff: Use[] = cut.map((consumer) => ({
    consumer,
    basis: 2,
    confidence: 1,
    observedS: Infinity,
    direct: true,
  }));
  // Grows while it is read: breadth first.
  for (const by of cutOff) {
    if (uses.length >= max) return { uses, truncated: true };
    eachConsumer(graph, by.consumer, (consumer, edge) => {
      if (seen.has(consumer)) return;
      seen.add(consumer);
      const use: Use = {
        consumer,
        basis: Math.min(by.basis, graph.basisNumber(edge)),
        confidence: Math.min(by.confidence, graph.confidence(edge)),
        observedS: Math.min(by.observedS, graph.observedS(edge)),
        direct: by.observedS === Infinity,
      };
      uses.push(use);
      cutOff.push(use);
      if (graph.kind(consumer) !== 'identity') return;
      // Who assumes the cut identity is cut off as well, and so are those who hold its credentials.
      for (const own of credentialsOf(graph, consumer)) {
        if (seen.has(own)) continue;
        seen.add(own);
        cutOff.push({ ...use, consumer: own });
      }
    });
  }
  return { uses, truncated: false };
}

export function serviceHit(graph: MapGraph, node: number): ServiceHit {
  const { id, name, tier } = graph.node(node);
  return { id, name, tier };
}

/** Services that depend on a consumer, directly or through other services. */
export function servicesAbove(graph: MapGraph, node: number): readonly number[] {
  const seen = new Set([node]);
  const services: number[] = [];
  // Grows while it is read.
  for (const at of seen) {
    if (graph.kind(at) === 'service') services.push(at);
    else if (at !== node) continue;
    eachConsumer(graph, at, (consumer, _edge, relation) => {
      if (relation === 'depends-on') seen.add(consumer);
    });
  }
  return services;
}

/** Services that stop with any of these uses, in the order in which they are found. */
export function servicesOfUses(graph: MapGraph, uses: readonly Use[]): readonly number[] {
  const services = new Set<number>();
  for (const { consumer } of uses) {
    if (services.has(consumer)) continue;
    for (const service of servicesAbove(graph, consumer)) services.add(service);
  }
  return [...services];
}
