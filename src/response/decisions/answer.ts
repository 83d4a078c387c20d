import type { AuthorityResolution, DecisionKind, Severity } from '../../authority/index.ts';
import {
  FirebreakError,
  GUARANTEES,
  type Guarantee,
  type Id,
  isAtLeast,
} from '../../kernel/index.ts';
import { authoriseCut } from '../containment/decide.ts';
import {
  hasExposed,
  identityOf,
  restoreDigest,
  type RestorePlan,
  startRestore,
} from '../containment/restore.ts';
import { capabilityOf, firstHold, holdsFor, refusal } from '../plan/plan.ts';
import { cutOf, type Draft, startWatch, subjectOf } from '../incident/draft.ts';
import type { NewSubject } from '../incident/entries.ts';
import { answersNeeded, ask, plan } from '../incident/ladder.ts';
import type { IncidentDecision, IncidentState, RestoreCause, SubjectState, Vote } from '../incident/model.ts';

/** Who answers or asks, and whether the charter lets them decide this now. */
export interface Asker {
  readonly name: string;
  readonly person: string | null;
  readonly holdsRight: boolean;
  /** The right names them among those whose approval it wants beside the decision. */
  readonly mayApprove?: boolean;
}

export function decisionOf(state: IncidentState, id: string): IncidentDecision {
  const decision = state.decisions.find((one) => one.id === id);
  if (decision === undefined) throw new FirebreakError('decision-unknown', { decision: id });
  return decision;
}

export interface Answer {
  readonly decision: Id<'decision'>;
  readonly outcome: 'approve' | 'reject';
  readonly reason: string;
  readonly digest: string;
  readonly by: Asker;
}

/** First valid answer wins; it is bound to the digest that the answerer saw. */
export function answer(draft: Draft, given: Answer): void {
  const decision = decisionOf(draft.state(), given.decision);
  if (decision.state !== 'open') {
    throw new FirebreakError('decision-closed', { decision: decision.id, state: decision.state });
  }
  if (decision.digest !== given.digest) {
    throw new FirebreakError('decision-digest-changed', {
      decision: decision.id,
      now: decision.digest,
    });
  }
  checkHolder(draft, decision, given.by);
  if (given.outcome === 'approve') checkStillTheSame(draft, decision);
  const by = given.by.person ?? given.by.name;
  const { reason, digest } = given;
  const id = decision.id;
  if (given.outcome === 'reject') {
    const rejected = { decision: id, outcome: 'rejected', by, reason, digest } as const;
    draft.record('decision.decided', rejected, `person:${by}`);
    dropAsked(draft, decision, reason);
    return;
  }
  const vote = voteOf(decision, given.by);
  draft.record('decision.supported', { decision: id, vote, reason, digest }, `person:${by}`);
  if (!isAgreed(decisionOf(draft.state(), id))) return;
  const approved = { decision: id, outcome: 'approved', by, reason, digest } as const;
  draft.record('decision.decided', approved, `person:${by}`);
  carryOut(draft, decision);
}

/** INVARIANT: people are counted, not seats: one person agrees once, as decider or as approver, never as both. */
function voteOf(decision: IncidentDecision, by: Asker): Vote {
  const person = by.person ?? by.name;
  if (decision.votes.some((vote) => vote.person === person)) {
    const state = `approved by ${person}; it waits for somebody else`;
    throw new FirebreakError('decision-closed', { decision: decision.id, state });
  }
  const deciders = decision.votes.filter((vote) => vote.as === 'decider').length;
  const isDecider = by.holdsRight && deciders < decision.needs.deciders;
  return { person, as: isDecider || by.mayApprove !== true ? 'decider' : 'approver' };
}

function isAgreed({ votes, needs }: IncidentDecision): boolean {
  const count = (as: Vote['as']): number => votes.filter((vote) => vote.as === as).length;
  return count('decider') >= needs.deciders && count('approver') >= needs.approvers;
}

/** INVARIANT: a restore gives back what was shown; when the cuts have changed since, it is asked again. */
function checkStillTheSame(draft: Draft, decision: IncidentDecision): void {
  const { action } = decision;
  if (action.verb !== 'restore') return;
  const now = restoreDigest(draft.state(), action.identity, action.cause).digest;
  if (now !== decision.digest) {
    throw new FirebreakError('decision-digest-changed', { decision: decision.id, now });
  }
}

