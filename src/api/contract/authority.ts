import { Type, type Static } from 'typebox';
import { AnyObject, NAME_PATTERN, RefSchema, TimestampSchema } from './words.ts';

const word = Type.String({ minLength: 1, maxLength: 100, pattern: NAME_PATTERN });

const names = (what: string): ReturnType<typeof Type.String> =>
  Type.String({
    minLength: 1,
    maxLength: 1_000,
    pattern: NAME_PATTERN,
    description: `${what}; several with commas`,
  });

export const WhoQuery = Type.Object(
  {
    decision: word,
    identity: Type.Optional(RefSchema),
    kind: Type.Optional(word),
    severity: Type.Optional(Type.Enum(['sev1', 'sev2', 'sev3', 'sev4'])),
    environment: Type.Optional(word),
    jurisdiction: Type.Optional(word),
    at: Type.Optional(TimestampSchema),
    signal: Type.Optional(word),
    suspect: Type.Optional(names('People, as if they were marked as suspect')),
    without: Type.Optional(
      names('Channels or what they depend on, as if they were down; or people'),
    ),
  },
  { additionalProperties: false },
);
export type WhoQuery = Static<typeof WhoQuery>;

/** Who decides, under which rule and why; what would happen without asking. */
export const WhoAnswer = Type.Object({
  decision: Type.String(),
  at: Type.String(),
  right: Type.Union([Type.String(), Type.Null()]),
  holders: Type.Array(Type.Object({ seat: Type.String(), person: Type.String() })),
  decideWithinMs: Type.Union([Type.Integer(), Type.Null()]),
  automaticUpTo: Type.Union([Type.String(), Type.Null()]),
  resolution: AnyObject,
});
export type WhoAnswer = Static<typeof WhoAnswer>;
