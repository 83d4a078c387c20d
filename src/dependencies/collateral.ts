import type { Basis } from '../inventory/index.ts';
import { LIMITS } from '../kernel/index.ts';
import { type DependencyGraph, type MapEdge, oldestOf } from './graph.ts';
import type { Collateral, Consumer, ServiceHit } from './model.ts';

/** What stops working when its right-hand side is cut: it runs as it, uses it, assumes it, or depends on it. */
const BREAKS_WITH = new Set<string>(['runs-as', 'uses', 'assumes', 'depends-on']);

interface Use {
  readonly consumer: string;
  /** The chain of edges from the consumer to what is cut; it is as sure as its weakest link. */
  readonly edges: readonly MapEdge[];
}

const BASES: readonly Basis[] = ['inferred', 'declared', 'observed'];

/** An identity stands for itself and its credentials; a credential only for itself. */
function cutSet(graph: DependencyGraph, subject: string): readonly string[] {
  if (graph.node(subject).kind !== 'identity') return [subject];
  const credentials = graph.into(subject).filter(({ relation }) => relation === 'authenticates');
  return [subject, ...credentials.map(({ from }) => from)];
}

/** Everything that breaks, nearest first, each with the chain that says why. */
function usesOf(graph: DependencyGraph, cut: readonly string[]): readonly Use[] {
  const uses = new Map<string, Use>();
  const seen = new Set(cut);
  let frontier: readonly Use[] = cut.map((consumer) => ({ consumer, edges: [] }));
  while (frontier.length > 0 && uses.size < LIMITS.reachNodesMax) {
    const next: Use[] = [];
    for (const { consumer, edges } of frontier) {
      for (const edge of graph.into(consumer)) {
        if (!BREAKS_WITH.has(edge.relation) || seen.has(edge.from)) continue;
        seen.add(edge.from);
        const use = { consumer: edge.from, edges: [...edges, edge] };
        uses.set(edge.from, use);
        next.push(use);
        // Who assumes the cut identity is cut off as well, and so are those who hold its credentials.
        if (graph.node(edge.from).kind === 'identity') {
          for (const own of cutSet(graph, edge.from).slice(1)) {
            if (seen.has(own)) continue;
            seen.add(own);
            next.push({ consumer: own, edges: use.edges });
          }
        }
      }
    }
    frontier = next;
  }
  return [...uses.values()];
}

function servicesAbove(graph: DependencyGraph, id: string): readonly ServiceHit[] {
  const services = new Map<string, ServiceHit>();
  const visit = (at: string): void => {
    const { kind, name, tier } = graph.node(at);
    if (services.has(at)) return;
    if (kind === 'service') services.set(at, { id: at, name, tier });
    else if (at !== id) return;
    for (const edge of graph.into(at)) if (edge.relation === 'depends-on') visit(edge.from);
  };
  visit(id);
  return [...services.values()];
}

function consumerOf(graph: DependencyGraph, { consumer, edges }: Use): Consumer {
  const { id, kind, name } = graph.node(consumer);
  let basis: Basis = 'observed';
  let confidence = 1;
  for (const edge of edges) {
    if (BASES.indexOf(edge.basis) < BASES.indexOf(basis)) ({ basis } = edge);
    confidence = Math.min(confidence, edge.confidence);
  }
  const observedAt = oldestOf(edges) ?? '';
  return {
    id,
    kind,
    name,
    basis,
    confidence,
    observedAt,
    services: servicesAbove(graph, consumer),
  };
}

/** Use that nobody accounts for: it is never counted as nothing. */
function unknownUses(
  graph: DependencyGraph,
  cut: readonly string[],
  consumers: readonly Consumer[],
): Collateral['unknown'] {
  const unknown: { readonly count: number; readonly why: string }[] = [];
  for (const id of cut) {
    const lastUsedAt = graph.lastUsedAt.get(id);
    if (lastUsedAt === undefined || lastUsedAt === null) continue;
    if (graph.into(id).some(({ relation }) => relation === 'uses')) continue;
    const why = `${graph.node(id).name} was used at ${lastUsedAt}, and no consumer of it is known`;
    unknown.push({ count: 1, why });
  }
  if (unknown.length === 0 && consumers.length === 0) {
    unknown.push({ count: 1, why: 'no consumer is known at all: the map may be incomplete' });
  }
  return unknown;
}

export function collateralOf(graph: DependencyGraph, subject: string): Collateral {
  const cut = cutSet(graph, subject);
  const uses = usesOf(graph, cut);
  const consumers = uses
    .filter(({ consumer }) => graph.node(consumer).kind !== 'service')
    .map((use) => consumerOf(graph, use));
  const services = new Map<string, ServiceHit>();
  for (const { consumer } of uses) {
    for (const service of servicesAbove(graph, consumer)) services.set(service.id, service);
  }
  const tiers = [...services.values()].flatMap(({ tier }) => (tier === null ? [] : [tier]));
  return {
    subject,
    revision: graph.revision,
    oldestEdgeAt: oldestOf(uses.flatMap(({ edges }) => edges)),
    known: consumers.filter(({ basis }) => basis !== 'inferred'),
    inferred: consumers.filter(({ basis }) => basis === 'inferred'),
    unknown: unknownUses(graph, cut, consumers),
    services: [...services.values()],
    tierMin: tiers.length === 0 ? null : Math.min(...tiers),
  };
}
