import { Type, type Static } from 'typebox';
import { TimelineLine } from './response.ts';
import { AnyObject, IdSchema, PageQuery, ReasonSchema, RefSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);

export const ROTATION_STATUSES = [
  'asking',
  'running',
  'stopped',
  'cancelled',
  'rejected',
  'done',
] as const;
export const ROTATION_CHOICES = ['approve', 'reject', 'wait', 'leave', 'retire'] as const;

export const RotateRequest = Type.Object(
  {
    ref: RefSchema,
    emergency: Type.Optional(
      Type.Boolean({
        description: 'The old credential is dead already, and its consumers stand still',
      }),
    ),
    dryRun: Type.Optional(Type.Boolean()),
    reason: ReasonSchema,
  },
  { additionalProperties: false },
);

const summary = {
  id: IdSchema,
  incident: Nullable,
  subject: Type.String(),
  name: Type.String(),
  mode: Type.String(),
  status: Type.Enum([...ROTATION_STATUSES]),
  sentence: Type.String(),
  openedAt: Type.String(),
  openedBy: Type.String(),
};
export const RotationSummary = Type.Object(summary);
export type RotationSummary = Static<typeof RotationSummary>;

const Consumer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  state: Type.String({
    description:
      'pending, delivered, observed-new, old-idle or acknowledged by observed use; or waiting, writing, blocked, excused',
  }),
  store: Nullable,
  deliveredAt: Nullable,
  newSeenAt: Nullable,
  oldSeenAt: Nullable,
  claimedBy: Nullable,
  reason: Nullable,
});

const RotationStep = Type.Object({
  id: Type.String(),
  group: Type.Integer(),
  layer: Type.String(),
  target: Type.String(),
  identity: Type.String(),
  name: Type.String(),
  status: Type.String(),
  hold: Type.String(),
  replacement: Type.Union([AnyObject, Type.Null()]),
  mintedAt: Nullable,
  expiresAt: Type.Union([Type.String(), Type.Null()], {
    description: 'When the target ends the new credential by itself; null: it lasts',
  }),
  renewsAt: Type.Union([Type.String(), Type.Null()], {
    description: 'When it is renewed by itself, by a rotation of its own',
  }),
  reason: Nullable,
  consumers: Type.Array(Consumer),
});

const rotation = {
  ...summary,
  reason: Type.String(),
  revision: Type.Integer(),
  truncated: Type.Boolean(),
  cycleBreaks: Type.Array(
    Type.Object({ from: Type.String(), to: Type.String(), why: Type.String() }),
  ),
  breaks: Type.Array(Type.Object({ step: Type.String(), why: Type.String() })),
  wave: Type.Union([
    Type.Object({
      number: Type.Integer(),
      consumers: Type.Array(Type.String()),
      deadline: Type.String(),
    }),
    Type.Null(),
  ]),
  question: Type.Union([
    Type.Object({
      number: Type.Integer(),
      kind: Type.String(),
      text: Type.String(),
      about: Type.Array(Type.String()),
      choices: Type.Array(Type.String()),
      since: Type.String(),
    }),
    Type.Null(),
  ]),
  steps: Type.Array(RotationStep),
};
export const RotationState = Type.Object(rotation);
export type RotationState = Static<typeof RotationState>;
export const RotationDetail = Type.Object({ ...rotation, timeline: Type.Array(TimelineLine) });
export type RotationDetail = Static<typeof RotationDetail>;

export const RotateAnswer = Type.Object({
  outcome: Type.Enum(['started', 'asked', 'already', 'dry-run']),
  rotation: Type.Union([RotationState, Type.Null()]),
  plan: Type.Object({
    name: Type.String(),
    mode: Type.String(),
    groups: Type.Integer(),
    steps: Type.Integer(),
    consumers: Type.Integer(),
    withoutStore: Type.Array(Type.String()),
    byHand: Type.Array(Type.Object({ name: Type.String(), why: Type.String() })),
    unseen: Type.Array(Type.Object({ name: Type.String(), why: Type.String() })),
    shortLived: Type.Array(Type.Object({ name: Type.String(), lifetimeS: Type.Integer() })),
    cycleBreaks: Type.Array(Type.String()),
    breaks: Type.Array(Type.String()),
  }),
});
export type RotateAnswer = Static<typeof RotateAnswer>;

export const RotationsQuery = Type.Object(
  {
    ...PageQuery,
    before: Type.Optional(IdSchema),
    status: Type.Optional(Type.Enum([...ROTATION_STATUSES])),
    incident: Type.Optional(IdSchema),
  },
  { additionalProperties: false },
);
export const RotationsAnswer = Type.Object({ rotations: Type.Array(RotationSummary) });
export type RotationsAnswer = Static<typeof RotationsAnswer>;

export const RotationAnswerRequest = Type.Object(
  { question: Type.Integer({ minimum: 1 }), choice: Type.Enum([...ROTATION_CHOICES]) },
  { additionalProperties: false },
);
export const RotationCancelRequest = Type.Object(
  { reason: ReasonSchema },
  { additionalProperties: false },
);
export const RotationClaimRequest = Type.Object(
  { consumer: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
);
