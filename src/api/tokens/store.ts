import { isId, present, type Id } from '../../kernel/index.ts';
import {
  integer,
  maybeRow,
  nullableInteger,
  nullableText,
  oneRow,
  statement,
  text,
  type Command,
  type Migration,
  type Row,
  type Store,
} from '../../store/index.ts';
import { SCOPES, type Scope } from '../contract/index.ts';
import type { ApiToken } from './model.ts';

/** All SQL of tokens. */

export const tokenMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-api-token',
    sql: `create table api_token(
  id text primary key,
  name text not null,
  hash text not null,
  scopes text not null,
  person text,
  created_at_ms bigint not null,
  created_by text not null,
  expires_at_ms bigint not null,
  revoked_at_ms bigint
);
create unique index api_token_name on api_token(name) where revoked_at_ms is null;
create table api_session(
  hash text primary key,
  person text not null,
  scopes text not null,
  expires_at_ms bigint not null
);
create table sign_in_code(
  hash text primary key,
  person text not null,
  scopes text not null,
  expires_at_ms bigint not null
);`,
  },
  {
    // Sessions are of people now: `src/people`.
    id: '2026-11-20-api-token-sessions',
    sql: `drop table api_session;
drop table sign_in_code;`,
  },
];

export interface StoredToken extends ApiToken {
  readonly hash: string;
}

function parseScopes(written: string): readonly Scope[] {
  const words = new Set(written.split(' '));
  return SCOPES.filter((scope) => words.has(scope));
}

function tokenId(row: Row): Id<'token'> {
  const id = text(row, 'id');
  return present(isId('token', id) ? id : null, 'a token has an id of its own');
}

function readToken(row: Row): StoredToken {
  return {
    id: tokenId(row),
    name: text(row, 'name'),
    hash: text(row, 'hash'),
    scopes: parseScopes(text(row, 'scopes')),
    person: nullableText(row, 'person'),
    createdAtMs: integer(row, 'created_at_ms'),
    createdBy: text(row, 'created_by'),
    expiresAtMs: integer(row, 'expires_at_ms'),
    revokedAtMs: nullableInteger(row, 'revoked_at_ms'),
  };
}

const COLUMNS =
  'id, name, hash, scopes, person, created_at_ms, created_by, expires_at_ms, revoked_at_ms';

export function insertToken(token: StoredToken): Command {
  return {
    sql: `insert into api_token(${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, null)`,
    params: [
      token.id,
      token.name,
      token.hash,
      token.scopes.join(' '),
      token.person,
      token.createdAtMs,
      token.createdBy,
      token.expiresAtMs,
    ],
    rows: 1,
  };
}

export function revokeToken(id: string, nowMs: number): Command {
  return {
    sql: 'update api_token set revoked_at_ms = $1 where id = $2 and revoked_at_ms is null',
    params: [nowMs, id],
    rows: 1,
  };
}

export async function findToken(store: Store, id: string): Promise<StoredToken | null> {
  const rows = await store.query(statement(`select ${COLUMNS} from api_token where id = $1`, id));
  const row = maybeRow(rows);
  return row === undefined ? null : readToken(row);
}

export async function isNameTaken(store: Store, name: string): Promise<boolean> {
  const rows = await store.query(
    statement('select id from api_token where name = $1 and revoked_at_ms is null', name),
  );
  return rows.length > 0;
}

export async function listTokens(store: Store, limit: number): Promise<readonly ApiToken[]> {
  const rows = await store.query(
    statement(`select ${COLUMNS} from api_token order by id desc limit $1`, limit),
  );
  return rows.map((row) => {
    const { hash: _, ...token } = readToken(row);
    return token;
  });
}

/** Those of a person that still work. */
export async function findTokensOf(
  store: Store,
  person: string,
): Promise<readonly { readonly id: string }[]> {
  const sql = 'select id from api_token where person = $1 and revoked_at_ms is null order by id';
  const rows = await store.query(statement(sql, person));
  return rows.map((row) => ({ id: text(row, 'id') }));
}

export async function countTokens(store: Store): Promise<number> {
  const rows = await store.query(statement('select count(*) as found from api_token'));
  return integer(oneRow(rows), 'found');
}
