import { Type, type Static } from 'typebox';
import { IdSchema, NAME_PATTERN, ReasonSchema, StageSchema, TimestampSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);

export const REVIEW_KINDS = ['same-vendor', 'tenant-wide', 'downstream'] as const;
export const REVIEW_ANSWERS = ['benign', 'cut', 'ask'] as const;

const Item = Type.Object({
  review: Type.Enum(REVIEW_KINDS),
  identity: Type.String(),
  id: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  target: Nullable,
  owner: Nullable,
  why: Type.String(),
  trace: Type.Enum(['nothing-seen', 'used', 'minted', 'not-available']),
  seen: Type.String(),
  rank: Type.Number(),
  verdict: Type.Union([
    Type.Object({
      as: Type.Enum(['benign', 'cut', 'asked']),
      by: Type.String(),
      reason: Type.String(),
      at: Type.String(),
      incident: Nullable,
    }),
    Type.Null(),
  ]),
});

const reviews = {
  incident: Type.String(),
  judged: Type.Integer(),
  open: Type.Integer(),
  cards: Type.Array(
    Type.Object({
      title: Type.String(),
      digest: Type.String(),
      items: Type.Array(
        Type.Object({
          review: Type.Enum(REVIEW_KINDS),
          identity: Type.String(),
          id: Type.String(),
          name: Type.String(),
        }),
      ),
    }),
  ),
  items: Type.Array(Item),
  missed: Type.Array(Type.Object({ identity: Type.String(), why: Type.String() })),
  longTail: Type.Array(
    Type.Object({
      key: Type.String(),
      kind: Type.String(),
      identity: Type.String(),
      what: Type.String(),
      since: Type.String(),
      holder: Nullable,
      until: Nullable,
      state: Type.Enum(['unheld', 'held', 'overdue', 'ended']),
      ended: Nullable,
    }),
  ),
  waitsFor: Type.Array(Type.String()),
};

export const ReviewsAnswer = Type.Object(reviews);
export type ReviewsAnswer = Static<typeof ReviewsAnswer>;

export const JudgeAnswer = Type.Object({
  ...reviews,
  refused: Type.Array(Type.Object({ item: Type.String(), why: Type.String() })),
});
export type JudgeAnswer = Static<typeof JudgeAnswer>;

const Named = Type.String({ minLength: 1, maxLength: 500, pattern: NAME_PATTERN });

export const JudgeRequest = Type.Object(
  {
    as: Type.Enum(REVIEW_ANSWERS),
    reason: ReasonSchema,
    card: Type.Optional(Named),
    items: Type.Optional(Type.Array(Named, { minItems: 1, maxItems: 500 })),
    review: Type.Optional(Type.Enum(REVIEW_KINDS)),
    stage: Type.Optional(StageSchema),
  },
  {
    additionalProperties: false,
    description:
      'card: the digest of a card as it was shown; or items by their ids. cut and ask go the way of any containment',
  },
);

const Keys = Type.Array(Named, { maxItems: 100 });

export const TakeOverRequest = Type.Object(
  { keys: Type.Optional(Keys), until: TimestampSchema, reason: ReasonSchema },
  { additionalProperties: false, description: 'without keys: all that nobody holds' },
);

export const EndTailRequest = Type.Object(
  { keys: Keys, reason: ReasonSchema },
  { additionalProperties: false },
);

export const ReviewParams = Type.Object({ id: IdSchema });
