import { type Static, Type } from 'typebox';
import { IdSchema, ReasonSchema, RefSchema, StageSchema } from './words.ts';

/** How far a batch has come. */
export const Batch = Type.Object({
  id: IdSchema,
  stage: StageSchema,
  reason: Type.String(),
  askedBy: Type.String(),
  members: Type.Integer(),
  taken: Type.Integer(),
  left: Type.Array(Type.Object({ identity: Type.String(), why: Type.String() })),
  questions: Type.Union([Type.Array(Type.String()), Type.Null()]),
});

export const BatchRequest = Type.Object(
  {
    refs: Type.Array(RefSchema, {
      minItems: 1,
      maxItems: 2_000,
      description: 'Identities, or single credentials of them',
    }),
    stage: StageSchema,
    reason: ReasonSchema,
    incident: Type.Optional(IdSchema),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type BatchRequest = Static<typeof BatchRequest>;

export const BatchAnswer = Type.Object({
  incident: IdSchema,
  batch: IdSchema,
  identities: Type.Integer(),
  unknown: Type.Array(Type.String()),
});
export type BatchAnswer = Static<typeof BatchAnswer>;