function checkHolder(draft: Draft, decision: IncidentDecision, by: Asker): void {
  const person = by.person ?? by.name;
  if (!by.holdsRight && by.mayApprove !== true) {
    const holder = decision.holders.map((one) => one.person).join(', ') || 'nobody';
    throw new FirebreakError('authority-missing', {
      person,
      decision: decision.kind,
      holder,
      incident: draft.state().id,
    });
  }
  checkSeparation(draft.state(), decision.kind, person);
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

function carryOut(draft: Draft, decision: IncidentDecision): void {
  const { action } = decision;
  if (action.verb === 'restore') {
    startRestore(draft, decision.id, action.identity, action.cause);
    return;
  }
  for (const id of action.cuts) authoriseAsked(draft, id, { by: 'decision', id: decision.id });
}

function authoriseAsked(
  draft: Draft,
  id: Id<'cut'>,
  authority: { readonly by: 'decision' | 'default'; readonly id: string },
): void {
  const cut = cutOf(draft, id);
  if (cut.status !== 'planned') return;
  const { charter } = subjectOf(draft, cut.subject.identity).resolution;
  authoriseCut(draft, id, { ...authority, digest: cut.digest, charterRevision: charter.revision });
  const { identity, credential } = cut.subject;
  const effect = isAtLeast(GUARANTEES, cut.order.guarantee, 'G3') ? 'deny' : 'constrain';
  const why = `${authority.by} ${authority.id}`;
  draft.effect({ type: 'restrict', identity, credential, effect, why });
  draft.record('restriction.set', { identity, effect, why });
}

function dropAsked(draft: Draft, decision: IncidentDecision, reason: string): void {
  if (decision.action.verb !== 'cut') return;
  for (const id of decision.action.cuts) {
    if (cutOf(draft, id).status === 'planned')
      draft.record('cut.dropped', { cut: id, why: reason });
  }
}

/**
 * Nobody decided in time. INVARIANT: only a reversible stage happens by itself; everything else keeps the state and is
 * asked again.
 */
export function deadlinePassed(draft: Draft, id: Id<'decision'>): void {
  const decision = decisionOf(draft.state(), id);
  if (decision.state !== 'open') return;
  const { action } = decision;
  const identity = identityOf(draft.state(), decision);
  const fallback = identity === null ? null : subjectOf(draft, identity).resolution.atDeadline;
  if (
    decision.kind !== 'contain' ||
    action.verb !== 'cut' ||
    identity === null ||
    fallback === null
  ) {
    pageAgain(draft, decision.id);
    return;
  }
  const within = action.cuts.filter((cut) => actsByDefault(draft, cut, fallback.guarantee));
  const begun = within.length > 0 ? within : planDefault(draft, identity, fallback.guarantee);
  if (begun.length === 0) {
    pageAgain(draft, decision.id);
    return;
  }
  draft.record('decision.defaulted', { decision: decision.id, guarantee: fallback.guarantee });
  for (const cut of begun) authoriseAsked(draft, cut, { by: 'default', id: decision.id });
  // What the default does not reach is still a question.
  const left = action.cuts.filter((cut) => cutOf(draft, cut).status === 'planned');
  const why = `nobody decided in time; the default went as far as ${fallback.guarantee}`;
  if (left.length > 0) ask(draft, identity, left, action.guarantee, why);
}

function actsByDefault(draft: Draft, id: Id<'cut'>, upTo: Guarantee): boolean {
  const cut = cutOf(draft, id);
  const reaches = isAtLeast(GUARANTEES, upTo, cut.order.guarantee);
  return cut.status === 'planned' && cut.capability.reversible && reaches;
}

/** What was asked is more than the default allows: the default's own stage is taken instead. */
function planDefault(
  draft: Draft,
  identity: Id<'identity'>,
  guarantee: Guarantee,
): readonly Id<'cut'>[] {
  const subject = subjectOf(draft, identity);
  if (capabilityOf(subject, guarantee)?.reversible !== true) return [];
  return holdsFor(subject, guarantee, 'nobody decided in time').flatMap(
    (hold) => plan(draft, identity, hold)?.id ?? [],
  );
}

function pageAgain(draft: Draft, decision: Id<'decision'>): void {
  draft.record('decision.overdue', { decision });
  draft.effect({
    type: 'decision-deadline',
    decision,
    dueAtMs: draft.facts.nowMs + draft.facts.settings.repageMs,
  });
}

export interface ContainmentAsked {
  readonly identity: Id<'identity'>;
  /** What is known of it, for when it is not part of the incident yet. */
  readonly subject: NewSubject;
  readonly severity: Severity;
  readonly guarantee: Guarantee;
  readonly reason: string;
  readonly by: Asker;
  readonly resolution: AuthorityResolution;
}

/** A person asks for a stage. The first act is always that it cannot mint; who holds the right starts it at once. */
export function askContainment(
  draft: Draft,
  asked: ContainmentAsked,
  isNew: boolean,
): Id<'decision'> | null {
  const subject = subjectAsked(draft, asked, isNew);
  const refused = refusal(subject);
  if (refused !== null)
    throw new FirebreakError('containment-refused', { problem: refused, path: 'Use break-glass.' });
  if (capabilityOf(subject, asked.guarantee) === null) {
    const offers = subject.capabilities.guarantees.map((one) => one.guarantee).join(', ');
    throw new FirebreakError('containment-refused', {
      problem: `${subject.target} cannot give ${asked.guarantee}`,
      path: `It offers ${offers}; ask for one of these.`,
    });
  }
  if (draft.state().status === 'closed') {
    draft.record('incident.reopened', { why: asked.reason });
    startWatch(draft, asked.identity);
  }
  const first = isAtLeast(GUARANTEES, asked.guarantee, 'G3') ? firstHold(subject, 'G2') : null;
  const stages = first === null ? [asked.guarantee] : [first, asked.guarantee];
  const cuts = stages.flatMap((guarantee) =>
    holdsFor(subject, guarantee, asked.reason).flatMap(
      (hold) => plan(draft, asked.identity, hold, 'again')?.id ?? [],
    ),
  );
  if (cuts.length === 0) return null;
  const decision = ask(
    draft,
    asked.identity,
    cuts,
    asked.guarantee,
    asked.reason,
    asked.resolution,
  );
  if (asked.by.holdsRight) approveOwn(draft, decision, asked);
  return decision;
}

function subjectAsked(draft: Draft, asked: ContainmentAsked, isNew: boolean): SubjectState {
  const { nowMs, settings } = draft.facts;
  const { subject, severity } = asked;
  if (isNew) {
    const title = `containment of ${subject.name} on ${subject.target}, asked for by ${asked.by.name}`;
    draft.record('incident.opened', {
      title,
      severity,
      firstSuspectAtMs: nowMs - settings.lookBackMs,
    });
  }
  if (!draft.state().subjects.some((one) => one.identity === asked.identity)) {
    const wide = subject.credentials.length === 0;
    draft.record('signal.attributed', { subject: { ...subject, wide }, by: asked.by.name });
    startWatch(draft, asked.identity);
  }
  return subjectOf(draft, asked.identity);
}

/** Asking for what one may decide oneself is deciding it. */
function approveOwn(
  draft: Draft,
  id: Id<'decision'>,
  asked: { readonly by: Asker; readonly reason: string },
): void {
  const { digest } = decisionOf(draft.state(), id);
  answer(draft, { decision: id, outcome: 'approve', reason: asked.reason, digest, by: asked.by });
}

export interface RestoreAsked {
  readonly identity: Id<'identity'>;
  readonly cause: RestoreCause;
  readonly reason: string;
  readonly by: Asker;
  readonly resolution: AuthorityResolution;
}

export function askRestore(
  draft: Draft,
  asked: RestoreAsked,
): { readonly decision: Id<'decision'>; readonly plan: RestorePlan } {
  const state = draft.state();
  const subject = state.subjects.find((one) => one.identity === asked.identity);
  if (subject === undefined) {
    throw new FirebreakError('restore-refused', {
      problem: 'nothing of it is cut in this incident',
      path: 'See `firebreak incident list` for the incident that holds it.',
    });
  }
  if (asked.cause === 'false-alarm' && hasExposed(state, asked.identity)) {
    throw new FirebreakError('restore-refused', {
      problem: `a credential of ${subject.name} is reported as exposed`,
      path: 'Restore with cause resolved, which keeps it dead; or have an independent source of the same authenticity send all-clear.',
    });
  }
  const { digest, plan: restore } = restoreDigest(state, asked.identity, asked.cause);
  if (!isWorthAsking(asked, restore)) {
    const kept = restore.keeps.map((one) => one.why).join('; ');
    throw new FirebreakError('restore-refused', {
      problem: kept === '' ? `nothing of ${subject.name} is cut` : kept,
      path: 'See `firebreak incident show` for what holds and why.',
    });
  }
  const decision = openRestoreDecision(draft, asked, restore, digest);
  if (asked.by.holdsRight) {
    checkSeparation(draft.state(), 'restore', asked.by.person ?? asked.by.name);
    approveOwn(draft, decision, asked);
  }
  return { decision, plan: restore };
}

/** A resolved incident may end although everything that was cut stays dead. */
function isWorthAsking(asked: RestoreAsked, restore: RestorePlan): boolean {
  if (restore.givesBack.length + restore.drops.length > 0) return true;
  return asked.cause === 'resolved' && restore.keeps.length > 0;
}

function openRestoreDecision(
  draft: Draft,
  asked: RestoreAsked,
  restore: RestorePlan,
  digest: string,
): Id<'decision'> {
  const { facts } = draft;
  const { identity, cause, resolution } = asked;
  const already = draft
    .state()
    .decisions.find(
      (one) =>
        one.state === 'open' && one.action.verb === 'restore' && one.action.identity === identity,
    );
  if (already?.digest === digest) return already.id;
  if (already !== undefined) {
    draft.record('decision.decided', {
      decision: already.id,
      outcome: 'rejected',
      by: 'firebreak',
      reason: 'what would be given back has changed',
      digest: already.digest,
    });
  }
  const id = facts.ids.next('decision');
  const withinMs = resolution.decideWithinMs;
  draft.record('decision.opened', {
    decision: {
      id,
      kind: 'restore',
      digest,
      action: { verb: 'restore', identity, cause, cuts: restore.givesBack },
      right: resolution.right,
      holders: resolution.holders,
      openedAtMs: facts.nowMs,
      deadlineMs: withinMs === null ? null : facts.nowMs + withinMs,
      askedBy: facts.actor,
      needs: answersNeeded(resolution),
    },
    why: asked.reason,
  });
  draft.effect({
    type: 'decision-deadline',
    decision: id,
    dueAtMs: facts.nowMs + (withinMs ?? facts.settings.repageMs),
  });
  return id;
}
