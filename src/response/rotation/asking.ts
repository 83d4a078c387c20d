import { FirebreakError, type Id, isFirebreakError, isId, LIMITS } from '../../kernel/index.ts';
import type { Incidents } from '../incidents.ts';
import type { Actor } from '../actor.ts';
import type { ResponseParts } from '../parts.ts';
import { findOpenIncident } from '../store.ts';
import type { RotationCommand } from './decide.ts';
import type { RotateAnswer, RotateRequest, RotationDoor, RotationView } from './door.ts';
import type { RotationPlan } from './entries.ts';
import { readHold } from './looking.ts';
import type { RotationState } from './model.ts';
import { authorityOver } from './paging.ts';
import { planRotation, readRenewals } from './plan.ts';
import type { Rotations } from './rotations.ts';
import { rotationTimeline } from './sentences.ts';
import { findOpenRotation, listRotationIds } from './store.ts';
import { planViewOf, rotationSummaryOf, rotationViewOf } from './views.ts';

export function createRotationDoor(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): RotationDoor {
  const stateOf = async (id: string): Promise<RotationState> => {
    const state = isId('rotation', id) ? await rotations.state(id) : null;
    if (state === null) throw new FirebreakError('rotation-unknown', { rotation: id });
    return state;
  };
  const apply = async (
    id: Id<'rotation'>,
    command: RotationCommand,
    actor: Actor,
  ): Promise<RotationView> =>
    rotationViewOf((await rotations.apply(id, command, actor.name)).state);
  /** Who may start it may answer, stop and resume it. */
  const allowed = async (id: string, actor: Actor): Promise<RotationState> => {
    const state = await stateOf(id);
    await mustBeHolder(parts, state.subject, actor);
    return state;
  };
  return {
    rotate: async (request, actor) => await rotate(parts, incidents, rotations, request, actor),
    rotations: async (page) => {
      const ids = await listRotationIds(parts.store, { limit: LIMITS.pageRowsDefault, ...page });
      const states = await Promise.all(ids.map(async (id) => await stateOf(id)));
      return states.map(rotationSummaryOf);
    },
    rotation: async (id) => {
      const state = await stateOf(id);
      const timeline = rotationTimeline(state, await rotations.recorded(id));
      return { ...rotationViewOf(state), timeline };
    },
    answerRotation: async ({ rotation, question, choice }, actor) => {
      const { id } = await allowed(rotation, actor);
      return await apply(id, { type: 'answer', question, choice, by: actor.name }, actor);
    },
    cancelRotation: async ({ rotation, reason }, actor) => {
      const { id } = await allowed(rotation, actor);
      return await apply(id, { type: 'cancel', by: actor.name, reason }, actor);
    },
    resumeRotation: async (rotation, actor) => {
      const { id } = await allowed(rotation, actor);
      return await apply(id, { type: 'resume', by: actor.name }, actor);
    },
    claimRotated: async ({ rotation, consumer }, actor) => {
      const { id, handOvers } = await stateOf(rotation);
      const named = handOvers.find((one) => one.id === consumer || one.name === consumer);
      const handOver = named?.id ?? consumer;
      return await apply(id, { type: 'claim', handOver, by: actor.name }, actor);
    },
  };
}

async function isHolder(parts: ResponseParts, identity: string, actor: Actor): Promise<boolean> {
  if (actor.person === null) return false;
  const { holders } = await authorityOver(parts, identity);
  return holders.some((one) => one.person === actor.person);
}

async function mustBeHolder(parts: ResponseParts, identity: string, actor: Actor): Promise<void> {
  if (await isHolder(parts, identity, actor)) return;
  const { holders } = await authorityOver(parts, identity);
  const who = holders.map((one) => one.person).join(', ');
  const problem = `${actor.name} holds no right to revoke here; ${who === '' ? 'nobody does now' : `${who} may`}`;
  throw new FirebreakError('rotation-refused', { problem });
}

async function rotate(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
  request: RotateRequest,
  actor: Actor,
): Promise<RotateAnswer> {
  const { identity, plan } = await planFor(parts, incidents, request);
  const view = planViewOf(plan);
  if (request.dryRun) return { outcome: 'dry-run', rotation: null, plan: view };
  const already = async (): Promise<RotateAnswer | null> => {
    const open = await findOpenRotation(parts.store, identity);
    const state = open === null ? null : await rotations.state(open);
    if (state === null) return null;
    return { outcome: 'already', rotation: rotationViewOf(state), plan: view };
  };
  const earlier = await already();
  if (earlier !== null) return earlier;
  const id = parts.ids.next('rotation');
  const incident = await findOpenIncident(parts.store, identity);
  const command: RotationCommand = {
    type: 'open',
    plan,
    // Comes back from the store as plain text.
    incident: incident as Id<'incident'> | null,
    reason: request.reason,
    isAllowed: await isHolder(parts, identity, actor),
  };
  try {
    const { state } = await rotations.apply(id, command, actor.name);
    const outcome = state.status === 'asking' ? 'asked' : 'started';
    return { outcome, rotation: rotationViewOf(state), plan: view };
  } catch (error) {
    // Somebody else began one of the same identity at the same time.
    const other = isFirebreakError(error, 'store-constraint') ? await already() : null;
    if (other === null) throw error;
    return other;
  }
}

async function planFor(
  parts: ResponseParts,
  incidents: Incidents,
  { ref, emergency }: RotateRequest,
): Promise<{ readonly identity: Id<'identity'>; readonly plan: RotationPlan }> {
  const found = await parts.inventory.find(ref);
  const { id, name } = found.identity;
  // What was imported a moment ago counts: whoever is not on the map is not waited for.
  await parts.dependencies.refresh();
  const map = parts.dependencies.rotation(found.credential?.id ?? id);
  if (map.groups.length === 0) {
    throw new FirebreakError('rotation-refused', { problem: `no credential of ${name} is known` });
  }
  const renewals = await readRenewals(parts, map);
  const renewal = renewals.get(found.credential?.id ?? '');
  const credential = renewal?.credentialRef ?? undefined;
  const subject = { identity: name, ...(credential === undefined ? {} : { credential }) };
  const hold = await readHold(parts, incidents, { identity: id, subject });
  if (emergency !== (hold === 'dead')) {
    throw new FirebreakError('rotation-refused', {
      problem: emergency
        ? `the old credential of ${name} still works, so an orderly rotation breaks nobody`
        : `the old credential of ${name} is dead already: this is an emergency rotation (--emergency)`,
    });
  }
  const mode = emergency ? 'emergency' : 'orderly';
  const bindings = parts.handovers?.bindings ?? [];
  const plan = planRotation(map, { name, mode }, renewals, bindings);
  return { identity: id, plan: { ...plan, subject: id } };
}
