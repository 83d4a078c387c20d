import { restoreDigest } from '../containment/restore.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentDecision } from './model.ts';
import { askAgain } from './open.ts';

/**
 * What a question shows has to be what would be done: when the cuts of a restore have changed since, whoever agreed so
 * far agreed to something else, and it is asked again as it is now.
 */
export function expireChanged(draft: Draft): void {
  for (const one of draft.state().decisions) {
    const { action } = one;
    if (one.state !== 'open' || action.verb !== 'restore') continue;
    const { identity, cause } = action;
    const { digest, plan } = restoreDigest(draft.state(), identity, cause);
    if (digest === one.digest) {
      dropSeparated(draft, one);
      continue;
    }
    const why = 'what would be given back has changed';
    draft.record('decision.expired', { decision: one.id, why });
    if (plan.givesBack.length + plan.drops.length + plan.keeps.length === 0) continue;
    askAgain(draft, one, {
      digest,
      action: { verb: 'restore', identity, cause, cuts: plan.givesBack },
      why,
    });
  }
}

/** INVARIANT: who contains does not restore, in whichever order they do it. */
function dropSeparated(draft: Draft, { id, votes }: IncidentDecision): void {
  const { containers } = draft.state();
  for (const { person } of votes) {
    const why = 'took part in containment since';
    if (containers.includes(person))
      draft.record('decision.vote-undone', { decision: id, person, why });
  }
}
