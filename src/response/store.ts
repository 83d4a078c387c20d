import {
  type Command,
  integer,
  type Migration,
  nullableText,
  type Row,
  type Store,
  text,
} from '../store/index.ts';
import { EVIDENCE_CUSTODY_SQL } from './evidence/store.ts';
import type { IncidentDecision, IncidentState } from './incident/model.ts';
import type { DecisionPage } from './model.ts';
import { standingOf } from './incident/standing.ts';

export const incidentMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-response',
    sql: `create table incident (
  id text primary key,
  version bigint not null,
  status text not null,
  severity text not null,
  title text not null,
  sentence text not null,
  opened_at_ms bigint not null,
  changed_at_ms bigint not null
);
create index incident_status on incident (status, id);
create table incident_subject (
  incident text not null,
  identity text not null,
  is_open bigint not null,
  primary key (incident, identity)
);
create unique index incident_subject_open on incident_subject (identity) where is_open = 1;
create index incident_subject_identity on incident_subject (identity, incident);
create table cut (
  id text primary key,
  incident text not null,
  identity text not null,
  target text not null,
  guarantee text not null,
  status text not null
);
create index cut_status on cut (status);
create index cut_incident on cut (incident);
create table decision (
  id text primary key,
  incident text not null,
  kind text not null,
  state text not null,
  opened_at_ms bigint not null
);
create index decision_state on decision (state, id);
create table evidence (
  id text primary key,
  incident text not null,
  cut text not null,
  name text not null,
  sha256 text not null,
  sealed text not null,
  captured_at_ms bigint not null
);
create index evidence_cut on evidence (cut)`,
  },
  {
    id: '2026-11-20-decision-people',
    sql: `create table suspect (
  kind text not null,
  name text not null,
  marked_by text not null,
  at_ms bigint not null,
  primary key (kind, name)
);
create table decision_person (
  decision text not null,
  person text not null,
  incident text not null,
  at_ms bigint not null,
  primary key (decision, person)
);
create index decision_person_person on decision_person (person, decision);
create table break_glass_code (
  hash text primary key,
  person text not null,
  device text not null,
  prepared_at_ms bigint not null,
  spent_at_ms bigint,
  spent_on text
);
create table matter (
  incident text primary key
)`,
  },
  { id: '2026-11-20-response-evidence', sql: EVIDENCE_CUSTODY_SQL },
];

