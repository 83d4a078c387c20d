import {
  type Command,
  integer,
  type Migration,
  nullableText,
  type Row,
  type Store,
  text,
} from '../store/index.ts';
import type { Member } from './decisions/cards.ts';

export const cardMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-response-cards',
    sql: `create table card (
  id text primary key,
  person text not null,
  title text not null,
  digest text not null,
  state text not null,
  members text not null,
  opened_at_ms bigint not null,
  outcome text,
  answered_by text,
  reason text
);
create index card_person on card (person, opened_at_ms);
create table card_member (
  decision text primary key,
  card text not null
);
create table card_wish (
  person text primary key
)`,
  },
];

export interface KeptCard {
  readonly id: string;
  readonly person: string;
  readonly title: string;
  readonly digest: string;
  readonly state: string;
  readonly members: readonly Member[];
  readonly openedAtMs: number;
  readonly outcome: string | null;
  readonly answeredBy: string | null;
  readonly reason: string | null;
}

/** Fails when a question of it lies on another card already. */
export function insertCard(card: KeptCard): readonly Command[] {
  const members = card.members.map(({ decision }) => ({
    sql: 'insert into card_member (decision, card) values ($1, $2)',
    params: [decision, card.id],
    rows: 1,
  }));
  const row: Command = {
    sql: `insert into card (id, person, title, digest, state, members, opened_at_ms)
values ($1, $2, $3, $4, $5, $6, $7)`,
    params: [
      card.id,
      card.person,
      card.title,
      card.digest,
      card.state,
      JSON.stringify(card.members),
      card.openedAtMs,
    ],
    rows: 1,
  };
  return [row, ...members];
}

/** Fails when somebody was first. */
export function answerCardCommand(
  id: string,
  answered: { readonly outcome: string; readonly by: string; readonly reason: string },
): Command {
  return {
    sql: `update card set state = 'answered', outcome = $2, answered_by = $3, reason = $4
where id = $1 and state = 'open'`,
    params: [id, answered.outcome, answered.by, answered.reason],
    rows: 1,
  };
}

export function settleCardCommands(id: string): readonly Command[] {
  return [
    { sql: `update card set state = 'settled' where id = $1`, params: [id] },
    { sql: 'delete from card_member where card = $1', params: [id] },
  ];
}

export async function readCard(store: Store, id: string): Promise<KeptCard | null> {
  const [row] = await store.query({ sql: 'select * from card where id = $1', params: [id] });
  return row === undefined ? null : cardOf(row);
}

export async function listCards(
  store: Store,
  { person = '', state = '' }: { readonly person?: string; readonly state?: string },
  limit: number,
): Promise<readonly KeptCard[]> {
  const rows = await store.query({
    sql: `select * from card where ($1 = '' or person = $1) and ($2 = '' or state = $2) order by id desc limit $3`,
    params: [person, state, limit],
  });
  return rows.map(cardOf);
}

function cardOf(row: Row): KeptCard {
  return {
    id: text(row, 'id'),
    person: text(row, 'person'),
    title: text(row, 'title'),
    digest: text(row, 'digest'),
    state: text(row, 'state'),
    // Written by insertCard.
    members: JSON.parse(text(row, 'members')) as readonly Member[],
    openedAtMs: integer(row, 'opened_at_ms'),
    outcome: nullableText(row, 'outcome'),
    answeredBy: nullableText(row, 'answered_by'),
    reason: nullableText(row, 'reason'),
  };
}

/** Open questions that a person was told of since then, and that lie on no card. */
export async function countTold(store: Store, person: string, sinceMs: number): Promise<number> {
  const [row] = await store.query({
    sql: `select count(*) as number from decision_person join decision on decision.id = decision_person.decision
where person = $1 and at_ms > $2 and decision.state = 'open'`,
    params: [person, sinceMs],
  });
  return row === undefined ? 0 : integer(row, 'number');
}

export interface OpenQuestion {
  readonly decision: string;
  readonly incident: string;
}

export async function openQuestionsOf(
  store: Store,
  person: string,
  limit: number,
): Promise<readonly OpenQuestion[]> {
  const rows = await store.query({
    sql: `select decision.id as decision, decision.incident as incident
from decision_person join decision on decision.id = decision_person.decision
where person = $1 and decision.state = 'open'
and decision.id not in (select decision from card_member)
order by decision.id limit $2`,
    params: [person, limit],
  });
  return rows.map((row) => ({ decision: text(row, 'decision'), incident: text(row, 'incident') }));
}

/** One collection for all that come within a moment. */
export function wishCommand(person: string): Command {
  return {
    sql: 'insert into card_wish (person) values ($1) on conflict (person) do nothing',
    params: [person],
  };
}

export function forgetWish(person: string): Command {
  return { sql: 'delete from card_wish where person = $1', params: [person] };
}

export async function isWished(store: Store, person: string): Promise<boolean> {
  const sql = 'select person from card_wish where person = $1';
  return (await store.query({ sql, params: [person] })).length > 0;
}

/** Cards that each person was given since then: when there are too many of them too, the next rung is asked. */
export async function countCards(
  store: Store,
  sinceMs: number,
): Promise<readonly { readonly person: string; readonly asked: number }[]> {
  const rows = await store.query({
    sql: 'select person, count(*) as number from card where opened_at_ms > $1 group by person',
    params: [sinceMs],
  });
  return rows.map((row) => ({ person: text(row, 'person'), asked: integer(row, 'number') }));
}
