import type { Severity } from '../../authority/index.ts';
import {
  FirebreakError,
  type Guarantee,
  type Id,
  isAtLeast,
  GUARANTEES,
} from '../../kernel/index.ts';
import { hasExposed, restoreDigest, type RestorePlan } from '../containment/restore.ts';
import { type CutState, isStanding } from '../containment/model.ts';
import { cutOf, type Draft, startWatch, subjectOf } from '../incident/draft.ts';
import type { NewSubject } from '../incident/entries.ts';
import { isOpenFor } from '../incident/giving-back.ts';
import { ask, plan } from '../incident/ladder.ts';
import type { IncidentState, SubjectState } from '../incident/model.ts';
import { capabilityOf, firstHold, holdsFor, refusal } from '../plan/plan.ts';
import { answer, checkSeparation } from './answer.ts';
import { decisionOf } from './find.ts';
import { type Asker, hear } from './hearing.ts';
import type { Live, RestoreCause } from './model.ts';
import { openDecision } from './open.ts';
import { rungsOf } from './rungs.ts';

export interface ContainmentAsked {
  readonly identity: Id<'identity'>;
  /** What is known of it, for when it is not part of the incident yet. */
  readonly subject: NewSubject;
  readonly severity: Severity;
  readonly guarantee: Guarantee;
  /** Absent or null: until somebody gives it back. */
  readonly forMs?: number | null;
  readonly reason: string;
  readonly by: Asker;
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
      (hold) => plan(draft, asked.identity, { ...hold, ...temporary(asked) }, 'again')?.id ?? [],
    ),
  );
  if (cuts.length === 0) return null;
  const { resolution } = asked.by.live;
  const decision = ask(draft, asked.identity, cuts, asked.guarantee, asked.reason, { resolution });
  if (decision !== null) approveOwn(draft, decision, asked);
  return decision;
}

function temporary({ forMs }: ContainmentAsked): { readonly forMs?: number } {
  return forMs == null ? {} : { forMs };
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
export function approveOwn(
  draft: Draft,
  id: Id<'decision'>,
  asked: { readonly by: Asker; readonly reason: string },
): void {
  const decision = decisionOf(draft.state(), id);
  const { isAsked, isNewest } = hear(decision, asked.by);
  if (!isAsked || (decision.handOff === 'exclusive' && !isNewest)) return;
  const { digest } = decision;
  answer(draft, { decision: id, outcome: 'approve', reason: asked.reason, digest, by: asked.by });
}

export interface RestoreAsked {
  readonly identity: Id<'identity'>;
  readonly cause: RestoreCause;
  readonly reason: string;
  readonly by: Asker;
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
  checkMayAsk(draft, asked);
  const decision = openRestoreDecision(draft, { ...asked, live: asked.by.live }, restore, digest);
  approveOwn(draft, decision, asked);
  return { decision, plan: restore };
}

/** Anybody may ask; whoever would decide it, had they not contained, learns that at once. */
function checkMayAsk(draft: Draft, { by }: RestoreAsked): void {
  const person = by.person ?? by.name;
  const sits = rungsOf(by.live.resolution).some(
    ({ people, skipped }) =>
      people.includes(person) ||
      skipped.some((one) => one.person === person && one.reason === 'separation'),
  );
  if (sits) checkSeparation(draft.state(), 'restore', person);
}

/** A resolved incident may end although everything that was cut stays dead. */
function isWorthAsking(asked: Pick<RestoreAsked, 'cause'>, restore: RestorePlan): boolean {
  if (restore.givesBack.length + restore.drops.length > 0) return true;
  return asked.cause === 'resolved' && restore.keeps.length > 0;
}

/**
 * A temporary cut whose time is over asks whether it may be given back. INVARIANT: it holds until somebody says so;
 * time alone opens nothing.
 */
export function cutTimeOver(draft: Draft, id: CutState['id'], live: Live): void {
  const cut = cutOf(draft, id);
  const { identity } = cut.subject;
  const isClosed = draft.state().status === 'closed';
  if (cut.endsAtMs === null || isClosed || !isStanding(cut)) return;
  const { endsAtMs } = cut;
  const { nowMs, settings } = draft.facts;
  if (!isOpenFor(draft.state(), identity)) {
    // Something is given back already; what is left of it is asked about afterwards.
    draft.effect({ type: 'cut-time', cut: id, dueAtMs: nowMs + settings.reprobeMs });
    return;
  }
  if (endsAtMs > nowMs || !ASKABLE.has(cut.status)) {
    // Too early, or in the middle of being applied again.
    const dueAtMs = Math.max(endsAtMs, nowMs + settings.probeIntervalMs);
    draft.effect({ type: 'cut-time', cut: id, dueAtMs });
    return;
  }
  draft.record('cut.time-over', { cut: id });
  const cause = hasExposed(draft.state(), identity) ? 'resolved' : 'false-alarm';
  const { digest, plan: restore } = restoreDigest(draft.state(), identity, cause);
  const asked = { identity, cause, reason: 'the time of a temporary cut is over', live } as const;
  if (isWorthAsking(asked, restore)) openRestoreDecision(draft, asked, restore, digest);
}

/** What was kept when the incident was closed: its time goes on when the incident does. */
export function resumeTimes(draft: Draft, before: IncidentState | null): void {
  if (before?.status !== 'closed' || draft.state().status === 'closed') return;
  for (const cut of draft.state().cuts) {
    if (cut.endsAtMs === null || !isStanding(cut)) continue;
    const dueAtMs = Math.max(cut.endsAtMs, draft.facts.nowMs);
    draft.effect({ type: 'cut-time', cut: cut.id, dueAtMs });
  }
}

const ASKABLE: ReadonlySet<CutState['status']> = new Set([
  'applied',
  'proving',
  'proven',
  'residual',
  'unproven',
  'failed',
]);

type RestoreQuestion = Pick<RestoreAsked, 'identity' | 'cause' | 'reason'> & {
  readonly live: Live;
};

function openRestoreDecision(
  draft: Draft,
  asked: RestoreQuestion,
  restore: RestorePlan,
  digest: string,
): Id<'decision'> {
  const { identity, cause, reason: why } = asked;
  const already = draft
    .state()
    .decisions.find(
      (one) =>
        one.state === 'open' && one.action.verb === 'restore' && one.action.identity === identity,
    );
  if (already?.digest === digest) return already.id;
  if (already !== undefined) expireChanged(draft, already.id);
  const { resolution } = asked.live;
  const action = { verb: 'restore', identity, cause, cuts: restore.givesBack } as const;
  return openDecision(draft, { kind: 'restore', digest, action, resolution, why });
}

function expireChanged(draft: Draft, decision: Id<'decision'>): void {
  draft.record('decision.expired', { decision, why: 'what would be given back has changed' });
}
