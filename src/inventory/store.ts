import { present, toTimestamp } from '../kernel/index.ts';
import {
  type Command,
  integer,
  maybeRow,
  nullableInteger,
  type Row,
  statement,
  text,
} from '../store/index.ts';
import { bulk, type BulkText, type RowReader } from './bulk.ts';
import { merge, type NodeRecord, type NodeStatements, type Statement } from './merge.ts';
import type { CredentialRecord, ExternalRef, IdentityRecord, ThingRecord } from './model.ts';
import type { Facts, NodeWord } from './schema.ts';

/** References that the inventory itself looks things up by; a space keeps them apart from everybody else's. */
export const OWN_SYSTEM = ' own';
export const BY_FINGERPRINT = 'fingerprint';
export const BY_IDENTITY = 'identity';

/** A row `r` of a source `o` holds now. */
export const HOLDS = (row: string): string =>
  `${row}.since <= o.current and (${row}.until is null or ${row}.until > o.current)`;

const STATEMENT_COLUMNS = `n.num, n.id, n.word, o.name as source, o.current, s.since, s.until, s.body,
  i.at as said_at, g.at as gone_at`;
const STATEMENT_JOINS = `left join inventory_import i on i.source = s.source and i.number = s.since
  left join inventory_import g on g.source = s.source and g.number = s.until`;

/**
 * Every source's last word on a node: what it says now, or what it said before it fell silent. `cross join` tells
 * SQLite to begin with the given nodes; without it it would read whole tables.
 */
export function statementsSql(nodes: string, condition = ''): string {
  return `select ${STATEMENT_COLUMNS} from ${nodes}
  cross join inventory_source o
  cross join inventory_statement s
  ${STATEMENT_JOINS}
  where ${condition} s.source = o.num and s.num = n.num and s.since <= o.current
  order by n.num, o.num, s.since`;
}

function statementOf(row: Row): Statement {
  // Rows are written by import/ from checked facts.
  const facts = JSON.parse(text(row, 'body')) as Facts;
  const until = nullableInteger(row, 'until');
  const isHeld = until === null || until > integer(row, 'current');
  const saidAt = nullableInteger(row, 'said_at') ?? 0;
  const { observedAt } = facts;
  return {
    source: text(row, 'source'),
    // Given with the facts, else as old as their import.
    observedAt: typeof observedAt === 'string' ? observedAt : toTimestamp(saidAt),
    goneAt: isHeld ? null : toTimestamp(nullableInteger(row, 'gone_at') ?? 0),
    facts,
  };
}

export interface NumberedNode extends NodeStatements {
  readonly num: number;
}

/** Rows come in the order of `statementsSql`. */
export function nodesOf(rows: readonly Row[]): readonly NumberedNode[] {
  const nodes: (NumberedNode & { statements: Statement[] })[] = [];
  for (const row of rows) {
    const num = integer(row, 'num');
    let node = nodes.at(-1);
    if (node?.num !== num) {
      // The column holds nothing else.
      const word = text(row, 'word') as NodeWord;
      node = { num, id: text(row, 'id'), word, statements: [] };
      nodes.push(node);
    }
    const said = statementOf(row);
    // A later word of the same source replaces its earlier one.
    if (node.statements.at(-1)?.source === said.source) node.statements.pop();
    node.statements.push(said);
  }
  return nodes;
}

export async function readNodes(
  store: RowReader,
  nums: readonly number[],
): Promise<readonly NumberedNode[]> {
  if (nums.length === 0) return [];
  const read: BulkText = {
    types: ['int'],
    sql: (rows) => statementsSql(`${rows} cross join inventory_node n`, 'n.num = rows.c0 and'),
  };
  const nested = nums.map((num) => [num] as const);
  return nodesOf(await store.query(bulk(store.dialect, read, nested)));
}

export async function readNodesById(
  store: RowReader,
  ids: readonly string[],
): Promise<readonly NumberedNode[]> {
  if (ids.length === 0) return [];
  const read: BulkText = {
    types: ['text'],
    sql: (rows) => statementsSql(`${rows} cross join inventory_node n`, 'n.id = rows.c0 and'),
  };
  return nodesOf(
    await store.query(
      bulk(
        store.dialect,
        read,
        [...new Set(ids)].map((id) => [id]),
      ),
    ),
  );
}

export function recordsOf(nodes: readonly NodeStatements[]): readonly NodeRecord[] {
  return nodes.flatMap((node) => merge(node) ?? []);
}

async function readRecord(store: RowReader, id: string): Promise<NodeRecord | null> {
  const [record] = recordsOf(await readNodesById(store, [id]));
  return record ?? null;
}

