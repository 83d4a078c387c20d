import { Type } from 'typebox';
import { IdSchema, StageSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);

/** An incident at a glance: what holds, how far its tracks are, who keeps whom waiting, who is asked. */
export const overview = {
  stage: Type.Union([StageSchema, Type.Null()], {
    description: 'The strongest that holds somewhere in it',
  }),
  progress: Type.Array(
    Type.Object({
      track: Type.String(),
      done: Type.Integer(),
      doing: Type.Integer(),
      blocked: Type.Integer(),
      next: Type.Integer(),
    }),
  ),
  blocked: Type.Array(
    Type.Object({
      track: Type.String(),
      what: Type.String(),
      by: Type.String(),
      since: Type.String(),
    }),
  ),
  asks: Type.Union(
    [
      Type.Object({
        decision: IdSchema,
        kind: Type.String(),
        question: Type.String(),
        people: Type.Array(Type.String()),
        deadline: Nullable,
        more: Type.Integer(),
      }),
      Type.Null(),
    ],
    { description: 'The open question whose time is over first, and how many more there are' },
  ),
};
