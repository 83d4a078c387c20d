import type { Applied, Probed } from '../../connectors/contract.ts';
import { assert, digestOf, type JsonObject } from '../../kernel/index.ts';
import { cutOf, type Draft, startWatch } from '../incident/draft.ts';
import { isOpenFor, restoreUnderWay } from '../incident/giving-back.ts';
import type { CutStep } from '../incident/effects.ts';
import { type CutAuthority, type CutState, type CutStatus, mayHaveActed } from './model.ts';

/** What happened to one cut. Reports that no longer fit its status change nothing: they are late, not wrong. */
export type CutEvent =
  | {
      readonly type: 'evidence';
      readonly captured: readonly { readonly name: string; readonly sha256: string }[];
      readonly missed: readonly string[];
    }
  | { readonly type: 'fuse-burnt' }
  | {
      readonly type: 'prepared';
      readonly preImage: JsonObject;
      readonly inverse: JsonObject | null;
      readonly control: boolean;
      readonly stillAutomatic: boolean;
    }
  | { readonly type: 'applied'; readonly applied: Applied }
  | { readonly type: 'blocked'; readonly step: CutStep; readonly reason: string }
  | Tried;

/** A probe speaks for the instant at which it was begun; its report may be written much later. */
export interface Tried {
  readonly type: 'probed';
  readonly probed: Probed;
  /** Absent: it was begun just now. */
  readonly atMs?: number;
  /** For a cut that held: who changed the target since, as its own log says; null when it does not say. */
  readonly undoneBy?: string | null;
  /** For a cut that held: the target no longer shows it, although the try was denied by something else. */
  readonly isGone?: boolean;
}

/** What the incident has to think about after a cut moved. */
export type CutMoved = 'nothing' | 'applied' | 'settled' | 'failed' | 'returned';

export function stepFor(
  draft: Draft,
  cut: CutState,
  step: CutStep,
  dueAtMs = draft.facts.nowMs,
): void {
  draft.effect({ type: 'cut-step', step, cut: cut.id, dueAtMs, cycle: cut.attempts });
}

/** INVARIANT: no cut goes past `planned` without an authority that names its exact digest. */
export function authoriseCut(draft: Draft, cutId: CutState['id'], authority: CutAuthority): void {
  const cut = cutOf(draft, cutId);
  assert(cut.status === 'planned', `a cut is authorised once; this one is ${cut.status}`);
  assert(authority.digest === cut.digest, 'authority is bound to the digest of the exact action');
  draft.record('cut.authorised', { cut: cut.id, authority });
  const order = cut.evidence?.order ?? 'preserve-first';
  if (!cut.evidenceWanted || order !== 'preserve-first') {
    recordCut(draft, cut.id, { captured: [], missed: [], burnt: false });
    // Beside the cut, which waits for nothing; with `cut-first` it begins once the cut is applied.
    if (cut.evidenceWanted && order === 'both-at-once') stepFor(draft, cut, 'cut.capture-evidence');
    return;
  }
  const fuseMs = cut.evidence?.fuseMs ?? draft.facts.settings.evidenceFuseMs;
  const fuseUntilMs = draft.facts.nowMs + fuseMs;
  draft.record('cut.holding-evidence', { cut: cut.id, fuseUntilMs });
  stepFor(draft, cut, 'cut.capture-evidence');
  draft.effect({ type: 'evidence-fuse', cut: cut.id, dueAtMs: fuseUntilMs });
}

interface EvidenceReport {
  readonly captured: readonly { readonly name: string; readonly sha256: string }[];
  readonly missed: readonly string[];
  readonly burnt: boolean;
}

function recordCut(draft: Draft, cutId: CutState['id'], report: EvidenceReport): void {
  draft.record('cut.recorded', { cut: cutId, ...report });
  stepFor(draft, cutOf(draft, cutId), 'cut.prepare');
}

export function decideCut(draft: Draft, cutId: CutState['id'], event: CutEvent): CutMoved {
  const cut = cutOf(draft, cutId);
  switch (event.type) {
    case 'evidence':
      if (cut.status === 'holding-evidence') {
        recordCut(draft, cut.id, { captured: event.captured, missed: event.missed, burnt: false });
      } else {
        // The cut did not wait for it, or no longer: it is evidence all the same.
        const { captured, missed } = event;
        draft.record('evidence.captured', { cut: cut.id, captured, missed });
      }
      return 'nothing';
    case 'fuse-burnt':
      if (cut.status === 'holding-evidence') {
        recordCut(draft, cut.id, {
          captured: [],
          missed: ['the fuse burnt before evidence was there'],
          burnt: true,
        });
      }
      return 'nothing';
    case 'prepared':
      return awaits(cut, 'recorded') ? afterPrepared(draft, cut, event) : 'nothing';
    case 'applied':
      return awaits(cut, 'applying') ? afterApplied(draft, cut, event.applied) : 'nothing';
    case 'blocked':
      return afterBlocked(draft, cut, event.step, event.reason);
    case 'probed':
      return PROBED_STATUSES.has(cut.status) ? afterProbed(draft, cut, event) : 'nothing';
  }
}

