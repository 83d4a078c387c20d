import { GUARANTEES, type Guarantee, LIMITS, weakerOf } from '../../kernel/index.ts';
import type { Charter, Mandate, RightMembers } from '../charter/model.ts';
import type {
  AuthorityFacts,
  AuthorityResolution,
  DecisionKind,
  LegalClockReading,
  Profile,
} from '../model.ts';
import type { Roster } from '../roster/model.ts';
import { type Automatic, automaticOf } from './automatic.ts';
import { readClock, shortestMs } from './clock.ts';
import type { Asked } from './eligibility.ts';
import { evidenceOf } from './evidence.ts';
import { explain } from './explain.ts';
import {
  type ClockBounds,
  defaultsOf,
  endsAfterMs,
  type Ladder,
  ladderDetermining,
  ladderOf,
} from './ladder.ts';
import { completeCase } from './match.ts';
import { rolesOf } from './roles.ts';
import { seatsFilled } from './seats-filled.ts';
import { ruleFor } from './rules.ts';

/** A class that is stopped hard has no first window; the others have the one of the mandate. */
function windowW1Ms(profile: Profile, mandate: Mandate | null): number {
  if (mandate?.beforeIsolationMs !== null && mandate?.beforeIsolationMs !== undefined) {
    return mandate.beforeIsolationMs;
  }
  return profile === 'hard-stop' ? 0 : LIMITS.windowW1MsDefault;
}

function clockOf(
  asked: Asked,
  { clock }: RightMembers,
): { readonly reading: LegalClockReading | null; readonly bounds: ClockBounds | null } {
  const { facts } = asked.given;
  const openedMs = facts.decisionOpenedAtMs ?? asked.nowMs;
  const beganMs = facts.clockStartedAtMs ?? openedMs;
  const { charter, roster, given } = asked;
  const reading =
    clock === undefined ? null : readClock({ charter, roster, given, beganMs }, clock);
  const lengthMs = facts.clockMs ?? shortestMs(reading);
  if (lengthMs === null) return { reading, bounds: null };
  return { reading, bounds: { lengthMs, beganBeforeMs: Math.max(0, openedMs - beganMs) } };
}

/** Only containment has mandates; what acts by default is bound by the same ceilings. */
function actsByItself(
  asked: Asked,
  automatic: Automatic,
): Pick<
  AuthorityResolution,
  | 'mandate'
  | 'automaticUpTo'
  | 'shadowUpTo'
  | 'then'
  | 'ceilings'
  | 'weighed'
  | 'benignBy'
  | 'quarantineSource'
> {
  if (asked.decision !== 'contain') {
    return {
      mandate: null,
      automaticUpTo: null,
      shadowUpTo: null,
      // oxlint-disable-next-line unicorn/no-thenable -- a member of the contract; plain data, never awaited
      then: null,
      ceilings: [],
      weighed: null,
      benignBy: [],
      quarantineSource: null,
    };
  }
  const { mandate, revokeAfterMs, upTo, shadowUpTo, ceilings, weighed, blownSource } = automatic;
  const revokes = mandate !== null && revokeAfterMs !== null;
  return {
    mandate: mandate === null ? null : { id: mandate.id, mode: mandate.mode },
    automaticUpTo: upTo,
    shadowUpTo,
    // oxlint-disable-next-line unicorn/no-thenable -- a member of the contract; plain data, never awaited
    then: revokeAfterMs === null ? null : { guarantee: 'G5', windowMs: revokeAfterMs },
    ceilings,
    weighed,
    benignBy: revokes ? seatsFilled(asked, mandate.unlessBenignBy, 'decide') : [],
    quarantineSource: blownSource,
  };
}

function boundOf(members: RightMembers, cap: Guarantee | null): Guarantee | null {
  return cap === null ? null : weakerOf(GUARANTEES, cap, members.withoutApproval ?? 'G5');
}

/** How long a cut would wait for people: until the first of them has had their time. */
function minutesToAnswer({ rungs, lastMs }: Ladder): number {
  const first = rungs.find(({ people }) => people.length > 0);
  return (first === undefined ? lastMs : endsAfterMs(first)) / 60_000;
}

/** Facts and rules in, who may decide and what may happen without asking out. */
export function resolveAuthority(
  charter: Charter,
  roster: Roster,
  facts: AuthorityFacts,
  decision: DecisionKind,
  nowMs: number,
): AuthorityResolution {
  const given = completeCase(charter, facts);
  const owners = facts.identity.owners ?? [];
  const { jurisdiction } = given;
  const openedAtMs = facts.decisionOpenedAtMs ?? null;
  const asked = { charter, roster, nowMs, owners, jurisdiction, openedAtMs, given, decision };
  const rule = ruleFor(charter, decision, given);
  const members = rule?.members ?? {};
  const { reading, bounds } = clockOf(asked, members);
  const ladder = ladderOf(asked, members.decide ?? [], bounds);
  const automatic = automaticOf(charter, given, nowMs, minutesToAnswer(ladder));
  const bound = boundOf(members, automatic.cap);
  const resolution: AuthorityResolution = {
    decision,
    charter: { id: charter.id, revision: charter.revision, digest: charter.digest },
    classes: given.classes,
    profile: given.profile,
    ...actsByItself(asked, automatic),
    windowW1Ms: windowW1Ms(given.profile, automatic.mandate),
    right: rule?.id ?? null,
    holders: ladder.holders,
    decideWithinMs: ladder.rungs.find(({ people }) => people.length > 0)?.decideByMs ?? null,
    ...defaultsOf(asked, members.atDeadline, ladder.lastMs, bound),
    ...rolesOf(asked, members),
    quorum: ladder.quorum,
    distinct: ladder.distinct,
    ladder: ladder.rungs,
    breakGlass: ladder.breakGlass,
    clock: reading,
    ...(decision === 'contain' || decision === 'revoke'
      ? { evidence: evidenceOf(charter, given) }
      : {}),
    inherit: charter.inherit,
    determining: [
      ...given.assumed,
      ...(decision === 'contain' ? automatic.determining : []),
      ...ladderDetermining(rule?.from ?? [], ladder),
    ],
  };
  return { ...resolution, explanation: explain(resolution, roster, openedAtMs ?? nowMs) };
}
