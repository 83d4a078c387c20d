import type { DiscoveredCredential, DiscoveredSession } from '../connectors/contract.ts';
import type { Found } from '../inventory/index.ts';
import { FirebreakError, type Id, isFirebreakError, LIMITS, toTimestamp } from '../kernel/index.ts';
import { appendCommands } from '../ledger/index.ts';
import { type PlannedSteps, PRIORITY, type Step, type StepHandler } from '../runner/index.ts';
import type { Signal } from '../signals/index.ts';
import type { Command } from '../store/index.ts';
import { ConnectorFailure } from '../connectors/contract.ts';
import { attribute } from './attribute.ts';
import { decisionStepHandlers } from './decision-steps.ts';
import { evidenceAgeHandler } from './evidence/age.ts';
import {
  connectorOf,
  considerFacts,
  liveFor,
  liveOfNobody,
  readKnown,
  readKnownOf,
} from './facts.ts';
import type { SuspectNamed } from './decisions/model.ts';
import type { IncidentCommand } from './incident/decide.ts';
import type { Incidents } from './incidents.ts';
import { heedMandateEnd } from './mandate-end.ts';
import type { ResponseParts } from './parts.ts';
import { readReplacement, type Rotations } from './rotation/index.ts';
import { findOpenIncident, incidentIdsOf } from './store.ts';
import { markBySignal, suspectsOf } from './suspects.ts';

/** Signals that were accepted here a moment ago: their step starts at once and need not read them again. */
export interface RecentSignals {
  readonly keep: (signal: Signal) => void;
  readonly take: (id: string) => Signal | null;
}

export function createRecentSignals(): RecentSignals {
  const signals = new Map<string, Signal>();
  return {
    keep: (signal) => {
      signals.set(signal.id, signal);
      const [oldest] = signals.keys();
      if (signals.size > LIMITS.recentSignalsMax && oldest !== undefined) signals.delete(oldest);
    },
    take: (id) => {
      const signal = signals.get(id) ?? null;
      signals.delete(id);
      return signal;
    },
  };
}

/** Goes into the commit that accepts a signal: nothing that was acknowledged waits for anybody to remember it. */
export function considerStep(parts: ResponseParts, signal: Signal): PlannedSteps {
  return parts.runner.plan([
    {
      id: parts.ids.next('step'),
      kind: 'signal.consider',
      subject: signal.id,
      lane: null,
      target: null,
      priority: PRIORITY.signal,
      dueAtMs: parts.clock.nowMs(),
      key: signal.id,
      payload: { signal: signal.id },
    },
  ]);
}

export function otherStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
  recent: RecentSignals,
  rotations: Rotations,
): readonly StepHandler[] {
  return [
    considerHandler(parts, incidents, recent),
    watchHandler(parts, incidents),
    timerHandler(parts, incidents, 'cut.evidence-fuse', (payload) => ({
      type: 'cut',
      cut: payload.cut,
      event: { type: 'fuse-burnt' },
    })),
    windowHandler(parts, incidents, rotations),
    timerHandler(parts, incidents, 'glass.due', ({ decision, what }) => ({
      type: 'glass-due',
      decision,
      what,
    })),
    timerHandler(parts, incidents, 'manual.due', ({ decision }) => ({
      type: 'manual-due',
      decision,
    })),
    cutTimeHandler(parts, incidents),
    evidenceAgeHandler(parts, incidents),
    ...decisionStepHandlers(parts, incidents),
  ];
}

interface TimerPayload {
  readonly incident: Id<'incident'>;
  readonly identity: Id<'identity'>;
  readonly cut: Id<'cut'>;
  readonly decision: Id<'decision'>;
  readonly window: 'W1' | 'W2';
  readonly everyMs: number;
  readonly what: 'end' | 'review';
}

function payloadOf(step: Step): TimerPayload {
  // Written by effects.ts; each kind of step reads only the members it wrote.
  return step.payload as unknown as TimerPayload;
}