/** The row of an incident follows its entries; the version is its number of entries and fences concurrent writers. */
export function incidentCommands(
  before: IncidentState | null,
  after: IncidentState,
  nowMs: number,
): readonly Command[] {
  const head: Command =
    before === null
      ? {
          sql: `insert into incident (id, version, status, severity, title, sentence, opened_at_ms, changed_at_ms)
values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          params: [
            after.id,
            after.ordinal,
            after.status,
            after.severity,
            after.title,
            standingOf(after).sentence,
            after.openedAtMs,
            nowMs,
          ],
          rows: 1,
        }
      : {
          sql: `update incident set version = $3, status = $4, severity = $5, sentence = $6, changed_at_ms = $7
where id = $1 and version = $2`,
          params: [
            after.id,
            before.ordinal,
            after.ordinal,
            after.status,
            after.severity,
            standingOf(after).sentence,
            nowMs,
          ],
          rows: 1,
        };
  return [
    head,
    ...(before === null && after.machine === true ? [matterCommand(after.id)] : []),
    ...subjectCommands(before, after),
    ...cutCommands(before, after),
    ...decisionCommands(before, after),
    ...personCommands(before, after, nowMs),
  ];
}

/** A matter of the machine itself has the rows of an incident, and stands in no list of incidents. */
function matterCommand(incident: string): Command {
  return { sql: 'insert into matter (incident) values ($1)', params: [incident], rows: 1 };
}

/** Changes nothing; takes the list back when another node has written the incident meanwhile. */
export function versionCommand(state: IncidentState): Command {
  return {
    sql: 'update incident set version = version where id = $1 and version = $2',
    params: [state.id, state.ordinal],
    rows: 1,
  };
}

/** Lists of an incident only grow and change in place, so what changed is found place by place. */
function changed<One extends { readonly id: string }>(
  before: readonly One[] | undefined,
  after: readonly One[],
  isSame: (earlier: One, now: One) => boolean,
): readonly One[] {
  if (before === after) return [];
  return after.filter((one, place) => {
    const earlier = before?.[place];
    return earlier?.id !== one.id || (earlier !== one && !isSame(earlier, one));
  });
}

function subjectCommands(before: IncidentState | null, after: IncidentState): readonly Command[] {
  const isOpen = after.status === 'closed' ? 0 : 1;
  const wasOpen = before === null || before.status !== 'closed' ? 1 : 0;
  const known = before?.subjects.length ?? 0;
  const added = after.subjects.slice(known).map((subject) => ({
    sql: 'insert into incident_subject (incident, identity, is_open) values ($1, $2, $3)',
    params: [after.id, subject.identity, isOpen],
    rows: 1,
  }));
  if (isOpen === wasOpen || known === 0) return added;
  const flipped = {
    sql: 'update incident_subject set is_open = $2 where incident = $1',
    params: [after.id, isOpen],
  };
  return [flipped, ...added];
}

function cutCommands(before: IncidentState | null, after: IncidentState): readonly Command[] {
  const moved = changed(before?.cuts, after.cuts, (one, now) => one.status === now.status);
  return moved.map((cut) => ({
    sql: `insert into cut (id, incident, identity, target, guarantee, status) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update set status = excluded.status`,
    params: [
      cut.id,
      after.id,
      cut.subject.identity,
      cut.order.target,
      cut.order.guarantee,
      cut.status,
    ],
  }));
}

function decisionCommands(before: IncidentState | null, after: IncidentState): readonly Command[] {
  const moved = changed(before?.decisions, after.decisions, (one, now) => one.state === now.state);
  return moved.map<Command>((decision) => ({
    sql: `insert into decision (id, incident, kind, state, opened_at_ms) values ($1, $2, $3, $4, $5)
on conflict (id) do update set state = excluded.state`,
    params: [decision.id, after.id, decision.kind, decision.state, decision.openedAtMs],
  }));
}

/** Everybody who has been told of a decision: whose it is, was, or may become. */
function personCommands(
  before: IncidentState | null,
  after: IncidentState,
  nowMs: number,
): readonly Command[] {
  if (before?.decisions === after.decisions) return [];
  const known = new Map(before?.decisions.map((one) => [one.id, one]));
  return after.decisions.flatMap((decision) => {
    const earlier = known.get(decision.id);
    if (earlier === decision) return [];
    const told = new Set(earlier === undefined ? [] : peopleOf(earlier));
    const added = [...new Set(peopleOf(decision))].filter((person) => !told.has(person));
    return added.map((person) => ({
      sql: `insert into decision_person (decision, person, incident, at_ms) values ($1, $2, $3, $4)
on conflict (decision, person) do nothing`,
      params: [decision.id, person, after.id, nowMs],
    }));
  });
}

function peopleOf({ rungs, approvers, advisers, needs, votes }: IncidentDecision): string[] {
  return [
    ...rungs.flatMap((rung) => rung.people),
    ...(needs.approvers > 0 ? approvers.map((one) => one.person) : []),
    ...advisers.map((one) => one.person),
    ...votes.map((vote) => vote.person),
  ];
}

export async function findOpenIncident(store: Store, identity: string): Promise<string | null> {
  const rows = await store.query({
    sql: 'select incident from incident_subject where identity = $1 and is_open = 1',
    params: [identity],
  });
  const [row] = rows;
  return row === undefined ? null : text(row, 'incident');
}

/** The newest incident of an identity, open or closed. */
export async function incidentIdsOf(
  store: Store,
  identity: string,
  limit: number,
): Promise<readonly string[]> {
  const sql =
    'select incident from incident_subject where identity = $1 order by incident desc limit $2';
  // A card waits for it.
  const rows = await store.query({ sql, params: [identity, limit] }, 'point');
  return rows.map((row) => text(row, 'incident'));
}

/** How many entries an incident has, whoever wrote them; null when there is no such incident. */
export async function readVersion(store: Store, incident: string): Promise<number | null> {
  const [row] = await store.query({
    sql: 'select version from incident where id = $1',
    params: [incident],
  });
  return row === undefined ? null : integer(row, 'version');
}

export interface IncidentPage {
  readonly limit: number;
  readonly before?: string;
  readonly status?: string;
}

export async function listIncidentIds(
  store: Store,
  page: IncidentPage,
): Promise<readonly string[]> {
  const rows = await store.query({
    sql: `select id from incident where ($1 = '' or id < $1) and ($2 = '' or status = $2)
and id not in (select incident from matter) order by id desc limit $3`,
    params: [page.before ?? '', page.status ?? '', page.limit],
  });
  return rows.map((row) => text(row, 'id'));
}

/** The incident that a cut or decision belongs to. */
export async function incidentOfCut(store: Store, cut: string): Promise<string | null> {
  return await firstText(store, 'select incident from cut where id = $1', cut);
}

export async function incidentOfDecision(store: Store, decision: string): Promise<string | null> {
  return await firstText(store, 'select incident from decision where id = $1', decision);
}

async function firstText(store: Store, sql: string, id: string): Promise<string | null> {
  const [row] = await store.query({ sql, params: [id] });
  return row === undefined ? null : nullableText(row, 'incident');
}

export async function listDecisionIncidents(
  store: Store,
  page: DecisionPage,
): Promise<readonly { readonly id: string; readonly incident: string }[]> {
  const { limit, before = '', state = '', kind = '', incident = '', person = '' } = page;
  const rows = await store.query({
    sql: `select id, incident from decision
where ($1 = '' or state = $1) and ($2 = '' or kind = $2) and ($3 = '' or incident = $3) and ($4 = '' or id < $4)
and ($5 = '' or id in (select decision from decision_person where person = $5))
order by id desc limit $6`,
    params: [state, kind, incident, before, person, limit],
  });
  return rows.map((row) => ({ id: text(row, 'id'), incident: text(row, 'incident') }));
}

/** For metrics. */
export async function countCuts(store: Store): Promise<Readonly<Record<string, number>>> {
  const rows = await store.query({
    sql: 'select status, count(*) as number from cut group by status',
    params: [],
  });
  return Object.fromEntries(rows.map((row: Row) => [text(row, 'status'), integer(row, 'number')]));
}
