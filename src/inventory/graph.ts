import { LIMITS, toTimestamp } from '../kernel/index.ts';
import { integer, nullableText, statement, type Store, text } from '../store/index.ts';
import { bulk, type BulkText, pageIn, pageSql } from './bulk.ts';
import type { EdgeKey, GraphChanges, InventoryGraph } from './contract.ts';
import { CONFIDENCE_SCALE } from './import/edges.ts';
import type { NodeRecord } from './merge.ts';
import {
  type CredentialRecord,
  EDGE_RELATIONS,
  type EdgeRecord,
  type IdentityRecord,
  type ThingRecord,
} from './model.ts';
import {
  edgesOfReports,
  isThere,
  partOf,
  readGraphBatches,
  readSources,
  type SourceRow,
} from './graph-pages.ts';
import { BASES } from './schema.ts';
import { readNodes, readRevision, recordsOf } from './store.ts';

/** Some milliseconds: between two pages others have their turn. */
const PAGE_NODES = 250;

type EdgeValues = readonly [
  from: number,
  relation: number,
  to: number,
  basis: number,
  confidence: number,
  observedMs: number | null,
  since: number,
  until: number | null,
];

const EDGE_COLUMNS = [
  'from_num',
  'relation',
  'to_num',
  'basis',
  'confidence',
  'observed_at',
  'since',
  'until',
].join(', ');

function edgeOf(
  values: EdgeValues,
  source: SourceRow,
  idOf: (num: number) => string | undefined,
): EdgeRecord | null {
  const [from, relation, to, basis, confidence, observedMs, since] = values;
  const [fromId, toId] = [idOf(from), idOf(to)];
  if (fromId === undefined || toId === undefined) return null;
  return {
    type: 'edge',
    from: fromId,
    relation: EDGE_RELATIONS[relation] ?? 'uses',
    to: toId,
    basis: BASES[basis] ?? 'declared',
    confidence: confidence / CONFIDENCE_SCALE,
    source: source.name,
    observedAt: toTimestamp(observedMs ?? source.times.get(since) ?? 0),
  };
}

export async function readGraph(store: Store): Promise<InventoryGraph> {
  const { revision, batches } = await readGraphBatches(store);
  const identities: IdentityRecord[] = [];
  const credentials: CredentialRecord[] = [];
  const things: ThingRecord[] = [];
  const edges: EdgeRecord[] = [];
  const ids = new Map<number, string>();
  for await (const part of batches) {
    for (const one of part.identities) identities.push(one);
    for (const one of part.credentials) credentials.push(one);
    for (const one of part.things) things.push(one);
    for (const [num, id] of part.ids) ids.set(num, id);
    if (part.reports !== null) edges.push(...edgesOfReports(part.reports, ids));
  }
  return { revision, identities, credentials, things, edges };
}

/** Numbers of the nodes that changed after a revision; null when that is not known, or too much. */
export async function readTouched(
  store: Store,
  after: number,
  upTo: number,
): Promise<readonly number[] | null> {
  if (upTo - after > LIMITS.inventoryChangesMax) return null;
  const rows = await store.query(
    statement(
      'select touched from inventory_change where revision > $1 and revision <= $2',
      after,
      upTo,
    ),
  );
  if (rows.length !== upTo - after) return null;
  const touched = new Set<number>();
  for (const row of rows) {
    const list = nullableText(row, 'touched');
    if (list === null) return null;
    // Written by recordChange.
    for (const num of JSON.parse(list) as readonly number[]) touched.add(num);
    if (touched.size > LIMITS.inventoryChangeNodesMax) return null;
  }
  return [...touched];
}

async function readIds(
  store: Store,
  nums: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const read: BulkText = {
    types: ['int'],
    sql: (rows) =>
      `select n.num, n.id from ${rows} cross join inventory_node n where n.num = rows.c0`,
  };
  const rows = await store.query(
    bulk(
      store.dialect,
      read,
      nums.map((num) => [num]),
    ),
  );
  return new Map(rows.map((row) => [integer(row, 'num'), text(row, 'id')]));
}

interface TouchedEdges {
  readonly edges: readonly EdgeRecord[];
  readonly goneEdges: readonly EdgeKey[];
}

async function readEdgesFrom(store: Store, nums: readonly number[]): Promise<TouchedEdges> {
  const edges: EdgeRecord[] = [];
  const goneEdges: EdgeKey[] = [];
  for (const source of await readSources(store)) {
    const read: BulkText = {
      types: ['int'],
      sql: (rows) =>
        pageSql(
          store.dialect,
          EDGE_COLUMNS,
          `from ${rows} cross join inventory_edge e where e.source = $2 and e.from_num = rows.c0 and e.since <= $3`,
        ),
    };
    const statementOf = bulk(
      store.dialect,
      read,
      nums.map((num) => [num]),
      source.num,
      source.current,
    );
    const page = pageIn<EdgeValues>(await store.query(statementOf));
    const ids = await readIds(store, [...new Set(page.flatMap(([from, , to]) => [from, to]))]);
    const live = new Set<string>();
    const isLive = (values: EdgeValues): boolean =>
      values[7] === null || values[7] > source.current;
    for (const values of page.filter(isLive)) {
      live.add(values.slice(0, 3).join(' '));
      const edge = edgeOf(values, source, (num) => ids.get(num));
      if (edge !== null) edges.push(edge);
    }
    for (const values of page) {
      if (isLive(values) || live.has(values.slice(0, 3).join(' '))) continue;
      const edge = edgeOf(values, source, (num) => ids.get(num));
      if (edge === null) continue;
      const { from, relation, to } = edge;
      goneEdges.push({ from, relation, to, source: source.name });
    }
  }
  return { edges, goneEdges };
}

export async function readChangesSince(store: Store, after: number): Promise<GraphChanges | null> {
  const revision = await readRevision(store);
  if (after > revision) return null;
  const touched = await readTouched(store, after, revision);
  if (touched === null) return null;
  const records: NodeRecord[] = [];
  const edges: EdgeRecord[] = [];
  const goneEdges: EdgeKey[] = [];
  for (let from = 0; from < touched.length; from += PAGE_NODES) {
    const nums = touched.slice(from, from + PAGE_NODES);
    for (const record of recordsOf(await readNodes(store, nums))) records.push(record);
    const part = await readEdgesFrom(store, nums);
    for (const edge of part.edges) edges.push(edge);
    for (const edge of part.goneEdges) goneEdges.push(edge);
  }
  const goneNodes = records.filter((one) => !isThere(one)).map(({ id }) => id);
  return { revision, ...partOf(records.filter(isThere), edges), goneNodes, goneEdges };
}
