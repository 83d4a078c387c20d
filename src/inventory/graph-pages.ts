import { present, toTimestamp } from '../kernel/index.ts';
import {
  type Dialect,
  integer,
  nullableInteger,
  type Row,
  statement,
  type Store,
  text,
} from '../store/index.ts';
import { inBackground, type RowReader } from './bulk.ts';
import type { EdgeReports, GraphBatch, GraphBatches, GraphPart } from './contract.ts';
import { CONFIDENCE_SCALE } from './import/edges.ts';
import { merge, type NodeRecord, recordOfOne, type Statement } from './merge.ts';
import { EDGE_RELATIONS, type EdgeRecord } from './model.ts';
import { BASES, type Facts, type NodeWord } from './schema.ts';
import { readRevision } from './store.ts';

/** Some milliseconds of whoever takes them: between two pages others have their turn. */
const PAGE_NODES = 500;
const PAGE_EDGES = 4_000;

export interface SourceRow {
  readonly num: number;
  readonly name: string;
  readonly current: number;
  /** Times of its imports, by number. */
  readonly times: ReadonlyMap<number, number>;
}

export async function readSources(store: RowReader): Promise<readonly SourceRow[]> {
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

export function partOf(records: readonly NodeRecord[], edges: readonly EdgeRecord[]): GraphPart {
  return {
    identities: records.flatMap((one) => (one.type === 'identity' ? one : [])),
    credentials: records.flatMap((one) => (one.type === 'credential' ? one : [])),
    things: records.flatMap((one) =>
      one.type === 'identity' || one.type === 'credential' ? [] : one,
    ),
    edges,
  };
}

export const isThere = ({ gone }: Pick<NodeRecord, 'gone'>): boolean => (gone ?? null) === null;

type SaidValues = readonly [
  num: number,
  id: string,
  word: NodeWord,
  source: number,
  since: number,
  until: number | null,
  facts: Facts,
];

/** One text for a page: rows as objects cost more than everything else. */
function nodesSql(dialect: Dialect): string {
  const columns = 'n.num, n.id, n.word, o.num, s.since, s.until';
  const rows = `from (select num, id, word from inventory_node where num > $1 and num <= $2) as n
  cross join inventory_source o cross join inventory_statement s
  where s.source = o.num and s.num = n.num and s.since <= o.current order by n.num, o.num, s.since`;
  return dialect === 'sqlite'
    ? `select json_group_array(json(item)) as page from (select json_array(${columns}, json(s.body)) as item ${rows})`
    : `select coalesce(json_agg(item), '[]')::text as page from (select json_build_array(${columns}, s.body::json) as item ${rows}) as items`;
}

/** The next page is read while this one is taken. */
async function* ahead<Page>(pages: Iterable<() => Promise<Page>>): AsyncGenerator<Page> {
  let next: Promise<Page> | null = null;
  for (const read of pages) {
    const begun = read();
    // It is awaited one round later.
    begun.catch(() => undefined);
    if (next !== null) yield await next;
    next = begun;
  }
  if (next !== null) yield await next;
}

async function* nodePages(store: RowReader): AsyncGenerator<readonly SaidValues[]> {
  const [row] = await store.query(statement('select max(num) as top from inventory_node'));
  const top = nullableInteger(present(row, 'an aggregate has a row'), 'top') ?? 0;
  const sql = nodesSql(store.dialect);
  const read = async (from: number): Promise<readonly SaidValues[]> => {
    const [page] = await store.query(statement(sql, from, from + PAGE_NODES));
    // The text was built by the statement above, from rows that import/ has written.
    return page === undefined ? [] : (JSON.parse(text(page, 'page')) as readonly SaidValues[]);
  };
  const pages = Array.from(
    { length: Math.ceil((top + 1) / PAGE_NODES) },
    (_, index) => () => read(index * PAGE_NODES - 1),
  );
  yield* ahead(pages);
}

function saidOf(values: SaidValues, sources: ReadonlyMap<number, SourceRow>): Statement | null {
  const [, , , num, since, until, facts] = values;
  const source = sources.get(num);
  // It came after the sources were read: it is part of the next revision.
  if (source === undefined || since > source.current) return null;
  const { observedAt } = facts;
  const at = (number: number): string => toTimestamp(source.times.get(number) ?? 0);
  return {
    source: source.name,
    observedAt: typeof observedAt === 'string' ? observedAt : at(since),
    goneAt: until === null || until > source.current ? null : at(until),
    facts,
  };
}

/** Rows come by node, and by source: a later word of one source replaces its earlier one. */
function recordOf(
  rows: readonly SaidValues[],
  sources: ReadonlyMap<number, SourceRow>,
): NodeRecord | null {
  const said = new Map<string, Statement>();
  for (const values of rows) {
    const one = saidOf(values, sources);
    if (one !== null) said.set(one.source, one);
  }
  const statements = [...said.values()];
  const [only, ...others] = statements;
  const [first] = rows;
  if (only === undefined || first === undefined) return null;
  const [, id, word] = first;
  return others.length === 0 && only.goneAt === null
    ? recordOfOne(id, word, only)
    : merge({ id, word, statements });
}

function recordsIn(
  page: readonly SaidValues[],
  sources: ReadonlyMap<number, SourceRow>,
): readonly (readonly [number, NodeRecord])[] {
  const records: (readonly [number, NodeRecord])[] = [];
  for (let from = 0; from < page.length;) {
    const num = page[from]?.[0] ?? 0;
    let until = from + 1;
    while (page[until]?.[0] === num) until += 1;
    const record = recordOf(page.slice(from, until), sources);
    if (record !== null && isThere(record)) records.push([num, record]);
    from = until;
  }
  return records;
}

const NUMBERS_READ = 7;
export const REPORT_NUMBERS = 6;

function reportsSql(dialect: Dialect): string {
  const columns = 'from_num, relation, to_num, since, basis, confidence, observed_at';
  const rows = `from (select ${columns} from inventory_edge where source = $1
  and (from_num, relation, to_num, since) > ($2, $3, $4, $5) and since <= $6 and (until is null or until > $6)
  order by from_num, relation, to_num, since limit ${PAGE_EDGES}) as edges`;
  const numbers = `from_num || ',' || relation || ',' || to_num || ',' || since || ',' || basis || ','
  || confidence || ',' || coalesce(cast(observed_at as text), 'null')`;
  return dialect === 'sqlite'
    ? `select '[' || coalesce(group_concat(${numbers}), '') || ']' as page ${rows}`
    : `select '[' || coalesce(string_agg(${numbers}, ','), '') || ']' as page ${rows}`;
}

function reportsOf(source: SourceRow, page: readonly (number | null)[]): EdgeReports {
  const count = page.length / NUMBERS_READ;
  const numbers = new Float64Array(count * REPORT_NUMBERS);
  for (let edge = 0; edge < count; edge += 1) {
    const from = edge * NUMBERS_READ;
    const to = edge * REPORT_NUMBERS;
    numbers[to] = page[from] ?? 0;
    numbers[to + 1] = page[from + 1] ?? 0;
    numbers[to + 2] = page[from + 2] ?? 0;
    numbers[to + 3] = page[from + 4] ?? 0;
    numbers[to + 4] = page[from + 5] ?? 0;
    numbers[to + 5] = page[from + 6] ?? source.times.get(page[from + 3] ?? 0) ?? 0;
  }
  return { source: source.name, numbers };
}

async function* reportPages(store: RowReader, source: SourceRow): AsyncGenerator<EdgeReports> {
  const sql = reportsSql(store.dialect);
  const read = async (after: readonly number[]): Promise<readonly (number | null)[]> => {
    const rows: readonly Row[] = await store.query(
      statement(sql, source.num, ...after, source.current),
    );
    const [row] = rows;
    // As above.
    return row === undefined ? [] : (JSON.parse(text(row, 'page')) as readonly (number | null)[]);
  };
  let next: Promise<readonly (number | null)[]> | null = read([-1, -1, -1, -1]);
  while (next !== null) {
    const page: readonly (number | null)[] = await next;
    const last = page.slice(-NUMBERS_READ, -NUMBERS_READ + 4).map((number) => number ?? 0);
    next = page.length < PAGE_EDGES * NUMBERS_READ ? null : read(last);
    next?.catch(() => undefined);
    if (page.length > 0) yield reportsOf(source, page);
  }
}

const NOTHING: GraphPart = { identities: [], credentials: [], things: [], edges: [] };

/** Everything that is there, in parts. What is gone is left out, and so are edges that hang on it. */
async function* batchesOf(store: RowReader): AsyncGenerator<GraphBatch> {
  const rows = await readSources(store);
  const sources = new Map(rows.map((source) => [source.num, source]));
  for await (const page of nodePages(store)) {
    const numbered = recordsIn(page, sources);
    const records = numbered.map(([, record]) => record);
    const ids = numbered.map(([num, { id }]) => [num, id] as const);
    yield { ...partOf(records, []), ids, reports: null };
  }
  for (const source of rows) {
    for await (const reports of reportPages(store, source)) yield { ...NOTHING, ids: [], reports };
  }
}

const BACKGROUND_ABOVE = 5_000;

export async function readGraphSize(store: RowReader): Promise<number> {
  const sql = 'select coalesce(sum(nodes + edges), 0) as size from inventory_source';
  const [row] = await store.query(statement(sql));
  return Number(present(row, 'an aggregate has a row')['size']);
}

export async function readGraphBatches(store: Store): Promise<GraphBatches> {
  // The revision first: what is read may be newer than it says, never older.
  const revision = await readRevision(store);
  const edgeCount = await readGraphSize(store);
  const reader = edgeCount > BACKGROUND_ABOVE ? inBackground(store) : store;
  return { revision, edgeCount, batches: batchesOf(reader) };
}

export function edgesOfReports(
  { source, numbers }: EdgeReports,
  ids: ReadonlyMap<number, string>,
): readonly EdgeRecord[] {
  const edges: EdgeRecord[] = [];
  for (let at = 0; at < numbers.length; at += REPORT_NUMBERS) {
    const [from, relation, to, basis, confidence, observedMs] = numbers.subarray(at);
    const [fromId, toId] = [ids.get(from ?? 0), ids.get(to ?? 0)];
    if (fromId === undefined || toId === undefined) continue;
    edges.push({
      type: 'edge',
      from: fromId,
      relation: EDGE_RELATIONS[relation ?? 0] ?? 'uses',
      to: toId,
      basis: BASES[basis ?? 0] ?? 'declared',
      confidence: (confidence ?? 0) / CONFIDENCE_SCALE,
      source,
      observedAt: toTimestamp(observedMs ?? 0),
    });
  }
  return edges;
}
