import type { Basis, EdgeRelation, InventoryGraph } from '../inventory/index.ts';
import type { ReachedKind } from './model.ts';

export interface MapNode {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly environment: string | null;
  readonly tier: number | null;
}

export interface MapEdge {
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly observedAt: string;
}

/** The inventory as nodes with their edges on both sides. */
export interface DependencyGraph {
  readonly revision: number;
  readonly node: (id: string) => MapNode;
  readonly out: (id: string) => readonly MapEdge[];
  readonly into: (id: string) => readonly MapEdge[];
  /** When a credential was last used, for those the inventory knows. */
  readonly lastUsedAt: ReadonlyMap<string, string | null>;
}

const BASES: readonly Basis[] = ['inferred', 'declared', 'observed'];

/** Several sources may report one edge: what was seen beats what was said, what was said beats a guess. */
function isStronger(left: MapEdge, right: MapEdge): boolean {
  const byBasis = BASES.indexOf(left.basis) - BASES.indexOf(right.basis);
  if (byBasis !== 0) return byBasis > 0;
  if (left.confidence !== right.confidence) return left.confidence > right.confidence;
  return left.observedAt > right.observedAt;
}

function strongestEdges(inventory: InventoryGraph): readonly MapEdge[] {
  const edges = new Map<string, MapEdge>();
  const add = (edge: MapEdge): void => {
    const key = `${edge.from} ${edge.relation} ${edge.to}`;
    const known = edges.get(key);
    if (known === undefined || isStronger(edge, known)) edges.set(key, edge);
  };
  for (const edge of inventory.edges) add(edge);
  // A credential names the identity it proves: that is an edge, also where nobody wrote one.
  for (const { id, identity, observedAt } of inventory.credentials) {
    const relation = 'authenticates';
    add({ from: id, relation, to: identity, basis: 'declared', confidence: 1, observedAt });
  }
  return [...edges.values()];
}

export function buildGraph(inventory: InventoryGraph): DependencyGraph {
  const nodes = new Map<string, MapNode>();
  for (const { id, name, environment } of inventory.identities) {
    nodes.set(id, { id, kind: 'identity', name, environment, tier: null });
  }
  for (const { id, kind, refs } of inventory.credentials) {
    const name = refs[0]?.value ?? kind;
    nodes.set(id, { id, kind: 'credential', name, environment: null, tier: null });
  }
  for (const { id, type, name, environment, tier } of inventory.things) {
    nodes.set(id, { id, kind: type, name, environment, tier });
  }
  const out = new Map<string, MapEdge[]>();
  const into = new Map<string, MapEdge[]>();
  const push = (side: Map<string, MapEdge[]>, id: string, edge: MapEdge): void => {
    const list = side.get(id);
    if (list === undefined) side.set(id, [edge]);
    else list.push(edge);
  };
  for (const edge of strongestEdges(inventory)) {
    push(out, edge.from, edge);
    push(into, edge.to, edge);
  }
  const missing = (id: string): MapNode => ({
    id,
    kind: 'unknown',
    name: id,
    environment: null,
    tier: null,
  });
  return {
    revision: inventory.revision,
    node: (id) => nodes.get(id) ?? missing(id),
    out: (id) => out.get(id) ?? [],
    into: (id) => into.get(id) ?? [],
    lastUsedAt: new Map(inventory.credentials.map((one) => [one.id, one.lastUsedAt])),
  };
}

/** The oldest of the edges an answer used. */
export function oldestOf(edges: Iterable<MapEdge>): string | null {
  let oldest: string | null = null;
  for (const { observedAt } of edges) {
    if (oldest === null || observedAt < oldest) oldest = observedAt;
  }
  return oldest;
}
