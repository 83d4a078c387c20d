import { isId, present } from '../kernel/index.ts';
import {
  flag,
  integer,
  maybeRow,
  nullableText,
  statement,
  text,
  type Command,
  type Row,
  type Store,
} from '../store/index.ts';
import type { Session, SignInMethod } from './model.ts';

/** All SQL of sessions and of what was answered once. */

const COLUMNS =
  'id, person, method, provider, started_at_ms, last_seen_ms, ends_at_ms, fresh_until_ms, address, device';

const METHODS: readonly SignInMethod[] = ['passkey', 'oidc', 'recovery', 'link'];

function readSession(row: Row): Session {
  const id = text(row, 'id');
  const method = text(row, 'method');
  return {
    id: present(isId('session', id) ? id : null, 'a session has an id of its own'),
    person: text(row, 'person'),
    method: present(
      METHODS.find((one) => one === method),
      'a session began in one of the ways',
    ),
    provider: nullableText(row, 'provider'),
    startedAtMs: integer(row, 'started_at_ms'),
    lastSeenMs: integer(row, 'last_seen_ms'),
    endsAtMs: integer(row, 'ends_at_ms'),
    freshUntilMs: integer(row, 'fresh_until_ms'),
    address: text(row, 'address'),
    device: text(row, 'device'),
  };
}

export function insertSession(hash: string, session: Session): Command {
  return {
    sql: `insert into people_session(${COLUMNS}, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    params: [
      session.id,
      session.person,
      session.method,
      session.provider,
      session.startedAtMs,
      session.lastSeenMs,
      session.endsAtMs,
      session.freshUntilMs,
      session.address,
      session.device,
      hash,
    ],
    rows: 1,
  };
}

/** The old text names nobody from now on. */
export function renewSession(session: Session, hash: string): Command {
  return {
    sql: 'update people_session set hash = $1, fresh_until_ms = $2, last_seen_ms = $3 where id = $4',
    params: [hash, session.freshUntilMs, session.lastSeenMs, session.id],
    rows: 1,
  };
}

export function touchSession(id: string, nowMs: number): Command {
  return {
    sql: 'update people_session set last_seen_ms = $1 where id = $2 and last_seen_ms < $1',
    params: [nowMs, id],
  };
}

export function deleteSession(person: string, id: string): Command {
  return {
    sql: 'delete from people_session where person = $1 and id = $2',
    params: [person, id],
    rows: 1,
  };
}

export function deleteSessionsOf(person: string): Command {
  return { sql: 'delete from people_session where person = $1', params: [person] };
}

export function forgetSessions(nowMs: number, idleSinceMs: number): Command {
  return {
    sql: 'delete from people_session where ends_at_ms <= $1 or last_seen_ms <= $2',
    params: [nowMs, idleSinceMs],
  };
}

export interface StoredSession {
  readonly session: Session;
  readonly isAdministrator: boolean;
  readonly passkeys: number;
}

/** With what else decides about it, in one question: it is asked at every request. */
export async function findSession(store: Store, hash: string): Promise<StoredSession | null> {
  const sql = `select ${COLUMNS},
  coalesce((select a.is_administrator from people_account a where a.person = s.person), 0) as is_administrator,
  (select count(*) from people_passkey p where p.person = s.person) as passkeys
from people_session s where hash = $1`;
  const row = maybeRow(await store.query(statement(sql, hash)));
  if (row === undefined) return null;
  return {
    session: readSession(row),
    isAdministrator: flag(row, 'is_administrator'),
    passkeys: integer(row, 'passkeys'),
  };
}

/** Newest first. */
export async function listSessionsOf(store: Store, person: string): Promise<readonly Session[]> {
  const sql = `select ${COLUMNS} from people_session where person = $1 order by started_at_ms desc, id desc`;
  return (await store.query(statement(sql, person))).map(readSession);
}

/** Exactly one answer to a question counts. */
export function spend(hash: string, expiresAtMs: number): Command {
  return {
    sql: 'insert into people_spent(hash, expires_at_ms) values ($1, $2) on conflict (hash) do nothing',
    params: [hash, expiresAtMs],
    rows: 1,
  };
}

export function forgetSpent(nowMs: number): Command {
  return { sql: 'delete from people_spent where expires_at_ms <= $1', params: [nowMs] };
}

export function insertLink(hash: string, person: string, expiresAtMs: number): Command {
  return {
    sql: 'insert into people_link(hash, person, expires_at_ms) values ($1, $2, $3)',
    params: [hash, person, expiresAtMs],
    rows: 1,
  };
}

export function deleteLink(hash: string): Command {
  return { sql: 'delete from people_link where hash = $1', params: [hash], rows: 1 };
}

export function deleteLinksOf(person: string): Command {
  return { sql: 'delete from people_link where person = $1', params: [person] };
}

export function forgetLinks(nowMs: number): Command {
  return { sql: 'delete from people_link where expires_at_ms <= $1', params: [nowMs] };
}

/** Who it is for, while it lives. */
export async function findLink(store: Store, hash: string, nowMs: number): Promise<string | null> {
  const sql = 'select person from people_link where hash = $1 and expires_at_ms > $2';
  const row = maybeRow(await store.query(statement(sql, hash, nowMs)));
  return row === undefined ? null : text(row, 'person');
}
