import {
  type Command,
  maybeRow,
  type Migration,
  statement,
  type Store,
  text,
} from '../store/index.ts';
import type { Signal } from './model.ts';

export const signalMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-signal',
    sql: `create table signal(
  id text primary key,
  source text not null,
  sender_key text not null,
  body_digest text not null,
  received_at_ms bigint not null,
  record text not null
);
create unique index signal_source_key on signal(source, sender_key);
create table custody(
  id text primary key,
  purpose text not null,
  ciphertext text not null,
  created_at_ms bigint not null
);
`,
  },
];

export interface StoredSignal {
  readonly signal: Signal;
  /** A keyed digest of what was stated: a plain one would let a guess at the secret be tested. */
  readonly bodyDigest: string;
}

/** Fails with `store-conflict` when the source has used the key before. */
export function insertSignal({ signal, bodyDigest }: StoredSignal, receivedAtMs: number): Command {
  return {
    sql: `insert into signal(id, source, sender_key, body_digest, received_at_ms, record)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    params: [
      signal.id,
      signal.source,
      signal.key,
      bodyDigest,
      receivedAtMs,
      JSON.stringify(signal),
    ],
    rows: 1,
  };
}

export async function readByKey(
  store: Store,
  source: string,
  key: string,
): Promise<StoredSignal | null> {
  const sql = 'select record, body_digest from signal where source = $1 and sender_key = $2';
  const row = maybeRow(await store.query(statement(sql, source, key)));
  if (row === undefined) return null;
  // Written by insertSignal.
  const signal = JSON.parse(text(row, 'record')) as Signal;
  return { signal, bodyDigest: text(row, 'body_digest') };
}

export async function readSignal(store: Store, id: string): Promise<Signal | null> {
  const row = maybeRow(await store.query(statement('select record from signal where id = $1', id)));
  // Written by insertSignal.
  return row === undefined ? null : (JSON.parse(text(row, 'record')) as Signal);
}

/** Newest first; ids sort by time. */
export async function readSignals(
  store: Store,
  limit: number,
  before: string,
): Promise<readonly Signal[]> {
  const sql = 'select record from signal where id < $1 order by id desc limit $2';
  const rows = await store.query(statement(sql, before, limit));
  // Written by insertSignal.
  return rows.map((row) => JSON.parse(text(row, 'record')) as Signal);
}

export interface CustodyRow {
  readonly id: string;
  readonly purpose: string;
  readonly ciphertext: string;
  readonly createdAtMs: number;
}

export function insertCustody(row: CustodyRow): Command {
  return {
    sql: 'insert into custody(id, purpose, ciphertext, created_at_ms) values ($1, $2, $3, $4)',
    params: [row.id, row.purpose, row.ciphertext, row.createdAtMs],
    rows: 1,
  };
}

export async function readCustody(
  store: Store,
  id: string,
): Promise<{ readonly purpose: string; readonly ciphertext: string } | null> {
  const sql = 'select purpose, ciphertext from custody where id = $1';
  const row = maybeRow(await store.query(statement(sql, id)));
  if (row === undefined) return null;
  return { purpose: text(row, 'purpose'), ciphertext: text(row, 'ciphertext') };
}
