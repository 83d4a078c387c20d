import {
  digestOf,
  FirebreakError,
  type Id,
  isFirebreakError,
  isId,
  LIMITS,
  STAGE_GUARANTEES,
} from '../kernel/index.ts';
import type { DecisionKind } from '../authority/index.ts';
import type { Found } from '../inventory/index.ts';
import { rearmCut, whyNotRearmed } from './containment/rearm.ts';
import { planRestore } from './containment/restore.ts';
import { decisionOf } from './decisions/find.ts';
import type { Asker } from './decisions/hearing.ts';
import type { Live, SuspectNamed } from './decisions/model.ts';
import { liveFor, liveOf, liveOfNobody, readKnown, readKnownOf, subjectOfKnown } from './facts.ts';
import { decisionView, findCut, stateOf, stateOfDecision } from './find.ts';
import { decide, type IncidentCommand, type IncidentDecided } from './incident/decide.ts';
import type { IncidentState } from './incident/model.ts';
import type { Incidents } from './incidents.ts';
import type {
  ActRequest,
  Actor,
  ContainmentAnswer,
  ContainmentRequest,
  CutView,
  DecideRequest,
  DecisionView,
  HoldRequest,
  IncidentView,
  Response,
  RestoreAnswer,
  RestoreRequest,
} from './model.ts';
import type { ResponseParts } from './parts.ts';
import { explainPlan } from './plan/explain.ts';
import { restoreReason, revokeReason } from './replacement.ts';
import type { Rotations } from './rotation/index.ts';
import { findOpenIncident } from './store.ts';
import { listSuspects } from './people-store.ts';
import { markIn, suspectIn } from './suspects.ts';
import { cutViewOf, decisionViewOf, incidentViewOf } from './views.ts';

type Asking = Pick<Response, 'contain' | 'restore' | 'decide' | 'ask' | 'hold'>;

