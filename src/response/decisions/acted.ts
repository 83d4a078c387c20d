import type { AuthorityFacts } from '../../authority/index.ts';
import type { IncidentState } from '../incident/model.ts';

/** Who did what in this incident so far; separation is checked on these people. */
export function actedIn(state: IncidentState): NonNullable<AuthorityFacts['acted']> {
  return state.decisions.flatMap(({ kind, votes, state: outcome, decidedBy, advice }) => [
    ...votes.map(({ person, as }) => ({
      person,
      decision: kind,
      role: as === 'decider' ? ('decide' as const) : ('approve' as const),
    })),
    ...(outcome === 'rejected' && decidedBy !== null
      ? [{ person: decidedBy, decision: kind, role: 'decide' as const }]
      : []),
    ...advice.map(({ person, as }) => ({
      person,
      decision: kind,
      role: as === 'adviser' ? ('advise' as const) : ('recommend' as const),
    })),
  ]);
}
