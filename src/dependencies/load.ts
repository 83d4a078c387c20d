import {
  BASES as REPORTED_BASES,
  CONFIDENCE_SCALE,
  type CredentialRecord,
  EDGE_RELATIONS,
  type EdgeRecord,
  type EdgeRelation,
  type EdgeReports,
  type IdentityRecord,
  type InventoryGraph,
  REPORT_NUMBERS,
  type ThingRecord,
} from '../inventory/index.ts';
import { buildAdjacency, type Sliced } from './adjacency.ts';
import { ATTACKER_GOES } from './attacker.ts';
import {
  BASES,
  CONFIDENCE_ONE,
  EdgeColumns,
  isStronger,
  kindNumber,
  NodeColumns,
  relationNumber,
  type EdgeFacts,
} from './columns.ts';
import { MapGraph } from './graph.ts';
import type { EdgeKey, InventoryChanges, MapBatch } from './source.ts';

/** The source of edges that a record implies: a credential names the identity it proves. */
const IMPLIED = '(record)';
const SOURCES_MAX = 65_535;

interface Written {
  readonly tail: number;
  readonly head: number;
}

/** Tail and head as an attacker goes; null for an edge that is no part of the map. */
function placed(nodes: NodeColumns, edge: Omit<EdgeKey, 'source'>): Written | null {
  const way = ATTACKER_GOES[edge.relation];
  if (way === 'never') return null;
  const [from, to] = [nodes.number(edge.from), nodes.number(edge.to)];
  return way === 'forward' ? { tail: from, head: to } : { tail: to, head: from };
}

function sourceNumber(nodes: NodeColumns, source: string): number {
  return Math.min(SOURCES_MAX, nodes.sources.number(source));
}

/** Edges of one import mostly have one time: it is read once. */
let lastRead = { text: '', seconds: 0 };

function secondsOf(text: string): number {
  if (text === lastRead.text) return lastRead.seconds;
  const ms = Date.parse(text);
  lastRead = { text, seconds: Number.isNaN(ms) ? 0 : Math.max(0, Math.floor(ms / 1_000)) };
  return lastRead.seconds;
}

function factsOf(nodes: NodeColumns, edge: EdgeRecord): EdgeFacts {
  return {
    relation: relationNumber(edge.relation),
    basis: BASES.indexOf(edge.basis),
    confidence: Math.round(Math.min(1, Math.max(0, edge.confidence)) * CONFIDENCE_ONE),
    observedS: secondsOf(edge.observedAt),
    source: sourceNumber(nodes, edge.source),
  };
}

function impliedEdge({ id, identity, observedAt }: CredentialRecord): EdgeRecord {
  const relation: EdgeRelation = 'authenticates';
  return {
    type: 'edge',
    from: id,
    relation,
    to: identity,
    basis: 'declared',
    confidence: 1,
    source: IMPLIED,
    observedAt,
  };
}

/** An identity names its tenant; anything else says it with a tag `tenant:NAME`. */
function tenantOf(record: { readonly tags: readonly string[] }): string {
  if ('tenant' in record && typeof record.tenant === 'string') return record.tenant;
  return record.tags.find((tag) => tag.startsWith('tenant:'))?.slice('tenant:'.length) ?? '';
}

/** Still in the inventory because alerts speak of it, but no longer a way for anybody. */
function isGone(record: IdentityRecord | CredentialRecord | ThingRecord): boolean {
  return 'gone' in record && record.gone !== null && record.gone !== undefined;
}

function ownerOf(claims: IdentityRecord['owners'] | undefined): string {
  const sorted = (claims ?? []).toSorted(
    (left, right) => right.confidence - left.confidence || (left.role === 'technical' ? -1 : 1),
  );
  return sorted[0]?.party ?? '';
}

/** A thing says who owns it with the same claims as an identity, or with a tag `owner:NAME`. */
function thingOwner(record: ThingRecord & { readonly owners?: IdentityRecord['owners'] }): string {
  const tag = record.tags.find((one) => one.startsWith('owner:'))?.slice('owner:'.length);
  return ownerOf(record.owners) || (tag ?? '');
}

const NO_FACTS = {
  environment: null,
  tier: null,
  subkind: '',
  lastUsedAt: null,
  fingerprint: null,
  scopes: [],
  usedScopes: null,
  needs: [],
};

const NEEDS = 'needs:';

/** The scopes that a consumer declares it needs, with tags `needs:SCOPE`. */
function needsOf({ tags }: { readonly tags: readonly string[] }): readonly string[] {
  return tags.flatMap((tag) => (tag.startsWith(NEEDS) ? [tag.slice(NEEDS.length)] : []));
}

