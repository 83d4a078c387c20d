import { ConnectorFailure } from '../connectors/contract.ts';
import { type Id, type Json, type JsonObject, LIMITS } from '../kernel/index.ts';
import type { Performed, Step, StepContext, StepHandler, StepOutcome } from '../runner/index.ts';
import type { Command } from '../store/index.ts';
import type { CutEvent } from './containment/decide.ts';
import type { RestoreEvent } from './containment/restore.ts';
import { createEvidence } from './evidence/capture.ts';
import { connectorOf, resolveAgain } from './facts.ts';
import type { IncidentCommand } from './incident/decide.ts';
import { CUT_STEPS, type CutStep, WANTED_IN } from './incident/effects.ts';
import type { Incidents } from './incidents.ts';
import type { ResponseParts } from './parts.ts';
import { type CutWork, tried, tryFromOutside } from './trying.ts';

const LATE = { late: true } as const;

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
  'cut.probe': async (parts, work) => done(await tried(parts, work)),
  'cut.revert': async (_parts, { connector, cut, call }) => {
    const { preImage, inverse, restore } = cut;
    if (preImage === null || inverse === null)
      return { type: 'refused', reason: 'no inverse is on record' };
    const { target, subject, guarantee, grain } = cut.order;
    const rearmCredential = restore?.rearmCredential === true;
    const order = { target, subject, guarantee, grain, preImage, inverse, rearmCredential };
    return done({ reverted: await connector.revert(order, call) });
  },
  'cut.restore-probe': async (parts, work) => done(await tried(parts, work)),
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
    tryFromOutside(parts, work),
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
