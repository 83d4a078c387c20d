import type { Probed, Reverted } from '../../connectors/contract.ts';
import { digestOf, FirebreakError, GUARANTEES, type Id } from '../../kernel/index.ts';
import { restoreUnderWay } from '../incident/giving-back.ts';
import { cutOf, type Draft, findSubject, startWatch, subjectOf } from '../incident/draft.ts';
import type { IncidentDecision, IncidentState, RestoreCause } from '../incident/model.ts';
import { covers } from '../incident/standing.ts';
import { closeOrWait } from '../reviews/closing.ts';
import { accessAfter } from './access.ts';
import { resumeCut, stepFor } from './decide.ts';
import { type CutState, type CutStatus, isStanding, mayHaveActed } from './model.ts';
import { measure } from './measure.ts';
import { kills } from './probe.ts';
import { rearmed } from './rearm.ts';

/** Cuts that have taken hold, or may have, and can be taken back. */
const GIVEABLE: ReadonlySet<CutStatus> = new Set([
  'applied',
  'proving',
  'proven',
  'residual',
  'unproven',
  'failed',
  'drifted',
  'partial',
  'blocked',
  'irrevocable',
  'revert-conflict',
  'restore-failed',
]);
/** Cuts that have not acted yet. */
const DROPPABLE: ReadonlySet<CutStatus> = new Set([
  'planned',
  'authorised',
  'holding-evidence',
  'recorded',
  'blocked',
]);

export interface RestorePlan {
  readonly givesBack: readonly CutState['id'][];
  readonly keeps: readonly { readonly containment: CutState['id']; readonly why: string }[];
  readonly drops: readonly CutState['id'][];
}

/** What a restore would give back. INVARIANT: it never lets a leaked or minted credential work again by itself. */
export function planRestore(
  state: IncidentState,
  identity: string,
  cause: RestoreCause,
): RestorePlan {
  const givesBack: CutState[] = [];
  const drops: CutState['id'][] = [];
  const keeps: { containment: CutState['id']; why: string }[] = [];
  for (const cut of state.cuts) {
    if (cut.subject.identity !== identity) continue;
    if (DROPPABLE.has(cut.status) && !mayHaveActed(cut)) {
      drops.push(cut.id);
      continue;
    }
    if (!GIVEABLE.has(cut.status)) continue;
    const why = keptBecause(state, cut, cause);
    if (why === null) givesBack.push(cut);
    else keeps.push({ containment: cut.id, why });
  }
  return { givesBack: strongestFirst(givesBack).map((cut) => cut.id), keeps, drops };
}

/** Of equal ones the last comes first: its pre-image is what the earlier one had made. */
function strongestFirst(cuts: readonly CutState[]): readonly CutState[] {
  const strength = (cut: CutState): number => GUARANTEES.indexOf(cut.order.guarantee);
  const age = (cut: CutState): number => cut.orderedAs ?? 0;
  return cuts.toSorted((a, b) => strength(b) - strength(a) || age(b) - age(a));
}

function keptBecause(state: IncidentState, cut: CutState, cause: RestoreCause): string | null {
  if (!cut.capability.reversible || cut.inverse === null) return 'it cannot be taken back';
  if (cause === 'false-alarm') return null;
  if (cut.order.grain !== 'credential') return null;
  if (isMinted(state, cut)) return 'this credential was minted while the identity was suspect';
  return isExposed(state, cut)
    ? 'the leaked credential stays dead; letting it work again is rearm, by two people'
    : null;
}

function isMinted(state: IncidentState, cut: CutState): boolean {
  if (cut.subject.descendantOf !== null) return true;
  return state.subjects.some(
    (subject) =>
      subject.identity === cut.subject.identity &&
      subject.respawns.some((one) => one.credential === cut.order.subject.credential),
  );
}

export function isExposed(state: IncidentState, cut: CutState): boolean {
  return state.subjects.some(
    (subject) =>
      subject.identity === cut.subject.identity &&
      subject.credentials.some((one) => one.id === cut.subject.credential && one.exposed),
  );
}

export function hasExposed(state: IncidentState, identity: string): boolean {
  return state.subjects.some(
    (subject) => subject.identity === identity && subject.credentials.some((one) => one.exposed),
  );
}

