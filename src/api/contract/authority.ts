import { Type, type Static } from 'typebox';
import { AssertionSchema } from './people.ts';
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

export const CoverageQuery = Type.Object(
  {
    from: Type.Optional(TimestampSchema),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 731 })),
    without: Type.Optional(
      Type.Union([word, Type.Array(word, { maxItems: 20 })], {
        description: 'A person, a channel or what channels depend on; may be repeated',
      }),
    ),
    absent: Type.Optional(Type.Enum(['0', '1', '2'])),
  },
  { additionalProperties: false },
);
export type CoverageQuery = Static<typeof CoverageQuery>;

const texts = Type.Array(Type.String());

/** When nobody could decide, for which cases, because of what, and what would close it. */
export const CoverageGap = Type.Object({
  check: Type.String(),
  severity: Type.Enum(['critical', 'gap', 'notice']),
  from: TimestampSchema,
  until: TimestampSchema,
  local: Type.Record(Type.String(), Type.String()),
  cause: Type.String(),
  facts: Type.Object({
    decision: texts,
    class: texts,
    severity: texts,
    environment: texts,
    jurisdiction: texts,
  }),
  right: Type.Union([Type.String(), Type.Null()]),
  rung: Type.Union([Type.Integer(), Type.Null()]),
  seat: Type.Union([Type.String(), Type.Null()]),
  refused: Type.Array(
    Type.Object({ person: Type.String(), reason: Type.String(), why: Type.String() }),
  ),
  also: texts,
  file: Type.Enum(['charter', 'roster']),
  path: Type.String(),
  line: Type.Union([Type.Integer(), Type.Null()]),
  repeats: Type.Integer(),
  totalMs: Type.Integer(),
  intervals: Type.Array(Type.Array(TimestampSchema)),
  remedy: Type.String(),
  edits: Type.Array(AnyObject),
});

export const CoverageAnswer = Type.Object({
  from: TimestampSchema,
  until: TimestampSchema,
  charter: AnyObject,
  roster: AnyObject,
  without: texts,
  absent: Type.Integer(),
  gaps: Type.Array(CoverageGap),
  notices: Type.Array(CoverageGap),
  cells: Type.Integer(),
  checks: AnyObject,
  notChecked: Type.Array(Type.Object({ check: Type.String(), why: Type.String() })),
});
export type CoverageAnswer = Static<typeof CoverageAnswer>;

/** A new revision, as text; without a roster the people stay. */
export const ProposeRequest = Type.Object(
  {
    charter: Type.String({ minLength: 1 }),
    roster: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);
export type ProposeRequest = Static<typeof ProposeRequest>;

export const SignRequest = Type.Object(
  {
    outcome: Type.Enum(['sign', 'refuse']),
    reason: Type.String({ minLength: 1, maxLength: 2_000 }),
    assertion: Type.Optional(AssertionSchema),
  },
  { additionalProperties: false },
);
export type SignRequest = Static<typeof SignRequest>;

const Revision = Type.Object({
  id: Type.String(),
  revision: Type.Integer(),
  digest: Type.String(),
});

/** What a revision would change, what the prover says of it, and who has signed it. */
export const ProposalAnswer = Type.Object({
  id: Type.String(),
  state: Type.Enum(['open', 'adopted', 'refused', 'outdated']),
  charter: Revision,
  roster: Revision,
  effective: Type.String(),
  proposedBy: Type.String(),
  proposedAt: Type.String(),
  changes: Type.Array(
    Type.Object({
      consequence: Type.Enum(['loosens', 'tightens', 'moves']),
      about: Type.String(),
      words: Type.String(),
    }),
  ),
  proof: Type.Object({
    gaps: Type.Integer(),
    cells: Type.Integer(),
    first: Type.Array(Type.String()),
  }),
  signatures: Type.Array(
    Type.Object({
      person: Type.String(),
      seat: Type.String(),
      outcome: Type.Enum(['sign', 'refuse']),
      reason: Type.String(),
      at: Type.String(),
    }),
  ),
});
export type ProposalAnswer = Static<typeof ProposalAnswer>;

export const ChartersAnswer = Type.Object({
  adopted: Type.Object({
    charter: Revision,
    roster: Revision,
    fileDiffers: Type.Union([Type.String(), Type.Null()]),
  }),
  proposals: Type.Array(ProposalAnswer),
});
export type ChartersAnswer = Static<typeof ChartersAnswer>;

export const ReadinessQuery = Type.Object(
  {
    reason: Type.Optional(word),
    all: Type.Optional(Type.Boolean({ description: 'Those that are ready too' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
  },
  { additionalProperties: false },
);
export type ReadinessQuery = Static<typeof ReadinessQuery>;

const decidedBy = {
  at: TimestampSchema,
  holders: Type.Array(Type.Object({ seat: Type.String(), person: Type.String() })),
  breakGlass: Type.Boolean(),
};
const orNull = Type.Union([Type.String(), Type.Null()]);

/** Identities are told in groups that nothing tells apart. */
export const ReadinessAnswer = Type.Object({
  at: TimestampSchema,
  identities: Type.Integer(),
  ready: Type.Integer(),
  share: Type.Number(),
  ownerless: Type.Integer(),
  byReason: Type.Record(Type.String(), Type.Integer()),
  groups: Type.Array(
    Type.Object({
      classes: texts,
      environment: orNull,
      jurisdiction: orNull,
      target: Type.String(),
      owners: texts,
      count: Type.Integer(),
      identities: texts,
      right: orNull,
      now: Type.Object(decidedBy),
      worst: Type.Object({ ...decidedBy, people: Type.Integer() }),
      strongest: orNull,
      rehearsedAt: orNull,
      restores: Type.Array(
        Type.Object({
          guarantee: Type.String(),
          measuredMinutes: Type.Union([Type.Number(), Type.Null()]),
          declaredMinutes: Type.Union([Type.Number(), Type.Null()]),
        }),
      ),
      isReady: Type.Boolean(),
      reasons: Type.Array(Type.Object({ reason: Type.String(), remedy: Type.String() })),
    }),
  ),
  cursor: orNull,
});
export type ReadinessAnswer = Static<typeof ReadinessAnswer>;

export const SuspectsAnswer = Type.Object({
  suspects: Type.Array(
    Type.Object({
      kind: Type.String(),
      name: Type.String(),
      by: Type.String(),
      since: Type.String(),
    }),
  ),
});
export type SuspectsAnswer = Static<typeof SuspectsAnswer>;
