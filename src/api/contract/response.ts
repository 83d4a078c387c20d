import { Type, type Static } from 'typebox';
import { Batch } from './batch.ts';
import { Containment } from './containment.ts';
import { overview } from './overview.ts';
import { AssertionSchema } from './people.ts';
import { LegalHold, Track } from './tracks.ts';
import {
  AnyObject,
  DecisionStateSchema,
  IdSchema,
  IncidentStatusSchema,
  NAME_PATTERN,
  OutcomeSchema,
  PageQuery,
  ReasonSchema,
  RefSchema,
  RestoreCauseSchema,
  StageSchema,
} from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
export const IdParams = Type.Object({ id: IdSchema });
/** A restore may also name an identity by any of its references. */
export const RefParams = Type.Object({ id: RefSchema });

export const IncidentsQuery = Type.Object(
  {
    ...PageQuery,
    before: Type.Optional(IdSchema),
    status: Type.Optional(IncidentStatusSchema),
  },
  { additionalProperties: false },
);

export const Standing = Type.Object({
  sentence: Type.String(),
  contained: Type.Boolean(),
  residualUntil: Nullable,
  unproven: Type.Integer(),
  pending: Type.Integer(),
  blocked: Type.Integer(),
});

const summary = {
  id: IdSchema,
  title: Type.String(),
  status: IncidentStatusSchema,
  severity: Type.String(),
  standing: Standing,
  openedAt: Type.String(),
  identities: Type.Array(
    Type.Object({ id: Type.String(), name: Type.String(), target: Type.String() }),
  ),
  ...overview,
};
export const IncidentSummary = Type.Object(summary);
export type IncidentSummary = Static<typeof IncidentSummary>;
export const IncidentsAnswer = Type.Object({ incidents: Type.Array(IncidentSummary) });
export type IncidentsAnswer = Static<typeof IncidentsAnswer>;

const Seated = Type.Object({ seat: Type.String(), person: Type.String() });
const People = Type.Array(Type.String());

const decision = {
  id: IdSchema,
  incident: Type.String(),
  kind: Type.String(),
  state: Type.String(),
  digest: Type.String(),
  question: Type.String(),
  action: AnyObject,
  right: Nullable,
  holders: Type.Array(Seated),
  openedAt: Type.String(),
  deadline: Nullable,
  charter: Type.Object({ id: Type.String(), revision: Type.Integer(), digest: Type.String() }),
  handOff: Type.String(),
  ladder: Type.Array(
    Type.Object({
      seat: Type.String(),
      people: People,
      channels: People,
      warmedAt: Nullable,
      openedAt: Nullable,
      acknowledgeBy: Nullable,
      decideBy: Nullable,
      acknowledgedBy: Nullable,
      lastResort: Type.Boolean(),
    }),
  ),
  next: Type.Union([Type.Object({ seat: Type.String(), people: People }), Type.Null()]),
  nextStep: Type.Union([Type.Object({ what: Type.String(), at: Type.String() }), Type.Null()]),
  byDefault: Type.Union([Type.Object({ stage: StageSchema, at: Nullable }), Type.Null()], {
    description: 'What happens by itself when nobody answers; null = everything stays as it is',
  }),
  about: Type.Union([
    Type.Object({ id: Type.String(), name: Type.String(), target: Type.String() }),
    Type.Null(),
  ]),
  stage: Type.Union([StageSchema, Type.Null()]),
  cuts: Type.Array(Type.String(), { description: 'The cuts it would let happen, or give back' }),
  approvers: Type.Array(Seated),
  advisers: Type.Array(Seated),
  advice: Type.Array(
    Type.Object({
      person: Type.String(),
      as: Type.String(),
      text: Type.String(),
      at: Type.String(),
    }),
  ),
  rejectedUntil: Nullable,
  needs: Type.Object({ deciders: Type.Integer(), approvers: Type.Integer() }),
  votes: Type.Array(Type.Object({ person: Type.String(), as: Type.String() })),
  decidedBy: Nullable,
  reason: Nullable,
};
export const Decision = Type.Object(decision);
export type Decision = Static<typeof Decision>;

/** What no connector can do. `claimed` is a person's word and proves nothing. */
const ByHand = Type.Object({
  decision: IdSchema,
  identity: Type.String(),
  guarantee: Type.String(),
  to: Type.Array(Type.String()),
  due: Type.String(),
  ownSide: Type.Union([AnyObject, Type.Null()]),
  status: Type.Enum(['assigned', 'overdue', 'claimed', 'withdrawn']),
  claimedBy: Nullable,
});

export const IncidentAnswer = Type.Object({
  ...summary,
  firstSuspectAt: Type.String(),
  signals: Type.Array(AnyObject),
  cuts: Type.Array(Containment),
  decisions: Type.Array(Decision),
  windows: Type.Array(
    Type.Object({ identity: Type.String(), window: Type.String(), until: Type.String() }),
  ),
  byHand: Type.Array(ByHand),
  batches: Type.Array(Batch),
  tracks: Type.Array(Track),
  handOffs: Type.Array(AnyObject),
  legalHold: LegalHold,
  waitsFor: Type.Array(Type.String()),
  rotations: Type.Array(
    Type.Object({
      id: IdSchema,
      name: Type.String(),
      mode: Type.String(),
      status: Type.String(),
      sentence: Type.String(),
    }),
  ),
});
export type IncidentAnswer = Static<typeof IncidentAnswer>;

