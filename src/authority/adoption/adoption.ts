import {
  type Clock,
  FirebreakError,
  type IdSource,
  isFirebreakError,
  type JsonObject,
  type Log,
  present,
  toTimestamp,
} from '../../kernel/index.ts';
import type { Ledger, LedgerEntry } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import { loadCharter } from '../charter/charter.ts';
import type { Charter } from '../charter/model.ts';
import { diffCharters } from '../diff/diff.ts';
import type { Coverage } from '../prover/coverage.ts';
import { fillSeat } from '../resolution/seats.ts';
import type { Roster } from '../roster/model.ts';
import { checkRosterFits, loadRoster } from '../roster/roster.ts';
import type {
  Adoption,
  AdoptionStatus,
  ProofSummary,
  Proposal,
  ProposalOrder,
  Signature,
  Signer,
  Version,
} from './model.ts';
import { isEnough, isLost } from './signatures.ts';
import {
  closeProposal,
  insertProposal,
  insertSignature,
  insertVersion,
  readProposal,
  readProposals,
  withoutSources,
  type StoredProposal,
} from './store.ts';
import type { Versions } from './versions.ts';

export interface AdoptionParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log?: Pick<Log, 'info' | 'warn'>;
  readonly versions: Versions;
  /** In a thread of its own: signals are answered meanwhile. */
  readonly prove: Coverage['prove'];
  /** The people of this minute, calendars included. */
  readonly roster: () => Roster;
  /** People who are marked as suspect: they sign nothing, and what they have signed does not count. */
  readonly suspects: () => Promise<ReadonlySet<string>>;
  /** Tells this node and the others. */
  readonly announce: () => Promise<void>;
}

const DAY_MS = 86_400_000;
const PROOF_MS = 365 * DAY_MS;
const SHOWN_GAPS_MAX = 10;

const named = ({ id, revision, digest }: Charter | Roster): Proposal['charter'] => ({
  id,
  revision,
  digest,
});

function entryOf(
  { ids, clock }: Pick<AdoptionParts, 'ids' | 'clock'>,
  kind: string,
  actor: string,
  data: JsonObject,
): LedgerEntry {
  const at = toTimestamp(clock.nowMs());
  return { id: ids.next('entry'), at, kind, actor, incident: null, ordinal: null, data };
}

function dataOf(charter: Proposal['charter'], roster: Proposal['roster']): JsonObject {
  const { id, revision, digest } = charter;
  return { charter: id, revision, digest, roster: { ...roster } };
}

/** The first of a store, or one that no charter asks signatures for: by whoever starts the server, on record as such. */
export async function adoptAtStart(
  parts: Pick<AdoptionParts, 'ledger' | 'clock' | 'ids' | 'versions'>,
  texts: { readonly charter: string; readonly roster: string },
): Promise<void> {
  const { versions, clock } = parts;
  const [charter, roster] = [loadCharter(texts.charter), loadRoster(texts.roster)];
  const last = versions.newest();
  const entry = entryOf(parts, 'charter.adopted', 'machine:start', {
    ...dataOf(named(charter), named(roster)),
    by: 'start',
    position: (last?.position ?? 0) + 1,
  });
  const version = {
    position: (last?.position ?? 0) + 1,
    charterDigest: charter.digest,
    charterSource: texts.charter,
    rosterDigest: roster.digest,
    rosterSource: texts.roster,
    effectiveMs: charter.effectiveMs,
  };
  try {
    await parts.ledger.append([entry], [insertVersion(version, clock.nowMs())]);
  } catch (error) {
    // Another node was first; what it adopted holds.
    if (!isFirebreakError(error, 'store-conflict')) throw error;
  }
}

/** In words what the files on disk say otherwise; null = nothing. */
export function fileDifference(version: Version, charter: Charter, roster: Roster): string | null {
  const differing = [
    ...(version.charter.digest === charter.digest ? [] : ['charter']),
    ...(version.roster.digest === roster.digest ? [] : ['roster']),
  ];
  if (differing.length === 0) return null;
  return `the ${differing.join(' and ')} on disk is not what was adopted; revision ${version.charter.revision} of ${version.charter.id} holds`;
}

