import type { Rotation, RotationStep } from '../../dependencies/index.ts';
import type { Id } from '../../kernel/index.ts';
import type { ResponseParts } from '../parts.ts';
import type { HandoverBinding } from './handovers.ts';
import type { PlannedHandOver, PlannedStep, RotationPlan } from './entries.ts';

/** What the target calls the subject of a step, and what its connector can do about it. */
export interface Renewal {
  readonly target: string;
  readonly identityRef: string;
  readonly credentialRef: string | null;
  readonly overlap: 'native' | 'twin' | 'none' | null;
  readonly secretFrom: 'caller' | 'target' | null;
}

/** Of nobody known: the one hand-over by which a step waits until its old credential falls idle. */
const NOBODY = 'whoever uses it';

export function planRotation(
  map: Rotation,
  { name, mode }: Pick<RotationPlan, 'name' | 'mode'>,
  renewals: ReadonlyMap<string, Renewal>,
  bindings: readonly HandoverBinding[],
): RotationPlan {
  const steps = map.groups.flatMap((group, index) =>
    group.map((step) => plannedStep(step, index + 1, renewals.get(step.id))),
  );
  const byName = new Map(map.groups.flat().map((step) => [step.id, step]));
  const places = new Map(bindings.map((one) => [`${one.consumer} ${one.target}`, one]));
  const handOvers = steps
    .filter((step) => step.left === null)
    .flatMap((step, index) => handOversOf(step, byName.get(step.id), places, index));
  const breaks = steps.flatMap(({ id, left, overlap }) =>
    left === null && overlap === 'none'
      ? [{ step: id, why: 'its target ends the old credential when it makes the new one' }]
      : [],
  );
  const { subject, revision, truncated, breaks: cycleBreaks } = map;
  return { subject, name, mode, revision, truncated, cycleBreaks, breaks, steps, handOvers };
}

function plannedStep(step: RotationStep, group: number, renewal?: Renewal): PlannedStep {
  const { id, layer, identity, identityName, name, credential } = step;
  const target = renewal?.target ?? '';
  const credentialRef = renewal?.credentialRef ?? null;
  return {
    id,
    group,
    layer,
    target,
    identity,
    identityName,
    credential,
    name: credentialRef ?? (name === '' ? identityName : name),
    subject: {
      identity: renewal?.identityRef ?? identityName,
      ...(credentialRef === null ? {} : { credential: credentialRef }),
    },
    overlap: renewal?.overlap ?? 'none',
    secretFrom: renewal?.secretFrom ?? 'target',
    left: leftWhy(step, renewal),
  };
}

function leftWhy({ credential }: RotationStep, renewal: Renewal | undefined): string | null {
  if (credential === null) return 'what is cached ends with its sessions, which the cuts end';
  if (renewal === undefined) return 'it is not in the inventory any more';
  if (renewal.overlap === null) {
    return `nothing here can renew credentials on ${renewal.target}; renew it by hand`;
  }
  if (renewal.credentialRef === null && renewal.overlap === 'native') {
    return `the inventory has no name for it that ${renewal.target} knows`;
  }
  return null;
}

function handOversOf(
  step: PlannedStep,
  mapped: RotationStep | undefined,
  places: ReadonlyMap<string, HandoverBinding>,
  index: number,
): readonly PlannedHandOver[] {
  const consumers = mapped?.acknowledgements ?? [];
  const base = `${index + 1}`;
  if (consumers.length === 0) {
    const nobody = { consumer: null, name: NOBODY, seenAs: '', place: null };
    return [{ id: base, step: step.id, ...nobody }];
  }
  return consumers.map(({ id, name }, at) => {
    const bound = places.get(`${name} ${step.target}`) ?? places.get(`${id} ${step.target}`);
    return {
      id: `${base}.${at + 1}`,
      step: step.id,
      consumer: id,
      name,
      seenAs: bound?.seenAs ?? name,
      place: bound?.place ?? null,
    };
  });
}

/** Everything that the plan needs to know of the inventory and of the connectors. */
export async function readRenewals(
  parts: ResponseParts,
  map: Rotation,
): Promise<ReadonlyMap<string, Renewal>> {
  const renewals = new Map<string, Renewal>();
  const bySubject = Map.groupBy(map.groups.flat(), (step) => step.identity);
  for (const [identityId, steps] of bySubject) {
    // The map is made of the inventory's own ids.
    const identity = await parts.inventory.identity(identityId as Id<'identity'>);
    if (identity === null) continue;
    const { target } = identity;
    const rotation = parts.connectors.get(target)?.rotation;
    const credentials = await parts.inventory.credentials(identity.id);
    const nameIn = (refs: typeof identity.refs, type: string): string | null =>
      refs.find((ref) => ref.system === target && ref.type === type)?.value ?? null;
    for (const step of steps) {
      const credential = credentials.find((one) => one.id === step.credential);
      renewals.set(step.id, {
        target,
        identityRef: nameIn(identity.refs, 'identity') ?? identity.name,
        credentialRef: credential === undefined ? null : nameIn(credential.refs, 'credential'),
        overlap: rotation?.overlap ?? null,
        secretFrom: rotation?.secretFrom ?? null,
      });
    }
  }
  return renewals;
}
