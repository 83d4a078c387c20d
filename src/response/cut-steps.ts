import {
  ConnectorFailure,
  type CallContext,
  type Connector,
  type Probed,
  type ProbeRequest,
} from '../connectors/contract.ts';
import {
  type Id,
  type Json,
  type JsonObject,
  LIMITS,
  reveal,
  toTimestamp,
} from '../kernel/index.ts';
import type { Performed, Step, StepContext, StepHandler, StepOutcome } from '../runner/index.ts';
import type { Command } from '../store/index.ts';
import type { CutEvent } from './containment/decide.ts';
import type { CutState, CutStatus } from './containment/model.ts';
import { probeMeansOf } from './containment/probe.ts';
import type { RestoreEvent } from './containment/restore.ts';
import { createEvidence } from './evidence/capture.ts';
import { connectorOf, resolveAgain } from './facts.ts';
import type { IncidentCommand } from './incident/decide.ts';
import { CUT_STEPS, type CutStep, WANTED_IN } from './incident/effects.ts';
import type { IncidentState } from './incident/model.ts';
import type { Incidents } from './incidents.ts';
import type { ResponseParts } from './parts.ts';

const LATE = { late: true } as const;

interface CutWork {
  readonly state: IncidentState;
  readonly cut: CutState;
  readonly connector: Connector;
  readonly call: CallContext;
}

export function cutStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
): readonly StepHandler[] {
  return CUT_STEPS.map((kind) => cutStepHandler(parts, incidents, kind));
}

function cutStepHandler(parts: ResponseParts, incidents: Incidents, kind: CutStep): StepHandler {
  const work = async (step: Step, context: StepContext): Promise<CutWork | null> => {
    const { incident, cut: cutId } = payloadOf(step);
    const state = await incidents.state(incident);
    const cut = state?.cuts.find((one) => one.id === cutId);
    if (state === null || cut === undefined || !WANTED_IN[kind].includes(cut.status)) return null;
    const connector = connectorOf(parts, cut.order.target);
    const timeoutMs = connector.describe().callTimeoutMs;
    return {
      state,
      cut,
      connector,
      call: { idempotencyKey: step.key, timeoutMs, signal: context.signal },
    };
  };
  const perform = async (step: Step, context: StepContext): Promise<Performed> => {
    const found = await work(step, context);
    if (found === null) return { type: 'done', result: LATE };
    return await guarded(async () => await PERFORM[kind](parts, found));
  };
  const base: StepHandler = {
    kind,
    attemptsMax: LIMITS.cutAttemptsMax,
    callTimeoutMs: (step) => callTimeoutOf(parts, step),
    perform,
    record: async (step, outcome, settle) => {
      await recordOutcome(parts, incidents, kind, step, outcome, settle);
    },
  };
  if (kind !== 'cut.apply') return base;
  return {
    ...base,
    honoursKeys: (step) => honoursKeys(parts, step),
    readBack: async (step, context) => {
      const found = await work(step, context);
      if (found === null) return { type: 'done', result: LATE };
      return await guarded(async () => await readBack(found));
    },
  };
}

function payloadOf(step: Step): { readonly incident: Id<'incident'>; readonly cut: Id<'cut'> } {
  // Written by effects.ts, which has both ids in their own types.
  return step.payload as { readonly incident: Id<'incident'>; readonly cut: Id<'cut'> };
}

/** What the target's own limit is, and a moment for our side of the call. */
const OWN_SIDE_MS = 500;

function callTimeoutOf(parts: ResponseParts, { target }: Step): number {
  const connector = target === null ? undefined : parts.connectors.get(target);
  const limitMs = connector?.describe().callTimeoutMs ?? LIMITS.targetCallTimeoutMs;
  return limitMs + OWN_SIDE_MS;
}

function honoursKeys(parts: ResponseParts, step: Step): boolean {
  const connector = step.target === null ? undefined : parts.connectors.get(step.target);
  return connector?.describe().honoursIdempotencyKeys === true;
}

