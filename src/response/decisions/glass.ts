import type { DecisionKind, Distinct } from '../../authority/index.ts';
import { FirebreakError, type Id } from '../../kernel/index.ts';
import { rearmCut } from '../containment/rearm.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import { checkSeparation, checkStillTheSame } from './answer.ts';
import { takeEffect } from './effect.ts';
import { decisionOf } from './find.ts';
import type { IncidentDecision } from './model.ts';
import { askAgain } from './open.ts';
import { takeBack } from './take-back.ts';
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
  if (LETS_IN.has(decision.kind))
    draft.effect({ type: 'glass-due', decision: id, what: 'end', dueAtMs: nowMs + ttlMs });
  if (reviewMs !== null)
    draft.effect({ type: 'glass-due', decision: id, what: 'review', dueAtMs: nowMs + reviewMs });
}

/** What break-glass can let in, and time can take away again. */
const LETS_IN: ReadonlySet<DecisionKind> = new Set(['restore', 'rearm']);

export function glassDue(draft: Draft, id: Id<'decision'>, what: 'end' | 'review'): void {
  const decision = decisionOf(draft.state(), id);
  if (what === 'end') endGlass(draft, decision);
  else review(draft, decision);
}

/**
 * INVARIANT: what a break-glass quorum lets in works only for the time that the charter gives it. Then it is held again,
 * and those who hold the right are asked. Cuts that it decided stay: time alone opens nothing.
 */
function endGlass(draft: Draft, decision: IncidentDecision): void {
  const { id, state } = decision;
  const ended = (heldAgain: boolean, why: string): void => {
    draft.record('decision.glass-ended', { decision: id, heldAgain, why });
  };
  if (state !== 'approved') {
    ended(false, `its decision is ${state}`);
    return;
  }
  const confirmed = laterWord(draft.state(), decision);
  if (confirmed !== null) {
    ended(false, `decided again without break-glass: ${confirmed}`);
    return;
  }
  const why = 'the time of break-glass is over';
  if (isUnderWay(draft.state(), decision)) {
    // A call is on its way: what came of it is looked at once it is back.
    const dueAtMs = draft.facts.nowMs + draft.facts.settings.probeIntervalMs;
    draft.effect({ type: 'glass-due', decision: id, what: 'end', dueAtMs });
    return;
  }
  const before = draft.entries.length;
  const asked = takeBack(draft, decision, why);
  if (asked === null || draft.entries.length === before) {
    ended(false, 'nothing of it is let in now');
    return;
  }
  ended(true, 'nobody of the ladder has decided it since');
  draft.record('decision.undone', { decision: id, person: listOf(decision), why });
  askAgain(draft, decision, { ...asked, why: `asked again: ${why}` });
}

function isUnderWay(state: IncidentState, { action }: IncidentDecision): boolean {
  if (action.verb !== 'act' || action.act !== 'rearm') return false;
  const cut = rearmCut(state, action.parameters);
  return cut?.status === 'reverting' && cut.restore?.revertedAtMs === null;
}

/** The right to let it in was used since by those who hold it. */
function laterWord(state: IncidentState, decision: IncidentDecision): string | null {
  const at = state.decisions.findIndex((one) => one.id === decision.id);
  const later = state.decisions
    .slice(at + 1)
    .find(
      (one) =>
        one.state === 'approved' &&
        one.glass === undefined &&
        one.kind === decision.kind &&
        isAboutSame(one, decision),
    );
  return later?.id ?? null;
}

function isAboutSame({ action: one, digest }: IncidentDecision, other: IncidentDecision): boolean {
  const { action } = other;
  if (one.verb === 'restore' && action.verb === 'restore') return one.identity === action.identity;
  return digest === other.digest;
}

function listOf({ glass }: IncidentDecision): string {
  return glass?.people.join(' and ') ?? 'nobody';
}

/** Those who were asked and did not break it; when there is nobody else, those who did. */
function review(draft: Draft, decision: IncidentDecision): void {
  const { id, holders, advisers, approvers, glass } = decision;
  const broke = glass?.people ?? [];
  const all = [...holders, ...advisers, ...approvers].map((one) => one.person);
  const others = [...new Set(all)].filter((person) => !broke.includes(person));
  const people = others.length === 0 ? broke : others;
  draft.record('decision.review-due', { decision: id, asked: people });
  if (people.length === 0) return;
  draft.effect({
    type: 'page',
    decision: id,
    about: 'review',
    seat: 'review',
    people,
    channels: [],
  });
}
