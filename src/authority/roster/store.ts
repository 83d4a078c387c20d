import {
  type Command,
  integer,
  type Migration,
  nullableInteger,
  nullableText,
  type Row,
  statement,
  type Store,
  text,
} from '../../store/index.ts';

export const rosterMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-roster-source',
    sql: `create table roster_source(
  name text primary key,
  reference text not null,
  content text,
  digest text,
  fetched_at_ms bigint,
  tried_at_ms bigint not null,
  problem text
);
`,
  },
];

/** The last known calendar of a source, and how the last try ended. */
export interface StoredSource {
  readonly name: string;
  /** The `ical` of the file when it was fetched: what another calendar said does not count for this one. */
  readonly reference: string;
  readonly content: string | null;
  readonly digest: string | null;
  readonly fetchedAtMs: number | null;
  readonly triedAtMs: number;
  readonly problem: string | null;
}

/** Never over something newer: several nodes ask the same calendars. */
export function saveSource(source: StoredSource): Command {
  const { name, reference, content, digest, fetchedAtMs, triedAtMs, problem } = source;
  return {
    sql: `insert into roster_source(name, reference, content, digest, fetched_at_ms, tried_at_ms, problem)
values ($1, $2, $3, $4, cast($5 as bigint), $6, $7)
on conflict (name) do update set reference = excluded.reference, content = excluded.content, digest = excluded.digest,
  fetched_at_ms = excluded.fetched_at_ms, tried_at_ms = excluded.tried_at_ms, problem = excluded.problem
where excluded.tried_at_ms >= roster_source.tried_at_ms`,
    params: [name, reference, content, digest, fetchedAtMs, triedAtMs, problem],
  };
}

/** When it was tried, without what it said: the calendar itself may be large. */
export function saveTry(source: StoredSource): Command {
  const { name, reference, fetchedAtMs, triedAtMs, problem } = source;
  return {
    sql: `update roster_source set fetched_at_ms = cast($3 as bigint), tried_at_ms = $4, problem = $5
where name = $1 and reference = $2 and tried_at_ms <= $4`,
    params: [name, reference, fetchedAtMs, triedAtMs, problem],
  };
}

/** The last known calendar, unless the source means another one by now. */
export async function readSource(
  store: Store,
  name: string,
  reference: string,
): Promise<StoredSource | null> {
  const sql = `select name, reference, content, digest, fetched_at_ms, tried_at_ms, problem
from roster_source where name = $1 and reference = $2`;
  const [row] = await store.query(statement(sql, name, reference));
  return row === undefined ? null : { ...triedOf(row), content: nullableText(row, 'content') };
}

/** Without what it said. */
export async function readTry(
  store: Store,
  name: string,
  reference: string,
): Promise<Omit<StoredSource, 'content'> | null> {
  const sql = `select name, reference, digest, fetched_at_ms, tried_at_ms, problem
from roster_source where name = $1 and reference = $2`;
  const [row] = await store.query(statement(sql, name, reference));
  return row === undefined ? null : triedOf(row);
}

function triedOf(row: Row): Omit<StoredSource, 'content'> {
  return {
    name: text(row, 'name'),
    reference: text(row, 'reference'),
    digest: nullableText(row, 'digest'),
    fetchedAtMs: nullableInteger(row, 'fetched_at_ms'),
    triedAtMs: integer(row, 'tried_at_ms'),
    problem: nullableText(row, 'problem'),
  };
}
