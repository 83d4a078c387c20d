import { present } from '../kernel/index.ts';
import {
  type Command,
  insertMany,
  integer,
  maybeRow,
  type Migration,
  type Row,
  statement,
  type Store,
  text,
} from '../store/index.ts';
import type {
  CredentialRecord,
  EdgeRecord,
  ExternalRef,
  IdentityRecord,
  InventoryGraph,
  ThingRecord,
} from './model.ts';
import { refText } from './refs.ts';

export const inventoryMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-inventory',
    sql: `create table inventory_identity(
  id text primary key,
  search text not null,
  digest text not null,
  record text not null
);
create table inventory_credential(
  id text primary key,
  identity text not null,
  fingerprint text,
  digest text not null,
  record text not null
);
create index inventory_credential_identity on inventory_credential(identity);
create index inventory_credential_fingerprint on inventory_credential(fingerprint);
create table inventory_thing(
  id text primary key,
  type text not null,
  digest text not null,
  record text not null
);
create table inventory_edge(
  id text primary key,
  digest text not null,
  record text not null
);
create table inventory_ref(
  name text primary key,
  value text not null,
  word text not null,
  id text not null
);
create index inventory_ref_value on inventory_ref(value);
create index inventory_ref_id on inventory_ref(id);
create table inventory_revision(
  id integer primary key,
  revision bigint not null
);
insert into inventory_revision(id, revision) values (1, 0);
`,
  },
];

export type NodeRecord = IdentityRecord | CredentialRecord | ThingRecord;

export interface Stored<Kept extends NodeRecord | EdgeRecord> {
  readonly record: Kept;
  readonly digest: string;
}

export interface RefRow {
  readonly word: string;
  readonly id: string;
}

/** Lists of parameters come in powers of two, so that few texts stay prepared. */
function inList(values: readonly string[]): { readonly sql: string; readonly params: string[] } {
  const first = present(values[0], 'an in-list has a value');
  let size = 1;
  while (size < values.length) size *= 2;
  const params = Array.from({ length: size }, (_, index) => values[index] ?? first);
  return { sql: `(${params.map((_, index) => `$${index + 1}`).join(', ')})`, params };
}

const IN_LIST_MAX = 1_024;

async function queryIn(
  store: Store,
  head: string,
  values: readonly string[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let from = 0; from < values.length; from += IN_LIST_MAX) {
    const { sql, params } = inList(values.slice(from, from + IN_LIST_MAX));
    rows.push(...(await store.query({ sql: `${head} ${sql}`, params })));
  }
  return rows;
}

// Rows were written by this file from values of these types.
const identityOf = (row: Row): IdentityRecord => JSON.parse(text(row, 'record')) as IdentityRecord;
const credentialOf = (row: Row): CredentialRecord =>
  // As above.
  JSON.parse(text(row, 'record')) as CredentialRecord;
// As above.
const thingOf = (row: Row): ThingRecord => JSON.parse(text(row, 'record')) as ThingRecord;
// As above.
const edgeOf = (row: Row): EdgeRecord => JSON.parse(text(row, 'record')) as EdgeRecord;

export async function readIdentity(store: Store, id: string): Promise<IdentityRecord | null> {
  const sql = 'select record from inventory_identity where id = $1';
  const row = maybeRow(await store.query(statement(sql, id)));
  return row === undefined ? null : identityOf(row);
}

export async function readCredential(store: Store, id: string): Promise<CredentialRecord | null> {
  const sql = 'select record from inventory_credential where id = $1';
  const row = maybeRow(await store.query(statement(sql, id)));
  return row === undefined ? null : credentialOf(row);
}

export async function readThing(store: Store, id: string): Promise<ThingRecord | null> {
  const sql = 'select record from inventory_thing where id = $1';
  const row = maybeRow(await store.query(statement(sql, id)));
  return row === undefined ? null : thingOf(row);
}

export async function readThings(
  store: Store,
  ids: readonly string[],
): Promise<readonly ThingRecord[]> {
  const rows = await queryIn(store, 'select record from inventory_thing where id in', ids);
  return rows.map(thingOf);
}

export async function readCredentialsOf(
  store: Store,
  identity: string,
): Promise<readonly CredentialRecord[]> {
  const sql = 'select record from inventory_credential where identity = $1 order by id';
  return (await store.query(statement(sql, identity))).map(credentialOf);
}

export async function readCredentialByFingerprint(
  store: Store,
  fingerprint: string,
): Promise<CredentialRecord | null> {
  // One secret copied into two records: the newest record answers, both lie in the same identity or are a finding.
  const sql =
    'select record from inventory_credential where fingerprint = $1 order by id desc limit 1';
  const row = maybeRow(await store.query(statement(sql, fingerprint)));
  return row === undefined ? null : credentialOf(row);
}

export async function readRefs(
  store: Store,
  names: readonly string[],
): Promise<ReadonlyMap<string, RefRow>> {
  const head = 'select name, word, id from inventory_ref where name in';
  const rows = await queryIn(store, head, names);
  return new Map(
    rows.map((row) => [text(row, 'name'), { word: text(row, 'word'), id: text(row, 'id') }]),
  );
}

/** At most two: the second says that the bare value is not unique. */
export async function readRefsByValue(
  store: Store,
  value: string,
): Promise<readonly { readonly name: string; readonly id: string }[]> {
  const rows = await store.query(
    statement(
      `select name, id from inventory_ref where value = $1 and word in ('identity', 'credential') limit 2`,
      value,
    ),
  );
  return rows.map((row) => ({ name: text(row, 'name'), id: text(row, 'id') }));
}

