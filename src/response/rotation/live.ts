import type { Id } from '../../kernel/index.ts';
import type { Replacement } from '../incident/model.ts';
import type { ResponseParts } from '../parts.ts';
import { isSettled } from './draft.ts';
import type { RotationState, RotationStepState } from './model.ts';
import type { Rotations } from './rotations.ts';
import { findRotations } from './store.ts';

const NOBODY_ASKED: Replacement = { state: 'none', why: 'nobody asked for a replacement' };

/** Whether what takes the place of leaked credentials is in use, as the newest rotation of each of them knows. */
export function replacementOf(
  rotations: readonly RotationState[],
  identity: string,
  exposed: readonly string[],
): Replacement {
  const newest = new Map<string, Replacement>();
  for (const rotation of rotations) {
    for (const step of rotation.steps) {
      if (step.identity !== identity || !isAbout(step, exposed)) continue;
      const name = step.subject.credential ?? '';
      const said = newest.has(name) ? null : verdictOf(rotation, step);
      if (said !== null) newest.set(name, said);
    }
  }
  const all = [...newest.values()];
  return all.find(({ state }) => state === 'missing') ?? all[0] ?? NOBODY_ASKED;
}

function isAbout({ subject: { credential } }: RotationStepState, exposed: readonly string[]) {
  return credential === undefined || exposed.length === 0 || exposed.includes(credential);
}

/** Null when this rotation says nothing about it: it was called off before anything was made. */
function verdictOf(
  { status, handOvers }: RotationState,
  step: RotationStepState,
): Replacement | null {
  const own = handOvers.filter((one) => one.step === step.id);
  const missing = (why: string): Replacement => ({ state: 'missing', why });
  switch (step.status) {
    case 'left':
      return null;
    case 'retired':
    case 'renewed':
      return { state: 'live', why: 'its consumers use the new one' };
    case 'kept':
      return missing(step.reason ?? 'the old one was kept');
    case 'minted':
    case 'retiring': {
      const [first, ...others] = own.filter((one) => !isSettled(one));
      if (first === undefined) return { state: 'live', why: 'its consumers use the new one' };
      const more = others.length === 0 ? '' : ` and ${others.length} more`;
      return missing(`${first.name}${more} was not seen with the new one`);
    }
    default: {
      if (status === 'cancelled' || status === 'rejected') return null;
      const why = step.reason === null ? '' : `: ${step.reason}`;
      return missing(`there is no new one yet${why}`);
    }
  }
}

/** What is known now of the replacement of one subject of an incident. */
export async function readReplacement(
  { store }: ResponseParts,
  rotations: Rotations,
  incident: Id<'incident'>,
  { identity, credentials }: { readonly identity: Id<'identity'>; readonly credentials: Exposed },
): Promise<Replacement> {
  const ids = await findRotations(store, { subject: identity, incident });
  const states = await Promise.all(ids.map((id) => rotations.state(id)));
  const exposed = credentials.filter((one) => one.exposed).map((one) => one.ref);
  return replacementOf(
    states.filter((one) => one !== null),
    identity,
    exposed,
  );
}

type Exposed = readonly { readonly ref: string; readonly exposed: boolean }[];
