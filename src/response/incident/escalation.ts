import { type CutState, isStanding, namedIn } from '../containment/model.ts';
import { identityOf } from '../containment/restore.ts';
import type { IncidentDecision } from '../decisions/model.ts';
import { cutOf, type Draft } from './draft.ts';
import { isOpenFor } from './giving-back.ts';
import { isHolding } from './standing.ts';

/**
 * A question that goes beyond a cut which could not be made. Once that cut holds after all, and so does every other cut
 * of the identity, what is asked for is no longer needed: the question closes, and nothing of it is done by hand.
 */
export function closeEscalations(draft: Draft, settled: CutState): void {
  const state = draft.state();
  const { identity } = settled.subject;
  if (!isOpenFor(state, identity)) return;
  const { cuts } = state;
  const begun = cuts.filter(
    (cut) => cut.subject.identity === identity && cut.authority !== null && isStanding(cut),
  );
  if (!begun.every((cut) => isHolding(cuts, cut))) return;
  for (const one of state.decisions) {
    if (one.state !== 'open' || one.because === undefined) continue;
    if (identityOf(state, one) === identity && !hasBegun(cuts, one)) close(draft, one);
  }
}

/** Something of it holds already until somebody answers: then somebody has to. */
function hasBegun(cuts: readonly CutState[], { id }: IncidentDecision): boolean {
  return cuts.some(({ authority }) => authority?.id === id);
}

function close(draft: Draft, { id, action, because }: IncidentDecision): void {
  if (because === undefined || action.verb !== 'cut') return;
  const { order } = cutOf(draft, because);
  const why = `${order.guarantee} on ${namedIn(order)} holds after all`;
  draft.record('decision.expired', { decision: id, why });
  for (const cut of action.cuts)
    if (cutOf(draft, cut).status === 'planned') draft.record('cut.dropped', { cut, why });
  const byHand = draft
    .state()
    .manual.some((one) => one.decision === id && one.status !== 'claimed');
  if (byHand) draft.record('manual.withdrawn', { decision: id, why });
}