const TABLES = {
  identity: 'inventory_identity',
  credential: 'inventory_credential',
  thing: 'inventory_thing',
  edge: 'inventory_edge',
} as const;
export type TableWord = keyof typeof TABLES;

export async function readDigests(
  store: Store,
  word: TableWord,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const head = `select id, digest from ${TABLES[word]} where id in`;
  const rows = await queryIn(store, head, ids);
  return new Map(rows.map((row) => [text(row, 'id'), text(row, 'digest')]));
}

export async function readIdentityPage(
  store: Store,
  page: { readonly limit: number; readonly after: string; readonly text: string },
): Promise<readonly IdentityRecord[]> {
  const pattern = `%${page.text.toLowerCase().replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
  const rows = await store.query(
    statement(
      `select record from inventory_identity where id > $1 and search like $2 escape '\\' order by id limit $3`,
      page.after,
      pattern,
      page.limit,
    ),
  );
  return rows.map(identityOf);
}

export async function readRevision(store: Store): Promise<number> {
  const rows = await store.query(statement('select revision from inventory_revision where id = 1'));
  return integer(present(rows[0], 'the migration wrote the revision'), 'revision');
}

export async function readGraph(store: Store): Promise<InventoryGraph> {
  // The revision first: what is read may be newer than it says, never older.
  const revision = await readRevision(store);
  const all = (table: string): Promise<readonly Row[]> =>
    store.query(statement(`select record from ${table} order by id`));
  return {
    revision,
    identities: (await all(TABLES.identity)).map(identityOf),
    credentials: (await all(TABLES.credential)).map(credentialOf),
    things: (await all(TABLES.thing)).map(thingOf),
    edges: (await all(TABLES.edge)).map(edgeOf),
  };
}

export const bumpRevision: Command = {
  sql: 'update inventory_revision set revision = revision + 1 where id = 1',
  params: [],
  rows: 1,
};

const REPLACE = (columns: readonly string[]): string =>
  `on conflict (id) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`;

function searchText(record: IdentityRecord): string {
  const parts = [record.id, record.name, record.target, record.purpose ?? '', ...record.tags];
  return [...parts, ...record.refs.map(refText)].join(' ').toLowerCase();
}

export function writeIdentities(rows: readonly Stored<IdentityRecord>[]): readonly Command[] {
  const values = rows.map(({ record, digest }) => [
    record.id,
    searchText(record),
    digest,
    JSON.stringify(record),
  ]);
  const columns = ['id', 'search', 'digest', 'record'];
  return insertMany(TABLES.identity, columns, values, REPLACE(columns.slice(1)));
}

export function writeCredentials(
  rows: readonly Stored<CredentialRecord>[],
  onConflict: 'replace' | 'keep',
): readonly Command[] {
  const values = rows.map(({ record, digest }) => [
    record.id,
    record.identity,
    record.fingerprint,
    digest,
    JSON.stringify(record),
  ]);
  const columns = ['id', 'identity', 'fingerprint', 'digest', 'record'];
  const suffix = onConflict === 'keep' ? KEEP : REPLACE(columns.slice(1));
  return insertMany(TABLES.credential, columns, values, suffix);
}

const KEEP = 'on conflict do nothing';

export function writeThings(rows: readonly Stored<ThingRecord>[]): readonly Command[] {
  const values = rows.map(({ record, digest }) => [
    record.id,
    record.type,
    digest,
    JSON.stringify(record),
  ]);
  const columns = ['id', 'type', 'digest', 'record'];
  return insertMany(TABLES.thing, columns, values, REPLACE(columns.slice(1)));
}

/** One edge for each source that reports it. */
export function edgeId(
  edge: Omit<EdgeRecord, 'type' | 'basis' | 'confidence' | 'observedAt'>,
): string {
  return `${edge.from} ${edge.relation} ${edge.to} ${edge.source}`;
}

export function writeEdges(rows: readonly Stored<EdgeRecord>[]): readonly Command[] {
  const values = rows.map(({ record, digest }) => [edgeId(record), digest, JSON.stringify(record)]);
  const columns = ['id', 'digest', 'record'];
  return insertMany(TABLES.edge, columns, values, REPLACE(columns.slice(1)));
}

/** Replaces the references of these records. */
export function writeRefs(
  records: readonly {
    readonly id: string;
    readonly word: string;
    readonly refs: readonly ExternalRef[];
  }[],
): readonly Command[] {
  const commands: Command[] = [];
  const ids = records.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += IN_LIST_MAX) {
    const { sql, params } = inList(ids.slice(from, from + IN_LIST_MAX));
    commands.push({ sql: `delete from inventory_ref where id in ${sql}`, params });
  }
  return [...commands, ...insertRefs(records)];
}

/** Adds references; one that is taken already stays with its owner. */
export function insertRefs(
  records: readonly {
    readonly id: string;
    readonly word: string;
    readonly refs: readonly ExternalRef[];
  }[],
): readonly Command[] {
  const rows = records.flatMap(({ id, word, refs }) =>
    refs.map((ref) => [refText(ref), ref.value, word, id]),
  );
  return insertMany('inventory_ref', ['name', 'value', 'word', 'id'], rows, KEEP);
}
