import {
  type Command,
  integer,
  type Migration,
  nullableInteger,
  statement,
  type Store,
  text,
} from '../../store/index.ts';
import type { CharterChange } from '../diff/diff.ts';
import type { ProofSummary, Proposal, Signature } from './model.ts';

export const adoptionMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-charter-adoption',
    sql: `create table authority_version(
  position bigint primary key,
  charter_digest text not null,
  charter_source text not null,
  roster_digest text not null,
  roster_source text not null,
  effective_at_ms bigint not null,
  adopted_at_ms bigint not null
);
create table charter_proposal(
  proposal text primary key,
  state text not null,
  against bigint not null,
  charter_source text not null,
  roster_source text not null,
  effective_at_ms bigint not null,
  proposed_by text not null,
  proposed_at_ms bigint not null,
  summary text not null
);
create table charter_signature(
  proposal text not null,
  person text not null,
  seat text not null,
  outcome text not null,
  reason text not null,
  at_ms bigint not null,
  primary key (proposal, person)
);
`,
  },
];

export interface StoredVersion {
  readonly position: number;
  readonly charterDigest: string;
  readonly charterSource: string;
  readonly rosterDigest: string;
  readonly rosterSource: string;
  readonly effectiveMs: number;
}

/** Fails when another version was adopted first: positions are taken once. */
export function insertVersion(version: StoredVersion, atMs: number): Command {
  return {
    sql: `insert into authority_version(position, charter_digest, charter_source, roster_digest,
  roster_source, effective_at_ms, adopted_at_ms)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    params: [
      version.position,
      version.charterDigest,
      version.charterSource,
      version.rosterDigest,
      version.rosterSource,
      version.effectiveMs,
      atMs,
    ],
    rows: 1,
  };
}

export async function readVersionsAfter(
  store: Store,
  position: number,
): Promise<readonly StoredVersion[]> {
  const sql = `select position, charter_digest, charter_source, roster_digest, roster_source, effective_at_ms
from authority_version where position > $1 order by position limit 10000`;
  const rows = await store.query(statement(sql, position));
  return rows.map((row) => ({
    position: integer(row, 'position'),
    charterDigest: text(row, 'charter_digest'),
    charterSource: text(row, 'charter_source'),
    rosterDigest: text(row, 'roster_digest'),
    rosterSource: text(row, 'roster_source'),
    effectiveMs: integer(row, 'effective_at_ms'),
  }));
}

export async function newestPosition(store: Store): Promise<number> {
  const sql = 'select max(position) as position from authority_version';
  const [row] = await store.query(statement(sql));
  return row === undefined ? 0 : (nullableInteger(row, 'position') ?? 0);
}

/** What does not change once a proposal was made. */
export interface Summary {
  readonly charter: Proposal['charter'];
  readonly roster: Proposal['roster'];
  readonly changes: readonly CharterChange[];
  readonly proof: ProofSummary;
}

export interface StoredProposal extends Omit<Proposal, 'signatures'> {
  readonly charterSource: string;
  readonly rosterSource: string;
}

export function insertProposal(proposal: StoredProposal): Command {
  const { charter, roster, changes, proof } = proposal;
  return {
    sql: `insert into charter_proposal(proposal, state, against, charter_source, roster_source,
  effective_at_ms, proposed_by, proposed_at_ms, summary)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    params: [
      proposal.id,
      proposal.state,
      proposal.against,
      proposal.charterSource,
      proposal.rosterSource,
      proposal.effectiveMs,
      proposal.proposedBy,
      proposal.proposedAtMs,
      JSON.stringify({ charter, roster, changes, proof } satisfies Summary),
    ],
    rows: 1,
  };
}

/** Fails when it is no longer open. */
export function closeProposal(id: string, state: 'adopted' | 'refused'): Command {
  return {
    sql: `update charter_proposal set state = $2 where proposal = $1 and state = 'open'`,
    params: [id, state],
    rows: 1,
  };
}

/** Fails when the proposal was closed, or when this person has answered before. */
export function insertSignature(proposal: string, signature: Signature): readonly Command[] {
  const { person, seat, outcome, reason, atMs } = signature;
  return [
    {
      // The row stays locked until the commit: two signatures are counted one after the other.
      sql: `update charter_proposal set state = 'open' where proposal = $1 and state = 'open'`,
      params: [proposal],
      rows: 1,
    },
    {
      sql: `insert into charter_signature(proposal, person, seat, outcome, reason, at_ms)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      params: [proposal, person, seat, outcome, reason, atMs],
      rows: 1,
    },
  ];
}

async function readSignatures(store: Store, proposal: string): Promise<readonly Signature[]> {
  const sql = `select person, seat, outcome, reason, at_ms from charter_signature
where proposal = $1 order by at_ms, person limit 1000`;
  const rows = await store.query(statement(sql, proposal));
  return rows.map((row) => ({
    person: text(row, 'person'),
    seat: text(row, 'seat'),
    outcome: text(row, 'outcome') === 'sign' ? 'sign' : 'refuse',
    reason: text(row, 'reason'),
    atMs: integer(row, 'at_ms'),
  }));
}

type Row = Parameters<typeof text>[0];

function proposalOf(row: Row): StoredProposal {
  const state = text(row, 'state');
  // Written by `insertProposal` above.
  const summary = JSON.parse(text(row, 'summary')) as Summary;
  return {
    ...summary,
    id: text(row, 'proposal'),
    state: state === 'adopted' || state === 'refused' ? state : 'open',
    against: integer(row, 'against'),
    charterSource: text(row, 'charter_source'),
    rosterSource: text(row, 'roster_source'),
    effectiveMs: integer(row, 'effective_at_ms'),
    proposedBy: text(row, 'proposed_by'),
    proposedAtMs: integer(row, 'proposed_at_ms'),
  };
}

const PROPOSALS = `select proposal, state, against, charter_source, roster_source, effective_at_ms,
  proposed_by, proposed_at_ms, summary from charter_proposal`;

export async function readProposal(
  store: Store,
  id: string,
): Promise<(StoredProposal & { readonly signatures: readonly Signature[] }) | null> {
  const [row] = await store.query(statement(`${PROPOSALS} where proposal = $1`, id));
  if (row === undefined) return null;
  return { ...proposalOf(row), signatures: await readSignatures(store, id) };
}

export async function readProposals(
  store: Store,
  { openAgainst }: { readonly openAgainst?: number } = {},
): Promise<readonly Proposal[]> {
  const newest = 'order by proposed_at_ms desc, proposal desc limit 100';
  const rows = await store.query(
    openAgainst === undefined
      ? statement(`${PROPOSALS} ${newest}`)
      : statement(`${PROPOSALS} where state = 'open' and against = $1 ${newest}`, openAgainst),
  );
  return await Promise.all(
    rows.map(proposalOf).map(async (stored) => {
      const signatures = await readSignatures(store, stored.id);
      return { ...withoutSources(stored), signatures };
    }),
  );
}

/** Without the texts, which are long: what is listed and shown. */
export function withoutSources(stored: StoredProposal): Omit<Proposal, 'signatures'> {
  const { id, state, charter, roster, effectiveMs, proposedBy, proposedAtMs } = stored;
  const { against, changes, proof } = stored;
  return {
    id,
    state,
    charter,
    roster,
    effectiveMs,
    proposedBy,
    proposedAtMs,
    against,
    changes,
    proof,
  };
}
