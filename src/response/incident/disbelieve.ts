import { voidRestore } from '../containment/restore.ts';
import type { Draft } from './draft.ts';
import { allClearOf } from './model.ts';

/**
 * A source turns out to be in the wrong hands. What it raised stays as it is: that only contains. INVARIANT: what it
 * called benign is suspect again, and whatever is being given back on its word is held.
 */
export function disbelieve(draft: Draft, source: string): void {
  const { signals, subjects } = draft.state();
  const why = `${source} is marked as a suspect`;
  const benign = signals.filter((one) => one.type === 'all-clear' && one.source === source);
  if (benign.length === 0) return;
  for (const { identity, held, credentials } of subjects) {
    const withdrawn = credentials.filter(
      ({ exposed, withdrawnBy }) => !exposed && benign.some((one) => one.id === withdrawnBy),
    );
    for (const { id: credential, custody } of withdrawn)
      draft.record('exposure.recorded', { identity, credential, custody });
    if (held === allClearOf(source)) draft.record('subject.released', { identity, why });
    if (withdrawn.length > 0) voidRestore(draft, identity, why);
  }
}
