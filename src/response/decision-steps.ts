import { assert, type Id, LIMITS, toTimestamp } from '../kernel/index.ts';
import type { Step, StepHandler, StepOutcome } from '../runner/index.ts';
import type { Command } from '../store/index.ts';
import { collectFor, isOverloaded } from './cards.ts';
import { decisionOf } from './decisions/find.ts';
import type { PageAbout } from './incident/effects.ts';
import { liveOf } from './facts.ts';
import type { Incidents } from './incidents.ts';
import type { IncidentDecision, Live } from './decisions/model.ts';
import type { IncidentState } from './incident/model.ts';
import type { ResponseParts } from './parts.ts';
import { pageText } from './paging/words.ts';
import { incidentsWith, unclosedIncidents } from './people-store.ts';
import type { SpreadPayload } from './suspects.ts';
import { questionOf } from './questions.ts';

export function decisionStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
): readonly StepHandler[] {
  return [
    deadlineHandler(parts, incidents),
    pageHandler(parts, incidents),
    spreadHandler(parts, incidents),
  ];
}

interface DeadlinePayload {
  readonly incident: Id<'incident'>;
  readonly decision: Id<'decision'>;
  readonly dueAtMs: number;
}

/** The decision as it stands, while it is open. */
async function openOf(
  incidents: Incidents,
  {
    incident,
    decision: id,
    about,
  }: Pick<DeadlinePayload, 'incident' | 'decision'> & Partial<Pick<PagePayload, 'about'>>,
): Promise<{ readonly state: IncidentState; readonly decision: IncidentDecision } | null> {
  const state = await incidents.state(incident);
  assert(state !== null, 'a decision belongs to an incident');
  const decision = decisionOf(state, id);
  // A review is about what is decided.
  return decision.state === 'open' || about === 'review' ? { state, decision } : null;
}

/** A timer has no effect of its own. People are live: who sits on the next rung is asked when it opens. */
function deadlineHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'decision.deadline',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      // Written by effects.ts.
      const payload = step.payload as unknown as DeadlinePayload;
      const open = await openOf(incidents, payload);
      if (open === null) {
        await parts.store.write(settle);
        return;
      }
      const { incident, decision, dueAtMs } = payload;
      const live = await liveOf(parts, open.state, open.decision);
      const command = { type: 'deadline', decision, dueAtMs, live } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

/** What a suspect was asked and has answered is looked at again, incident by incident; a repeat finds nothing to do. */
function spreadHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'suspect.spread',
    perform: async (step) => {
      const { suspect } = step.payload as unknown as SpreadPayload; // Written by suspects.ts.
      if (suspect.kind === 'person') await parts.endSessions(suspect.name);
      return { type: 'done', result: {} };
    },
    record: async (step, outcome, settle) => {
      const { suspect, by } = step.payload as unknown as SpreadPayload; // Written by suspects.ts.
      const ids = outcome.type === 'retry' ? [] : await concerning(parts, suspect);
      for (const id of ids) {
        const state = await incidents.state(id);
        if (state === null) continue;
        const live = new Map<string, Live>();
        for (const one of state.decisions) {
          if (one.state === 'open') live.set(one.id, await liveOf(parts, state, one));
        }
        const command = { type: 'suspect-marked', suspect, by, live } as const;
        await incidents.apply(state.id, command, `node:${parts.runner.nodeId}`);
      }
      await parts.store.write(settle);
    },
  };
}

/** Where they were asked; what a source has said may be in any incident that is not over. */
async function concerning(
  { store }: ResponseParts,
  { kind, name }: SpreadPayload['suspect'],
): Promise<readonly string[]> {
  if (kind === 'person') return await incidentsWith(store, name);
  return kind === 'source' ? await unclosedIncidents(store) : [];
}

interface PagePayload {
  readonly incident: Id<'incident'>;
  readonly decision: Id<'decision'>;
  readonly about: PageAbout;
  readonly seat: string;
  readonly people: readonly string[];
  readonly channels: readonly string[];
}

/** Tells people. When no channel reaches anybody of a rung, its time is not waited for. */
function pageHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'decision.page',
    attemptsMax: LIMITS.pageAttemptsMax,
    callTimeoutMs: LIMITS.pageTimeoutMs,
    perform: async (step, { signal }) => {
      const payload = payloadOf(step);
      const open = await openOf(incidents, payload);
      if (open === null) return { type: 'done', result: { reached: true, batched: [] } };
      const pages = payload.people.map((person) =>
        pageOf(step, payload, open.state, open.decision, person),
      );
      const told = await Promise.all(pages.map(async (page) => await tell(parts, page, signal)));
      const batched = pages
        .filter((_, index) => told[index] === 'batched')
        .map((one) => one.person);
      return { type: 'done', result: { reached: told.some((one) => one !== 'nobody'), batched } };
    },
    record: async (step, outcome, settle) => {
      const { incident, decision, seat, about } = payloadOf(step);
      const isReached = outcome.type === 'done' && outcome.result['reached'] === true;
      const isOver = outcome.type === 'retry' || isReached || about === 'review';
      const open = isOver ? null : await openOf(incidents, payloadOf(step));
      if (open === null) {
        await settleBatched(parts, outcome, settle);
        return;
      }
      const live = await liveOf(parts, open.state, open.decision);
      const command = { type: 'nobody-reached', decision, seat, live } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

/** Whoever is asked too much at once gets their questions on cards, a moment later. */
async function tell(
  parts: ResponseParts,
  page: Parameters<ResponseParts['notifier']['notify']>[0],
  signal: AbortSignal,
): Promise<'reached' | 'batched' | 'nobody'> {
  const isAsked = page.about === 'opened' || page.about === 'handed-off' || page.about === 'again';
  if (isAsked && (await isOverloaded(parts, page.person))) return 'batched';
  const { reached } = await parts.notifier.notify(page, signal);
  return reached ? 'reached' : 'nobody';
}

async function settleBatched(
  parts: ResponseParts,
  outcome: StepOutcome,
  settle: readonly Command[],
): Promise<void> {
  // Made by perform above.
  const people = outcome.type === 'done' ? (outcome.result['batched'] as readonly string[]) : [];
  if (people === undefined || people.length === 0) {
    await parts.store.write(settle);
    return;
  }
  const collected = await collectFor(parts, people);
  await parts.store.write([...settle, ...collected.commands]);
  collected.start();
}

function payloadOf(step: Step): PagePayload {
  // Written by effects.ts.
  return step.payload as unknown as PagePayload;
}

function pageOf(
  step: Step,
  { about, seat, channels }: PagePayload,
  state: IncidentState,
  decision: IncidentDecision,
  person: string,
): Parameters<ResponseParts['notifier']['notify']>[0] {
  const question = questionOf(state, decision);
  const { id, kind, digest, deadlineMs } = decision;
  const deadline = deadlineMs === null ? null : toTimestamp(deadlineMs);
  return {
    key: `${step.key}:${person}`,
    person,
    channels,
    about,
    seat,
    decision: { id, incident: state.id, kind, question, digest, deadline },
    text: pageText(decision, about, question),
  };
}
