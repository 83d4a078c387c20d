import type { Probed } from '../../connectors/contract.ts';
import { type Guarantee, GUARANTEES, isAtLeast } from '../../kernel/index.ts';
import type { IncidentState } from '../incident/model.ts';
import { type CutState, isStanding, mayHaveActed } from './model.ts';
import { kills } from './probe.ts';

/** What a probe after giving back shows. */
export type Access = 'given-back' | 'leaked-stays-dead' | 'held-by-another-cut';

/** Null while the probe does not say yet. */
export function accessAfter(
  state: IncidentState,
  cut: CutState,
  probed: Probed,
): Access | 'leaked-let-in' | null {
  if (probed.observed === 'no-answer') return null;
  // Without the secret the probe speaks for the identity, which is to be let in again.
  const triesLeaked =
    cut.restore?.rearmCredential !== true &&
    (cut.order.grain === 'credential' || probed.method === 'secret');
  if (probed.observed === 'allowed') return triesLeaked ? 'leaked-let-in' : 'given-back';
  // What was ended stays so; the identity opens another one when it needs to.
  if (triesLeaked || cut.order.grain === 'session') return 'leaked-stays-dead';
  if (isHeldByAnother(state, cut)) return 'held-by-another-cut';
  // G1 and G2 deny single acts: one that the identity never had the right to do is refused for that reason as before.
  const wasNeverAllowed = ACTS_DENIED.has(cut.order.guarantee) && !probed.expected;
  return wasNeverAllowed ? 'given-back' : null;
}

const ACTS_DENIED: ReadonlySet<Guarantee> = new Set(['G1', 'G2']);

/** Cuts that lie over one another are lifted one by one; until the last is gone the probe is still denied. */
function isHeldByAnother(state: IncidentState, cut: CutState): boolean {
  return state.cuts.some((other) => {
    if (other.id === cut.id || other.subject.identity !== cut.subject.identity) return false;
    if (other.order.grain === 'session') return false;
    const { credential: own } = cut.order.subject;
    // Its secret was replaced when the whole identity came back: that is final, and not this cut.
    if (other.order.subject.identity !== cut.order.subject.identity) return false;
    if (other.status === 'restored') return own !== undefined && kills(other, own);
    if (!isStanding(other) || !mayHaveActed(other)) return false;
    const { guarantee } = other.order;
    // G1 and G2 deny the same acts, whichever of them is lifted first.
    const denies =
      isAtLeast(GUARANTEES, guarantee, cut.order.guarantee) ||
      guarantee === 'G3' ||
      (ACTS_DENIED.has(guarantee) && ACTS_DENIED.has(cut.order.guarantee));
    const credential = other.order.subject.credential;
    const overlaps =
      cut.order.grain === 'identity' || credential === undefined || credential === own;
    return denies && overlaps;
  });
}
