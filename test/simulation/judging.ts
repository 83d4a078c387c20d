import type {
  CutState,
  IncidentEntry,
  IncidentState,
} from '../../src/response/incident/testing.ts';
import type { Target } from './target.ts';

export const PROBED: ReadonlySet<CutState['status']> = new Set([
  'applied',
  'proving',
  'proven',
  'irrevocable',
  'residual',
  'unproven',
  'failed',
]);
export const MOVING: ReadonlySet<CutState['status']> = new Set([
  'authorised',
  'holding-evidence',
  'recorded',
  'applying',
  'applied',
  'proving',
  'residual',
  'reverting',
]);

export function planOf(entries: readonly IncidentEntry[], cut: CutState['id']) {
  for (const one of entries)
    if (one.kind === 'cut.planned' && one.data.plan.id === cut) return one.data.plan;
  return null;
}

/** Unless the charter says that the cut comes first. */
export function wasHeldForEvidence(
  entries: readonly IncidentEntry[],
  cut: CutState['id'],
): boolean {
  if ((planOf(entries, cut)?.evidence?.order ?? 'preserve-first') !== 'preserve-first') return true;
  return entries.some(
    (one) =>
      one.kind === 'cut.recorded' &&
      one.data.cut === cut &&
      one.data.captured.length + one.data.missed.length > 0,
  );
}

/** Nobody is held to what no vouched signal spoke of, or to what was minted before the first suspect time. */
export function isKnowable(state: IncidentState, target: Target, name: string): boolean {
  const key = target.credentials.get(name);
  if (key !== undefined && key.mintedBy !== null) return key.issuedAtMs >= state.firstSuspectAtMs;
  return state.subjects.some(
    (one) =>
      one.wide === true ||
      one.credentials.some((each) => each.ref === name && each.claimed !== true),
  );
}

export function isExposedCut(state: IncidentState, cut: CutState): boolean {
  return state.subjects.some((one) =>
    one.credentials.some(
      (key) => key.exposed && key.claimed !== true && key.id === cut.subject.credential,
    ),
  );
}