/**
 * Leaked and minted credentials that nothing has killed, or will have killed when all is given back: a resolved
 * incident may not end while one is left.
 */
export function leftAlive(state: IncidentState, identity: string): readonly string[] {
  const suspects = state.subjects
    .filter((one) => one.identity === identity)
    .flatMap(({ credentials, respawns }) => [
      ...credentials.filter((one) => one.exposed),
      ...respawns.map((one) => ({ ...one, ref: one.credential })),
    ]);
  const mine = state.cuts.filter((cut) => cut.subject.identity === identity);
  return suspects
    .filter((one) => !mine.some((cut) => kills(cut, one.ref, one.identityRef)))
    .map((one) => one.ref);
}

/** A cut of the whole identity also holds what leaked or was minted: that stays dead when the rest is given back. */
function rearms(state: IncidentState, cut: CutState, cause: RestoreCause): boolean {
  // A vouched exposure voids a false alarm; one that nobody vouches for must not turn giving back into keeping.
  if (cause === 'false-alarm') return true;
  if (cut.order.grain === 'credential') return !isExposed(state, cut);
  const { identity } = cut.subject;
  const minted = state.subjects.some((one) => one.identity === identity && one.respawns.length > 0);
  return !hasExposed(state, identity) && !minted;
}

/** What an answer to a restore decision is bound to. */
export function restoreDigest(
  state: IncidentState,
  identity: string,
  cause: RestoreCause,
): { readonly digest: string; readonly plan: RestorePlan } {
  const plan = planRestore(state, identity, cause);
  const inverses = plan.givesBack.map((id) => {
    const cut = state.cuts.find((one) => one.id === id);
    return { cut: id, inverse: cut?.inverse ?? null };
  });
  return { digest: digestOf({ verb: 'restore', identity, cause, inverses }), plan };
}

/** What stands against giving back now, whoever agrees to it. */
export function whyNotRestored(
  state: IncidentState,
  identity: Id<'identity'>,
  cause: RestoreCause,
): { readonly problem: string; readonly path: string } | null {
  const { name } = findSubject(state, identity);
  if (cause === 'false-alarm' && hasExposed(state, identity)) {
    return {
      problem: `a credential of ${name} is reported as exposed`,
      path: 'Ask again with cause resolved, which keeps it dead.',
    };
  }
  const alive = cause === 'resolved' ? leftAlive(state, identity) : [];
  if (alive.length === 0) return null;
  return {
    problem: `${alive.join(', ')} would still work for whoever has it`,
    path: 'Revoke or suspend it first with `firebreak contain`; or have an independent source of the same authenticity send all-clear.',
  };
}

/** Begins with the strongest; each step is probed before the next one is climbed. */
export function startRestore(
  draft: Draft,
  decision: Id<'decision'>,
  identity: Id<'identity'>,
  cause: RestoreCause,
): void {
  const state = draft.state();
  const subject = subjectOf(draft, identity);
  const refused = whyNotRestored(state, identity, cause);
  if (refused !== null) throw new FirebreakError('restore-refused', refused);
  const { drops } = planRestore(state, identity, cause);
  if (state.status === 'closed') startWatch(draft, identity);
  const looks = cause === 'resolved';
  draft.record('incident.restoring', looks ? { decision, looks } : { decision });
  if (looks) draft.effect({ type: 'review', identity, dueAtMs: draft.facts.nowMs });
  for (const cut of drops) draft.record('cut.dropped', { cut, why: 'a restore was decided' });
  if (subject.window !== null) {
    draft.record('window.closed', {
      identity,
      window: subject.window.name,
      exit: 'revert',
      why: 'a restore was decided',
    });
  }
  closeDecisions(draft, identity, 'a restore was decided');
  resumeRestore(draft, identity);
}

/** A question that no longer stands as it was put is closed; nobody has answered it. */
function closeDecisions(
  draft: Draft,
  identity: Id<'identity'>,
  reason: string,
  verbs: readonly string[] = ['cut', 'restore'],
): void {
  for (const one of draft.state().decisions) {
    if (one.state !== 'open' || !verbs.includes(one.action.verb)) continue;
    if (!isOver(draft, one, identity)) continue;
    draft.record('decision.expired', { decision: one.id, why: reason });
  }
}