export function createAsking(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): Asking {
  return {
    contain: async (request, actor) =>
      await joining(() => contain(parts, incidents, rotations, request, actor)),
    restore: async (request, actor) => await restore(parts, incidents, rotations, request, actor),
    ask: async (request, actor) => await askAct(parts, incidents, request, actor),
    hold: async (request, actor) => await hold(parts, incidents, request, actor),
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

export function askerOf(parts: ResponseParts, actor: Actor, live: Live): Asker {
  const { name, person, channel, assertion } = actor;
  const known = person === null ? undefined : parts.authority.roster().people.get(person);
  return {
    name,
    person,
    live,
    manager: known?.manager ?? null,
    employer: known?.employer ?? null,
    ...(channel === undefined ? {} : { channel }),
    ...(assertion === undefined ? {} : { assertion }),
  };
}

async function contain(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
  request: ContainmentRequest,
  actor: Actor,
): Promise<ContainmentAnswer> {
  const found = await parts.inventory.find(request.ref);
  checkTime(request);
  const known = await readKnown(parts, found.identity);
  const open = await findOpenIncident(parts.store, found.identity.id);
  const state = open === null ? null : await stateOf(incidents, open);
  const guarantee = STAGE_GUARANTEES[request.stage];
  const kind = guarantee === 'G5' ? 'revoke' : 'contain';
  const live = await liveFor(parts, known, state, kind);
  const { resolution } = live;
  const identity = found.identity.id;
  const reason =
    guarantee === 'G5'
      ? await revokeReason(parts, rotations, state, { identity, reason: request.reason })
      : request.reason;
  const command: IncidentCommand = {
    type: 'ask-containment',
    asked: {
      identity,
      subject: subjectOfKnown(known, found, resolution),
      severity: known.severity ?? 'sev1',
      guarantee,
      forMs: request.forMs ?? null,
      reason,
      by: askerOf(parts, actor, live),
    },
  };
  const id = state?.id ?? parts.ids.next('incident');
  if (request.dryRun) return dryRun(parts, found, id, state, command, actor);
  const decided = await incidents.apply(id, command, actor.name);
  return containmentAnswer(decided);
}

function checkTime({ forMs }: ContainmentRequest): void {
  if (forMs === undefined) return;
  const { temporaryCutMsMin: least, temporaryCutMsMax: most } = LIMITS;
  if (forMs >= least && forMs <= most) return;
  const problem = `for: between ${least / 1000} and ${most / 1000} seconds`;
  throw new FirebreakError('request-invalid', { problem });
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
    // Plain JSON by their own interfaces, which lack the index signature.
    plan: {
      wouldBe: answered.outcome,
      ...explainPlan(decided.state, decided.entries, collateral),
      collateral,
    } as unknown as ContainmentAnswer['plan'],
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
  rotations: Rotations,
  request: RestoreRequest,
  actor: Actor,
): Promise<RestoreAnswer> {
  const { state, identity } = await restoreSubject(parts, incidents, request.ref);
  const known = await readKnownOf(parts, identity);
  const by = askerOf(parts, actor, await liveFor(parts, known, state, 'restore'));
  const { cause } = request;
  const reason = await restoreReason(parts, rotations, state, identity, request);
  const foreseen = planRestore(state, identity, cause);
  const decided = await incidents.apply(
    state.id,
    { type: 'ask-restore', asked: { identity, cause, reason, by } },
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

/** People are live: who may answer is asked when they answer, not when the question was put. */
async function answer(
  parts: ResponseParts,
  incidents: Incidents,
  request: DecideRequest,
  actor: Actor,
): Promise<DecisionView> {
  const state = await stateOfDecision(parts, incidents, request.decision);
  const decision = decisionOf(state, request.decision);
  const by = askerOf(parts, actor, await liveOf(parts, state, decision));
  const { outcome, reason, digest } = request;
  const given = { decision: decision.id, outcome, reason, digest, by };
  const decided = await incidents.apply(state.id, { type: 'answer', answer: given }, actor.name);
  return decisionView(decided.state, decision.id);
}

async function hold(
  parts: ResponseParts,
  incidents: Incidents,
  { incident, ref, reason }: HoldRequest,
  actor: Actor,
): Promise<IncidentView> {
  const state = await stateOf(incidents, incident);
  const { identity } = await parts.inventory.find(ref);
  const live = await liveFor(parts, await readKnown(parts, identity), state, 'contain');
  const asked = { identity: identity.id, reason, by: askerOf(parts, actor, live) };
  const decided = await incidents.apply(state.id, { type: 'hold', asked }, actor.name);
  return incidentViewOf(decided.state);
}

const QUESTIONS: Readonly<Partial<Record<DecisionKind, string>>> = {
  communicate: 'tell people',
  notify: 'notify the regulator',
  disclose: 'disclose it to customers',
  'business-continuity': 'change how the business goes on',
  resume: 'let automation go on',
  rearm: 'let a leaked credential work again',
  'reset-fuse': 'let the fuses count from now on',
  'mark-suspect': 'mark as a suspect',
  'end-exercise': 'end the exercise',
};

function checkRearm(state: IncidentState | null, parameters: ActRequest['parameters']): void {
  const problem =
    state === null
      ? 'incident: rearm names the incident that holds the credential'
      : whyNotRearmed(rearmCut(state, parameters));
  if (problem !== null) throw new FirebreakError('request-invalid', { problem });
}

async function checkMarked(parts: ResponseParts, { kind, name }: SuspectNamed): Promise<void> {
  const marked = await listSuspects(parts.store);
  if (marked.some((one) => one.kind === kind && one.name === name)) return;
  const problem = `parameters: ${kind} ${name} is not marked as a suspect`;
  throw new FirebreakError('request-invalid', { problem });
}

/** Questions that no cut answers. Outside of an incident they have a record of their own. */
async function askAct(
  parts: ResponseParts,
  incidents: Incidents,
  { kind, incident, parameters, reason }: ActRequest,
  actor: Actor,
): Promise<DecisionView> {
  if (kind === 'adopt-charter') throw new FirebreakError('adoption-own-door', {});
  const question = QUESTIONS[kind];
  const isNamed =
    kind !== 'mark-suspect' || (suspectIn(parameters) !== null && markIn(parameters) !== null);
  if (question === undefined || !isNamed) {
    const kinds = Object.keys(QUESTIONS).join(', ');
    const problem = isNamed
      ? `kind: one of ${kinds}; containment and restoration have their own door`
      : 'parameters: mark-suspect names a kind (person, channel or source) and a name; mark=taken-back takes it back';
    throw new FirebreakError('request-invalid', { problem });
  }
  const state = incident === undefined ? null : await stateOf(incidents, incident);
  if (kind === 'rearm') checkRearm(state, parameters);
  const live = await liveOfNobody(parts, state, kind, kind === 'mark-suspect' ? parameters : {});
  const named = suspectIn(parameters);
  const isTakenBack = named !== null && markIn(parameters) === 'taken-back';
  if (isTakenBack) await checkMarked(parts, named);
  const asked = isTakenBack ? 'take back the suspicion of' : `${question}:`;
  const what = named === null ? question : `${asked} ${named.kind} ${named.name}`;
  const severity = state?.severity ?? 'sev2';
  const by = askerOf(parts, actor, live);
  const given = { act: kind, what, parameters, severity, reason, by };
  const decided = await incidents.apply(
    state?.id ?? incidents.newId(),
    { type: 'ask-act', asked: given },
    actor.name,
  );
  const digest = digestOf({ verb: 'act', act: kind, parameters });
  const opened = decided.state.decisions.findLast((one) => one.digest === digest);
  return decisionView(decided.state, opened?.id ?? '');
}
