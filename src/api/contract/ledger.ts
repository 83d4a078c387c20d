import { Type, type Static } from 'typebox';
import { AnyObject, NAME_PATTERN, PageQuery } from './words.ts';

const position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Base64 = Type.String({ description: 'base64' });

export const CheckpointAnswer = Type.Object({
  origin: Type.String(),
  size: Type.Integer(),
  root: Base64,
  note: Type.String({ description: 'The signed checkpoint, C2SP tlog-checkpoint' }),
  verifierKey: Type.String({ description: 'What the note is checked with' }),
});
export type CheckpointAnswer = Static<typeof CheckpointAnswer>;

export const EntriesQuery = Type.Object(
  {
    from: Type.Optional(position),
    ...PageQuery,
    kind: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: NAME_PATTERN })),
  },
  { additionalProperties: false },
);

export const SealedEntry = Type.Object({
  position: Type.Integer(),
  entry: Type.Object({
    id: Type.String(),
    at: Type.String(),
    kind: Type.String(),
    actor: Type.String(),
    incident: Type.Union([Type.String(), Type.Null()]),
    ordinal: Type.Union([Type.Integer(), Type.Null()]),
    data: AnyObject,
  }),
});
export type SealedEntry = Static<typeof SealedEntry>;

export const EntriesAnswer = Type.Object({ entries: Type.Array(SealedEntry) });
export type EntriesAnswer = Static<typeof EntriesAnswer>;

export const ProofQuery = Type.Object(
  {
    position: Type.Optional(position),
    size: Type.Optional(position),
    from: Type.Optional(position),
    to: Type.Optional(position),
  },
  {
    additionalProperties: false,
    description: 'position (and size) for inclusion; from and to for consistency',
  },
);

export const InclusionAnswer = Type.Object({
  position: Type.Integer(),
  size: Type.Integer(),
  leafHash: Base64,
  hashes: Type.Array(Base64),
  root: Base64,
  checkpoint: Type.Union([Type.String(), Type.Null()]),
});
export const ConsistencyAnswer = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  fromRoot: Base64,
  toRoot: Base64,
  hashes: Type.Array(Base64),
});
export const ProofAnswer = Type.Union([InclusionAnswer, ConsistencyAnswer]);

export const EventsQuery = Type.Object(
  {
    from: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'First position wanted; without it and without last-event-id: from now on',
      }),
    ),
  },
  { additionalProperties: false },
);