/** Connectors fail in four ways; each has one meaning for the runner. Anything else is our own mistake. */
export async function guarded<Answer extends Performed | { readonly type: 'absent' }>(
  call: () => Promise<Answer>,
): Promise<Answer | Extract<Performed, { readonly type: 'failed' | 'refused' }>> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    const reason = error.message;
    switch (error.kind) {
      case 'refused':
        return {
          type: 'refused',
          reason: error.grant === undefined ? reason : `${reason}; grant: ${error.grant}`,
        };
      case 'unknown':
        return { type: 'failed', reason, unknown: true };
      case 'transient':
        return { type: 'failed', reason, unknown: false };
      case 'rate-limited':
        return error.retryAfterMs === undefined
          ? { type: 'failed', reason, unknown: false }
          : { type: 'failed', reason, unknown: false, retryAfterMs: error.retryAfterMs };
    }
  }
}

const PERFORM: Readonly<
  Record<CutStep, (parts: ResponseParts, work: CutWork) => Promise<Performed>>
> = {
  'cut.capture-evidence': captureEvidence,
  'cut.prepare': prepare,
  'cut.apply': async (_parts, { connector, cut, call }) =>
    done({ applied: await connector.apply(cut.order, call) }),
  'cut.probe': async (parts, work) => await tried(parts, work),
  'cut.revert': async (_parts, { connector, cut, call }) => {
    const { preImage, inverse, restore } = cut;
    if (preImage === null || inverse === null)
      return { type: 'refused', reason: 'no inverse is on record' };
    const { target, subject, guarantee, grain } = cut.order;
    const rearmCredential = restore?.rearmCredential === true;
    const order = { target, subject, guarantee, grain, preImage, inverse, rearmCredential };
    return done({ reverted: await connector.revert(order, call) });
  },
  'cut.restore-probe': async (parts, work) => await tried(parts, work),
};

function done(result: object): Performed {
  // What connectors answer is plain JSON by their contract, checked by the conformance suite.
  return { type: 'done', result: result as JsonObject };
}

async function captureEvidence(parts: ResponseParts, work: CutWork): Promise<Performed> {
  const items = await work.connector.captureEvidence(work.cut.order.subject, work.call);
  const captured = await createEvidence(parts).keep(work.state.id, work.cut.id, items);
  return done(captured);
}

async function prepare(parts: ResponseParts, work: CutWork): Promise<Performed> {
  const [prepared, before, stillAutomatic] = await Promise.all([
    work.connector.prepare(work.cut.order, work.call),
    probe(parts, work),
    isStillAutomatic(parts, work),
  ]);
  return done({ ...prepared, control: before.control === 'works', stillAutomatic });
}

/** A fuse may have blown or the mandate ended since the cut was planned. */
async function isStillAutomatic(parts: ResponseParts, { state, cut }: CutWork): Promise<boolean> {
  if (cut.authority?.by !== 'mandate') return true;
  const { mandate } = await resolveAgain(parts, state, cut.subject.identity);
  return mandate?.mode === 'act';
}

/** With the instant it speaks for: by the time it is recorded, a change may have taken effect that it did not meet. */
async function tried(parts: ResponseParts, work: CutWork): Promise<Performed> {
  const atMs = parts.clock.nowMs();
  const probed = await probe(parts, work);
  return done({ probed, atMs, ...(await driftOf(work, probed)) });
}

const HELD: ReadonlySet<CutStatus> = new Set(['proven', 'residual', 'irrevocable']);

/** A cut that held and no longer does: whether it is gone, and who took it away, as far as the target says. */
async function driftOf(work: CutWork, probed: Probed): Promise<JsonObject> {
  if (!HELD.has(work.cut.status) || probed.observed === 'no-answer') return {};
  const isOther = probed.observed === 'denied' && !probed.expected && probed.control === 'works';
  try {
    const isGone =
      isOther && (await work.connector.readBack(work.cut.order, work.call)).state === 'absent';
    if (probed.observed === 'denied' && !isGone) return {};
    return { isGone, undoneBy: await lastOther(work) };
  } catch (error) {
    // Who it was is good to know; that it is undone is what has to be said.
    if (!(error instanceof ConnectorFailure)) throw error;
    return {};
  }
}

async function lastOther({ connector, cut, call }: CutWork): Promise<string | null> {
  const { order, appliedAtMs } = cut;
  const since = toTimestamp(appliedAtMs ?? 0);
  const changes = (await connector.changes?.(order.subject, since, call)) ?? [];
  const { actsAs } = connector.describe();
  const last = changes.findLast((one) => one.actor !== actsAs);
  return last === undefined ? null : `${last.actor} (${last.what}, ${last.at.slice(11, 19)})`;
}

