import type { Acknowledgement, Rotation, RotationStep } from '../../dependencies/index.ts';
import type { Id } from '../../kernel/index.ts';
import type { Rotation as Offer } from '../../connectors/contract.ts';
import type { ResponseParts } from '../parts.ts';
import { ROTATION_SETTINGS } from './model.ts';
import type { HandoverBinding } from './handovers.ts';
import type { PlannedHandOver, PlannedStep, RotationPlan } from './entries.ts';

/** What the target calls the subject of a step, and what its connector can do about it. */
export interface Renewal {
  readonly target: string;
  readonly identityRef: string;
  readonly credentialRef: string | null;
  readonly overlap: 'native' | 'twin' | 'none' | null;
  readonly secretFrom: 'caller' | 'target' | null;
  /** Why no use ever shows who has taken the new one. */
  readonly unseen: string | null;
  /** What it makes ends by itself after this time; null: what it makes lasts. */
  readonly lifetimeMs: number | null;
  /** Consumers of the identity's other credentials, where they all end together. */
  readonly others: readonly Acknowledgement[];
}

/** Of nobody known: the one hand-over by which a step waits until its old credential falls idle. */
const NOBODY = 'whoever uses it';

export function planRotation(
  map: Rotation,
  { name, mode }: Pick<RotationPlan, 'name' | 'mode'>,
  renewals: ReadonlyMap<string, Renewal>,
  bindings: readonly HandoverBinding[],
): RotationPlan {
  const all = map.groups.flatMap((group, index) =>
    group.map((step) => plannedStep(step, index + 1, renewals.get(step.id))),
  );
  const steps = all.flatMap((step) => wholeIdentity(step, all) ?? []);
  const mapped = map.groups.flat();
  const places = new Map(bindings.map((one) => [`${one.consumer} ${one.target}`, one]));
  const handOvers = steps
    .filter((step) => step.left === null)
    .flatMap((step, index) => {
      const own = mapped.filter((one) => isPartOf(one, step));
      const others = renewals.get(step.id)?.others ?? [];
      const consumers = [...own.flatMap((one) => one.acknowledgements), ...others];
      return handOversOf(step, consumers, places, index);
    });
  const lasting = steps.map((step) => withLifetime(step, handOvers, renewals.get(step.id)));
  const breaks = steps.flatMap(({ id, left, overlap }) =>
    left === null && overlap === 'none'
      ? [{ step: id, why: 'its target ends the old credential when it makes the new one' }]
      : [],
  );
  const { subject, revision, truncated, breaks: cycleBreaks } = map;
  return {
    subject,
    name,
    mode,
    revision,
    truncated,
    cycleBreaks,
    breaks,
    steps: lasting,
    handOvers,
  };
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
    ...(renewal?.unseen == null ? {} : { unseen: renewal.unseen }),
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

/**
 * A twin takes the place of an identity with everything it has: one step for all of its credentials, in the layer of
 * the last, or the first that is over would end what consumers of the others still use. Null: another step does it.
 */
function wholeIdentity(step: PlannedStep, all: readonly PlannedStep[]): PlannedStep | null {
  if (step.left !== null || step.overlap !== 'twin') return step;
  const last = all.findLast((one) => one.identity === step.identity && one.left === null);
  if (last !== step) return null;
  const { identity } = step.subject;
  return { ...step, name: step.identityName, subject: { identity } };
}

/** Nobody hands over by hand every hour: what ends by itself is only for those whose stores are known. */
function withLifetime(
  step: PlannedStep,
  handOvers: readonly PlannedHandOver[],
  renewal?: Renewal,
): PlannedStep {
  const lifetimeMs = renewal?.lifetimeMs ?? null;
  const own = handOvers.filter((one) => one.step === step.id);
  if (lifetimeMs === null || step.left !== null || own.some((one) => one.place === null))
    return step;
  return { ...step, lifetimeMs };
}

function isPartOf(mapped: RotationStep, step: PlannedStep): boolean {
  if (step.overlap !== 'twin') return mapped.id === step.id;
  return mapped.identity === step.identity && mapped.credential !== null;
}

function handOversOf(
  step: PlannedStep,
  named: readonly Acknowledgement[],
  places: ReadonlyMap<string, HandoverBinding>,
  index: number,
): readonly PlannedHandOver[] {
  const consumers = [...new Map(named.map((one) => [one.id, one])).values()];
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
    const others =
      rotation?.overlap === 'twin'
        ? consumersOf(parts.dependencies.rotation(identity.id), identity.id)
        : [];
    for (const step of steps) {
      const credential = credentials.find((one) => one.id === step.credential);
      renewals.set(step.id, {
        target,
        identityRef: nameIn(identity.refs, 'identity') ?? identity.name,
        credentialRef: credential === undefined ? null : nameIn(credential.refs, 'credential'),
        overlap: rotation?.overlap ?? null,
        secretFrom: rotation?.secretFrom ?? null,
        unseen: rotation?.unseen ?? null,
        lifetimeMs: lifetimeOf(parts, rotation),
        others,
      });
    }
  }
  return renewals;
}

/** Too short a time is none: a wave has to end before what it hands out does. */
function lifetimeOf({ rotationSettings }: ResponseParts, rotation?: Offer): number | null {
  const { acknowledgeMs } = { ...ROTATION_SETTINGS, ...rotationSettings };
  const lifetimeMs = rotation?.lifetimeMs;
  if (lifetimeMs === undefined || rotation?.overlap !== 'native') return null;
  return lifetimeMs / 2 > acknowledgeMs ? lifetimeMs : null;
}

function consumersOf(map: Rotation, identity: string): readonly Acknowledgement[] {
  return map.groups
    .flat()
    .filter((step) => step.identity === identity)
    .flatMap((step) => step.acknowledgements);
}
