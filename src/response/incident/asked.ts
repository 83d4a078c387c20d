import type { Id } from '../../kernel/index.ts';
import { cutOf, type Draft } from './draft.ts';
import type { IncidentDecision } from './model.ts';

/** Somebody is asked to contain it already. */
export function isAskedAbout(draft: Draft, identity: Id<'identity'>): boolean {
  return draft
    .state()
    .decisions.some(
      ({ state, kind, action }) =>
        state === 'open' &&
        kind === 'contain' &&
        action.verb === 'cut' &&
        isAbout(draft, action, identity),
    );
}

/** A question about a list is about all whose cuts are on it. */
function isAbout(
  draft: Draft,
  { identity, cuts }: Extract<IncidentDecision['action'], { readonly verb: 'cut' }>,
  wanted: Id<'identity'>,
): boolean {
  if (identity !== undefined || cuts.length === 0) return (identity ?? wanted) === wanted;
  return cuts.some((cut) => cutOf(draft, cut).subject.identity === wanted);
}
