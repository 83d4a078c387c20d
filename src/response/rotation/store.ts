import { integer, type Command, type Migration, type Store, text } from '../../store/index.ts';
import type { RotationState } from './model.ts';

export const rotationMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-rotation',
    sql: `create table rotation (
  id text primary key,
  version bigint not null,
  incident text not null,
  subject text not null,
  status text not null,
  is_open bigint not null,
  changed_at_ms bigint not null
);
create unique index rotation_open on rotation (subject) where is_open = 1;
create index rotation_incident on rotation (incident, id);
create index rotation_status on rotation (status, id)`,
  },
];

const OVER: ReadonlySet<RotationState['status']> = new Set(['done', 'rejected', 'cancelled']);

/** The row follows the entries; the version is their number and fences writers that did not know the newest. */
export function rotationCommand(
  before: RotationState | null,
  after: RotationState,
  nowMs: number,
): Command {
  const isOpen = OVER.has(after.status) ? 0 : 1;
  if (before === null) {
    return {
      sql: `insert into rotation (id, version, incident, subject, status, is_open, changed_at_ms)
values ($1, $2, $3, $4, $5, $6, $7)`,
      params: [
        after.id,
        after.ordinal,
        after.incident ?? '',
        after.subject,
        after.status,
        isOpen,
        nowMs,
      ],
      rows: 1,
    };
  }
  return {
    sql: `update rotation set version = $3, status = $4, is_open = $5, changed_at_ms = $6
where id = $1 and version = $2`,
    params: [after.id, before.ordinal, after.ordinal, after.status, isOpen, nowMs],
    rows: 1,
  };
}

export async function readRotationVersion(store: Store, id: string): Promise<number | null> {
  const [row] = await store.query({
    sql: 'select version from rotation where id = $1',
    params: [id],
  });
  return row === undefined ? null : integer(row, 'version');
}

export async function findOpenRotation(store: Store, subject: string): Promise<string | null> {
  const [row] = await store.query({
    sql: 'select id from rotation where subject = $1 and is_open = 1',
    params: [subject],
  });
  return row === undefined ? null : text(row, 'id');
}

const REMEMBERED_MAX = 20;

/** Those of this identity and those of this incident, newest first. */
export async function findRotations(
  store: Store,
  { subject, incident }: { readonly subject: string; readonly incident: string },
): Promise<readonly string[]> {
  const rows = await store.query({
    sql: `select id from rotation where subject = $1 or incident = $2 order by id desc limit $3`,
    params: [subject, incident, REMEMBERED_MAX],
  });
  return rows.map((row) => text(row, 'id'));
}

export interface RotationPage {
  readonly limit: number;
  readonly before?: string;
  readonly status?: string;
  readonly incident?: string;
}

export async function listRotationIds(
  store: Store,
  { limit, before = '', status = '', incident = '' }: RotationPage,
): Promise<readonly string[]> {
  const rows = await store.query({
    sql: `select id from rotation
where ($1 = '' or id < $1) and ($2 = '' or status = $2) and ($3 = '' or incident = $3) order by id desc limit $4`,
    params: [before, status, incident, limit],
  });
  return rows.map((row) => text(row, 'id'));
}
