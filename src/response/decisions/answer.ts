import type { DecisionKind } from '../../authority/index.ts';
import { assertNever, FirebreakError, type Id, type JsonObject } from '../../kernel/index.ts';
import { restoreDigest } from '../containment/restore.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import { handOn } from './advance.ts';
import { dropAsked, takeEffect, takeEffectLater } from './effect.ts';
import { decisionOf } from './find.ts';
import {
  type Asker,
  checkNotSuspect,
  hear,
  type Hearing,
  refuseMoved,
  refuseUnasked,
} from './hearing.ts';
import type { AnswerOutcome, IncidentDecision } from './model.ts';
import { newestRung } from './rungs.ts';
import { castVote } from './votes.ts';

export interface Answer {
  readonly decision: Id<'decision'>;
  readonly outcome: AnswerOutcome;
  readonly reason: string;
  readonly digest: string;
  readonly by: Asker;
}

/** First valid answer wins; it is bound to the digest that the answerer saw. */
export function answer(draft: Draft, given: Answer): void {
  const decision = decisionOf(draft.state(), given.decision);
  if (decision.state === 'expired') {
    const { id, kind } = decision;
    const now = draft
      .state()
      .decisions.findLast((one) => one.kind === kind && one.state === 'open');
    throw new FirebreakError('decision-digest-changed', { decision: id, now: now?.digest ?? null });
  }
  if (decision.state !== 'open') {
    const by = decision.decidedBy === null ? '' : ` by ${decision.decidedBy}`;
    throw new FirebreakError('decision-closed', {
      decision: decision.id,
      state: `${decision.state}${by}`,
    });
  }
  if (decision.digest !== given.digest) {
    throw new FirebreakError('decision-digest-changed', {
      decision: decision.id,
      now: decision.digest,
    });
  }
  checkNotSuspect(decision, given.by);
  // Asked before the adoption of a charter had its own door.
  if (given.outcome === 'approve' && decision.kind === 'adopt-charter')
    throw new FirebreakError('adoption-own-door', {});
  const hearing = hear(decision, given.by);
  switch (given.outcome) {
    case 'approve':
      approve(draft, decision, given, hearing);
      return;
    case 'reject':
      reject(draft, decision, given, hearing);
      return;
    case 'advise':
      advise(draft, decision, given, hearing);
      return;
    case 'acknowledge':
      acknowledge(draft, decision, given, hearing);
      return;
    case 'hand-over':
      handOver(draft, decision, given, hearing);
      return;
    default:
      assertNever(given.outcome);
  }
}

function personOf(by: Asker): string {
  return by.person ?? by.name;
}

/** Cumulative: every rung that has opened may still say yes. Exclusive: only the newest. */
function approve(draft: Draft, decision: IncidentDecision, given: Answer, hearing: Hearing): void {
  const { by, reason, digest } = given;
  const isMoved = decision.handOff === 'exclusive' && hearing.isAsked && !hearing.isNewest;
  const decides = hearing.isAsked && !isMoved;
  if (!decides && !hearing.mayApprove) {
    if (isMoved) refuseMoved(decision, by);
    refuseUnasked(draft.state(), decision, by);
  }
  const person = personOf(by);
  checkSeparation(draft.state(), decision.kind, person);
  checkStillTheSame(draft, decision);
  const { device, manager, employer } = by;
  const voter = {
    person,
    ...(device == null ? {} : { device }),
    ...(manager == null ? {} : { manager }),
    ...(employer == null ? {} : { employer }),
  };
  const may = { decide: decides, approve: hearing.mayApprove };
  const vote = castVote(decision, voter, may, draft.facts.nowMs);
  const signed = signedBy(by);
  const data = { decision: decision.id, vote, reason, digest, ...signed };
  draft.record('decision.supported', data, actorOf(by));
  takeEffect(draft, decision.id);
}

function signedBy({ assertion }: Asker): { readonly assertion?: JsonObject } {
  return assertion === undefined ? {} : { assertion };
}

function actorOf(by: Asker): string {
  return `person:${personOf(by)}`;
}

/** Only the newest rung may say no, and whoever is asked to approve. It binds this digest, and lapses. */
function reject(draft: Draft, decision: IncidentDecision, given: Answer, hearing: Hearing): void {
  const { by, reason, digest } = given;
  if (!hearing.isNewest && !hearing.mayApprove) {
    if (hearing.isAsked) refuseMoved(decision, by);
    refuseUnasked(draft.state(), decision, by);
  }
  const person = personOf(by);
  checkSeparation(draft.state(), decision.kind, person);
  const holdsUntilMs = draft.facts.nowMs + decision.rejectHoldsMs;
  draft.record(
    'decision.decided',
    {
      decision: decision.id,
      outcome: 'rejected',
      by: person,
      reason,
      digest,
      holdsUntilMs,
      ...signedBy(by),
    },
    actorOf(by),
  );
  dropAsked(draft, decision, reason);
}

/** Heard and never counted. Who is asked for advice ends the wait for it; who recommends is never waited for. */
function advise(draft: Draft, decision: IncidentDecision, given: Answer, hearing: Hearing): void {
  const { by, reason: text } = given;
  if (!hearing.isAdviser && !hearing.isRecommender && !hearing.isAsked)
    refuseUnasked(draft.state(), decision, by);
  const as = hearing.isAdviser ? 'adviser' : 'recommender';
  const advice = { person: personOf(by), as, text, atMs: draft.facts.nowMs } as const;
  draft.record('decision.advised', { decision: decision.id, advice }, actorOf(by));
  takeEffectLater(draft, decision.id);
}

/** Stops the next rung from being opened for silence; never extends the time to decide. */
function acknowledge(
  draft: Draft,
  decision: IncidentDecision,
  given: Answer,
  hearing: Hearing,
): void {
  const { by } = given;
  const { seat } = hearing;
  if (seat === null) refuseUnasked(draft.state(), decision, by);
  const rung = decision.rungs.find((one) => one.seat === seat);
  if (rung?.acknowledgedBy !== null) return;
  const person = personOf(by);
  draft.record('decision.acknowledged', { decision: decision.id, person, seat }, actorOf(by));
}

/** The newest rung gives it to the next one before its time is over. */
function handOver(draft: Draft, decision: IncidentDecision, given: Answer, hearing: Hearing): void {
  const { by } = given;
  if (!hearing.isNewest) {
    if (hearing.isAsked) refuseMoved(decision, by);
    refuseUnasked(draft.state(), decision, by);
  }
  if (!handOn(draft, decision, by.live.resolution, 'handed-over')) {
    const seat = newestRung(decision)?.seat ?? 'nobody';
    throw new FirebreakError('decision-nobody-next', { decision: decision.id, seat });
  }
}

/** INVARIANT: a restore gives back what was shown; when the cuts have changed since, it is asked again. */
export function checkStillTheSame(draft: Draft, decision: IncidentDecision): void {
  const { action } = decision;
  if (action.verb !== 'restore') return;
  const now = restoreDigest(draft.state(), action.identity, action.cause).digest;
  if (now !== decision.digest) {
    throw new FirebreakError('decision-digest-changed', { decision: decision.id, now });
  }
}

/** INVARIANT: who contains does not restore. */
export function checkSeparation(state: IncidentState, kind: DecisionKind, person: string): void {
  if (kind === 'restore' && state.containers.includes(person)) {
    throw new FirebreakError('authority-separated', {
      person,
      decision: kind,
      earlier: 'containment',
    });
  }
}
