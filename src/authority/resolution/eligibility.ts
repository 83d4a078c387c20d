import type { ActRole, Charter, ConflictGround } from '../charter/model.ts';
import type { DecisionKind } from '../model.ts';
import type { Person } from '../roster/model.ts';
import type { Case } from './match.ts';
import {
  type Candidate,
  ownersInRoster,
  type Refusal,
  type SeatContext,
  standingRefusal,
} from './seats.ts';

/** Everything that who may answer depends on. */
export interface Asked extends SeatContext {
  readonly given: Case;
  readonly decision: DecisionKind;
}

/** A party whose contract is over, or never covered this, answers nothing. */
function partyRefusal(asked: Asked, name: string | null): Refusal | null {
  const contract = name === null ? null : asked.charter.parties.get(name)?.contract;
  if (name === null || contract === null || contract === undefined) return null;
  if (asked.nowMs >= contract.untilMs) {
    return { reason: 'party-contract', why: `the contract of ${name} is over` };
  }
  return null;
}

function mayDecideRefusal(asked: Asked, name: string | null, role: ActRole): Refusal | null {
  const contract = name === null ? null : asked.charter.parties.get(name)?.contract;
  if (name === null || contract === null || contract === undefined) return null;
  if (role !== 'decide' && role !== 'approve') return null;
  if (contract.mayDecide === null || contract.mayDecide.includes(asked.decision)) return null;
  const why = `${name} may not ${role} ${asked.decision} by its contract`;
  return { reason: 'party-contract', why };
}

/** What a party may execute is written as class, environment, service, or two of them with a dash. */
function mayExecuteRefusal(asked: Asked, name: string | null): Refusal | null {
  const contract = name === null ? null : asked.charter.parties.get(name)?.contract;
  if (name === null || contract === null || contract === undefined) return null;
  const { mayExecute } = contract;
  if (mayExecute === null) return null;
  const { classes, environment, facts } = asked.given;
  const plain = [...classes, ...facts.identity.services];
  const covered = [environment, ...plain, ...plain.map((one) => `${one}-${environment}`)];
  if (mayExecute.some((one) => covered.includes(one))) return null;
  return { reason: 'party-contract', why: `the contract of ${name} does not cover this` };
}

function contractRefusal(
  asked: Asked,
  { party }: Candidate,
  person: Person | undefined,
  role: ActRole,
): Refusal | null {
  const names = new Set([party, person?.employer ?? null]);
  for (const name of names) {
    const refusal =
      partyRefusal(asked, name) ??
      mayDecideRefusal(asked, name, role) ??
      (role === 'execute' ? mayExecuteRefusal(asked, name) : null);
    if (refusal !== null) return refusal;
  }
  return null;
}

interface Tie {
  readonly ground: ConflictGround;
  readonly why: string;
}

/** Ties that follow from what is known anyway, beside those that were looked up. */
function tiesOf(asked: Asked, person: string): readonly Tie[] {
  const { conflictOfInterest } = asked.charter;
  if (conflictOfInterest === null) return [];
  const { facts } = asked.given;
  const { lookBackMs } = conflictOfInterest;
  const ties: Tie[] = (facts.conflicts ?? [])
    .filter((one) => one.person === person)
    .filter(({ atMs }) => atMs === null || asked.nowMs - atMs <= lookBackMs);
  if (ownersInRoster(asked.roster, asked.owners, null).includes(person)) {
    ties.push({ ground: 'owner', why: `${person} owns the identity` });
  }
  for (const suspect of facts.suspects?.people ?? []) {
    if (asked.roster.people.get(suspect)?.manager !== person) continue;
    ties.push({ ground: 'manager-of', why: `${person} is the manager of ${suspect}` });
  }
  return ties;
}

function conflictRefusal(asked: Asked, { person, byOwnership }: Candidate): Refusal | null {
  const grounds = asked.charter.conflictOfInterest?.grounds ?? [];
  const tie = tiesOf(asked, person).find(
    // A seat that is filled by owning cannot be barred by owning: nobody could ever sit there.
    ({ ground }) => grounds.includes(ground) && !(ground === 'owner' && byOwnership),
  );
  return tie === undefined ? null : { reason: 'conflict-of-interest', why: tie.why };
}

