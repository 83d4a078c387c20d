import type { BlastAnswer, CheapestCutAnswer } from '../../../src/api/contract/index.ts';

export interface MapNode {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** What it is to the attacker. */
  readonly role: 'held' | 'critical' | 'cut' | 'reached';
}

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly relation: string;
  /** A proposed cut closes it. */
  readonly isClosed: boolean;
}

export interface MapElements {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/** The paths of the attacker as one graph: each node and each edge once, however many paths share it. */
export function mapOf(
  held: { readonly id: string; readonly name: string },
  blast: Pick<BlastAnswer, 'reached' | 'criticalServices'>,
  cut: Pick<CheapestCutAnswer, 'cuts'> | null,
): MapElements {
  const critical = new Set(blast.criticalServices.map(({ id }) => id));
  const proposed = new Set(cut?.cuts.map(({ id }) => id) ?? []);
  const closed = new Set(
    cut?.cuts.flatMap(({ closes }) => closes.map(({ from, to }) => `${from} ${to}`)) ?? [],
  );
  const roleOf = (id: string): MapNode['role'] => {
    if (id === held.id) return 'held';
    if (proposed.has(id)) return 'cut';
    return critical.has(id) ? 'critical' : 'reached';
  };
  const nodes = new Map<string, MapNode>([[held.id, { ...held, kind: 'identity', role: 'held' }]]);
  const edges = new Map<string, MapEdge>();
  for (const { id, kind, name, path } of blast.reached) {
    nodes.set(id, { id, name, kind, role: roleOf(id) });
    for (const { from, to, fromName, toName, relation } of path) {
      if (!nodes.has(from))
        nodes.set(from, { id: from, name: fromName, kind: '', role: roleOf(from) });
      if (!nodes.has(to)) nodes.set(to, { id: to, name: toName, kind: '', role: roleOf(to) });
      const key = `${from} ${to}`;
      edges.set(key, { from, to, relation, isClosed: closed.has(key) });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}
