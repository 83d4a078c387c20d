import type { DecisionKind } from '../../authority/index.ts';
import { type Id, type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { Step, StepHandler } from '../../runner/index.ts';
import { liveOfNobody } from '../facts.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import type { Rotations } from '../rotation/rotations.ts';
import { listRotationIds } from '../rotation/store.ts';
import { gather } from './gather.ts';
import type { Found, TailItem } from './model.ts';

/** Longer outages, and what stays after them, are for who decides how the business goes on. */
export const TAIL_KIND: DecisionKind = 'business-continuity';

interface Payload {
  readonly incident: Id<'incident'>;
  readonly identity: Id<'identity'>;
}

function payloadOf(step: Step): Payload {
  // Written by effects.ts.
  return step.payload as unknown as Payload;
}

export function reviewStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): readonly StepHandler[] {
  return [
    lookHandler(parts, incidents, rotations),
    tailHandler(parts, incidents, 'ask'),
    tailHandler(parts, incidents, 'due'),
  ];
}

const NOT_LOOKED: Found = { items: [], missed: ['the look did not come to an end'], stays: [] };

/** INVARIANT: a look holds up nothing: a target that is away is on record as such, and the cuts go on meanwhile. */
function lookHandler(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): StepHandler {
  return {
    kind: 'review.look',
    perform: async (step, { signal }) => {
      const { incident, identity } = payloadOf(step);
      const state = await incidents.state(incident);
      const subject = state?.subjects.find((one) => one.identity === identity);
      if (state === null || subject === undefined || state.status === 'closed')
        return { type: 'done', result: { over: true } };
      const found = await gather(parts, state, subject, signal);
      const old = await oldCredentials(parts, rotations, incident, identity);
      const whole: Found = { ...found, stays: [...found.stays, ...old] };
      // Plain JSON by construction; the interface lacks the index signature.
      return { type: 'done', result: { found: whole as unknown as JsonObject } };
    },
    record: async (step, outcome, settle) => {
      const { incident, identity } = payloadOf(step);
      const isOver = outcome.type === 'done' && outcome.result['over'] === true;
      if (isOver || outcome.type === 'retry') {
        await parts.store.write(settle);
        return;
      }
      const found =
        outcome.type === 'done'
          ? (outcome.result['found'] as unknown as Found) // Made by perform above.
          : NOT_LOOKED;
      const command = { type: 'reviewed', identity, found } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}

/** A person let consumers go on with the old one: it works until somebody sees to it. */
async function oldCredentials(
  { store }: ResponseParts,
  rotations: Rotations,
  incident: Id<'incident'>,
  identity: Id<'identity'>,
): Promise<readonly TailItem[]> {
  const ids = await listRotationIds(store, { limit: LIMITS.pageRowsDefault, incident });
  const states = await Promise.all(ids.map(async (id) => await rotations.state(id)));
  return states.flatMap((state) =>
    (state?.steps ?? [])
      .filter((step) => step.identity === identity && step.status === 'kept')
      .map((step) => ({
        key: `old-credential:${step.id}`,
        kind: 'old-credential' as const,
        identity,
        what: `the old ${step.name} of ${step.identityName} still works for consumers that were left with it`,
      })),
  );
}

function tailHandler(parts: ResponseParts, incidents: Incidents, type: 'ask' | 'due'): StepHandler {
  return {
    kind: `long-tail.${type}`,
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      const { incident } = payloadOf(step);
      const state = await incidents.state(incident);
      if (state === null) {
        await parts.store.write(settle);
        return;
      }
      const live = await liveOfNobody(parts, state, TAIL_KIND);
      const command = { type: 'long-tail', act: { type, live } } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}
