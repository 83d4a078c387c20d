import { digestOf, type Json, type JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  endedForGood,
  type Applied,
  type CallContext,
  type Connector,
  type CutOrder,
  type CutSubject,
  type Prepared,
  type ReadBack,
} from '../contract.ts';
import { createSend, failureOfSilence, within, type Call } from './client.ts';
import {
  bodyFor,
  CUT_RULES,
  endsSessions,
  isBlocked,
  scopeOf,
  valueOf,
  wantedValue,
  type SubjectState,
} from './cutting.ts';
import { captureEvidence, changes, credentialsOf, discover } from './looking.ts';
import { probe } from './probing.ts';
import { capabilitiesOf, readProfile, type WorldProfile } from './profile.ts';
import { revert } from './reverting.ts';
import { endSession, prepareSession, probeSession, sessionReadBack } from './sessions.ts';
import { rotationOf } from './rotating.ts';
import { judged, openTarget, stateOf, type WorldAccess, type WorldTarget } from './target.ts';

const PROFILE_TIMEOUT_MS = 5_000;

/** Asks the target what it is, then gives its connector. */
export async function connectWorld(access: WorldAccess): Promise<Connector> {
  const send = createSend(access.url);
  const path = `/targets/${encodeURIComponent(access.target)}`;
  const call: Call = { method: 'GET', path: `${path}/control/describe`, bearer: access.token };
  const context = within({ idempotencyKey: 'describe', timeoutMs: PROFILE_TIMEOUT_MS });
  const body = await judged(send, call, 'reads', context);
  return createWorldConnector({ ...access, profile: readProfile(body) });
}

export function createWorldConnector(
  access: WorldAccess & { readonly profile: WorldProfile },
): Connector {
  const target = openTarget(access);
  const capabilities = capabilitiesOf(access.profile);
  return {
    describe: () => capabilities,
    discover: (scope, context) => discover(target, scope, within(context)),
    captureEvidence: (subject, context) => captureEvidence(target, subject, within(context)),
    prepare: (order, context) =>
      (order.grain === 'session' ? prepareSession : prepare)(target, order, within(context)),
    apply: (order, context) =>
      (order.grain === 'session' ? endSession : apply)(target, order, within(context)),
    readBack: (order, context) =>
      (order.grain === 'session' ? sessionReadBack : readBack)(target, order, within(context)),
    probe: (request, context) =>
      (request.subject.session === undefined ? probe : probeSession)(
        target,
        request,
        within(context),
      ),
    revert: (order, context) =>
      order.grain === 'session' ? endedForGood(order) : revert(target, order, within(context)),
    changes: (subject, since, context) => changes(target, subject, since, within(context)),
    rotation: rotationOf(target),
  };
}

async function prepare(
  target: WorldTarget,
  order: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  const scope = scopeOf(order, target.profile);
  const state = await stateOf(target, scope, context);
  const { guarantee, parameters } = order;
  const before = valueOf(guarantee, state);
  const preImage: JsonObject = {
    field: CUT_RULES[guarantee].field,
    before,
    sessions: state.sessions.length,
    alreadyApplied: isBlocked(guarantee, state, parameters),
    credentials: [...(await credentialsOf(target, scope, context))],
  };
  if (guarantee === 'G5') return { preImage, inverse: null };
  const cut = wantedValue(guarantee, state, parameters);
  return { preImage, inverse: { field: CUT_RULES[guarantee].field, before, cut } };
}

/**
 * Block new authentication first, then end sessions, then read back. Every step looks before it acts, so a repeat does
 * only what is missing, also on targets that do not suppress repeats.
 */
async function apply(target: WorldTarget, order: CutOrder, context: CallContext): Promise<Applied> {
  const scope = scopeOf(order, target.profile);
  const calls: Json[] = [];
  let state = await stateOf(target, scope, context);
  if (!isBlocked(order.guarantee, state, order.parameters)) {
    const { verb } = CUT_RULES[order.guarantee];
    const value = wantedValue(order.guarantee, state, order.parameters);
    const body = bodyFor(order.guarantee, scope, value);
    calls.push({ verb, answer: await block(target, order, verb, body, context) });
    state = await stateOf(target, scope, context);
  }
  if (endsSessions(order.guarantee, target.profile) && state.sessions.length > 0) {
    calls.push({ verb: 'kill-sessions', answer: await end(target, scope, state, context) });
    state = await stateOf(target, scope, context);
  }
  const raw: JsonObject = { calls, sessionsOpen: state.sessions.length };
  const blocked = isBlocked(order.guarantee, state, order.parameters);
  const left = endsSessions(order.guarantee, target.profile) ? state.sessions : [];
  if (blocked && left.length === 0) return { state: calls.length === 0 ? 'already' : 'done', raw };
  const done = blocked ? ['authentication'] : [];
  const notDone = [...(blocked ? [] : ['authentication']), ...left];
  return { state: 'partial', raw, done, notDone, unknown: [] };
}

async function block(
  target: WorldTarget,
  order: CutOrder,
  verb: string,
  body: JsonObject,
  context: CallContext,
): Promise<JsonObject> {
  try {
    return await target.change(verb, body, `${context.idempotencyKey}:${verb}`, context);
  } catch (error) {
    const gone = error instanceof ConnectorFailure && error.message.startsWith('already-gone');
    if (!gone || order.guarantee !== 'G5') throw error;
    // "Already gone" is success only after read-back, which follows in any case.
    return { alreadyGone: true };
  }
}

/** Other sessions are another act: with one key for all, a target would answer for the sessions it ended before. */
function end(
  target: WorldTarget,
  scope: CutSubject,
  state: SubjectState,
  context: CallContext,
): Promise<JsonObject> {
  const which = digestOf([...state.sessions].sort()).slice(-12);
  const key = `${context.idempotencyKey}:kill-sessions:${which}`;
  return target.change('kill-sessions', { ...scope }, key, context);
}

async function readBack(
  target: WorldTarget,
  order: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  const scope = scopeOf(order, target.profile);
  let state: SubjectState;
  try {
    state = await stateOf(target, scope, context);
  } catch (error) {
    const failure = failureOfSilence(error, 'reads');
    if (failure.kind !== 'transient') throw failure;
    return { state: 'unknown', raw: { problem: failure.message } };
  }
  const raw: JsonObject = {
    [CUT_RULES[order.guarantee].field]: valueOf(order.guarantee, state),
    sessionsOpen: state.sessions.length,
  };
  if (!isBlocked(order.guarantee, state, order.parameters)) return { state: 'absent', raw };
  const open = endsSessions(order.guarantee, target.profile) && state.sessions.length > 0;
  return { state: open ? 'partial' : 'applied', raw };
}
