import { Type, type Static } from 'typebox';
import { AnyObject, IdSchema, StageSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);

export const Containment = Type.Object({
  id: IdSchema,
  incident: Type.String(),
  status: Type.String(),
  target: Type.String(),
  subject: Type.Object({
    identity: Type.String(),
    credential: Nullable,
    session: Type.Optional(Nullable),
  }),
  guarantee: Type.String(),
  stage: StageSchema,
  grain: Type.String(),
  digest: Type.String(),
  authority: Type.Union([AnyObject, Type.Null()]),
  probes: Type.Object({
    count: Type.Integer(),
    denialsInARow: Type.Integer(),
    lastAt: Nullable,
    method: Type.String(),
    vantages: Type.Array(
      Type.Object({
        vantage: Type.String(),
        probes: Type.Integer(),
        denials: Type.Integer(),
        silent: Nullable,
      }),
      { description: 'What each place from which it was tried has seen' },
    ),
  }),
  reversible: Type.Boolean(),
  residualUntil: Nullable,
  temporaryUntil: Nullable,
  descendantOf: Nullable,
  reason: Nullable,
});
export type Containment = Static<typeof Containment>;
