import { FirebreakError } from '../../kernel/index.ts';
import type { IncidentState } from '../incident/model.ts';
import type { IncidentDecision } from './model.ts';

export function decisionOf(state: Pick<IncidentState, 'decisions'>, id: string): IncidentDecision {
  const decision = state.decisions.find((one) => one.id === id);
  if (decision === undefined) throw new FirebreakError('decision-unknown', { decision: id });
  return decision;
}
