import type { Charter } from '../../authority/index.ts';
import type { Found } from '../../inventory/index.ts';
import { toTimestamp } from '../../kernel/index.ts';
import type { Signal } from '../../signals/index.ts';
import type { ResponseParts } from '../parts.ts';
import { questionOf, stageOf } from '../questions.ts';
import type { Imagined } from './clockwork.ts';
import type { ReplayedCut, ReplayedIncident, ReplayReport, ReplayWrong } from './model.ts';

/** One identity and what was said of it, thought through. */
export interface Replayed {
  readonly found: Found;
  readonly imagined: Imagined;
  readonly signals: Signal[];
  readonly wrong: ReplayWrong[];
  readonly firstMs: number;
  lastMs: number;
}

interface Basis {
  readonly parts: Pick<ResponseParts, 'dependencies'>;
  readonly charter: Charter;
}

export function createReport(
  basis: Basis,
  told: readonly Replayed[],
  {
    signals,
    unattributed,
    endMs,
  }: {
    readonly signals: readonly Signal[];
    readonly unattributed: number;
    readonly endMs: number;
  },
): ReplayReport {
  const incidents = told.map((one) => incidentOf(basis, one));
  const { id, revision, digest } = basis.charter;
  const count = (is: (one: ReplayedIncident) => boolean): number => incidents.filter(is).length;
  return {
    charter: { id, revision, digest },
    from: signals[0]?.receivedAt ?? null,
    until: toTimestamp(endMs),
    signals: signals.length,
    unattributed,
    incidents,
    totals: {
      incidents: incidents.length,
      cut: count(({ cuts }) => cuts.length > 0),
      revoked: count(({ cuts }) => cuts.some(({ guarantee }) => guarantee === 'G5')),
      asked: count(({ asked }) => asked.length > 0),
      wrong: count(({ wrong }) => wrong.length > 0),
    },
  };
}

function incidentOf({ parts, charter }: Basis, one: Replayed): ReplayedIncident {
  const { found, imagined, signals, firstMs, wrong } = one;
  const { identity } = found;
  const { state } = imagined;
  const subject = state.subjects.find((other) => other.identity === identity.id);
  const id = subject?.resolution.mandate?.id;
  const mandate = charter.mandates.find((other) => other.id === id);
  const cuts = cutsOf(one);
  return {
    identity: identity.id,
    name: identity.name,
    target: identity.target,
    at: toTimestamp(firstMs),
    signals: signals.map(({ type, source, receivedAt }) => `${receivedAt} ${type} from ${source}`),
    mandate: mandate === undefined ? null : { id: mandate.id, mode: mandate.mode },
    ceilings: subject?.resolution.ceilings ?? [],
    cuts,
    asked: state.decisions.map((decision) => questionOf(state, decision)),
    collateral: cuts.length === 0 ? null : collateralOf(parts, found),
    wrong,
  };
}

function cutsOf({ imagined: { state, entries }, firstMs }: Replayed): readonly ReplayedCut[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'cut.applied') return [];
    const cut = state.cuts.find((other) => other.id === entry.data.cut);
    if (cut === undefined) return [];
    const { guarantee, subject } = cut.order;
    const what = subject.credential ?? subject.identity;
    const afterMs = entry.atMs - firstMs;
    return [{ at: toTimestamp(entry.atMs), stage: stageOf(guarantee), guarantee, what, afterMs }];
  });
}

function collateralOf(
  { dependencies }: Basis['parts'],
  { identity, credential }: Found,
): ReplayedIncident['collateral'] {
  if (!dependencies.isLoaded()) return null;
  const card = dependencies.collateral(credential?.id ?? identity.id);
  return {
    known: card.known.length,
    inferred: card.inferred.length,
    unknown: card.unknown.reduce((sum, { count }) => sum + count, 0),
    services: card.services.map(({ name }) => name),
  };
}
