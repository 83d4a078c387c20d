import { FirebreakError, LIMITS } from '../../kernel/index.ts';
import type { IncidentDecision, Vote } from './model.ts';

/** Who agreed and still counts: an approval that waits too long for the others has to be given again. */
export function standingVotes(decision: IncidentDecision, nowMs: number): readonly Vote[] {
  return decision.votes.filter((vote) => nowMs < vote.atMs + LIMITS.approvalHoldsMs);
}

function count(votes: readonly Vote[], as: Vote['as']): number {
  return votes.filter((vote) => vote.as === as).length;
}

/** Enough of those who decide agree; approvers may still be missing. */
export function isDecided(decision: IncidentDecision, nowMs: number): boolean {
  return count(standingVotes(decision, nowMs), 'decider') >= decision.needs.deciders;
}

export function isAgreed(decision: IncidentDecision, nowMs: number): boolean {
  const votes = standingVotes(decision, nowMs);
  return isDecided(decision, nowMs) && count(votes, 'approver') >= decision.needs.approvers;
}

/** What a person brings along; null or absent where it is not known. */
export type Voter = Pick<Vote, 'person' | 'device' | 'manager' | 'employer'>;

/** Who manages somebody answers for them: both are one voice. */
function isManager(one: Voter, other: Voter): boolean {
  return one.manager === other.person || other.manager === one.person;
}

/**
 * INVARIANT: people are counted, not seats: one person agrees once, as decider or as approver, never as both. Where the
 * charter says so two people who share a device, a manager or an employer count as one.
 */
export function castVote(
  decision: IncidentDecision,
  voter: Voter,
  may: { readonly decide: boolean; readonly approve: boolean },
  nowMs: number,
): Vote {
  const votes = standingVotes(decision, nowMs);
  const { needs, id } = decision;
  if (votes.some((vote) => vote.person === voter.person)) {
    const state = `approved by ${voter.person}; it waits for somebody else`;
    throw new FirebreakError('decision-closed', { decision: id, state });
  }
  for (const what of needs.distinct ?? []) {
    if (what === 'person') continue;
    const mine = voter[what];
    const other = votes.find(
      (vote) =>
        (mine != null && vote[what] === mine) || (what === 'manager' && isManager(voter, vote)),
    );
    if (other !== undefined) {
      const { person } = voter;
      throw new FirebreakError('quorum-not-distinct', { person, other: other.person, what });
    }
  }
  const isDecider = may.decide && count(votes, 'decider') < needs.deciders;
  return { ...voter, as: isDecider || !may.approve ? 'decider' : 'approver', atMs: nowMs };
}
