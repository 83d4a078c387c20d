import type { Probed, Reverted } from '../../connectors/contract.ts';
import { digestOf, GUARANTEES, type Id } from '../../kernel/index.ts';
import { cutOf, type Draft, subjectOf } from '../incident/draft.ts';
import type { IncidentState, RestoreCause } from '../incident/model.ts';
import { stepFor } from './decide.ts';
import type { CutState, CutStatus } from './model.ts';

/** Cuts that have taken hold and can be taken back. */
const GIVEABLE: ReadonlySet<CutStatus> = new Set([
  'applied',
  'proving',
  'proven',
  'residual',
  'unproven',
  'failed',
  'drifted',
  'partial',
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
  const givesBack: CutState['id'][] = [];
  const drops: CutState['id'][] = [];
  const keeps: { containment: CutState['id']; why: string }[] = [];
  const mine = state.cuts.filter((cut) => cut.subject.identity === identity);
  for (const cut of mine) {
    if (DROPPABLE.has(cut.status)) {
      drops.push(cut.id);
      continue;
    }
    if (!GIVEABLE.has(cut.status) && cut.status !== 'irrevocable') continue;
    const why = keptBecause(state, cut, cause);
    if (why === null) givesBack.push(cut.id);
    else keeps.push({ containment: cut.id, why });
  }
  const strength = (id: string): number => {
    const cut = mine.find((one) => one.id === id);
    return cut === undefined ? 0 : GUARANTEES.indexOf(cut.order.guarantee);
  };
  return { givesBack: givesBack.toSorted((a, b) => strength(b) - strength(a)), keeps, drops };
}

function keptBecause(state: IncidentState, cut: CutState, cause: RestoreCause): string | null {
  if (!cut.capability.reversible || cut.inverse === null) return 'it cannot be taken back';
  if (cause === 'false-alarm') return null;
  if (cut.order.grain !== 'credential') return null;
  if (cut.subject.descendantOf !== null)
    return 'this credential was minted while the identity was suspect';
  const exposed = isExposed(state, cut);
  return exposed
    ? 'the leaked credential stays dead; letting it work again is rearm, by two people'
    : null;
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

/** Begins with the strongest; each step is probed before the next one is climbed. */
export function startRestore(
  draft: Draft,
  decision: Id<'decision'>,
  identity: Id<'identity'>,
  cause: RestoreCause,
): void {
  const restore = planRestore(draft.state(), identity, cause);
  draft.record('incident.restoring', { decision });
  for (const cut of restore.drops)
    draft.record('cut.dropped', { cut, why: 'a restore was decided' });
  const subject = subjectOf(draft, identity);
  if (subject.window !== null) {
    draft.record('window.closed', {
      identity,
      window: subject.window.name,
      exit: 'revert',
      why: 'a restore was decided',
    });
  }
  continueRestore(draft, decision, identity, cause);
}

export function continueRestore(
  draft: Draft,
  decision: Id<'decision'>,
  identity: Id<'identity'>,
  cause: RestoreCause,
): void {
  const [next] = planRestore(draft.state(), identity, cause).givesBack;
  if (next === undefined) {
    endRestore(draft, identity, cause);
    return;
  }
  const cut = cutOf(draft, next);
  // Nothing of it is leaked: giving back is no rearm. Else the leaked credential must be dead afterwards too.
  const rearmCredential = !hasExposed(draft.state(), identity);
  const digest = digestOf({
    verb: 'revert',
    order: cut.order,
    inverse: cut.inverse,
    rearmCredential,
  });
  draft.record('cut.reverting', { cut: cut.id, decision, digest, rearmCredential });
  stepFor(draft, cut, 'cut.revert');
}

function endRestore(draft: Draft, identity: Id<'identity'>, cause: RestoreCause): void {
  const state = draft.state();
  const stuck = state.cuts.some(
    (cut) => cut.subject.identity === identity && STUCK.has(cut.status),
  );
  if (stuck) return;
  const kept = state.cuts.filter(
    (cut) =>
      cut.subject.identity === identity && cut.status !== 'restored' && cut.status !== 'dropped',
  );
  const keepCredentials = kept.flatMap((cut) => cut.subject.credential ?? []);
  draft.effect({ type: 'lift', identity, keepCredentials });
  draft.record('restriction.lifted', { identity, why: cause });
  for (const open of state.decisions) {
    if (open.state !== 'open') continue;
    draft.record('decision.decided', {
      decision: open.id,
      outcome: 'rejected',
      by: draft.facts.actor,
      reason: 'the identity was given back',
      digest: open.digest,
    });
  }
  const why =
    cause === 'false-alarm'
      ? 'false alarm; everything was given back'
      : 'resolved; leaked credentials stay dead';
  draft.record('incident.closed', { why });
}

const STUCK: ReadonlySet<CutStatus> = new Set([
  'revert-conflict',
  'restore-failed',
  'reverting',
  'applying',
]);

export type RestoreEvent =
  | { readonly type: 'reverted'; readonly reverted: Reverted }
  | { readonly type: 'restore-probed'; readonly probed: Probed };

/** Returns true when the cut came to rest, so that the next one can be climbed. */
export function decideRestore(draft: Draft, cutId: CutState['id'], event: RestoreEvent): boolean {
  const cut = cutOf(draft, cutId);
  if (cut.status !== 'reverting' || cut.restore === null) return false;
  if (event.type === 'reverted') return afterReverted(draft, cut, event.reverted);
  return afterRestoreProbe(draft, cut, event.probed);
}

function afterReverted(draft: Draft, cut: CutState, reverted: Reverted): boolean {
  if (reverted.state === 'conflict') {
    const { before, cut: made, now } = reverted;
    draft.record('cut.revert-conflict', { cut: cut.id, difference: { before, cut: made, now } });
    return true;
  }
  draft.record('cut.reverted', { cut: cut.id, rawSha256: digestOf(reverted.raw) });
  stepFor(draft, cut, 'cut.restore-probe');
  return false;
}

/** INVARIANT: restored is said after a probe: access is back, or the leaked credential is still dead. */
function afterRestoreProbe(draft: Draft, cut: CutState, probed: Probed): boolean {
  draft.record('cut.restore-probed', { cut: cut.id, probed });
  const { nowMs, settings } = draft.facts;
  const after = cutOf(draft, cut.id);
  const revertedAtMs = after.restore?.revertedAtMs ?? nowMs;
  const settledAtMs = revertedAtMs + cut.capability.propagationMs;
  const rearm = after.restore?.rearmCredential === true;
  const probes = after.restore?.probes ?? 0;
  if (probed.control === 'works' && nowMs >= settledAtMs) {
    if (rearm && probed.observed === 'allowed') {
      draft.record('cut.restored', { cut: cut.id, access: 'given-back', probes });
      return true;
    }
    if (!rearm && probed.observed === 'denied') {
      draft.record('cut.restored', { cut: cut.id, access: 'leaked-stays-dead', probes });
      return true;
    }
    if (!rearm && probed.observed === 'allowed') {
      draft.record('cut.restore-failed', {
        cut: cut.id,
        reason: 'the leaked credential was let in again',
      });
      return true;
    }
  }
  if (nowMs >= settledAtMs + settings.restoreGraceMs) {
    draft.record('cut.restore-failed', {
      cut: cut.id,
      reason: `not let in again: ${probed.error ?? probed.observed}`,
    });
    return true;
  }
  stepFor(draft, cut, 'cut.restore-probe', nowMs + settings.probeIntervalMs);
  return false;
}
