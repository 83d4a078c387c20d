import type { IncidentEntry } from '../../src/response/incident/testing.ts';

/** Bugs planted in the harness, each of which an invariant has to find. */
export const SABOTAGES = [
  'inverse-not-recorded',
  'proof-without-control',
  'step-without-lease',
  'repeat-without-readback',
  'digest-not-bound',
  'acknowledged-before-commit',
  'leaked-rearmed',
  'decided-on-old-state',
  'time-reopens',
  'rearmed-by-one',
  'restored-without-probe',
  'statement-weakened',
  'window-hold-forgotten',
  'legal-hold-forgotten',
  'suspect-heard',
  'claim-counts-as-proof',
  'fuse-never-lit',
  'task-stops-a-cut',
  'shadow-acts',
  'raw-on-record',
  'stale-gate-is-silent',
  'delivery-counts-as-use',
] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** A secret of this little world: whatever goes on record, this must not. */
export const CANARY = 'secret-of-the-little-world';

/** What is written of what was decided: all of it, unless a bug is planted. */
export function recordedBy(
  sabotage: Sabotage | null,
  entries: readonly IncidentEntry[],
): readonly IncidentEntry[] {
  switch (sabotage) {
    case 'inverse-not-recorded':
      return entries.map((one) =>
        one.kind === 'cut.applying' ? { ...one, data: { ...one.data, inverse: null } } : one,
      );
    case 'window-hold-forgotten':
      return without(
        entries,
        (one) => one.kind === 'subject.held' && one.data.why.includes('holds W'),
      );
    case 'legal-hold-forgotten':
      return without(entries, (one) => one.kind === 'evidence.held');
    case 'raw-on-record':
      return entries.map((one) =>
        one.kind === 'cut.applied' ? { ...one, data: { ...one.data, raw: CANARY } } : one,
      );
    default:
      return entries;
  }
}

function without(
  entries: readonly IncidentEntry[],
  isDropped: (entry: IncidentEntry) => boolean,
): readonly IncidentEntry[] {
  const kept = entries.filter((one) => !isDropped(one));
  return kept.length === entries.length ? entries : kept;
}
