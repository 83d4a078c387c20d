import type { Id, JsonObject } from '../kernel/index.ts';
import { PRIORITY, type StepPlan } from '../runner/index.ts';
import type { SuspectNamed } from './decisions/model.ts';
import type { ResponseParts } from './parts.ts';

/** Who is meant, from the parameters of the decision that marks them. */
export function suspectIn(parameters: JsonObject): SuspectNamed | null {
  const { kind, name } = parameters;
  if (typeof name !== 'string' || name === '') return null;
  return kind === 'person' || kind === 'channel' ? { kind, name } : null;
}

export interface SpreadPayload {
  readonly suspect: SuspectNamed;
  readonly by: Id<'decision'> | Id<'signal'>;
}

/** In the commit that marks them: what they were asked and have answered is looked at again. */
export function spreadStep(
  parts: Pick<ResponseParts, 'ids' | 'clock'>,
  suspect: SuspectNamed,
  by: SpreadPayload['by'],
): StepPlan {
  const id = parts.ids.next('step');
  return {
    id,
    kind: 'suspect.spread',
    subject: by,
    lane: null,
    target: null,
    priority: PRIORITY.cut,
    dueAtMs: parts.clock.nowMs(),
    key: id,
    payload: { suspect: { ...suspect }, by },
  };
}
