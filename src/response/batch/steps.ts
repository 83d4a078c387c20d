import { FirebreakError, type Id, isFirebreakError } from '../../kernel/index.ts';
import type { Step, StepHandler } from '../../runner/index.ts';
import type { CarriedOn } from '../decisions/effect.ts';
import { liveFor, readKnown, subjectOfKnown } from '../facts.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import { findOpenIncident } from '../store.ts';
import type { Batch, Member } from './model.ts';
import { type Looked, nextMembers } from './take-up.ts';

interface BatchPayload {
  readonly incident: Id<'incident'>;
  readonly batch: Id<'batch'>;
}

export function batchStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
): readonly StepHandler[] {
  return [takeUpHandler(parts, incidents), carryOnHandler(parts, incidents)];
}

const JOIN_TRIES = 5;

function takeUpHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'batch.take-up',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await takeUpSlice(parts, incidents, step, settle);
          return;
        } catch (error) {
          // One of them became part of another incident meanwhile: who it is comes out when all are looked at again.
          if (!isFirebreakError(error, 'store-constraint') || attempt >= JOIN_TRIES) throw error;
        }
      }
    },
  };
}

async function takeUpSlice(
  parts: ResponseParts,
  incidents: Incidents,
  step: Step,
  settle: Parameters<NonNullable<StepHandler['record']>>[2],
): Promise<void> {
  // Written by effects.ts.
  const { incident, batch: id } = step.payload as unknown as BatchPayload;
  const state = await incidents.state(incident);
  const batch = state?.batches.find((one) => one.id === id);
  if (state === null || batch === undefined) {
    await parts.store.write(settle);
    return;
  }
  const looked = await Promise.all(
    nextMembers(batch).map(async (member) => await look(parts, state, batch, member)),
  );
  const command = { type: 'take-up', batch: id, from: batch.taken, looked } as const;
  await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
}

async function look(
  parts: ResponseParts,
  state: IncidentState,
  { guarantee }: Batch,
  { identity, credential: named }: Member,
): Promise<Looked> {
  const open = await findOpenIncident(parts.store, identity);
  if (open !== null && open !== state.id) return { identity, why: `${open} holds it already` };
  const [record, credential] = await Promise.all([
    parts.inventory.identity(identity),
    named === null ? null : parts.inventory.credential(named),
  ]);
  if (record === null) return { identity, why: 'the inventory no longer knows it' };
  const known = await readKnown(parts, record);
  const kind = guarantee === 'G5' ? 'revoke' : 'contain';
  const { resolution } = await liveFor(parts, known, state, kind);
  const found = { identity: record, credential, by: { id: identity } };
  return { subject: subjectOfKnown(known, found, resolution) };
}

function carryOnHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'decision.carry-on',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      // Written by effects.ts.
      const { incident, ...list } = step.payload as unknown as CarriedOn & BatchPayload;
      if ((await incidents.state(incident)) === null)
        throw new FirebreakError('internal-invariant', {
          invariant: 'what was decided belongs to an incident',
        });
      const command = { type: 'carry-on', list } as const;
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}
