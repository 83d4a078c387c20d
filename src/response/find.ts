import { FirebreakError, isId } from '../kernel/index.ts';
import { decisionOf } from './decisions/find.ts';
import type { IncidentState } from './incident/model.ts';
import type { Incidents } from './incidents.ts';
import type { DecisionView } from './model.ts';
import type { ResponseParts } from './parts.ts';
import { incidentOfCut, incidentOfDecision } from './store.ts';
import { decisionViewOf } from './views.ts';

export async function stateOf(incidents: Incidents, id: string): Promise<IncidentState> {
  const state = isId('incident', id) ? await incidents.state(id) : null;
  if (state === null) throw new FirebreakError('incident-unknown', { incident: id });
  return state;
}

export async function findCut(
  parts: ResponseParts,
  incidents: Incidents,
  id: string,
): Promise<{ readonly state: IncidentState; readonly cut: IncidentState['cuts'][number] }> {
  const incident = isId('cut', id) ? await incidentOfCut(parts.store, id) : null;
  const state = incident === null ? null : await incidents.state(incident);
  const cut = state?.cuts.find((one) => one.id === id);
  if (state === null || cut === undefined)
    throw new FirebreakError('containment-unknown', { containment: id });
  return { state, cut };
}

export function decisionView(state: IncidentState, id: string): DecisionView {
  return decisionViewOf(state, decisionOf(state, id));
}

/** The incident that asks this. */
export async function stateOfDecision(
  parts: ResponseParts,
  incidents: Incidents,
  id: string,
): Promise<IncidentState> {
  const incident = isId('decision', id) ? await incidentOfDecision(parts.store, id) : null;
  if (incident === null) throw new FirebreakError('decision-unknown', { decision: id });
  return await stateOf(incidents, incident);
}
