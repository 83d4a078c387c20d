import type { AuthorityResolution, DecisionKind } from '../authority/index.ts';
import type { Found } from '../inventory/index.ts';
import {
  FirebreakError,
  type Id,
  isFirebreakError,
  isId,
  LIMITS,
  STAGE_GUARANTEES,
} from '../kernel/index.ts';
import type { PlannedSteps } from '../runner/index.ts';
import type { Signal } from '../signals/index.ts';
import { planRestore } from './containment/restore.ts';
import { cutStepHandlers } from './cut-steps.ts';
import { readKnown, resolveAgain, resolveFor, subjectOfKnown } from './facts.ts';
import type { Asker } from './decisions/answer.ts';
import { decide, type IncidentCommand, type IncidentDecided } from './incident/decide.ts';
import type { IncidentState } from './incident/model.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import type {
  Actor,
  ContainmentAnswer,
  ContainmentRequest,
  CutView,
  DecideRequest,
  DecisionView,
  Response,
  RestoreAnswer,
  RestoreRequest,
} from './model.ts';
import type { ResponseParts } from './parts.ts';
import { considerStep, createRecentSignals, otherStepHandlers } from './steps.ts';
import {
  findOpenIncident,
  incidentIdsOf,
  incidentOfCut,
  incidentOfDecision,
  listDecisionIncidents,
  listIncidentIds,
} from './store.ts';
import { timelineOf } from './timeline.ts';
import { cutViewOf, decisionViewOf, incidentViewOf, summaryOf } from './views.ts';

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
  for (const handler of [
    ...cutStepHandlers(parts, incidents),
    ...otherStepHandlers(parts, incidents, recent),
  ]) {
    parts.runner.register(handler);
  }
  const ask = createAsking(parts, incidents);
  return {
    ...createReading(parts, incidents),
    ...ask,
    follow: (signal) => {
      recent.keep(signal);
      return considerStep(parts, signal);
    },
  };
}

type Reading = Pick<
  Response,
  'incidents' | 'incident' | 'timeline' | 'containment' | 'decisions' | 'incidentsOf'
>;

function createReading(parts: ResponseParts, incidents: Incidents): Reading {
  const { store } = parts;
  const summaries = async (ids: readonly string[]): Promise<ReturnType<typeof summaryOf>[]> => {
    const states = await Promise.all(ids.map((id) => stateOf(incidents, id)));
    return states.map(summaryOf);
  };
  return {
    incidents: async (page) => await summaries(await listIncidentIds(store, page)),
    incident: async (id) => incidentViewOf(await stateOf(incidents, id)),
    timeline: async (id) =>
      timelineOf(await stateOf(incidents, id), await parts.ledger.incidentEntries(id)),
    containment: async (id) => {
      const { state, cut } = await findCut(parts, incidents, id);
      return cutViewOf(state, cut);
    },
    decisions: async (filter) => {
      const rows = await listDecisionIncidents(store, filter.state ?? '', LIMITS.pageRowsMax);
      const views = await Promise.all(
        rows.map(async (row) => decisionView(await stateOf(incidents, row.incident), row.id)),
      );
      return views.filter(
        (view) =>
          filter.person === undefined || view.holders.some((one) => one.person === filter.person),
      );
    },
    incidentsOf: async (identity) =>
      await summaries(await incidentIdsOf(store, identity, LIMITS.pageRowsDefault)),
  };
}

async function stateOf(incidents: Incidents, id: string): Promise<IncidentState> {
  const state = isId('incident', id) ? await incidents.state(id) : null;
  if (state === null) throw new FirebreakError('incident-unknown', { incident: id });
  return state;
}

async function findCut(
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

function decisionView(state: IncidentState, id: string): DecisionView {
  const decision = state.decisions.find((one) => one.id === id);
  if (decision === undefined) throw new FirebreakError('decision-unknown', { decision: id });
  return decisionViewOf(state, decision);
}

type Asking = Pick<Response, 'contain' | 'restore' | 'decide'>;

function createAsking(parts: ResponseParts, incidents: Incidents): Asking {
  return {
    contain: async (request, actor) =>
      await joining(() => contain(parts, incidents, request, actor)),
    restore: async (request, actor) => await restore(parts, incidents, request, actor),
    decide: async (request, actor) => await answer(parts, incidents, request, actor),
  };
}

const JOIN_TRIES = 5;

/** Two that open an incident of one identity at once end up in the same one: the later one joins it. */
async function joining<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isFirebreakError(error, 'store-constraint') || attempt >= JOIN_TRIES) throw error;
    }
  }
}

function askerOf(actor: Actor, resolution: AuthorityResolution): Asker {
  const holdsRight =
    actor.person !== null && resolution.holders.some((one) => one.person === actor.person);
  const approvers = resolution.approve?.holders ?? [];
  const mayApprove = actor.person !== null && approvers.some((one) => one.person === actor.person);
  return { name: actor.name, person: actor.person, holdsRight, mayApprove };
}

async function contain(
  parts: ResponseParts,
  incidents: Incidents,
  request: ContainmentRequest,
  actor: Actor,
): Promise<ContainmentAnswer> {
  const found = await parts.inventory.find(request.ref);
  const known = await readKnown(parts, found.identity);
  const open = await findOpenIncident(parts.store, found.identity.id);
  const state = open === null ? null : await stateOf(incidents, open);
  const guarantee = STAGE_GUARANTEES[request.stage];
  const resolution = await resolveFor(
    parts,
    known,
    state?.signals ?? [],
    guarantee === 'G5' ? 'revoke' : 'contain',
  );
  const command: IncidentCommand = {
    type: 'ask-containment',
    asked: {
      identity: found.identity.id,
      subject: subjectOfKnown(known, found, resolution),
      severity: known.severity ?? 'sev1',
      guarantee,
      reason: request.reason,
      by: askerOf(actor, resolution),
      resolution,
    },
  };
  const id = state?.id ?? parts.ids.next('incident');
  if (request.dryRun) return dryRun(parts, found, id, state, command, actor);
  const decided = await incidents.apply(id, command, actor.name);
  return containmentAnswer(decided);
}