export async function readIdentity(store: RowReader, id: string): Promise<IdentityRecord | null> {
  const record = await readRecord(store, id);
  return record?.type === 'identity' ? record : null;
}

export async function readCredential(
  store: RowReader,
  id: string,
): Promise<CredentialRecord | null> {
  const record = await readRecord(store, id);
  return record?.type === 'credential' ? record : null;
}

export async function readThing(store: RowReader, id: string): Promise<ThingRecord | null> {
  const record = await readRecord(store, id);
  return record === null || record.type === 'identity' || record.type === 'credential'
    ? null
    : record;
}

export interface RefHit {
  readonly num: number;
  readonly id: string;
  readonly word: NodeWord;
  readonly ref: ExternalRef;
}

function hitOf(row: Row): RefHit {
  return {
    num: integer(row, 'num'),
    id: text(row, 'id'),
    // The column holds nothing else.
    word: text(row, 'word') as NodeWord,
    ref: { system: text(row, 'system'), type: text(row, 'type'), value: text(row, 'value') },
  };
}

const HIT_COLUMNS = 'distinct r.value, r.type, r.system, n.num, n.id, n.word';

/** In the one form in which they are kept. */
export async function readRefs(
  store: RowReader,
  refs: readonly ExternalRef[],
  /** An import that is under way sees itself. */
  running: { readonly source: number; readonly number: number } = { source: -1, number: -1 },
): Promise<readonly RefHit[]> {
  if (refs.length === 0) return [];
  const current = 'case when o.num = $2 then $3 else o.current end';
  const read: BulkText = {
    types: ['text', 'text', 'text'],
    sql: (rows) => `select ${HIT_COLUMNS} from ${rows}
  cross join inventory_ref r
  join inventory_source o on o.num = r.source
  join inventory_node n on n.num = r.num
  where r.value = rows.c0 and r.type = rows.c1 and r.system = rows.c2 and r.since <= ${current} and (r.until is null or r.until > ${current}) order by n.num`,
  };
  const rows = refs.map(({ system, type, value }) => [value, type, system]);
  const { source, number } = running;
  return (await store.query(bulk(store.dialect, read, rows, source, number))).map(hitOf);
}

/** Several say that the bare value is not unique. */
export async function readRefsByValue(
  store: RowReader,
  value: string,
  of: 'identities' | 'all' = 'identities',
): Promise<readonly RefHit[]> {
  const words = of === 'all' ? '' : `and n.word in ('identity', 'credential')`;
  const rows = await store.query(
    statement(
      `select ${HIT_COLUMNS} from inventory_ref r
  join inventory_source o on o.num = r.source
  join inventory_node n on n.num = r.num
  where r.value = $1 and r.system <> '${OWN_SYSTEM}' ${words}
    and ${HOLDS('r')} order by n.num limit 20`,
      value,
    ),
  );
  return rows.map(hitOf);
}

export async function readOwnRefs(
  store: RowReader,
  type: typeof BY_FINGERPRINT | typeof BY_IDENTITY,
  values: readonly string[],
): Promise<readonly RefHit[]> {
  return readRefs(
    store,
    values.map((value) => ({ system: OWN_SYSTEM, type, value })),
  );
}

export async function readCredentialsOf(
  store: RowReader,
  identities: readonly string[],
): Promise<readonly CredentialRecord[]> {
  const hits = await readOwnRefs(store, BY_IDENTITY, identities);
  const records = recordsOf(
    await readNodes(
      store,
      hits.map(({ num }) => num),
    ),
  );
  const wanted = new Set(identities);
  return records
    .flatMap((record) =>
      record.type === 'credential' && wanted.has(record.identity) ? record : [],
    )
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

export async function readRevision(
  store: RowReader,
  of: 'changes' | 'index' = 'changes',
): Promise<number> {
  const sql = 'select revision from inventory_revision where id = $1';
  const row = maybeRow(await store.query(statement(sql, of === 'changes' ? 1 : 2)));
  return integer(present(row, 'the migration wrote the revision'), 'revision');
}

export const bumpRevision: Command = {
  sql: 'update inventory_revision set revision = revision + 1 where id = 1',
  params: [],
  rows: 1,
};

/** What a revision touched, by number of node; null = too much to say. */
export function recordChange(touched: readonly number[] | null): Command {
  return {
    sql: `insert into inventory_change(revision, touched) select revision, $1 from inventory_revision where id = 1`,
    params: [touched === null ? null : JSON.stringify(touched)],
    rows: 1,
  };
}
