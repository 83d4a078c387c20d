import { assertNever } from '../../kernel/index.ts';
import type { IncidentEntry, PlannedCut } from '../incident/entries.ts';
import { type CutState, NO_PROBES, type ProbeTally } from './model.ts';
import { isDenial, talliedFrom } from './vantage.ts';

export type CutEntry = Exclude<
  Extract<IncidentEntry, { readonly kind: `cut.${string}` }>,
  { readonly kind: 'cut.planned' }
>;

export function newCut(plan: PlannedCut): CutState {
  return {
    id: plan.id,
    status: 'planned',
    order: plan.order,
    digest: plan.digest,
    subject: plan.subject,
    capability: plan.capability,
    evidenceWanted: plan.evidenceWanted,
    ...(plan.evidence === undefined ? {} : { evidence: plan.evidence }),
    authority: null,
    preImage: null,
    inverse: null,
    controlBefore: false,
    attempts: 0,
    orderedAs: null,
    appliedAtMs: null,
    probes: NO_PROBES,
    residualUntilMs: null,
    forMs: plan.forMs ?? null,
    endsAtMs: null,
    reason: null,
    restore: null,
  };
}

/** Cut state after one entry. The transition table lives in decide.ts; here nothing is judged. */
export function foldCut(cut: CutState, entry: CutEntry, ordinal: number): CutState {
  switch (entry.kind) {
    case 'cut.authorised':
      return { ...cut, status: 'authorised', authority: entry.data.authority };
    case 'cut.returned':
      return { ...cut, status: 'planned', authority: null, reason: entry.data.which };
    case 'cut.dropped':
      return { ...cut, status: 'dropped', reason: entry.data.why };
    case 'cut.holding-evidence':
      return { ...cut, status: 'holding-evidence' };
    case 'cut.recorded':
      return { ...cut, status: 'recorded' };
    case 'cut.applying':
      return {
        ...cut,
        status: 'applying',
        preImage: entry.data.preImage,
        inverse: entry.data.inverse,
        controlBefore: entry.data.controlBefore,
        attempts: entry.data.attempt,
        orderedAs: cut.orderedAs ?? ordinal,
        reason: null,
        restore: null,
      };
    case 'cut.applied':
      return {
        ...cut,
        status: 'applied',
        appliedAtMs: entry.atMs,
        endsAtMs: cut.endsAtMs ?? (cut.forMs === null ? null : entry.atMs + cut.forMs),
        probes: NO_PROBES,
      };
    case 'cut.time-over':
      return { ...cut, endsAtMs: null };
    case 'cut.partial':
      return { ...cut, status: 'partial', reason: `not done: ${entry.data.notDone.join(', ')}` };
    case 'cut.blocked':
      return { ...cut, status: 'blocked', reason: `${entry.data.doing}: ${entry.data.reason}` };
    case 'cut.probed':
      return {
        ...cut,
        status: cut.status === 'applied' ? 'proving' : cut.status,
        probes: tally(cut.probes, entry),
      };
    case 'cut.proven':
      return { ...cut, status: 'proven', reason: null };
    case 'cut.irrevocable':
      return { ...cut, status: 'irrevocable', reason: null };
    case 'cut.residual':
      return {
        ...cut,
        status: 'residual',
        residualUntilMs: entry.data.untilMs,
        reason: entry.data.why,
      };
    case 'cut.unproven':
      return { ...cut, status: 'unproven', reason: entry.data.why };
    case 'cut.failed':
      return { ...cut, status: 'failed', reason: entry.data.evidence };
    case 'cut.drifted':
      return { ...cut, status: 'drifted', reason: driftReason(entry.data) };
    default:
      return foldRestore(cut, entry);
  }
}

function driftReason({ by, evidence }: Extract<CutEntry, { kind: 'cut.drifted' }>['data']): string {
  return by == null ? evidence : `undone by ${by}: ${evidence}`;
}

type RestoreEntry = Extract<
  CutEntry,
  {
    readonly kind:
      | 'cut.reverting'
      | 'cut.reverted'
      | 'cut.restore-probed'
      | 'cut.restored'
      | 'cut.revert-conflict'
      | 'cut.restore-failed';
  }
>;

function foldRestore(cut: CutState, entry: RestoreEntry): CutState {
  switch (entry.kind) {
    case 'cut.reverting':
      return {
        ...cut,
        status: 'reverting',
        restore: {
          decision: entry.data.decision,
          rearmCredential: entry.data.rearmCredential,
          isRearm: entry.data.isRearm === true,
          startedAtMs: entry.atMs,
          revertedAtMs: null,
          probes: 0,
        },
      };
    case 'cut.reverted':
      return cut.restore === null
        ? cut
        : { ...cut, restore: { ...cut.restore, revertedAtMs: entry.atMs } };
    case 'cut.restore-probed':
      return cut.restore === null
        ? cut
        : { ...cut, restore: { ...cut.restore, probes: cut.restore.probes + 1 } };
    case 'cut.restored':
      return { ...cut, status: 'restored', reason: null };
    case 'cut.revert-conflict':
      return { ...cut, status: 'revert-conflict', reason: 'the target was changed after the cut' };
    case 'cut.restore-failed':
      return { ...cut, status: 'restore-failed', reason: entry.data.reason };
    default:
      return assertNever(entry);
  }
}

function tally(
  probes: ProbeTally,
  entry: Extract<CutEntry, { readonly kind: 'cut.probed' }>,
): ProbeTally {
  const { probed } = entry.data;
  const denied = isDenial(probed);
  const atMs = entry.data.triedAtMs ?? entry.atMs;
  return {
    count: probes.count + 1,
    denials: denied ? probes.denials + 1 : 0,
    firstDenialAtMs: denied ? (probes.firstDenialAtMs ?? atMs) : null,
    lastAtMs: atMs,
    from: talliedFrom(probes.from ?? [], probed),
  };
}
