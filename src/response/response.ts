import { type JsonObject, LIMITS, toTimestamp } from '../kernel/index.ts';
import type { PlannedSteps } from '../runner/index.ts';
import type { Signal } from '../signals/index.ts';
import { createBatchDoor } from './batch/door.ts';
import { batchStepHandlers } from './batch/steps.ts';
import { createAsking } from './asking.ts';
import { cardStepHandlers, createCards } from './cards.ts';
import { createEvidenceDoor } from './evidence/export.ts';
import { replay } from './replay/replay.ts';
import { createReviewDoor } from './reviews/reviewing.ts';
import { reviewStepHandlers } from './reviews/steps.ts';
import { createTaskDoor } from './tracks/door.ts';
import { cutStepHandlers } from './cut-steps.ts';
import { resolveAgain } from './facts.ts';
import { decisionView, findCut, stateOf, stateOfDecision } from './find.ts';
import { createGlass } from './glass.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import type { Response } from './model.ts';
import type { ResponseParts } from './parts.ts';
import {
  createRotationDoor,
  createRotations,
  type RotationDoor,
  rotationStepHandlers,
} from './rotation/index.ts';
import { considerStep, createRecentSignals, otherStepHandlers } from './steps.ts';
import { listSuspects } from './people-store.ts';
import { incidentIdsOf, listDecisionIncidents, listIncidentIds } from './store.ts';
import { timelineOf } from './timeline.ts';
import { cutViewOf, incidentViewOf, summaryOf } from './views.ts';

export interface RespondingResponse extends Response {
  /** Goes into the write that accepts a signal. */
  readonly follow: (signal: Signal) => PlannedSteps;
}

/** Registers its steps with the runner; call it before the runner starts. */
export function createResponse(parts: ResponseParts): RespondingResponse {
  const incidents = createIncidents(parts, (state, identity) =>
    resolveAgain(parts, state, identity),
  );
  const recent = createRecentSignals();
  const rotations = createRotations(parts);
  for (const handler of [
    ...cutStepHandlers(parts, incidents),
    ...cardStepHandlers(parts, incidents),
    ...batchStepHandlers(parts, incidents),
    ...otherStepHandlers(parts, incidents, recent, rotations),
    ...rotationStepHandlers(parts, incidents, rotations),
    ...reviewStepHandlers(parts, incidents, rotations),
  ]) {
    parts.runner.register(handler);
  }
  const ask = createAsking(parts, incidents, rotations);
  const rotating = createRotationDoor(parts, incidents, rotations);
  return {
    ...createReading(parts, incidents, rotating),
    ...rotating,
    ...ask,
    ...createBatchDoor(parts, incidents),
    ...createEvidenceDoor(parts, incidents),
    ...createTaskDoor(parts, incidents),
    ...createReviewDoor(parts, incidents, ask.contain),
    replay: async (request) => await replay(parts, incidents, request),
    ...createGlass(parts, incidents),
    ...createCards(parts, incidents),
    follow: (signal) => {
      recent.keep(signal);
      return considerStep(parts, signal);
    },
  };
}

type Reading = Pick<
  Response,
  | 'incidents'
  | 'incident'
  | 'timeline'
  | 'containment'
  | 'decisions'
  | 'decision'
  | 'suspects'
  | 'incidentsOf'
>;

function createReading(
  parts: ResponseParts,
  incidents: Incidents,
  { rotations }: RotationDoor,
): Reading {
  const { store } = parts;
  const summaries = async (ids: readonly string[]): Promise<ReturnType<typeof summaryOf>[]> => {
    const states = await Promise.all(ids.map((id) => stateOf(incidents, id)));
    return states.map(summaryOf);
  };
  return {
    incidents: async (page) => await summaries(await listIncidentIds(store, page)),
    incident: async (id) =>
      incidentViewOf(await stateOf(incidents, id), await rotations({ incident: id })),
    timeline: async (id) =>
      timelineOf(await stateOf(incidents, id), await parts.ledger.incidentEntries(id)),
    containment: async (id) => {
      const { state, cut } = await findCut(parts, incidents, id);
      return cutViewOf(state, cut);
    },
    decisions: async (filter) => {
      const page = { limit: LIMITS.pageRowsMax, ...filter };
      const rows = await listDecisionIncidents(store, page);
      return await Promise.all(
        rows.map(async (row) => decisionView(await stateOf(incidents, row.incident), row.id)),
      );
    },
    decision: async (id) => {
      const state = await stateOfDecision(parts, incidents, id);
      const recorded = await parts.ledger.incidentEntries(state.id);
      const history = timelineOf(state, recorded).filter(({ data }) => isAbout(data, id));
      return { ...decisionView(state, id), history };
    },
    suspects: async () =>
      (await listSuspects(store)).map(({ atMs, ...one }) => ({ ...one, since: toTimestamp(atMs) })),
    incidentsOf: async (identity) =>
      await summaries(await incidentIdsOf(store, identity, LIMITS.pageRowsDefault)),
  };
}

/** An entry says which decision it is about; the one that opens it carries it whole. */
function isAbout(data: JsonObject, id: string): boolean {
  const { decision } = data;
  if (typeof decision === 'string') return decision === id;
  return decision !== null && typeof decision === 'object' && Reflect.get(decision, 'id') === id;
}
