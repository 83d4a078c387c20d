import { isStanding } from '../containment/model.ts';
import { covers } from '../incident/standing.ts';
import type { Id } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState, RestoreCause } from '../incident/model.ts';
import { isLeft, wantsVerdict } from './model.ts';

/** Whom people have called resolved, as they said last: of a false alarm nothing is left to be seen through. */
function resolvedIn({ decisions }: IncidentState): readonly Id<'identity'>[] {
  const causes = new Map<Id<'identity'>, RestoreCause>();
  for (const { action, state } of decisions)
    if (action.verb === 'restore' && state === 'approved')
      causes.set(action.identity, action.cause);
  return [...causes].flatMap(([identity, cause]) => (cause === 'resolved' ? [identity] : []));
}

/** What stands against closing an incident whose cuts are all given back or kept for good. */
export function whyNotClosed(state: IncidentState): readonly string[] {
  const resolved = resolvedIn(state);
  const { items, longTail, lookedSince } = state.aftermath;
  const given = state.decisions.findLast(
    ({ action, state: now }) => action.verb === 'restore' && now === 'approved',
  )?.action;
  const isUnseen =
    given?.verb === 'restore' &&
    given.cause === 'resolved' &&
    lookedSince?.includes(given.identity) === false;
  const open = items.filter((one) => wantsVerdict(one) && resolved.includes(one.identity));
  const reviews = new Set(open.map((one) => one.review));
  const left = longTail.filter((one) => isLeft(one) && resolved.includes(one.identity));
  return [
    ...(isUnseen ? ['what trusted it is looked at once more'] : []),
    ...[...reviews].map(
      (review) =>
        `review ${review}: ${open.filter((one) => one.review === review).length} without a result`,
    ),
    ...(left.length === 0 ? [] : [`long tail: ${left.length} without a holder`]),
  ];
}

/** INVARIANT: closing is refused while a review has no result or what stays has no holder; the restore itself is done. */
export function closeOrWait(draft: Draft, closesAs: string): void {
  const reasons = whyNotClosed(draft.state());
  if (reasons.length === 0) {
    draft.record('incident.closed', { why: closesAs });
    return;
  }
  draft.record('incident.waits', { for: reasons, closesAs });
}

/** Whatever it waited for may have come with this change. */
export function closeWhenDone(draft: Draft): void {
  const { status, aftermath } = draft.state();
  if (status !== 'restoring' || aftermath.waits === null) return;
  const reasons = whyNotClosed(draft.state());
  const { waits } = aftermath;
  if (reasons.length > 0 && reasons.join() === waits.for.join()) return;
  // Something was cut in the meantime: it is closed when that holds.
  if (isUnderWay(draft.state())) return;
  closeOrWait(draft, waits.closesAs);
}

function isUnderWay({ cuts }: IncidentState): boolean {
  return cuts.some(
    (cut) =>
      isStanding(cut) &&
      cut.status !== 'proven' &&
      cut.status !== 'irrevocable' &&
      !cuts.some((other) => covers(other, cut)),
  );
}
