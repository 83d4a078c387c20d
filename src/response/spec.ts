import type { IncidentEntry } from './incident/entries.ts';

/**
 * The naive second definition: what may be claimed about one cut, read off the list of entries and nothing else.
 * ordered: an authority names its exact digest, its inverse is on record, an effect may exist. proven: since the last
 * application so many expected denials in a row with a working control, the last one beyond propagation and residual,
 * and nobody was let in and nothing was taken back since.
 */
export type Claim = 'nothing' | 'ordered' | 'proven';

export function mayClaim(
  entries: readonly IncidentEntry[],
  cutId: string,
  denialsWanted: number,
): Claim {
  const mine = entries.filter((one) => 'cut' in one.data && one.data.cut === cutId);
  const plan = entries
    .flatMap((one) => (one.kind === 'cut.planned' ? [one.data.plan] : []))
    .find((one) => one.id === cutId);
  const ordered = mine.findLastIndex((one) => one.kind === 'cut.applying');
  const order = mine[ordered];
  if (plan === undefined || order?.kind !== 'cut.applying') return 'nothing';
  const authorised = mine
    .slice(0, ordered)
    .findLast((one) => one.kind === 'cut.authorised' || one.kind === 'cut.returned');
  if (authorised?.kind !== 'cut.authorised') return 'nothing';
  if (authorised.data.authority.digest !== plan.digest) return 'nothing';
  if (plan.capability.reversible && order.data.inverse === null) return 'nothing';
  let provableAtMs = Infinity;
  let row = 0;
  let proven = false;
  for (const one of mine.slice(ordered)) {
    if (one.kind === 'cut.applied') {
      provableAtMs = one.atMs + Math.max(plan.capability.propagationMs, plan.capability.residualMs);
    }
    if (one.kind === 'cut.reverting' || one.kind === 'cut.drifted') proven = false;
    if (one.kind !== 'cut.probed') continue;
    const { observed, expected, control } = one.data.probed;
    row = observed === 'denied' && expected && control === 'works' ? row + 1 : 0;
    if (observed === 'allowed') proven = false;
    else if (row >= denialsWanted && (one.data.triedAtMs ?? one.atMs) >= provableAtMs)
      proven = true;
  }
  return proven ? 'proven' : 'ordered';
}