function setIdentity(nodes: NodeColumns, record: IdentityRecord): void {
  nodes.set(record.id, {
    ...NO_FACTS,
    kind: kindNumber('identity'),
    name: record.name,
    environment: record.environment,
    owner: ownerOf(record.owners),
    tenant: tenantOf(record),
    needs: needsOf(record),
  });
}

function setCredential(nodes: NodeColumns, record: CredentialRecord): void {
  const { lastUsedAt, fingerprint } = record;
  const name = record.refs[0]?.value ?? record.kind;
  const kind = kindNumber('credential');
  nodes.set(record.id, {
    ...NO_FACTS,
    kind,
    name,
    owner: '',
    tenant: '',
    subkind: record.kind,
    lastUsedAt,
    fingerprint,
    scopes: record.scopes,
    usedScopes: record.usedScopes ?? null,
  });
}

function setThing(nodes: NodeColumns, record: ThingRecord): void {
  nodes.set(record.id, {
    ...NO_FACTS,
    kind: kindNumber(record.type),
    name: record.name,
    environment: record.environment,
    tier: record.tier,
    owner: thingOwner(record),
    tenant: tenantOf(record),
    needs: needsOf(record),
  });
}

function setNodes(nodes: NodeColumns, batch: MapBatch): void {
  for (const record of batch.identities ?? []) if (!isGone(record)) setIdentity(nodes, record);
  for (const record of batch.credentials ?? []) if (!isGone(record)) setCredential(nodes, record);
  for (const record of batch.things ?? []) if (!isGone(record)) setThing(nodes, record);
}

/** Finds an edge again by its ends and relation: open addressing over the columns. */
class EdgeTable {
  readonly #columns: EdgeColumns;
  #slots = new Uint32Array(1_024);

  constructor(columns: EdgeColumns) {
    this.#columns = columns;
  }

  /** Room for so many at once: moving millions would hold up everybody else. */
  expect(count: number): void {
    if (this.#columns.count > 0) return;
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1_024, count * 2 + 2)));
    if (wanted > this.#slots.length) this.#slots = new Uint32Array(wanted);
  }

  /** The slot of this edge, or the free one where it belongs. */
  #slot(slots: Uint32Array, tail: number, head: number, relation: number): number {
    const { tails, heads, relations } = this.#columns;
    const mask = slots.length - 1;
    let slot = (Math.imul(tail, 0x9e3779b1) ^ Math.imul(head, 0x85ebca6b) ^ relation) & mask;
    for (;;) {
      const edge = (slots[slot] ?? 0) - 1;
      if (edge < 0) return slot;
      if (tails[edge] === tail && heads[edge] === head && relations[edge] === relation) return slot;
      slot = (slot + 1) & mask;
    }
  }

  find(tail: number, head: number, relation: number): number | undefined {
    const found = this.#slots[this.#slot(this.#slots, tail, head, relation)] ?? 0;
    return found === 0 ? undefined : found - 1;
  }

  add(edge: number): void {
    if (this.#columns.count * 2 > this.#slots.length) {
      const larger = new Uint32Array(this.#slots.length * 4);
      for (const known of this.#slots) if (known !== 0) this.#put(larger, known - 1);
      this.#slots = larger;
    }
    this.#put(this.#slots, edge);
  }

  #put(slots: Uint32Array, edge: number): void {
    const { tails, heads, relations } = this.#columns;
    const slot = this.#slot(slots, tails[edge] ?? 0, heads[edge] ?? 0, relations[edge] ?? 0);
    slots[slot] = edge + 1;
  }
}

// table: what the numbers of a report are here
const WAYS = EDGE_RELATIONS.map((relation) => ATTACKER_GOES[relation]);
const MAP_BASES = REPORTED_BASES.map((basis) => BASES.indexOf(basis));

/** Takes the inventory in parts, in any order, and gives the graph. */
export class GraphBuilder {
  readonly #nodes = new NodeColumns();
  readonly #columns = new EdgeColumns();
  readonly #table = new EdgeTable(this.#columns);
  readonly #weaker = new Map<string, readonly EdgeFacts[]>();
  /** The node of a number by which reports name it, plus 1. */
  #byNumber = new Uint32Array(1_024);

  expect(edgeCount: number): void {
    this.#columns.reserve(edgeCount);
    this.#table.expect(edgeCount);
  }

