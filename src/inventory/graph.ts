import { LIMITS, toTimestamp } from '../kernel/index.ts';
import { integer, nullableText, type Row, statement, type Store, text } from '../store/index.ts';
import { bulk, type BulkText } from './bulk.ts';
import type { EdgeKey, GraphChanges, GraphPart, InventoryGraph } from './contract.ts';
import { CONFIDENCE_SCALE } from './import/edges.ts';
import type { NodeRecord } from './merge.ts';
import {
  type CredentialRecord,
  EDGE_RELATIONS,
  type EdgeRecord,
  type IdentityRecord,
  type ThingRecord,
} from './model.ts';
import { BASES } from './schema.ts';
import {
  nodesOf,
  type NumberedNode,
  readNodes,
  readRevision,
  recordsOf,
  statementsSql,
} from './store.ts';

const PAGE_NODES = 2_000;
const PAGE_EDGES = 5_000;

interface SourceRow {
  readonly num: number;
  readonly name: string;
  readonly current: number;
  /** Times of its imports, by number. */
  readonly times: ReadonlyMap<number, number>;
}

async function readSources(store: Store): Promise<readonly SourceRow[]> {
  const sources = await store.query(
    statement('select num, name, current from inventory_source order by num'),
  );
  const imports = await store.query(statement('select source, number, at from inventory_import'));
  return sources.map((row) => {
    const num = integer(row, 'num');
    const own = imports.filter((one) => integer(one, 'source') === num);
    const times = new Map(own.map((one) => [integer(one, 'number'), integer(one, 'at')]));
    return { num, name: text(row, 'name'), current: integer(row, 'current'), times };
  });
}

function partOf(records: readonly NodeRecord[], edges: readonly EdgeRecord[]): GraphPart {
  return {
    identities: records.flatMap((one) => (one.type === 'identity' ? one : [])),
    credentials: records.flatMap((one) => (one.type === 'credential' ? one : [])),
    things: records.flatMap((one) =>
      one.type === 'identity' || one.type === 'credential' ? [] : one,
    ),
    edges,
  };
}

const isThere = ({ gone }: NodeRecord): boolean => (gone ?? null) === null;

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

/** One text for a page of rows: rows as objects cost more than everything else. */
function edgesSql(store: Store, from: string): string {
  const text = `select ${EDGE_COLUMNS} ${from}`;
  return store.dialect === 'sqlite'
    ? `select json_group_array(json_array(${EDGE_COLUMNS})) as page from (${text})`
    : `select coalesce(json_agg(json_build_array(${EDGE_COLUMNS})), '[]')::text as page from (${text}) as edges`;
}

function edgesIn(rows: readonly Row[]): readonly EdgeValues[] {
  const [row] = rows;
  // The text was built by the statement above.
  return row === undefined ? [] : (JSON.parse(text(row, 'page')) as readonly EdgeValues[]);
}

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

async function* nodePages(store: Store): AsyncGenerator<readonly NumberedNode[]> {
  let after = -1;
  for (;;) {
    const page = `(select num, id, word from inventory_node where num > $1 order by num limit ${PAGE_NODES}) as n`;
    const nodes = nodesOf(await store.query(statement(statementsSql(page), after)));
    if (nodes.length > 0) yield nodes;
    const range = `select max(num) as top from (select num from inventory_node where num > $1 order by num limit ${PAGE_NODES}) as page`;
    const [row] = await store.query(statement(range, after));
    const top = row?.['top'] ?? null;
    if (typeof top !== 'number') return;
    after = top;
  }
}

async function* edgePages(store: Store, source: SourceRow): AsyncGenerator<readonly EdgeValues[]> {
  let after: readonly number[] = [-1, -1, -1, -1];
  const sql = edgesSql(
    store,
    `from inventory_edge where source = $1 and (from_num, relation, to_num, since) > ($2, $3, $4, $5)
  and since <= $6 and (until is null or until > $6) order by from_num, relation, to_num, since limit ${PAGE_EDGES}`,
  );
  for (;;) {
    const page = edgesIn(await store.query(statement(sql, source.num, ...after, source.current)));
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < PAGE_EDGES) return;
    after = [last[0], last[1], last[2], last[6]];
  }
}

/** Everything that is there, in parts. What is gone is left out, and so are edges that hang on it. */
async function* batchesOf(store: Store): AsyncGenerator<GraphPart> {
  const ids: (string | undefined)[] = [];
  for await (const nodes of nodePages(store)) {
    const records = recordsOf(nodes).filter(isThere);
    const there = new Set<string>(records.map(({ id }) => id));
    for (const { num, id } of nodes) if (there.has(id)) ids[num] = id;
    yield partOf(records, []);
  }
  for (const source of await readSources(store)) {
    for await (const page of edgePages(store, source)) {
      const edges = page.flatMap((values) => edgeOf(values, source, (num) => ids[num]) ?? []);
      yield partOf([], edges);
    }
  }
}

export async function readGraphBatches(
  store: Store,
): Promise<{ readonly revision: number; readonly batches: AsyncIterable<GraphPart> }> {
  // The revision first: what is read may be newer than it says, never older.
  const revision = await readRevision(store);
  return { revision, batches: batchesOf(store) };
}

export async function readGraph(store: Store): Promise<InventoryGraph> {
  const { revision, batches } = await readGraphBatches(store);
  const identities: IdentityRecord[] = [];
  const credentials: CredentialRecord[] = [];
  const things: ThingRecord[] = [];
  const edges: EdgeRecord[] = [];
  for await (const part of batches) {
    for (const one of part.identities) identities.push(one);
    for (const one of part.credentials) credentials.push(one);
    for (const one of part.things) things.push(one);
    for (const one of part.edges) edges.push(one);
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
        edgesSql(
          store,
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
    const page = edgesIn(await store.query(statementOf));
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
