import { Type, type Static } from 'typebox';
import { AnyObject, NAME_PATTERN, TimestampSchema } from './words.ts';

const Named = Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN });
const Nullable = Type.Union([Type.String(), Type.Null()]);

/** A signal as `POST /v1/signals` takes it, and who would have said it. */
export const ReplaySignal = Type.Object(
  {
    type: Named,
    subject: Type.Object({
      refs: Type.Array(
        Type.Object({ system: Named, type: Named, value: Type.String({ maxLength: 2_000 }) }),
        { minItems: 1, maxItems: 50 },
      ),
    }),
    occurredAt: TimestampSchema,
    source: Type.Optional(Named),
    authenticity: Type.Optional(Named),
    confidence: Type.Optional(Named),
    key: Type.Optional(Type.String({ maxLength: 500 })),
    detail: Type.Optional(AnyObject),
  },
  { additionalProperties: false },
);

export const ReplayQuery = Type.Object(
  {
    since: Type.Optional(
      Type.String({
        maxLength: 50,
        description: 'A time in RFC 3339, or a duration such as P90D before now',
      }),
    ),
    signals: Type.Optional(Type.Array(ReplaySignal, { maxItems: 10_000 })),
    charter: Type.Optional(
      Type.String({ maxLength: 1_048_576, description: 'A charter to try, as its file says it' }),
    ),
  },
  { additionalProperties: false },
);

const Totals = Type.Object({
  incidents: Type.Integer(),
  cut: Type.Integer(),
  revoked: Type.Integer(),
  asked: Type.Integer(),
  wrong: Type.Integer(),
});

export const ReplayAnswer = Type.Object({
  charter: Type.Object({ id: Type.String(), revision: Type.Integer(), digest: Type.String() }),
  from: Nullable,
  until: Type.String(),
  signals: Type.Integer(),
  unattributed: Type.Integer(),
  incidents: Type.Array(
    Type.Object({
      identity: Type.String(),
      name: Type.String(),
      target: Type.String(),
      at: Type.String(),
      signals: Type.Array(Type.String()),
      mandate: Type.Union([Type.Object({ id: Type.String(), mode: Type.String() }), Type.Null()]),
      ceilings: Type.Array(
        Type.Object({ by: Type.String(), to: Type.String(), why: Type.String() }),
      ),
      cuts: Type.Array(
        Type.Object({
          at: Type.String(),
          stage: Type.String(),
          guarantee: Type.String(),
          what: Type.String(),
          afterMs: Type.Integer(),
        }),
      ),
      asked: Type.Array(Type.String()),
      collateral: Type.Union([
        Type.Object({
          known: Type.Integer(),
          inferred: Type.Integer(),
          unknown: Type.Integer(),
          services: Type.Array(Type.String()),
        }),
        Type.Null(),
      ]),
      wrong: Type.Array(
        Type.Object({
          at: Type.String(),
          by: Type.String(),
          why: Type.String(),
          afterMs: Type.Integer(),
        }),
      ),
    }),
  ),
  totals: Totals,
});
export type ReplayAnswer = Static<typeof ReplayAnswer>;