  add(batch: MapBatch): void {
    setNodes(this.#nodes, batch);
    for (const record of batch.credentials ?? []) {
      if (!isGone(record)) this.#edge(impliedEdge(record));
    }
    for (const record of batch.edges ?? []) this.#edge(record);
    for (const [number, id] of batch.ids ?? []) this.#name(number, id);
    const { reports = null } = batch;
    if (reports !== null) this.#reports(reports);
  }

  #name(number: number, id: string): void {
    if (number >= this.#byNumber.length) {
      const larger = new Uint32Array(Math.max(number + 1, this.#byNumber.length * 2));
      larger.set(this.#byNumber);
      this.#byNumber = larger;
    }
    this.#byNumber[number] = this.#nodes.number(id) + 1;
  }

  #reports({ source, numbers }: EdgeReports): void {
    const by = sourceNumber(this.#nodes, source);
    for (let at = 0; at < numbers.length; at += REPORT_NUMBERS) {
      const from = this.#byNumber[numbers[at] ?? 0] ?? 0;
      const to = this.#byNumber[numbers[at + 2] ?? 0] ?? 0;
      const relation = numbers[at + 1] ?? 0;
      const way = WAYS[relation] ?? 'never';
      if (from === 0 || to === 0 || way === 'never') continue;
      const [tail, head] = way === 'forward' ? [from - 1, to - 1] : [to - 1, from - 1];
      this.#place(tail, head, {
        relation,
        basis: MAP_BASES[numbers[at + 3] ?? 0] ?? 0,
        confidence: Math.round(((numbers[at + 4] ?? 0) * CONFIDENCE_ONE) / CONFIDENCE_SCALE),
        observedS: Math.max(0, Math.floor((numbers[at + 5] ?? 0) / 1_000)),
        source: by,
      });
    }
  }

  #edge(record: EdgeRecord): void {
    const ends = placed(this.#nodes, record);
    if (ends !== null) this.#place(ends.tail, ends.head, factsOf(this.#nodes, record));
  }

  #place(tail: number, head: number, facts: EdgeFacts): void {
    const known = this.#table.find(tail, head, facts.relation);
    if (known === undefined) {
      this.#table.add(this.#columns.add(tail, head, facts));
      return;
    }
    const key = `${tail} ${head} ${facts.relation}`;
    const before = this.#columns.facts(known);
    const wins = isStronger(facts, before);
    if (wins) this.#columns.set(known, facts);
    this.#weaker.set(key, [...(this.#weaker.get(key) ?? []), wins ? before : facts]);
  }

  *finish(revision: number): Sliced<MapGraph> {
    const base = yield* buildAdjacency(this.#columns, this.#nodes.count);
    return new MapGraph(this.#nodes, base, this.#weaker, revision);
  }
}

export function* buildGraph(inventory: InventoryGraph): Sliced<MapGraph> {
  const builder = new GraphBuilder();
  builder.add(inventory);
  return yield* builder.finish(inventory.revision);
}

/** Puts changes over the arrays. Repeating them changes nothing. */
export function applyChanges(graph: MapGraph, changes: InventoryChanges): void {
  const { nodes } = graph;
  const { identities = [], credentials = [], things = [] } = changes;
  const marked = [...identities, ...credentials, ...things].filter((record) => isGone(record));
  for (const id of [...(changes.goneNodes ?? []), ...marked.map((record) => record.id)]) {
    const tail = nodes.find(id);
    if (tail === undefined) continue;
    dropImplied(graph, tail, null);
    nodes.forget(id);
  }
  setNodes(nodes, changes);
  for (const record of credentials) {
    if (isGone(record)) continue;
    const edge = impliedEdge(record);
    dropImplied(graph, nodes.number(edge.from), nodes.number(edge.to));
    report(graph, edge);
  }
  for (const record of changes.edges ?? []) report(graph, record);
  for (const key of changes.goneEdges ?? []) {
    const ends = placed(nodes, key);
    if (ends === null) continue;
    const source = sourceNumber(nodes, key.source);
    graph.withdraw(ends.tail, ends.head, relationNumber(key.relation), source);
  }
  graph.revision = changes.revision;
}

function report(graph: MapGraph, record: EdgeRecord): void {
  const ends = placed(graph.nodes, record);
  if (ends !== null) graph.report(ends.tail, ends.head, factsOf(graph.nodes, record));
}

/** A credential proves one identity: what its record said before is withdrawn. */
function dropImplied(graph: MapGraph, credential: number, keep: number | null): void {
  const relation = relationNumber('authenticates');
  const source = sourceNumber(graph.nodes, IMPLIED);
  for (const head of graph.reportedHeads(credential, relation, source)) {
    if (head !== keep) graph.withdraw(credential, head, relation, source);
  }
}

/** The same graph with its overlay folded in. The old one answers meanwhile. */
export function* compact(graph: MapGraph): Sliced<MapGraph> {
  const columns = new EdgeColumns();
  columns.reserve(graph.edgeCount);
  const { count } = graph.nodes;
  const SLICE = 16_384;
  for (let from = 0; from < count; from += SLICE) {
    graph.gather(columns, from, Math.min(count, from + SLICE));
    yield;
  }
  return graph.rebased(yield* buildAdjacency(columns, count));
}