/** INVARIANT: checked on people, after substitution, inside one incident. */
function separationRefusal(asked: Asked, person: string, role: ActRole): Refusal | null {
  const { decision } = asked;
  const acted = (asked.given.facts.acted ?? []).filter((one) => one.person === person);
  if (acted.length === 0) return null;
  for (const rule of asked.charter.separation) {
    if (rule.rule !== 'never-same-person') continue;
    const isAct = (act: { readonly decision: DecisionKind; readonly role: ActRole }): boolean =>
      act.decision === decision && act.role === role;
    if (!rule.acts.some(isAct)) continue;
    const earlier = rule.acts
      .filter((act) => !isAct(act))
      .find((act) => acted.some((one) => one.decision === act.decision && one.role === act.role));
    if (earlier === undefined) continue;
    const why = `${person} was the one to ${earlier.role} ${earlier.decision} here`;
    return { reason: 'separation', why };
  }
  return null;
}

function isGone(charter: Charter, channel: string, gone: readonly string[]): boolean {
  if (gone.length === 0) return false;
  const depends = charter.channels.get(channel)?.depends ?? [];
  return gone.includes(channel) || depends.some((one) => gone.includes(one));
}

/** Where an answer of this person would count now. Null = the charter declares no channels: nothing is known to fail. */
export function channelsOf(asked: Asked, person: string): readonly string[] | null {
  const { charter, roster, given } = asked;
  if (charter.channels.size === 0) return null;
  const reach = roster.people.get(person)?.reach ?? [];
  const own = new Set(reach.map(({ channel }) => channel));
  const names =
    own.size === 0
      ? [...charter.channels.keys()]
      : [...own].filter((channel) => charter.channels.has(channel));
  const down = given.facts.channelsDown ?? [];
  const suspect = given.facts.suspects?.channels ?? [];
  if (down.length + suspect.length === 0) return names;
  // A suspect channel may carry alerts, never answers: it does not make anybody reachable.
  return names.filter((one) => !isGone(charter, one, down) && !isGone(charter, one, suspect));
}

function loadRefusal(asked: Asked, person: string): Refusal | null {
  const fuse = asked.charter.fuses.decisionsAPerson;
  const count = asked.given.facts.load?.find((one) => one.person === person)?.asked ?? 0;
  if (fuse === null || count < fuse.limit) return null;
  return { reason: 'over-load', why: `${person} has ${count} of ${fuse.limit} questions already` };
}

/** Whoever answers for something real is not paged for a drill. */
function exerciseRefusal(asked: Asked, person: string): Refusal | null {
  const { exercise } = asked.given.facts;
  if (exercise?.busyWithLive.includes(person) !== true) return null;
  return { reason: 'live-incident', why: `${person} has a live incident: this exercise yields` };
}

function suspectRefusal(asked: Asked, person: string): Refusal | null {
  const suspects = asked.given.facts.suspects?.people ?? [];
  return suspects.includes(person) ? { reason: 'suspect', why: `${person} is a suspect` } : null;
}

/** Why this person may not act in this role now, or null. Who only advises holds nothing that could be abused. */
export function refusalOf(asked: Asked, candidate: Candidate, role: ActRole): Refusal | null {
  const { person } = candidate;
  const standing =
    standingRefusal(candidate) ?? suspectRefusal(asked, person) ?? exerciseRefusal(asked, person);
  if (standing !== null) return standing;
  const contract = contractRefusal(asked, candidate, asked.roster.people.get(person), role);
  if (contract !== null) return contract;
  if (role === 'decide' || role === 'approve') {
    const conflict = conflictRefusal(asked, candidate);
    if (conflict !== null) return conflict;
  }
  const separated = separationRefusal(asked, person, role);
  if (separated !== null) return separated;
  if (channelsOf(asked, person)?.length === 0) {
    return { reason: 'no-channel', why: `no channel to ${person} is up and free of suspicion` };
  }
  return role === 'decide' ? loadRefusal(asked, person) : null;
}
