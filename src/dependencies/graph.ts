import type { Basis, EdgeRelation } from '../inventory/index.ts';
import { toTimestamp } from '../kernel/index.ts';
import type { Adjacency } from './adjacency.ts';
import { ATTACKER_GOES } from './attacker.ts';
import {
  basisOfNumber,
  CONFIDENCE_ONE,
  type EdgeColumns,
  IS_CRITICAL,
  isStronger,
  KIND_BITS,
  kindOfNumber,
  relationOfNumber,
  type EdgeFacts,
  type NodeColumns,
} from './columns.ts';
import type { Hop, ReachedKind } from './model.ts';
import { OverlaidEdges } from './overlaid.ts';
import { PackedRows } from './packed.ts';
import { INDEXED_ROW, Row } from './row.ts';

export interface MapNode {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly environment: string | null;
  readonly tier: number | null;
}

/** One side of the graph: rows of the arrays, and the rows that replace them. */
export interface Side {
  readonly offsets: Uint32Array;
  readonly neighbours: Uint32Array;
  /** One bit for each node whose row was replaced. */
  readonly replaced: Uint32Array;
  readonly packed: PackedRows;
}

const bitsFor = (nodes: number): number => (nodes + 31) >>> 5;
const keyOf = (tail: number, head: number, relation: number): string =>
  `${tail} ${head} ${relation}`;

export const timeOf = (observedS: number): string => toTimestamp(observedS * 1_000);

/** The inventory as an attacker goes it: compressed rows both ways, with an overlay for what changed since. */
export class MapGraph {
  readonly nodes: NodeColumns;
  revision: number;
  pendingChanges = 0;
  edgeCount: number;
  readonly #base: Adjacency;
  readonly #edges: OverlaidEdges;
  /** Reports of further sources about an edge that a stronger one describes. */
  readonly #weaker: Map<string, readonly EdgeFacts[]>;
  readonly #outRows = new Map<number, Row>();
  readonly #inRows = new Map<number, Row>();
  readonly #outPacked = new PackedRows();
  readonly #inPacked = new PackedRows();
  /** Rows that have changed since a search last saw them. */
  readonly #outDirty = new Set<number>();
  readonly #inDirty = new Set<number>();
  #outReplaced: Uint32Array;
  #inReplaced: Uint32Array;
  #covered = 0;

  constructor(
    nodes: NodeColumns,
    base: Adjacency,
    weaker: Map<string, readonly EdgeFacts[]>,
    revision: number,
  ) {
    this.nodes = nodes;
    this.#base = base;
    this.#edges = new OverlaidEdges(base.edges);
    this.#weaker = weaker;
    this.revision = revision;
    this.edgeCount = base.edges.count;
    this.#outReplaced = new Uint32Array(bitsFor(base.nodeCount));
    this.#inReplaced = new Uint32Array(bitsFor(base.nodeCount));
    this.#coverNewNodes();
  }