export function statusOf(version: Version, charter: Charter, roster: Roster): AdoptionStatus {
  return {
    charter: named(version.charter),
    roster: named(version.roster),
    fileDiffers: fileDifference(version, charter, roster),
  };
}

async function prove(
  { prove: run }: AdoptionParts,
  charter: Charter,
  roster: Roster,
  fromMs: number,
): Promise<ProofSummary> {
  const proof = await run({ charter, roster, fromMs, untilMs: fromMs + PROOF_MS });
  const first = proof.gaps.slice(0, SHOWN_GAPS_MAX).map(({ cause }) => String(cause));
  return { gaps: proof.gaps.length, cells: proof.cells, first };
}

export function createAdoption(parts: AdoptionParts): Adoption {
  const load = async (id: string) => {
    const found = await readProposal(parts.store, id);
    if (found === null) throw new FirebreakError('proposal-unknown', { proposal: id });
    return found;
  };
  const stateOf = ({ state, against }: Pick<Proposal, 'state' | 'against'>): Proposal['state'] =>
    state === 'open' && against !== parts.versions.newest()?.position ? 'outdated' : state;
  const shown = async (id: string): Promise<Proposal> => {
    const found = await load(id);
    return { ...withoutSources(found), state: stateOf(found), signatures: found.signatures };
  };
  return {
    propose: async (order, by) => {
      const made = await makeProposal(parts, order, by);
      const { charter, roster, changes, proof, id } = made;
      const loosens = changes.filter(({ consequence }) => consequence === 'loosens').length;
      const entry = entryOf(parts, 'charter.proposed', by, {
        ...dataOf(charter, roster),
        proposal: id,
        against: made.against,
        changes: changes.length,
        loosens,
        gaps: proof.gaps,
      });
      await parts.ledger.append([entry], [insertProposal(made)]);
      await settle(parts, made, [], by);
      return await shown(id);
    },
    sign: async (id, answer, actor) => {
      const proposal = await load(id);
      const signed = await recordSignature(parts, proposal, answer, actor);
      await settle(parts, proposal, signed, actor.name);
      return await shown(id);
    },
    proposal: shown,
    proposals: async () => {
      const listed = await readProposals(parts.store);
      return listed.map((one) => ({ ...one, state: stateOf(one) }));
    },
    complete: async () => {
      await parts.versions.refresh();
      const { position } = newestOf(parts);
      for (const { id } of await readProposals(parts.store, { openAgainst: position })) {
        const proposal = await load(id);
        await settle(parts, proposal, proposal.signatures, 'machine:adoption');
      }
    },
  };
}

function newestOf({ versions }: AdoptionParts): Version {
  const newest = versions.newest();
  if (newest === null) throw new FirebreakError('proposal-unknown', { proposal: 'before a start' });
  return newest;
}

/** Whose seats sign: the rules that hold at this minute, not those that only wait for their day. */
function holdingOf({ versions, clock }: AdoptionParts): Charter {
  return present(versions.at(clock.nowMs()), 'a version holds').charter;
}

async function makeProposal(
  parts: AdoptionParts,
  order: ProposalOrder,
  by: string,
): Promise<StoredProposal> {
  const { clock, ids, versions } = parts;
  await versions.refresh();
  const newest = newestOf(parts);
  const charter = loadCharter(order.charter);
  const rosterSource = order.roster ?? newest.rosterSource;
  const roster = loadRoster(rosterSource);
  checkRosterFits(charter, roster, order.charter);
  const { id, revision } = charter;
  const isSame = charter.digest === newest.charter.digest;
  const isNewer = id !== newest.charter.id || revision > newest.charter.revision;
  if (isSame ? roster.digest === newest.roster.digest : !isNewer) {
    const adopted = newest.charter.revision;
    throw new FirebreakError('charter-stale', { charter: id, revision, adopted });
  }
  const nowMs = clock.nowMs();
  return {
    id: ids.next('proposal'),
    state: 'open',
    charter: named(charter),
    roster: named(roster),
    effectiveMs: charter.effectiveMs,
    proposedBy: by,
    proposedAtMs: nowMs,
    against: newest.position,
    changes: diffCharters(newest.charter, charter),
    proof: await prove(parts, charter, roster, Math.max(nowMs, charter.effectiveMs)),
    charterSource: order.charter,
    rosterSource,
  };
}

