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
} from '../store/index.ts';
import { toTimestamp } from '../kernel/index.ts';
import type { Constraint, LiftOrder, Restriction, RestrictionEffect } from './model.ts';

export const gateMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-gate',
    sql: `create table restriction(
  id text primary key,
  revision bigint not null,
  identity text not null,
  credential text,
  aliases text not null,
  effect text not null,
  constraint_json text,
  incident text,
  reason text not null,
  since_ms bigint not null,
  until_ms bigint,
  lifted_at_ms bigint
);
create index restriction_revision on restriction(revision);
create index restriction_identity on restriction(identity);
create table gate_revision(
  id integer primary key,
  revision bigint not null
);
insert into gate_revision(id, revision) values (1, 0);
`,
  },
];

/** In turns, so that revisions become visible in their order and without gaps. */
const BUMP: Command = {
  sql: 'update gate_revision set revision = revision + 1 where id = 1',
  params: [],
  rows: 1,
  serial: 'gate',
};

export function insertRestriction(restriction: Restriction): readonly Command[] {
  const { id, identity, credential, aliases, effect, constraint, incident, reason } = restriction;
  return [
    BUMP,
    {
      sql: `insert into restriction(id, revision, identity, credential, aliases, effect, constraint_json, incident,
reason, since_ms, until_ms, lifted_at_ms)
values ($1, (select revision from gate_revision where id = 1), $2, $3, $4, $5, $6, $7, $8, $9, $10, null)`,
      params: [
        id,
        identity,
        credential,
        JSON.stringify(aliases),
        effect,
        constraint === null ? null : JSON.stringify(constraint),
        incident,
        reason,
        Date.parse(restriction.since),
        restriction.until === null ? null : Date.parse(restriction.until),
      ],
      rows: 1,
    },
  ];
}

export function liftRestrictions(order: LiftOrder, atMs: number): readonly Command[] {
  const head = `update restriction set lifted_at_ms = $1, revision = (select revision from gate_revision where id = 1)
where lifted_at_ms is null and`;
  const tail = 'returning id';
  if ('id' in order) {
    return [BUMP, { sql: `${head} id = $2 ${tail}`, params: [atMs, order.id] }];
  }
  if (order.incident === undefined) {
    return [BUMP, { sql: `${head} identity = $2 ${tail}`, params: [atMs, order.identity] }];
  }
  const params = [atMs, order.identity, order.incident];
  return [BUMP, { sql: `${head} identity = $2 and incident = $3 ${tail}`, params }];
}

function restrictionOf(row: Row): Restriction {
  const constraint = nullableText(row, 'constraint_json');
  const untilMs = nullableInteger(row, 'until_ms');
  const liftedAtMs = nullableInteger(row, 'lifted_at_ms');
  return {
    id: text(row, 'id'),
    revision: integer(row, 'revision'),
    identity: text(row, 'identity'),
    credential: nullableText(row, 'credential'),
    // Written by insertRestriction.
    aliases: JSON.parse(text(row, 'aliases')) as readonly string[],
    // As above.
    effect: text(row, 'effect') as RestrictionEffect,
    // As above.
    constraint: constraint === null ? null : (JSON.parse(constraint) as Constraint),
    incident: nullableText(row, 'incident'),
    reason: text(row, 'reason'),
    since: toTimestamp(integer(row, 'since_ms')),
    until: untilMs === null ? null : toTimestamp(untilMs),
    liftedAt: liftedAtMs === null ? null : toTimestamp(liftedAtMs),
  };
}

export async function readInForce(store: Store): Promise<readonly Restriction[]> {
  const sql = 'select * from restriction where lifted_at_ms is null order by revision';
  return (await store.query(statement(sql))).map(restrictionOf);
}

/** A write of several restrictions has several revisions; each row carries its own. */
export async function readSince(
  store: Store,
  revision: number,
  limit: number,
): Promise<readonly Restriction[]> {
  const sql = 'select * from restriction where revision > $1 order by revision, id limit $2';
  return (await store.query(statement(sql, revision, limit))).map(restrictionOf);
}

export async function readRevision(store: Store): Promise<number> {
  const rows = await store.query(statement('select revision from gate_revision where id = 1'));
  const [row] = rows;
  return row === undefined ? 0 : integer(row, 'revision');
}
