import { refText } from '../../inventory/index.ts';
import { type Id, isFirebreakError, toTimestamp } from '../../kernel/index.ts';
import type { StepHandler } from '../../runner/index.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import type { RotationPlan } from './entries.ts';
import { readHold } from './looking.ts';
import type { RotationStepState } from './model.ts';
import { planRotation, readRenewals } from './plan.ts';
import type { Rotations } from './rotations.ts';

/**
 * A credential that ends by itself is renewed by a rotation of its own, in good time and by the word of whoever started
 * the first one. The settled step goes into the same commit: it is begun once.
 */
export function renewHandler(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): StepHandler {
  const renew: StepHandler['record'] = async (given, _outcome, settle) => {
    // Written by rotations.ts.
    const { rotation, step } = given.payload as { rotation: Id<'rotation'>; step: string };
    const actor = `rotation:${rotation}`;
    const state = await rotations.state(rotation);
    const due = state?.steps.find((one) => one.id === step);
    if (state === null || due === undefined || due.renewAtMs === null) {
      await parts.store.write(settle);
      return;
    }
    const plan = await planRenewal(parts, incidents, due);
    if (typeof plan === 'string') {
      const ended = { type: 'renewal-ended', step, by: actor, why: plan } as const;
      await rotations.apply(rotation, ended, actor, settle);
      return;
    }
    const next = parts.ids.next('rotation');
    const ends = due.expiresAtMs === null ? '' : ` at ${toTimestamp(due.expiresAtMs)}`;
    const reason = `what ${rotation} handed out ends by itself${ends}`;
    const { incident } = state;
    const open = { type: 'open', plan, incident, reason, isAllowed: true } as const;
    try {
      await rotations.apply(next, open, actor, settle);
    } catch (error) {
      // Another rotation of this identity is under way: after it.
      if (!isFirebreakError(error, 'store-constraint')) throw error;
      await rotations.apply(rotation, { type: 'renew-later', step }, actor, settle);
      return;
    }
    const why = `${next} renews it`;
    await rotations.apply(rotation, { type: 'renewal-ended', step, by: actor, why }, actor);
  };
  return {
    kind: 'rotation.renew',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: renew,
  };
}

/** A text says why there is nothing to renew. Only this credential: what it opens was renewed and does not end. */
async function planRenewal(
  parts: ResponseParts,
  incidents: Incidents,
  { target, replacement }: RotationStepState,
): Promise<RotationPlan | string> {
  const value = replacement?.credential;
  if (value === undefined) return 'its target gave it no name';
  const found = await parts.inventory.lookup(
    refText({ system: target, type: 'credential', value }),
  );
  const credential = found?.credential ?? null;
  if (found === null || credential === null || (credential.gone ?? null) !== null) {
    return 'something else has taken its place';
  }
  const { id, name } = found.identity;
  const hold = await readHold(parts, incidents, {
    identity: id,
    subject: { identity: name, credential: value },
  });
  // A new credential for what is suspected is for people to begin.
  if (hold === 'dead' || hold === 'unheld') return 'it is suspected now; begin a rotation by hand';
  await parts.dependencies.refresh();
  const whole = parts.dependencies.rotation(credential.id);
  const own = whole.groups.flat().filter((step) => step.credential === credential.id);
  if (own.length === 0) return 'the map does not know it';
  const map = { ...whole, groups: [own], breaks: [] };
  const renewals = await readRenewals(parts, map);
  const bindings = parts.handovers?.bindings ?? [];
  return { ...planRotation(map, { name, mode: 'orderly' }, renewals, bindings), subject: id };
}
