import { Type, type Static } from 'typebox';
import { IdSchema, NAME_PATTERN, ReasonSchema, TimestampSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Owner = Type.Object({ seat: Nullable, person: Nullable });

export const TRACK_NAMES = [
  'identity containment',
  'communications',
  'forensics',
  'business decisions',
] as const;
export const TASK_STATES = ['next', 'doing', 'blocked', 'done'] as const;

export const Track = Type.Object({
  track: Type.String(),
  tasks: Type.Array(
    Type.Object({
      id: Nullable,
      from: Type.String(),
      title: Type.String(),
      owner: Owner,
      alternate: Type.Union([Owner, Type.Null()]),
      state: Type.Enum(TASK_STATES),
      since: Type.String(),
      blockedBy: Nullable,
      until: Nullable,
    }),
  ),
  done: Type.Array(Type.String()),
  doing: Type.Array(Type.String()),
  blocked: Type.Array(
    Type.Object({ what: Type.String(), by: Type.String(), since: Type.String() }),
  ),
  next: Type.Array(Type.String()),
});
export const TracksAnswer = Type.Object({ tracks: Type.Array(Track) });
export type TracksAnswer = Static<typeof TracksAnswer>;

const Named = Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN });

export const TaskParams = Type.Object({ id: IdSchema, task: IdSchema });

export const AddTaskRequest = Type.Object(
  {
    track: Type.Enum(TRACK_NAMES),
    title: Type.String({ minLength: 1, maxLength: 500, pattern: NAME_PATTERN }),
    owner: Type.Optional(Named),
    alternate: Type.Optional(Named),
  },
  {
    additionalProperties: false,
    description: 'owner and alternate: a seat of the charter or a person of the roster',
  },
);

export const MoveTaskRequest = Type.Object(
  {
    to: Type.Enum(TASK_STATES),
    by: Type.Optional(Named),
    until: Type.Optional(TimestampSchema),
  },
  {
    additionalProperties: false,
    description: 'blocked: `by` says what it waits for; `until` says how long at most',
  },
);

export const EvidenceRequest = Type.Object(
  { reason: ReasonSchema },
  { additionalProperties: false },
);
export const EvidenceExportRequest = Type.Object(
  {
    reason: ReasonSchema,
    size: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Of the ledger at an earlier checkpoint: gives the same bytes again',
      }),
    ),
  },
  { additionalProperties: false },
);

export const LegalHold = Type.Union([
  Type.Object({ by: Type.String(), reason: Type.String(), since: Type.String() }),
  Type.Null(),
]);

export const EvidenceAnswer = Type.Object({
  incident: Type.String(),
  hold: LegalHold,
  items: Type.Array(
    Type.Object({
      id: Nullable,
      cut: Type.String(),
      name: Type.String(),
      sha256: Nullable,
      state: Type.Enum(['kept', 'deleted', 'not-available']),
      why: Nullable,
      capturedAt: Nullable,
    }),
  ),
  custody: Type.Array(
    Type.Object({
      at: Type.String(),
      ordinal: Type.Integer(),
      kind: Type.String(),
      actor: Type.String(),
      text: Type.String(),
    }),
  ),
});
export type EvidenceAnswer = Static<typeof EvidenceAnswer>;