/** A blocked step that a person released reports as if it had never been blocked. */
function awaits(cut: CutState, status: 'recorded' | 'applying'): boolean {
  if (cut.status !== 'blocked') return cut.status === status;
  return status === (mayHaveActed(cut) ? 'applying' : 'recorded');
}

/** INVARIANT: pre-image and inverse are on the ledger in the commit that plans the effect, so before the effect. */
function afterPrepared(
  draft: Draft,
  cut: CutState,
  event: Extract<CutEvent, { readonly type: 'prepared' }>,
): CutMoved {
  if (cut.authority?.by === 'mandate' && !event.stillAutomatic) {
    draft.record('cut.returned', { cut: cut.id, which: 'a fuse or ceiling now asks for a person' });
    return 'returned';
  }
  if (cut.capability.reversible && event.inverse === null) {
    const reason = 'the target gives no inverse for a cut that it calls reversible';
    draft.record('cut.blocked', { cut: cut.id, reason, doing: 'cut.prepare' });
    return 'settled';
  }
  applyCut(draft, cut, {
    preImage: event.preImage,
    inverse: event.inverse,
    control: event.control,
  });
  return 'nothing';
}

interface Basis {
  readonly preImage: JsonObject;
  readonly inverse: JsonObject | null;
  readonly control: boolean;
}

function applyCut(draft: Draft, cut: CutState, basis: Basis): void {
  const attempt = cut.attempts + 1;
  draft.record('cut.applying', {
    cut: cut.id,
    preImage: basis.preImage,
    inverse: basis.inverse,
    key: effectKey(cut.id, attempt),
    controlBefore: basis.control,
    attempt,
  });
  stepFor(draft, cutOf(draft, cut.id), 'cut.apply');
}

/** One key for all tries of one effect; a deliberate re-application after drift is another effect. */
export function effectKey(cut: string, attempt: number): string {
  return `${cut}:apply:${attempt}`;
}

/** Once again after it was undone, as often as the settings allow. */
function reapply(draft: Draft, cut: CutState): boolean {
  if (cut.attempts > draft.facts.settings.reapplyMax || cut.preImage === null) return false;
  // The pre-image of the first application stays: it alone says what was there before us.
  applyCut(draft, cut, {
    preImage: cut.preImage,
    inverse: cut.inverse,
    control: cut.controlBefore,
  });
  return true;
}

/** Undone by somebody else, or by a restore that no longer stands. False when it may not be applied once more. */
export function resumeCut(
  draft: Draft,
  cut: CutState,
  why: string,
  by: string | null = null,
): boolean {
  draft.record('cut.drifted', { cut: cut.id, evidence: why, by });
  if (reapply(draft, cutOf(draft, cut.id))) return true;
  draft.record('cut.failed', { cut: cut.id, evidence: 'it was undone again and again' });
  return false;
}

function afterApplied(draft: Draft, cut: CutState, applied: Applied): CutMoved {
  if (applied.state === 'partial') {
    const { done, notDone, unknown } = applied;
    draft.record('cut.partial', { cut: cut.id, done, notDone, unknown });
    if (reapply(draft, cutOf(draft, cut.id))) return 'nothing';
    const reason = `only part of it was done; left: ${[...notDone, ...unknown].join(', ')}`;
    draft.record('cut.blocked', { cut: cut.id, reason, doing: 'cut.apply' });
    return 'settled';
  }
  draft.record('cut.applied', {
    cut: cut.id,
    rawSha256: digestOf(applied.raw),
    already: applied.state === 'already',
  });
  const { endsAtMs } = cutOf(draft, cut.id);
  if (endsAtMs !== null && cut.endsAtMs === null)
    draft.effect({ type: 'cut-time', cut: cut.id, dueAtMs: endsAtMs });
  stepFor(draft, cutOf(draft, cut.id), 'cut.probe');
  const waited = cut.evidence?.order !== 'cut-first' || cut.attempts > 1;
  if (cut.evidenceWanted && !waited) stepFor(draft, cut, 'cut.capture-evidence');
  return 'applied';
}

const BLOCKABLE: Readonly<Partial<Record<CutStep, readonly CutStatus[]>>> = {
  'cut.prepare': ['recorded'],
  'cut.apply': ['applying'],
};

