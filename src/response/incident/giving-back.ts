import type { Id } from '../../kernel/index.ts';
import type { IncidentState, RestoreCause } from './model.ts';

/** The restore that is being carried out for this identity. */
export function restoreUnderWay(
  { restoring, decisions }: IncidentState,
  identity: string,
): { readonly id: Id<'decision'>; readonly cause: RestoreCause } | null {
  for (const id of restoring.toReversed()) {
    const decision = decisions.find((one) => one.id === id);
    if (decision?.action.verb !== 'restore' || decision.state !== 'approved') continue;
    if (decision.action.identity === identity) return { id, cause: decision.action.cause };
  }
  return null;
}

/** Nothing of it is being given back: other identities of the incident may be, and change nothing here. */
export function isOpenFor(state: IncidentState, identity: string): boolean {
  return state.status !== 'closed' && restoreUnderWay(state, identity) === null;
}