/** A timer has no effect of its own: what it means is decided when it is recorded. */
function timerHandler(
  parts: ResponseParts,
  incidents: Incidents,
  kind: string,
  commandOf: (payload: TimerPayload) => IncidentCommand | Promise<IncidentCommand>,
): StepHandler {
  return {
    kind,
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      const payload = payloadOf(step);
      const command = await commandOf(payload);
      await incidents.apply(payload.incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

/** What is to take the place of the old credential is asked after when W2 ends: it may have come meanwhile. */
function windowHandler(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): StepHandler {
  return timerHandler(parts, incidents, 'window.end', async (payload) => {
    const { incident, identity, window } = payload;
    await heedMandateEnd(parts, incidents, incident, identity);
    const command = { type: 'window-end', identity, window } as const;
    const state = window === 'W2' ? await incidents.state(incident) : null;
    const subject = state?.subjects.find((one) => one.identity === identity);
    if (state === null || subject === undefined) return command;
    const { state: is, why } = await readReplacement(parts, rotations, incident, subject);
    if (is !== 'missing') return command;
    const { resolution } = await liveFor(
      parts,
      await readKnownOf(parts, identity),
      state,
      'revoke',
    );
    return { ...command, missing: { why, resolution } };
  });
}

/** Who may give back is asked of the charter when the time is over, not when the cut was made. */
function cutTimeHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'cut.time-over',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      const { incident, cut: id } = payloadOf(step);
      const state = await incidents.state(incident);
      const cut = state?.cuts.find((one) => one.id === id);
      if (state === null || cut === undefined) {
        await parts.store.write(settle);
        return;
      }
      const known = await readKnownOf(parts, cut.subject.identity);
      const live = await liveFor(parts, known, state, 'restore');
      const command = { type: 'cut-time-over', cut: id, live } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

function watchHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'subject.watch',
    perform: async (step, { signal }) => {
      const { incident, identity } = payloadOf(step);
      const state = await incidents.state(incident);
      const subject = state?.subjects.find((one) => one.identity === identity);
      if (state === null || subject === undefined || state.status === 'closed')
        return { type: 'done', result: { over: true } };
      // No connector yet: there is nothing to look with, and the watch goes on for when there is.
      if (!parts.connectors.has(subject.target))
        return { type: 'done', result: { credentials: [] } };
      try {
        const { callTimeoutMs: timeoutMs } = subject.capabilities;
        const call = { idempotencyKey: step.key, timeoutMs, signal };
        const seen = await connectorOf(parts, subject.target).discover(
          { identity: subject.identityRef },
          call,
        );
        return {
          type: 'done',
          result: {
            credentials: seen.credentials.map((one) => ({ ...one })),
            ...(subject.sessions === undefined
              ? {}
              : { sessions: seen.sessions.map((one) => ({ ...one })) }),
          },
        };
      } catch (error) {
        if (!(error instanceof ConnectorFailure)) throw error;
        // The watch goes on: an outage of the target is no reason to stop looking.
        return { type: 'done', result: { credentials: [] } };
      }
    },
    record: async (step, outcome, settle) => {
      const { incident, identity, everyMs } = payloadOf(step);
      const isOver = outcome.type === 'done' && outcome.result['over'] === true;
      if (isOver || outcome.type === 'retry') {
        await parts.store.write(settle);
        return;
      }
      // The next look does not depend on what became of this one: a blocked look ends no watch.
      const credentials =
        outcome.type === 'done'
          ? (outcome.result['credentials'] as unknown as readonly DiscoveredCredential[]) // Made by perform above.
          : [];
      if (credentials.length > 0) await heedMandateEnd(parts, incidents, incident, identity);
      const sessions =
        outcome.type === 'done'
          ? ((outcome.result['sessions'] ?? []) as unknown as readonly DiscoveredSession[]) // Made by perform above.
          : [];
      const command = { type: 'watched', identity, credentials, everyMs, sessions } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

function considerHandler(
  parts: ResponseParts,
  incidents: Incidents,
  recent: RecentSignals,
): StepHandler {
  return {
    kind: 'signal.consider',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      const { signal: id } = step.payload as { readonly signal: string }; // written by considerStep
      const signal = recent.take(id) ?? (await parts.signals.get(id));
      if (signal === null)
        throw new FirebreakError('internal-invariant', {
          invariant: `signal ${id} is stored before its step`,
        });
      const isAboutPeople = suspectsOf(parts, signal).length > 0;
      for (const suspect of await markBySignal(parts, signal))
        await askAbout(parts, incidents, signal, suspect);
      const found = await attribute(parts, signal);
      if (found === null && isAboutPeople) await parts.store.write(settle);
      else if (found === null) await recordUnattributed(parts, signal, settle);
      else await considerSignal(parts, incidents, signal, found, settle);
    },
  };
}

/** More suspects than one source may make: two people decide. */
async function askAbout(
  parts: ResponseParts,
  incidents: Incidents,
  { source, id }: Signal,
  { kind, name }: SuspectNamed,
): Promise<void> {
  const actor = `source:${source}`;
  const live = await liveOfNobody(parts, null, 'mark-suspect', { kind, name });
  const asked = {
    act: 'mark-suspect',
    what: `mark as a suspect: ${kind} ${name}`,
    parameters: { kind, name },
    severity: 'sev1',
    reason: `${source} says so in signal ${id}, and has marked as many as one may`,
    by: { name: actor, person: null, live },
  } as const;
  await incidents.apply(incidents.newId(), { type: 'ask-act', asked }, actor);
}

async function recordUnattributed(
  parts: ResponseParts,
  signal: Signal,
  settle: readonly Command[],
): Promise<void> {
  const entry = {
    id: parts.ids.next('entry'),
    at: toTimestamp(parts.clock.nowMs()),
    kind: 'signal.unattributed',
    actor: `node:${parts.runner.nodeId}`,
    incident: null,
    ordinal: null,
    data: {
      signal: signal.id,
      refs: signal.refs.map((ref) => ({ ...ref })),
      why: 'no reference of it is in the inventory',
    },
  };
  await parts.store.write([...settle, ...appendCommands([entry])]);
  parts.ledger.written();
}

const JOIN_TRIES = 5;

/** Joins the open incident of the identity, or opens one; two nodes that open one at once end up with one. */
async function considerSignal(
  parts: ResponseParts,
  incidents: Incidents,
  signal: Signal,
  found: Found,
  settle: readonly Command[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const [open, known] = await Promise.all([
      findOpenIncident(parts.store, found.identity.id),
      readKnown(parts, found.identity),
    ]);
    const closed =
      open === null && signal.type === 'all-clear'
        ? (await incidentIdsOf(parts.store, found.identity.id, 1))[0]
        : undefined;
    const existing = open ?? closed ?? null;
    const state = existing === null ? null : await incidents.state(existing);
    const considered = await considerFacts(parts, signal, found, known, state);
    const id = state?.id ?? incidents.newId();
    try {
      await incidents.apply(
        id,
        { type: 'consider', considered },
        `source:${signal.source}`,
        settle,
      );
      return;
    } catch (error) {
      const raced =
        isFirebreakError(error, 'store-constraint') || isFirebreakError(error, 'store-conflict');
      if (!raced || attempt >= JOIN_TRIES) throw error;
    }
  }
}