/** Decides without writing: what would be done, by whose authority, and what it would break. */
function dryRun(
  parts: ResponseParts,
  found: Found,
  id: Id<'incident'>,
  state: IncidentState | null,
  command: IncidentCommand,
  actor: Actor,
): ContainmentAnswer {
  const { clock, ids, settings } = parts;
  const decided = decide(id, state, command, {
    nowMs: clock.nowMs(),
    ids,
    settings,
    actor: actor.name,
  });
  const answered = containmentAnswer(decided);
  const collateral = parts.dependencies.collateral(found.credential?.id ?? found.identity.id);
  return {
    outcome: 'dry-run',
    incident: state?.id ?? null,
    containments: answered.containments,
    decision: answered.decision,
    plan: {
      wouldBe: answered.outcome,
      // Plain JSON by its own interface, which lacks the index signature.
      collateral: collateral as unknown as ContainmentAnswer['plan'],
    },
  };
}

function containmentAnswer({ state, entries }: IncidentDecided): ContainmentAnswer {
  const planned = entries.flatMap((entry) =>
    entry.kind === 'cut.planned' ? [entry.data.plan.id] : [],
  );
  const opened = entries.flatMap((entry) =>
    entry.kind === 'decision.opened' ? [entry.data.decision.id] : [],
  )[0];
  const cuts: CutView[] = state.cuts
    .filter((cut) => planned.includes(cut.id))
    .map((cut) => cutViewOf(state, cut));
  const started = state.cuts.some((cut) => planned.includes(cut.id) && cut.authority !== null);
  const outcome = cuts.length === 0 ? 'already' : started ? 'started' : 'asked';
  return {
    outcome,
    incident: state.id,
    containments: cuts.length === 0 ? state.cuts.map((cut) => cutViewOf(state, cut)) : cuts,
    decision: opened === undefined ? null : decisionView(state, opened),
    plan: {},
  };
}

/** The identity that a containment id or any other reference means. */
async function restoreSubject(
  parts: ResponseParts,
  incidents: Incidents,
  ref: string,
): Promise<{ readonly state: IncidentState; readonly identity: Id<'identity'> }> {
  if (isId('cut', ref)) {
    const { state, cut } = await findCut(parts, incidents, ref);
    return { state, identity: cut.subject.identity };
  }
  const found = await parts.inventory.find(ref);
  const open = await findOpenIncident(parts.store, found.identity.id);
  if (open === null) {
    throw new FirebreakError('restore-refused', {
      problem: `${found.identity.name} is in no open incident`,
      path: 'There is nothing to give back.',
    });
  }
  return { state: await stateOf(incidents, open), identity: found.identity.id };
}

async function restore(
  parts: ResponseParts,
  incidents: Incidents,
  request: RestoreRequest,
  actor: Actor,
): Promise<RestoreAnswer> {
  const { state, identity } = await restoreSubject(parts, incidents, request.ref);
  const resolution = await resolveAgain(parts, state, identity, 'restore');
  const by = askerOf(actor, resolution);
  const { cause, reason } = request;
  const foreseen = planRestore(state, identity, cause);
  const decided = await incidents.apply(
    state.id,
    { type: 'ask-restore', asked: { identity, cause, reason, by, resolution } },
    actor.name,
  );
  const decision = decided.state.decisions.findLast(
    (one) => one.action.verb === 'restore' && one.action.identity === identity,
  );
  if (decision === undefined) throw new FirebreakError('decision-unknown', { decision: 'restore' });
  return {
    outcome: decision.state === 'approved' ? 'started' : 'asked',
    incident: state.id,
    decision: decisionViewOf(decided.state, decision),
    givesBack: foreseen.givesBack,
    keeps: foreseen.keeps,
  };
}

async function answer(
  parts: ResponseParts,
  incidents: Incidents,
  request: DecideRequest,
  actor: Actor,
): Promise<DecisionView> {
  const id = request.decision;
  const incident = isId('decision', id) ? await incidentOfDecision(parts.store, id) : null;
  if (incident === null || !isId('decision', id))
    throw new FirebreakError('decision-unknown', { decision: id });
  const state = await stateOf(incidents, incident);
  const open = state.decisions.find((one) => one.id === id);
  const by = await currentAsker(parts, state, open?.kind ?? 'contain', open, actor);
  const { outcome, reason, digest } = request;
  const given = { decision: id, outcome, reason, digest, by };
  const decided = await incidents.apply(state.id, { type: 'answer', answer: given }, actor.name);
  return decisionView(decided.state, id);
}

/** People are live: who holds the right is asked when they answer, not when the question was put. */
async function currentAsker(
  parts: ResponseParts,
  state: IncidentState,
  kind: DecisionKind,
  decision: IncidentState['decisions'][number] | undefined,
  actor: Actor,
): Promise<Asker> {
  const action = decision?.action;
  const cut =
    action?.verb === 'cut' ? state.cuts.find((one) => one.id === action.cuts[0]) : undefined;
  const identity =
    action?.verb === 'restore'
      ? action.identity
      : (cut?.subject.identity ?? state.subjects[0]?.identity);
  if (identity === undefined) return { name: actor.name, person: actor.person, holdsRight: false };
  return askerOf(actor, await resolveAgain(parts, state, identity, kind));
}