function afterBlocked(draft: Draft, cut: CutState, step: CutStep, reason: string): CutMoved {
  if (step === 'cut.capture-evidence' && cut.status === 'holding-evidence') {
    // Evidence never stops a cut: what the target did not give is on record as missed.
    recordCut(draft, cut.id, { captured: [], missed: [reason], burnt: false });
    return 'nothing';
  }
  if (step === 'cut.capture-evidence') {
    draft.record('evidence.captured', { cut: cut.id, captured: [], missed: [reason] });
    return 'nothing';
  }
  if (step === 'cut.probe') return afterProbeBlocked(draft, cut, reason);
  if ((step === 'cut.revert' || step === 'cut.restore-probe') && cut.status === 'reverting') {
    draft.record('cut.restore-failed', { cut: cut.id, reason });
    const isWanted = restoreUnderWay(draft.state(), cut.subject.identity) !== null;
    if (isWanted || cut.restore?.isRearm === true) return 'settled';
    return resumeCut(draft, cut, 'its restore was voided') ? 'nothing' : 'failed';
  }
  if (BLOCKABLE[step]?.includes(cut.status) !== true) return 'nothing';
  draft.record('cut.blocked', { cut: cut.id, reason, doing: step });
  return 'settled';
}

/** What cannot be tried now is tried again later: an outage must not end the watching of a cut. */
function afterProbeBlocked(draft: Draft, cut: CutState, reason: string): CutMoved {
  if (!PROBED_STATUSES.has(cut.status)) return 'nothing';
  if (draft.state().status === 'closed') return keepWatching(draft, cut);
  const { nowMs, settings } = draft.facts;
  stepFor(draft, cut, 'cut.probe', nowMs + settings.reprobeMs);
  const overdue = cut.status === 'residual' && nowMs >= (cut.residualUntilMs ?? 0);
  if (cut.status !== 'applied' && cut.status !== 'proving' && !overdue) return 'nothing';
  draft.record('cut.unproven', { cut: cut.id, why: `cannot be probed: ${reason}` });
  return 'settled';
}

/** Statuses in which a probe still says something. */
const PROBED_STATUSES: ReadonlySet<CutStatus> = new Set([
  'applied',
  'proving',
  'unproven',
  'proven',
  'residual',
  'irrevocable',
]);
const HELD_STATUSES: ReadonlySet<CutStatus> = new Set(['proven', 'residual', 'irrevocable']);

function afterProbed(draft: Draft, before: CutState, tried: Tried): CutMoved {
  const { probed, atMs } = tried;
  const isUndone = probed.observed === 'allowed' || tried.isGone === true;
  if (draft.state().status === 'closed') {
    // What was settled needs no more entries; only access that is back opens it again.
    if (!isUndone) return keepWatching(draft, before);
    draft.record('incident.reopened', { why: 'a cut that was kept has been undone' });
    startWatch(draft, before.subject.identity);
  }
  const { nowMs } = draft.facts;
  const triedAtMs = Math.min(atMs ?? nowMs, nowMs);
  draft.record('cut.probed', { cut: before.id, probed, triedAtMs });
  const cut = cutOf(draft, before.id);
  const provableAtMs = (cut.appliedAtMs ?? nowMs) + cut.capability.propagationMs;
  if (isUndone && HELD_STATUSES.has(before.status)) return afterUndone(draft, cut, tried);
  if (probed.observed === 'allowed')
    return afterAllowed(draft, cut, triedAtMs < provableAtMs, probed);
  if (HELD_STATUSES.has(before.status)) return afterHeldProbe(draft, cut, probed);
  if (isProvable(draft, cut, provableAtMs)) return prove(draft, cut, probed);
  return keepProbing(draft, cut, provableAtMs, probed);
}

/** What was kept when the incident was closed is still tried now and then; what is revoked stays so. */
function keepWatching(draft: Draft, cut: CutState): CutMoved {
  const { nowMs, settings } = draft.facts;
  if (cut.capability.reversible) stepFor(draft, cut, 'cut.probe', nowMs + settings.reprobeMs);
  return 'nothing';
}

/** INVARIANT: so many expected denials in a row with a working control, the last one beyond the time given. */
function isProvable(draft: Draft, cut: CutState, fromMs: number): boolean {
  const { nowMs, settings } = draft.facts;
  const lastAtMs = cut.probes.lastAtMs ?? nowMs;
  return cut.probes.denials >= settings.denialsWanted && lastAtMs >= fromMs;
}

