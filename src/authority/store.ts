import {
  type Command,
  type Migration,
  statement,
  type Store,
  text,
  integer,
} from '../store/index.ts';
import { GUARANTEES } from '../kernel/index.ts';
import type { RestoreMeasured, RestoreTimes } from './model.ts';
import type { Fuses } from './charter/model.ts';
import { adoptionMigrations } from './adoption/store.ts';
import { rosterMigrations } from './roster/store.ts';

export const authorityMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-authority',
    sql: `create table charter_revision(
  digest text primary key,
  charter text not null,
  revision bigint not null,
  source text not null,
  adopted_at_ms bigint not null
);
create table automatic_cut(
  cut text primary key,
  at_ms bigint not null,
  incident text not null,
  source text not null
);
create index automatic_cut_at on automatic_cut(at_ms);
create table rehearsal(
  target text primary key,
  at_ms bigint not null
);
`,
  },
  ...rosterMigrations,
  ...adoptionMigrations,
  {
    id: '2026-11-20-restore-time',
    sql: `create table restore_time(
  target text not null,
  guarantee text not null,
  took_ms bigint not null,
  at_ms bigint not null,
  primary key(target, guarantee)
);
`,
  },
];

/** What a fuse has counted up to here counts no more; with a source, only what that one caused. */
export function deleteAutomaticCuts(untilMs: number, source: string | null): Command {
  return {
    sql: `delete from automatic_cut where at_ms <= $1 and ($2 = '' or source = $2)`,
    params: [untilMs, source ?? ''],
  };
}

export interface CountedCut {
  readonly cut: string;
  readonly incident: string;
  readonly source: string;
  readonly atMs: number;
}

/** Never reached: a fuse that the charter does not declare counts against this. */
const NO_LIMIT = 1_000_000_000;

/** Counts and inserts in one statement, so that a fuse holds also when many incidents act at once. */
export function insertAutomaticCut(cut: CountedCut, fuses: Fuses): readonly Command[] {
  const { automaticCuts, sameSource } = fuses;
  const insert: Command = {
    sql: `insert into automatic_cut(cut, at_ms, incident, source)
select $1, cast($2 as bigint), $3, $4
where (select count(*) from automatic_cut where at_ms > $5) < $6
and (select count(*) from automatic_cut where at_ms > $7 and source = $4) < $8`,
    params: [
      cut.cut,
      cut.atMs,
      cut.incident,
      cut.source,
      cut.atMs - (automaticCuts?.perMs ?? 0),
      automaticCuts?.limit ?? NO_LIMIT,
      cut.atMs - (sameSource?.perMs ?? 0),
      sameSource?.limit ?? NO_LIMIT,
    ],
    rows: 1,
    // Who counts next sees this cut.
    serial: 'fuse',
  };
  return [insert];
}

export async function readAutomaticCuts(
  store: Store,
  sinceMs: number,
): Promise<readonly { readonly atMs: number; readonly source: string }[]> {
  const sql =
    'select at_ms, source from automatic_cut where at_ms > $1 order by at_ms desc limit 10000';
  const rows = await store.query(statement(sql, sinceMs));
  return rows.map((row) => ({ atMs: integer(row, 'at_ms'), source: text(row, 'source') }));
}

/** The newest counts: a target becomes slower or faster, and its past says little about that. */
export function upsertRestoreTime(given: RestoreMeasured): Command {
  const { target, guarantee, tookMs, atMs } = given;
  return {
    sql: `insert into restore_time(target, guarantee, took_ms, at_ms) values ($1, $2, $3, $4)
on conflict (target, guarantee) do update set took_ms = excluded.took_ms, at_ms = excluded.at_ms
where excluded.at_ms >= restore_time.at_ms`,
    params: [target, guarantee, tookMs, atMs],
  };
}

export function upsertRehearsal(target: string, atMs: number): Command {
  return {
    sql: `insert into rehearsal(target, at_ms) values ($1, $2)
on conflict (target) do update set at_ms = excluded.at_ms where excluded.at_ms > rehearsal.at_ms`,
    params: [target, atMs],
  };
}

export interface Rehearsed {
  readonly rehearsedAtMs: number | null;
  readonly restoreTimes: RestoreTimes;
}

/** In one question: it is asked with every signal. */
export async function readRehearsed(store: Store, target: string): Promise<Rehearsed> {
  const sql = `select '' as guarantee, at_ms as ms from rehearsal where target = $1
union all select guarantee, took_ms from restore_time where target = $1`;
  const rows = await store.query(statement(sql, target));
  const found = new Map(rows.map((row) => [text(row, 'guarantee'), integer(row, 'ms')]));
  const restoreTimes = new Map(
    GUARANTEES.flatMap((guarantee) => {
      const tookMs = found.get(guarantee);
      return tookMs === undefined ? [] : [[guarantee, tookMs] as const];
    }),
  );
  return { rehearsedAtMs: found.get('') ?? null, restoreTimes };
}