/** What cannot be tried is an observation too, never an error that ends the proving. */
async function probe(
  parts: ResponseParts,
  { state, cut, connector, call }: CutWork,
): Promise<Probed> {
  const { method, secret } = await probeMeans(parts, state, cut);
  const vantage = 'outside';
  // Once the identity is given back, its sessions are those of its own new credentials.
  const isLeakedAlone =
    cut.status === 'reverting' &&
    cut.restore?.rearmCredential === false &&
    cut.order.grain === 'identity' &&
    method === 'secret';
  const request: ProbeRequest = {
    target: cut.order.target,
    subject: cut.order.subject,
    guarantee: cut.order.guarantee,
    method,
    vantage,
    ...(secret === null ? {} : { secret }),
    ...(isLeakedAlone ? { sessions: false } : {}),
  };
  try {
    return await connector.probe(request, call);
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind === 'refused') throw error;
    return {
      observed: 'no-answer',
      error: error.message,
      expected: false,
      control: 'fails',
      vantage,
      method,
    };
  }
}

async function probeMeans(
  parts: ResponseParts,
  state: IncidentState,
  cut: CutState,
): Promise<{ readonly method: 'secret' | 'impersonation'; readonly secret: string | null }> {
  const { method, custody } = probeMeansOf(state, cut);
  if (custody === null) return { method, secret: null };
  const secret = await parts.signals.custody.open(custody);
  if (secret !== null) return { method: 'secret', secret: reveal(secret) };
  // What cannot be tried is unproven; a way that the target does not offer would block the cut.
  const { probeMethods } = connectorOf(parts, cut.order.target).describe();
  return {
    method: probeMethods.includes('impersonation') ? 'impersonation' : 'secret',
    secret: null,
  };
}

async function readBack({
  connector,
  cut,
  call,
}: CutWork): Promise<Performed | { readonly type: 'absent' }> {
  const seen = await connector.readBack(cut.order, call);
  switch (seen.state) {
    case 'applied':
      return done({ applied: { state: 'already', raw: seen.raw } });
    case 'absent':
    case 'partial':
      return { type: 'absent' };
    case 'unknown':
      return {
        type: 'failed',
        reason: 'the target cannot say whether the cut is there',
        unknown: true,
      };
  }
}

async function recordOutcome(
  parts: ResponseParts,
  incidents: Incidents,
  kind: CutStep,
  step: Step,
  outcome: StepOutcome,
  settle: readonly Command[],
): Promise<void> {
  const { incident, cut } = payloadOf(step);
  const command = commandOf(kind, cut, outcome);
  if (command === null) await parts.store.write(settle);
  else await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
}

/** What the outcome of a step means to the incident; null when it means nothing yet (a retry) or any more (late). */
function commandOf(kind: CutStep, cut: Id<'cut'>, outcome: StepOutcome): IncidentCommand | null {
  if (outcome.type === 'retry') return null;
  if (outcome.type === 'blocked') {
    return { type: 'cut', cut, event: { type: 'blocked', step: kind, reason: outcome.reason } };
  }
  if (outcome.result['late'] === true) return null;
  const event = eventOf(kind, outcome.result);
  return event.type === 'reverted' || event.type === 'restore-probed'
    ? { type: 'restore', cut, event }
    : { type: 'cut', cut, event };
}

function eventOf(kind: CutStep, result: JsonObject): CutEvent | RestoreEvent {
  // Each result was made by PERFORM above for its own kind; it went through the store as JSON.
  const as = <Shape>(value: Json | undefined): Shape => value as Shape;
  switch (kind) {
    case 'cut.capture-evidence':
      return {
        type: 'evidence',
        ...as<Omit<Extract<CutEvent, { readonly type: 'evidence' }>, 'type'>>(result),
      };
    case 'cut.prepare':
      return {
        type: 'prepared',
        ...as<Omit<Extract<CutEvent, { readonly type: 'prepared' }>, 'type'>>(result),
      };
    case 'cut.apply':
      return { type: 'applied', applied: as(result['applied']) };
    case 'cut.probe':
      return {
        type: 'probed',
        probed: as(result['probed']),
        atMs: as(result['atMs']),
        undoneBy: as(result['undoneBy'] ?? null),
        isGone: result['isGone'] === true,
      };
    case 'cut.revert':
      return { type: 'reverted', reverted: as(result['reverted']) };
    case 'cut.restore-probe':
      return { type: 'restore-probed', probed: as(result['probed']), atMs: as(result['atMs']) };
  }
}