export const TimelineQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: -1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Only entries with a higher ordinal: what is new since then',
      }),
    ),
  },
  { additionalProperties: false },
);

export const TimelineLine = Type.Object({
  at: Type.String(),
  ordinal: Type.Integer(),
  kind: Type.String(),
  actor: Type.String(),
  text: Type.String(),
  data: AnyObject,
});
export const TimelineAnswer = Type.Object({ entries: Type.Array(TimelineLine) });
/** With everything that happened to it. */
export const DecisionAnswer = Type.Object({ ...decision, history: Type.Array(TimelineLine) });
export type DecisionAnswer = Static<typeof DecisionAnswer>;
export type TimelineAnswer = Static<typeof TimelineAnswer>;

export const DecisionsQuery = Type.Object(
  {
    ...PageQuery,
    before: Type.Optional(IdSchema),
    state: Type.Optional(DecisionStateSchema),
    kind: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    incident: Type.Optional(IdSchema),
    person: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: NAME_PATTERN,
        description: '`me` = the person behind this token or session',
      }),
    ),
  },
  { additionalProperties: false },
);
export const DecisionsAnswer = Type.Object({ decisions: Type.Array(Decision) });
export type DecisionsAnswer = Static<typeof DecisionsAnswer>;

export const AskRequest = Type.Object(
  {
    kind: Type.String({
      minLength: 1,
      maxLength: 50,
      description:
        'resume, rearm, reset-fuse, mark-suspect, communicate, ...; a charter is adopted by its own door',
    }),
    incident: Type.Optional(IdSchema),
    parameters: Type.Optional(AnyObject),
    reason: ReasonSchema,
  },
  { additionalProperties: false },
);
export type AskRequest = Static<typeof AskRequest>;

const card = {
  id: IdSchema,
  person: Type.String(),
  title: Type.String(),
  digest: Type.String(),
  state: Type.String(),
  openedAt: Type.String(),
  members: Type.Array(
    Type.Object({ decision: Type.String(), incident: Type.String(), digest: Type.String() }),
  ),
  outcome: Nullable,
  answeredBy: Nullable,
  reason: Nullable,
};
export const DecisionCard = Type.Object(card);
export type DecisionCard = Static<typeof DecisionCard>;
export const CardsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['open', 'answered', 'settled'])),
    person: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN })),
  },
  { additionalProperties: false },
);
export const CardsAnswer = Type.Object({ cards: Type.Array(DecisionCard) });
export type CardsAnswer = Static<typeof CardsAnswer>;
export const AnswerCardRequest = Type.Object(
  {
    outcome: Type.Enum(['approve', 'reject']),
    reason: ReasonSchema,
    digest: Type.String({ minLength: 1, maxLength: 200 }),
    assertion: Type.Optional(AssertionSchema),
  },
  { additionalProperties: false },
);

export const PrepareGlassRequest = Type.Object(
  {
    person: Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN }),
    device: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: NAME_PATTERN,
      description: 'What the codes lie on or in, such as `safe-berlin` or `phone`',
    }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
  },
  { additionalProperties: false },
);
export const GlassCodesAnswer = Type.Object({
  person: Type.String(),
  device: Type.String(),
  codes: Type.Array(Type.String()),
});
export type GlassCodesAnswer = Static<typeof GlassCodesAnswer>;

export const BreakGlassRequest = Type.Object(
  {
    codes: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 20 }),
    reason: ReasonSchema,
    digest: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
);

export const DecideRequest = Type.Object(
  {
    outcome: OutcomeSchema,
    reason: ReasonSchema,
    digest: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The digest of the action as it was shown: another action is another decision',
    }),
    assertion: Type.Optional(AssertionSchema),
  },
  { additionalProperties: false },
);
export type DecideRequest = Static<typeof DecideRequest>;

export const ContainRequest = Type.Object(
  {
    ref: RefSchema,
    stage: StageSchema,
    reason: ReasonSchema,
    forSeconds: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 2_592_000,
        description: 'A temporary cut; at its end people are asked, and it holds until they answer',
      }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only says what would be done' })),
  },
  { additionalProperties: false },
);
export type ContainRequest = Static<typeof ContainRequest>;

export const ContainAnswer = Type.Object({
  outcome: Type.Enum(['started', 'asked', 'dry-run', 'already']),
  incident: Nullable,
  containments: Type.Array(Containment),
  decision: Type.Union([Decision, Type.Null()]),
  plan: AnyObject,
});
export type ContainAnswer = Static<typeof ContainAnswer>;

export const HoldRequest = Type.Object(
  { ref: RefSchema, reason: ReasonSchema },
  { additionalProperties: false },
);
export type HoldRequest = Static<typeof HoldRequest>;

export const RestoreRequest = Type.Object(
  {
    cause: RestoreCauseSchema,
    reason: ReasonSchema,
    withoutReplacement: Type.Optional(
      Type.Boolean({
        description:
          'Give back although a replacement of the leaked credential that was begun is not live yet; recorded',
      }),
    ),
  },
  { additionalProperties: false },
);
export type RestoreRequest = Static<typeof RestoreRequest>;

export const RestoreAnswer = Type.Object({
  outcome: Type.Enum(['started', 'asked']),
  incident: Type.String(),
  decision: Decision,
  givesBack: Type.Array(Type.String()),
  keeps: Type.Array(Type.Object({ containment: Type.String(), why: Type.String() })),
});
export type RestoreAnswer = Static<typeof RestoreAnswer>;