/** A list goes on without the identity, while something else of it is still asked. */
function isOver(
  draft: Draft,
  decision: Pick<IncidentDecision, 'action'>,
  identity: Id<'identity'>,
): boolean {
  const { action } = decision;
  if (action.verb !== 'cut' || action.identity !== undefined || action.cuts.length === 0)
    return identityOf(draft.state(), decision) === identity;
  return action.cuts.every((cut) => cutOf(draft, cut).status !== 'planned');
}

export function identityOf(
  state: IncidentState,
  { action }: Pick<IncidentDecision, 'action'>,
): Id<'identity'> | null {
  if (action.verb === 'restore') return action.identity;
  if (action.verb === 'act') return null;
  const first = state.cuts.find((cut) => cut.id === action.cuts[0]);
  return action.identity ?? first?.subject.identity ?? state.subjects[0]?.identity ?? null;
}

/** Takes the next step down, once nothing is in flight; or ends the restore. */
export function resumeRestore(draft: Draft, identity: Id<'identity'>): void {
  const state = draft.state();
  const restore = restoreUnderWay(state, identity);
  if (restore === null) return;
  const mine = state.cuts.filter((cut) => cut.subject.identity === identity);
  const inFlight = mine.some((cut) => cut.status === 'reverting' || cut.status === 'applying');
  const stuck = mine.some(
    (cut) => STUCK.has(cut.status) && cut.restore?.decision === restore.id && isStanding(cut),
  );
  if (inFlight || stuck) return;
  const [next] = planRestore(state, identity, restore.cause).givesBack;
  if (next === undefined) {
    endRestore(draft, identity, restore.cause);
    return;
  }
  const cut = cutOf(draft, next);
  const rearmCredential = rearms(state, cut, restore.cause);
  const { order, inverse } = cut;
  const digest = digestOf({ verb: 'revert', order, inverse, rearmCredential });
  draft.record('cut.reverting', { cut: cut.id, decision: restore.id, digest, rearmCredential });
  stepFor(draft, cutOf(draft, cut.id), 'cut.revert');
}

const STUCK: ReadonlySet<CutStatus> = new Set(['revert-conflict', 'restore-failed']);
const SETTLED: ReadonlySet<CutStatus> = new Set(['proven', 'irrevocable']);

/**
 * INVARIANT: closed is said only when everything that is kept is proven, or held by something that is. Whatever leaked
 * or was minted since the start has voided the restore; a claim that nobody vouches for does not hold it up.
 */
function endRestore(draft: Draft, identity: Id<'identity'>, cause: RestoreCause): void {
  const state = draft.state();
  if (state.aftermath.waits !== null) return;
  const kept = state.cuts.filter((cut) => cut.subject.identity === identity && isStanding(cut));
  const settled = (cut: CutState): boolean =>
    SETTLED.has(cut.status) || kept.some((other) => covers(other, cut));
  if (!kept.every(settled)) return;
  lift(draft, identity, kept, cause);
  const over = 'the identity was given back';
  for (const cut of kept)
    if (cut.status === 'planned') draft.record('cut.dropped', { cut: cut.id, why: over });
  closeDecisions(draft, identity, over);
  const others = state.cuts.some((cut) => cut.subject.identity !== identity && isStanding(cut));
  if (others) {
    const why = 'another identity of this incident is still held';
    draft.record('incident.reopened', { why, identity });
    return;
  }
  const why =
    cause === 'false-alarm'
      ? 'false alarm; everything that can be was given back'
      : 'resolved; leaked credentials stay dead';
  closeOrWait(draft, why);
}

function lift(
  draft: Draft,
  identity: Id<'identity'>,
  kept: readonly CutState[],
  cause: RestoreCause,
): void {
  if (kept.some((cut) => cut.order.grain === 'identity')) return;
  const exposed = subjectOf(draft, identity).credentials.filter((one) => one.exposed);
  const keepCredentials = new Set([
    ...kept.flatMap((cut) => cut.subject.credential ?? []),
    ...exposed.map((one) => one.id),
  ]);
  draft.effect({ type: 'lift', identity, keepCredentials: [...keepCredentials] });
  draft.record('restriction.lifted', { identity, why: cause });
}