  get out(): Side {
    const { outOffsets, edges } = this.#base;
    return {
      offsets: outOffsets,
      neighbours: edges.heads,
      replaced: this.#outReplaced,
      packed: packAnew(this.#outPacked, this.#outRows, this.#outDirty),
    };
  }

  get into(): Side {
    const { inOffsets, inTails } = this.#base;
    return {
      offsets: inOffsets,
      neighbours: inTails,
      replaced: this.#inReplaced,
      packed: packAnew(this.#inPacked, this.#inRows, this.#inDirty),
    };
  }

  eachOut(node: number, visit: (head: number, edge: number) => void): void {
    const row = this.#outRows.get(node);
    if (row !== undefined) {
      for (const [place, edge] of row.edges.entries()) visit(row.nodes[place] ?? 0, edge);
      return;
    }
    if (node >= this.#base.nodeCount) return;
    const { outOffsets, edges } = this.#base;
    const until = outOffsets[node + 1] ?? 0;
    for (let edge = outOffsets[node] ?? 0; edge < until; edge += 1) {
      visit(edges.heads[edge] ?? 0, edge);
    }
  }

  eachInto(node: number, visit: (tail: number, edge: number) => void): void {
    const row = this.#inRows.get(node);
    if (row !== undefined) {
      for (const [place, edge] of row.edges.entries()) visit(row.nodes[place] ?? 0, edge);
      return;
    }
    if (node >= this.#base.nodeCount) return;
    const { inOffsets, inTails, inEdges } = this.#base;
    const until = inOffsets[node + 1] ?? 0;
    for (let place = inOffsets[node] ?? 0; place < until; place += 1) {
      visit(inTails[place] ?? 0, inEdges[place] ?? 0);
    }
  }

  relation(edge: number): EdgeRelation {
    return relationOfNumber(this.#edges.relation(edge));
  }

  basis(edge: number): Basis {
    return basisOfNumber(this.basisNumber(edge));
  }

  basisNumber(edge: number): number {
    return this.#edges.basis(edge);
  }

  confidence(edge: number): number {
    return this.#edges.confidence(edge) / CONFIDENCE_ONE;
  }

  observedS(edge: number): number {
    return this.#edges.observedS(edge);
  }

  isStronger(left: number, right: number): boolean {
    return isStronger(this.#edges.facts(left), this.#edges.facts(right));
  }

  hop(tail: number, edge: number, head: number): Hop {
    const relation = this.relation(edge);
    const reversed = ATTACKER_GOES[relation] === 'backward';
    const id = (node: number): string => this.nodes.ids[node] ?? '';
    return { from: id(tail), relation, to: id(head), reversed };
  }

  kind(node: number): ReachedKind {
    return kindOfNumber((this.nodes.labels[node] ?? 0) & KIND_BITS);
  }

  isCriticalService(node: number): boolean {
    return ((this.nodes.labels[node] ?? 0) & IS_CRITICAL) !== 0;
  }

  tier(node: number): number | null {
    const tier = this.nodes.tiers[node] ?? 255;
    return tier === 255 || this.kind(node) === 'unknown' ? null : tier;
  }

  environment(node: number): string | null {
    const environment = this.nodes.words.word(this.nodes.environments[node] ?? 0);
    return environment === '' ? null : environment;
  }

  tenant(node: number): string {
    return this.nodes.words.word(this.nodes.tenants[node] ?? 0);
  }

  subkind(node: number): string {
    return this.nodes.words.word(this.nodes.subkinds[node] ?? 0);
  }

  owner(node: number): string {
    return this.nodes.words.word(this.nodes.owners[node] ?? 0);
  }

  node(node: number): MapNode {
    const { ids, names } = this.nodes;
    return {
      id: ids[node] ?? '',
      kind: this.kind(node),
      name: names[node] ?? '',
      environment: this.environment(node),
      tier: this.tier(node),
    };
  }

  /** What one source says of an edge now; it replaces what that source said before. */
  report(tail: number, head: number, facts: EdgeFacts): void {
    this.#coverNewNodes();
    const edge = this.#find(tail, head, facts.relation);
    if (edge === undefined) {
      this.#append(tail, head, facts);
      return;
    }
    const reports = this.#reports(tail, head, edge).filter(({ source }) => source !== facts.source);
    this.#describe(tail, head, edge, [...reports, facts]);
  }

  /** One source says it no more; the edge goes when it was the last. */
  withdraw(tail: number, head: number, relation: number, source: number): void {
    this.#coverNewNodes();
    const edge = this.#find(tail, head, relation);
    if (edge === undefined) return;
    const reports = this.#reports(tail, head, edge).filter((one) => one.source !== source);
    if (reports.length > 0) this.#describe(tail, head, edge, reports);
    else this.#remove(tail, head, edge);
  }

  /** The heads of edges that this source reports from a node, by relation. */
  reportedHeads(tail: number, relation: number, source: number): readonly number[] {
    const heads: number[] = [];
    this.eachOut(tail, (head, edge) => {
      if (this.#edges.relation(edge) !== relation) return;
      const reports = this.#reports(tail, head, edge);
      if (reports.some((one) => one.source === source)) heads.push(head);
    });
    return heads;
  }

  /** All edges in one set of columns, for the next arrays; in the order of their tails. */
  gather(columns: EdgeColumns, fromNode: number, untilNode: number): void {
    for (let tail = fromNode; tail < untilNode; tail += 1) {
      this.eachOut(tail, (head, edge) => {
        columns.add(tail, head, this.#edges.facts(edge));
      });
    }
  }

  /** The same graph on arrays of its own. */
  rebased(base: Adjacency): MapGraph {
    return new MapGraph(this.nodes, base, new Map(this.#weaker), this.revision);
  }

  oldestS(): number | null {
    let oldest: number | null = null;
    const { edges } = this.#base;
    for (let edge = 0; edge < edges.count; edge += 1) {
      const at = edges.observedS[edge] ?? 0;
      if (oldest === null || at < oldest) oldest = at;
    }
    return oldest;
  }

  byteLength(): number {
    const { outOffsets, inOffsets, inTails, inEdges } = this.#base;
    const arrays = [outOffsets, inOffsets, inTails, inEdges, this.#outReplaced, this.#inReplaced];
    const packed = this.#outPacked.byteLength() + this.#inPacked.byteLength();
    const own = packed + arrays.reduce((sum, array) => sum + array.byteLength, 0);
    return own + this.#edges.byteLength() + this.nodes.byteLength();
  }

  #reports(tail: number, head: number, edge: number): readonly EdgeFacts[] {
    const facts = this.#edges.facts(edge);
    return [facts, ...(this.#weaker.get(keyOf(tail, head, facts.relation)) ?? [])];
  }

  #describe(tail: number, head: number, edge: number, reports: readonly EdgeFacts[]): void {
    const [strongest, ...rest] = reports.toSorted((left, right) =>
      isStronger(left, right) ? -1 : 1,
    );
    if (strongest === undefined) return;
    this.#edges.set(edge, strongest);
    const key = keyOf(tail, head, strongest.relation);
    if (rest.length === 0) this.#weaker.delete(key);
    else this.#weaker.set(key, rest);
  }

  #find(tail: number, head: number, relation: number): number | undefined {
    const { outOffsets, nodeCount } = this.#base;
    const degree = tail < nodeCount ? (outOffsets[tail + 1] ?? 0) - (outOffsets[tail] ?? 0) : 0;
    // A hub is asked for often during one import: its own row has an index.
    const row = degree > INDEXED_ROW ? this.#ownOut(tail) : this.#outRows.get(tail);
    if (row !== undefined) {
      return row.between(head).find((edge) => this.#edges.relation(edge) === relation);
    }
    let found: number | undefined;
    this.eachOut(tail, (other, edge) => {
      if (other === head && this.#edges.relation(edge) === relation) found = edge;
    });
    return found;
  }

  #append(tail: number, head: number, facts: EdgeFacts): void {
    const edge = this.#edges.add(tail, head, facts);
    this.#changeOut(tail).add(head, edge);
    this.#changeInto(head).add(tail, edge);
    this.edgeCount += 1;
    this.pendingChanges += 1;
  }

  #remove(tail: number, head: number, edge: number): void {
    this.#changeOut(tail).remove(edge);
    this.#changeInto(head).remove(edge);
    this.edgeCount -= 1;
    this.pendingChanges += 1;
  }

  #changeOut(node: number): Row {
    this.#outDirty.add(node);
    return this.#ownOut(node);
  }

  #changeInto(node: number): Row {
    this.#inDirty.add(node);
    return this.#ownInto(node);
  }

  #ownOut(node: number): Row {
    const known = this.#outRows.get(node);
    if (known !== undefined) return known;
    const row = new Row();
    this.eachOut(node, (head, edge) => {
      row.add(head, edge);
    });
    this.#outRows.set(node, row);
    this.#outDirty.add(node);
    this.#outReplaced[node >>> 5] = (this.#outReplaced[node >>> 5] ?? 0) | (1 << (node & 31));
    return row;
  }

  #ownInto(node: number): Row {
    const known = this.#inRows.get(node);
    if (known !== undefined) return known;
    const row = new Row();
    this.eachInto(node, (tail, edge) => {
      row.add(tail, edge);
    });
    this.#inRows.set(node, row);
    this.#inDirty.add(node);
    this.#inReplaced[node >>> 5] = (this.#inReplaced[node >>> 5] ?? 0) | (1 << (node & 31));
    return row;
  }

  /** Nodes that came after the arrays were built have no row there: an own row is all they have. */
  #coverNewNodes(): void {
    const { count } = this.nodes;
    const words = bitsFor(count);
    if (words > this.#outReplaced.length) {
      const room = Math.max(words, this.#outReplaced.length + 1_024);
      this.#outReplaced = enlarged(this.#outReplaced, room);
      this.#inReplaced = enlarged(this.#inReplaced, room);
    }
    for (let node = Math.max(this.#base.nodeCount, this.#covered); node < count; node += 1) {
      this.#ownOut(node);
      this.#ownInto(node);
    }
    this.#covered = count;
  }
}

function enlarged(bits: Uint32Array, words: number): Uint32Array {
  const larger = new Uint32Array(words);
  larger.set(bits);
  return larger;
}

function packAnew(
  packed: PackedRows,
  rows: ReadonlyMap<number, Row>,
  dirty: Set<number>,
): PackedRows {
  for (const node of dirty) packed.set(node, rows.get(node)?.nodes ?? []);
  dirty.clear();
  return packed;
}

/** The oldest of the edges an answer used. */
export class Oldest {
  #oldestS: number | null = null;

  see(observedS: number): void {
    if (this.#oldestS === null || observedS < this.#oldestS) this.#oldestS = observedS;
  }

  get at(): string | null {
    return this.#oldestS === null ? null : timeOf(this.#oldestS);
  }
}