function prove(draft: Draft, cut: CutState, probed: Probed): CutMoved {
  const { nowMs, settings } = draft.facts;
  const { residualMs, residualWhy } = cut.capability;
  const residualUntilMs = (cut.appliedAtMs ?? nowMs) + residualMs;
  // By the instant it was tried: a late report must not make an early denial a late one.
  if (residualMs > 0 && (cut.probes.lastAtMs ?? nowMs) < residualUntilMs) {
    draft.record('cut.residual', {
      cut: cut.id,
      untilMs: residualUntilMs,
      why: residualWhy ?? 'declared by the target',
    });
    stepFor(draft, cut, 'cut.probe', Math.min(residualUntilMs, nowMs + settings.reprobeMs));
    return 'settled';
  }
  recordProven(draft, cut, probed);
  stepFor(draft, cut, 'cut.probe', nowMs + settings.reprobeMs);
  return 'settled';
}

function recordProven(draft: Draft, cut: CutState, probed: Probed): void {
  const { count, firstDenialAtMs, lastAtMs, from } = cut.probes;
  const { nowMs } = draft.facts;
  draft.record('cut.proven', {
    cut: cut.id,
    probes: count,
    fromMs: firstDenialAtMs ?? nowMs,
    toMs: lastAtMs ?? nowMs,
    vantage: probed.vantage,
    method: probed.method,
    ...(from === undefined ? {} : { vantages: from }),
  });
  if (!cut.capability.reversible) draft.record('cut.irrevocable', { cut: cut.id, probes: count });
}

function afterHeldProbe(draft: Draft, cut: CutState, probed: Probed): CutMoved {
  const { nowMs, settings } = draft.facts;
  const untilMs = cut.residualUntilMs;
  if (cut.status !== 'residual' || untilMs === null) {
    stepFor(draft, cut, 'cut.probe', nowMs + settings.reprobeMs);
    return 'nothing';
  }
  if (nowMs < untilMs) {
    stepFor(draft, cut, 'cut.probe', Math.min(untilMs, nowMs + settings.reprobeMs));
    return 'nothing';
  }
  if (!isProvable(draft, cut, untilMs)) return keepProbing(draft, cut, untilMs, probed);
  recordProven(draft, cut, probed);
  stepFor(draft, cut, 'cut.probe', nowMs + settings.reprobeMs);
  return 'settled';
}

function letIn({ method, vantage }: Probed): string {
  if (vantage === 'control-plane') return 'the control plane no longer shows it';
  return `${method} probe from ${vantage} was let in`;
}

/** Drift: it held, and somebody has taken it back. */
function afterUndone(draft: Draft, cut: CutState, { probed, undoneBy }: Tried): CutMoved {
  const gone = 'the target no longer shows it; something else denies the access';
  const evidence = probed.observed === 'allowed' ? letIn(probed) : gone;
  return resumeCut(draft, cut, evidence, undoneBy ?? null) ? 'nothing' : 'failed';
}

function afterAllowed(draft: Draft, cut: CutState, isEarly: boolean, probed: Probed): CutMoved {
  const { nowMs, settings } = draft.facts;
  const evidence = letIn(probed);
  if (isEarly) {
    stepFor(draft, cut, 'cut.probe', nowMs + settings.probeIntervalMs);
    return 'nothing';
  }
  draft.record('cut.failed', { cut: cut.id, evidence });
  // A session may have been opened before the block took effect: the same cut ends it, at less cost than a wider one.
  const isWorthAgain = cut.attempts === 1 && isOpenFor(draft.state(), cut.subject.identity);
  return isWorthAgain && reapply(draft, cut) ? 'nothing' : 'failed';
}

function keepProbing(draft: Draft, cut: CutState, provableAtMs: number, probed: Probed): CutMoved {
  const { nowMs, settings } = draft.facts;
  const conclusive = cut.probes.denials > 0;
  if (!conclusive && cut.status !== 'unproven' && nowMs >= provableAtMs + settings.inconclusiveMs) {
    draft.record('cut.unproven', { cut: cut.id, why: inconclusiveBecause(probed) });
    stepFor(draft, cut, 'cut.probe', nowMs + settings.probeIntervalMs);
    return 'settled';
  }
  stepFor(draft, cut, 'cut.probe', nowMs + settings.probeIntervalMs);
  return 'nothing';
}

function inconclusiveBecause(probed: Probed): string {
  if (probed.control === 'fails') return 'the control fails too: this may be an outage, not a cut';
  const { vantage, error } = probed;
  if (probed.observed === 'no-answer') {
    return vantage === 'outside'
      ? 'the target does not answer the probe'
      : `it cannot be tried from ${vantage}: ${error ?? 'no answer'}`;
  }
  return `denied with ${probed.error ?? 'no reason'}, which this cut does not cause`;
}