/**
 * What speaks against giving back voids every restore of the identity, asked or under way: what was being lifted is
 * applied again. True when one was under way.
 */
export function voidRestore(draft: Draft, identity: Id<'identity'>, why: string): boolean {
  closeDecisions(draft, identity, why, ['restore']);
  if (restoreUnderWay(draft.state(), identity) === null) return false;
  draft.record('incident.reopened', { why, identity });
  for (const cut of draft.state().cuts) {
    // A revert that is still in flight is undone when its report comes: two calls at once could pass each other.
    const lifted = cut.status === 'reverting' && cut.restore?.revertedAtMs !== null;
    if (cut.subject.identity === identity && lifted) resumeCut(draft, cut, why);
  }
  return true;
}

export type RestoreEvent =
  | { readonly type: 'reverted'; readonly reverted: Reverted }
  | {
      readonly type: 'restore-probed';
      readonly probed: Probed;
      /** When it was begun; absent: just now. */
      readonly atMs?: number;
    };

/** What a restore made of one cut. `failed`: it was voided and the cut cannot be applied again. */
export type RestoreMoved = 'nothing' | 'rested' | 'failed';

export function decideRestore(
  draft: Draft,
  cutId: CutState['id'],
  event: RestoreEvent,
): RestoreMoved {
  const cut = cutOf(draft, cutId);
  if (cut.status !== 'reverting' || cut.restore === null) return 'nothing';
  if (event.type === 'reverted') return afterReverted(draft, cut, event.reverted);
  return afterRestoreProbe(draft, cut, event.probed, event.atMs);
}

function afterReverted(draft: Draft, cut: CutState, reverted: Reverted): RestoreMoved {
  if (reverted.state === 'conflict') {
    const { before, cut: made, now } = reverted;
    draft.record('cut.revert-conflict', { cut: cut.id, difference: { before, cut: made, now } });
  } else {
    draft.record('cut.reverted', { cut: cut.id, rawSha256: digestOf(reverted.raw) });
  }
  const isWanted = restoreUnderWay(draft.state(), cut.subject.identity) !== null;
  if (!isWanted && cut.restore?.isRearm !== true) {
    return resumeCut(draft, cut, 'its restore was voided') ? 'nothing' : 'failed';
  }
  if (reverted.state === 'conflict') return 'rested';
  stepFor(draft, cut, 'cut.restore-probe');
  return 'nothing';
}

/** INVARIANT: restored is said after a probe: access is back, or the leaked credential is still dead. */
function afterRestoreProbe(
  draft: Draft,
  cut: CutState,
  probed: Probed,
  atMs: number | undefined,
): RestoreMoved {
  draft.record('cut.restore-probed', { cut: cut.id, probed });
  const { nowMs, settings } = draft.facts;
  const { restore, capability } = cutOf(draft, cut.id);
  const settledAtMs = (restore?.revertedAtMs ?? nowMs) + capability.propagationMs;
  const probes = restore?.probes ?? 0;
  if (probed.control === 'works' && (atMs ?? nowMs) >= settledAtMs) {
    const access = accessAfter(draft.state(), cut, probed);
    if (access === 'leaked-let-in') return leakedLetIn(draft, cut);
    if (access !== null) {
      draft.record('cut.restored', { cut: cut.id, access, probes });
      if (access === 'given-back') measure(draft, cut);
      if (restore?.isRearm === true) rearmed(draft, cut);
      return 'rested';
    }
  }
  if (nowMs >= settledAtMs + settings.restoreGraceMs) {
    const reason = `not let in again: ${probed.error ?? probed.observed}`;
    draft.record('cut.restore-failed', { cut: cut.id, reason });
    return 'rested';
  }
  stepFor(draft, cut, 'cut.restore-probe', nowMs + settings.probeIntervalMs);
  return 'nothing';
}

/** The worst that giving back can do: it is taken again at once, and nothing more is given back. */
function leakedLetIn(draft: Draft, cut: CutState): RestoreMoved {
  const reason = 'the leaked credential was let in again';
  draft.record('cut.restore-failed', { cut: cut.id, reason });
  voidRestore(draft, cut.subject.identity, reason);
  return resumeCut(draft, cutOf(draft, cut.id), reason) ? 'nothing' : 'failed';
}
