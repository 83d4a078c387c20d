import { Type, type Static } from 'typebox';
import { RefSchema, StageSchema } from './words.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Strict = { additionalProperties: false };

export const BlastQuery = Type.Object(
  {
    depth: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 250, description: 'Hops at most; all by default' }),
    ),
  },
  Strict,
);

export const CollateralQuery = Type.Object(
  {
    stage: Type.Optional(StageSchema),
    scope: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Only this scope is taken away: who needs it. Goes with no stage but restrict',
      }),
    ),
    credential: Type.Optional(RefSchema),
    signal: Type.Optional(
      Type.String({
        pattern: '^[a-z-]{1,40}$',
        description: 'A type of signal: the answer names the least stage that would stop it',
      }),
    ),
  },
  Strict,
);

const Service = Type.Object({
  id: Type.String(),
  name: Type.String(),
  tier: Type.Union([Type.Integer(), Type.Null()]),
});

const Hop = Type.Object({
  from: Type.String(),
  fromName: Type.String(),
  relation: Type.String(),
  to: Type.String(),
  toName: Type.String(),
  reversed: Type.Boolean({ description: 'The attacker goes against the direction of the edge' }),
});
const Path = Type.Array(Hop);
const Counts = Type.Record(Type.String(), Type.Integer());

const Reached = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  environment: Nullable,
  tier: Type.Union([Type.Integer(), Type.Null()]),
  depth: Type.Integer(),
  path: Path,
});
export const BlastAnswer = Type.Object({
  identity: Type.String(),
  depthMax: Type.Integer(),
  truncated: Type.Boolean(),
  cutShort: Type.Union([Type.Literal('depth'), Type.Literal('time'), Type.Null()]),
  reached: Type.Array(Reached),
  reachedCount: Type.Integer({ description: 'All of them; the lists hold the nearest' }),
  listedMax: Type.Integer(),
  countByKind: Counts,
  reachesProduction: Type.Boolean(),
  criticalServiceCount: Type.Integer(),
  criticalServices: Type.Array(Reached),
  credentials: Type.Array(Reached),
  revision: Type.Integer(),
  oldestEdgeAt: Nullable,
});
export type BlastAnswer = Static<typeof BlastAnswer>;

const Consumer = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  basis: Type.String(),
  confidence: Type.Number(),
  observedAt: Type.String(),
  services: Type.Array(Service),
  direct: Type.Boolean(),
  cutAlone: Type.Object({ possible: Type.Boolean(), credential: Nullable, why: Type.String() }),
});
const StageCollateral = Type.Object({
  stage: StageSchema,
  guarantee: Type.String(),
  grain: Nullable,
  known: Type.Integer(),
  inferred: Type.Integer(),
  unknown: Type.Integer(),
  services: Type.Integer(),
  reversible: Type.Boolean(),
  why: Type.String(),
});
const Named = Type.Object({ id: Type.String(), name: Type.String() });
const SharedUse = Type.Object({
  kind: Type.String(),
  credentials: Type.Array(Named),
  among: Type.Array(Named, {
    description: 'The consumers that share it, or the stores that hold a copy',
  }),
  owners: Type.Array(Type.String(), { description: 'By name, where the party is known' }),
  environments: Type.Array(Type.String()),
  services: Type.Array(Named),
  why: Type.String(),
});
export const CollateralAnswer = Type.Object({
  subject: Type.String(),
  known: Type.Array(Consumer),
  inferred: Type.Array(Consumer),
  unknown: Type.Array(Type.Object({ count: Type.Integer(), why: Type.String() })),
  services: Type.Array(Service),
  tierMin: Type.Union([Type.Integer(), Type.Null()]),
  tenants: Type.Array(Type.String()),
  stage: Type.Union([StageSchema, Type.Null()]),
  scope: Nullable,
  stages: Type.Array(StageCollateral),
  leastStage: Type.Union([Type.Object({ stage: StageSchema, why: Type.String() }), Type.Null()]),
  shared: Type.Array(SharedUse),
  truncated: Type.Boolean(),
  revision: Type.Integer(),
  oldestEdgeAt: Nullable,
});
export type CollateralAnswer = Static<typeof CollateralAnswer>;

const RotationStep = Type.Object({
  id: Type.String(),
  layer: Type.String(),
  identity: Type.String(),
  identityName: Type.String(),
  credential: Nullable,
  name: Type.String(),
  needs: Type.Array(Type.String()),
  acknowledgements: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      basis: Type.String(),
      services: Type.Array(Service),
    }),
  ),
});
export const RotationAnswer = Type.Object({
  subject: Type.String(),
  groups: Type.Array(Type.Array(RotationStep), {
    description: 'In this order; the steps of one group can be done at once',
  }),
  breaks: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      by: Type.String(),
      why: Type.String(),
    }),
    { description: 'Needs that were given up because identities open each other' },
  ),
  truncated: Type.Boolean(),
  revision: Type.Integer(),
  oldestEdgeAt: Nullable,
});
export type RotationAnswer = Static<typeof RotationAnswer>;

const Refs = (description: string) =>
  Type.Array(RefSchema, { minItems: 1, maxItems: 1_000, description });

export const CheapestCutRequest = Type.Object(
  {
    compromised: Refs('What is taken to be in the hands of the attacker'),
    protect: Type.Optional(Refs('What must not be reached; tier 1 services by default')),
    keep: Type.Optional(Refs('What may not be cut')),
  },
  Strict,
);

const ChosenCut = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  weight: Type.Number(),
  breaks: Type.Object({ consumers: Type.Integer(), services: Type.Array(Service) }),
  closes: Path,
});
export const CheapestCutAnswer = Type.Object({
  outcome: Type.String(),
  cuts: Type.Array(ChosenCut),
  weight: Type.Number(),
  weightMin: Type.Number({ description: 'No set of cuts is cheaper than this' }),
  exact: Type.Boolean(),
  relevantCount: Type.Integer(),
  protectedCount: Type.Integer(),
  openPath: Path,
  remaining: Counts,
  why: Type.String(),
  revision: Type.Integer(),
  oldestEdgeAt: Nullable,
});
export type CheapestCutAnswer = Static<typeof CheapestCutAnswer>;

export const SharedUsesAnswer = Type.Object({
  found: Type.Array(SharedUse),
  count: Type.Integer(),
  revision: Type.Integer(),
  oldestEdgeAt: Nullable,
});
export type SharedUsesAnswer = Static<typeof SharedUsesAnswer>;
