import { Type, type Static } from 'typebox';
import { RefSchema, StepStateSchema } from './words.ts';

export const StepsQuery = Type.Object(
  { state: Type.Optional(StepStateSchema), subject: Type.Optional(RefSchema) },
  { additionalProperties: false },
);

/** What the runner is to do, does or could not do. The payload stays inside: it may speak of secrets in custody. */
export const Step = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  subject: Type.String(),
  target: Type.Union([Type.String(), Type.Null()]),
  state: StepStateSchema,
  attempt: Type.Integer(),
  dueAt: Type.String(),
  reason: Type.Union([Type.String(), Type.Null()]),
});
export type Step = Static<typeof Step>;

export const StepsAnswer = Type.Object({ steps: Type.Array(Step) });
export type StepsAnswer = Static<typeof StepsAnswer>;

export const HealthAnswer = Type.Object({ status: Type.Literal('ok') });
export const ReadyAnswer = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      problem: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});
export type ReadyAnswer = Static<typeof ReadyAnswer>;
export const MeAnswer = Type.Object({
  name: Type.String(),
  person: Type.Union([Type.String(), Type.Null()]),
  scopes: Type.Array(Type.String()),
});
export type MeAnswer = Static<typeof MeAnswer>;
