import type { Distinct } from '../../authority/index.ts';
import { FirebreakError, type Id } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import { checkSeparation, checkStillTheSame } from './answer.ts';
import { takeEffect } from './effect.ts';
import { decisionOf } from './find.ts';
import { castVote, type Voter } from './votes.ts';

/** Enough people with their codes: the last way to decide, when nobody of the ladder can. */
export interface GlassBroken {
  readonly decision: Id<'decision'>;
  readonly digest: string;
  readonly reason: string;
  readonly voters: readonly Voter[];
  readonly quorum: number;
  readonly distinct: readonly Distinct[];
  /** How long the word of this quorum counts. */
  readonly ttlMs: number;
  readonly reviewMs: number | null;
}

/** INVARIANT: it takes as many people as the charter says, and leaves a review behind. */
export function breakGlass(draft: Draft, given: GlassBroken): void {
  const { decision: id, digest, reason, voters, quorum, distinct, ttlMs, reviewMs } = given;
  const decision = decisionOf(draft.state(), id);
  if (decision.state !== 'open')
    throw new FirebreakError('decision-closed', { decision: id, state: decision.state });
  if (decision.digest !== digest)
    throw new FirebreakError('decision-digest-changed', { decision: id, now: decision.digest });
  if (decision.kind === 'adopt-charter') throw new FirebreakError('adoption-own-door', {});
  for (const { person } of voters) checkSeparation(draft.state(), decision.kind, person);
  checkStillTheSame(draft, decision);
  const { nowMs } = draft.facts;
  draft.record('decision.glass-broken', {
    decision: id,
    people: voters.map((one) => one.person),
    quorum,
    distinct,
    untilMs: nowMs + ttlMs,
    reviewByMs: reviewMs === null ? null : nowMs + reviewMs,
    reason,
  });
  for (const voter of voters) {
    const now = decisionOf(draft.state(), id);
    const vote = castVote(now, voter, { decide: true, approve: false }, nowMs);
    const data = { decision: id, vote, reason, digest };
    draft.record('decision.supported', data, `person:${voter.person}`);
  }
  takeEffect(draft, id);
}