function whyNot(person: string | null, isSuspect: boolean): string {
  if (person === null) return 'no person is behind this token';
  return isSuspect ? 'marked as suspect' : 'not in such a seat now';
}

/** By a person who fills one of the seats now; the charter that holds says which. */
async function recordSignature(
  parts: AdoptionParts,
  proposal: StoredProposal,
  { outcome, reason }: Pick<Signature, 'outcome' | 'reason'>,
  actor: Signer,
): Promise<readonly Signature[]> {
  await parts.versions.refresh();
  const { position } = newestOf(parts);
  const charter = holdingOf(parts);
  const { id } = proposal;
  if (proposal.state !== 'open') {
    throw new FirebreakError('proposal-closed', { proposal: id, state: proposal.state });
  }
  if (proposal.against !== position) {
    const state = 'outdated: another revision was adopted meanwhile';
    throw new FirebreakError('proposal-closed', { proposal: id, state });
  }
  const wanted = charter.signed?.of ?? [];
  const { person, assertion } = actor;
  const nowMs = parts.clock.nowMs();
  const context = { charter, roster: parts.roster(), nowMs, owners: [], jurisdiction: null };
  const seat = wanted.find(
    (one) => person !== null && fillSeat(context, one).people.includes(person),
  );
  const isSuspect = person !== null && (await parts.suspects()).has(person);
  if (person === null || seat === undefined || isSuspect) {
    const problem = whyNot(person, isSuspect);
    throw new FirebreakError('signature-refused', {
      person: person ?? actor.name,
      problem,
      wanted: `${charter.signed?.count ?? 0} of ${wanted.join(', ')}`,
    });
  }
  const signature: Signature = { person, seat, outcome, reason, atMs: nowMs };
  const signed = assertion === undefined ? {} : { assertion };
  const { digest } = proposal.charter;
  const data = { proposal: id, person, seat, outcome, reason, digest, ...signed };
  try {
    const entry = entryOf(parts, 'charter.signed', actor.name, data);
    await parts.ledger.append([entry], insertSignature(id, signature));
  } catch (error) {
    if (!isFirebreakError(error, 'store-conflict')) throw error;
    const state = `closed, or was answered by ${person} before`;
    throw new FirebreakError('proposal-closed', { proposal: id, state }, error);
  }
  return (await readProposal(parts.store, id))?.signatures ?? [];
}

/** Adopts what has enough signatures, or needs none; refuses what cannot have enough any more. */
async function settle(
  parts: AdoptionParts,
  proposal: StoredProposal,
  signatures: readonly Signature[],
  by: string,
): Promise<void> {
  const { signed } = holdingOf(parts);
  const suspects = await parts.suspects();
  const counted = signatures.filter(({ person }) => !suspects.has(person));
  if (signed === null || isEnough(signed, counted, parts.roster())) {
    await adopt(parts, proposal, by);
    return;
  }
  if (!isLost(signed, signatures)) return;
  const data = { proposal: proposal.id, digest: proposal.charter.digest };
  const entry = entryOf(parts, 'charter.refused', by, data);
  await once(() => parts.ledger.append([entry], [closeProposal(proposal.id, 'refused')]));
}

/** Two last signatures at once: one of them does it. */
async function once(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isFirebreakError(error, 'store-conflict')) throw error;
  }
}

async function adopt(parts: AdoptionParts, proposal: StoredProposal, by: string): Promise<void> {
  const position = proposal.against + 1;
  const nowMs = parts.clock.nowMs();
  const entry = entryOf(parts, 'charter.adopted', by, {
    ...dataOf(proposal.charter, proposal.roster),
    by: 'signatures',
    proposal: proposal.id,
    position,
    effective: toTimestamp(proposal.effectiveMs),
  });
  const version = {
    position,
    charterDigest: proposal.charter.digest,
    charterSource: proposal.charterSource,
    rosterDigest: proposal.roster.digest,
    rosterSource: proposal.rosterSource,
    effectiveMs: proposal.effectiveMs,
  };
  const commands = [closeProposal(proposal.id, 'adopted'), insertVersion(version, nowMs)];
  await once(() => parts.ledger.append([entry], commands));
  await parts.announce();
}
