import { Type, type Static } from 'typebox';
import { AnyObject, IdSchema, NAME_PATTERN, PageQuery, RefSchema } from './words.ts';

/** As the inventory knows them; a contract imports nothing. */
const IDENTITY_KINDS = [
  'service-account',
  'workload-identity',
  'oauth-app',
  'ci-identity',
  'bot-user',
  'certificate-subject',
  'ai-agent',
] as const;
const OWNER_STATES = ['owned', 'orphan', 'departed', 'contested', 'stale'] as const;

export const IdentityParams = Type.Object({ id: IdSchema });

const Filter = {
  text: Type.Optional(Type.String({ maxLength: 200, pattern: NAME_PATTERN })),
  kind: Type.Optional(Type.Enum(IDENTITY_KINDS)),
  environment: Type.Optional(Type.String({ maxLength: 100, pattern: NAME_PATTERN })),
  ownerState: Type.Optional(Type.Enum(OWNER_STATES)),
  expiresBefore: Type.Optional(Type.String({ format: 'date-time' })),
  unusedSince: Type.Optional(Type.String({ format: 'date-time' })),
  scopesMin: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  riskMin: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  gone: Type.Optional(
    Type.Boolean({ description: 'Also those that no source reports any longer' }),
  ),
};

export const IdentitiesQuery = Type.Object(
  {
    ...PageQuery,
    cursor: Type.Optional(Type.String({ pattern: '^[a-z0-9._]{1,40}$' })),
    sort: Type.Optional(Type.Enum(['id', 'risk'])),
    ...Filter,
  },
  { additionalProperties: false },
);

export const FacetsQuery = Type.Object(Filter, { additionalProperties: false });

export const LookupQuery = Type.Object({ ref: RefSchema }, { additionalProperties: false });

export const LookupSecretRequest = Type.Object(
  { secret: Type.String({ minLength: 1, maxLength: 65_536 }) },
  { additionalProperties: false },
);

export const ImportQuery = Type.Object(
  {
    source: Type.Optional(
      Type.String({
        pattern: '^[\\w.@/-]{1,100}$',
        description: 'Who says so; the records of one source replace each other',
      }),
    ),
    format: Type.Optional(Type.Enum(['auto', 'firebreak', 'backstage', 'csv'])),
    mode: Type.Optional(
      Type.Enum(['increment', 'snapshot'], {
        description: 'A snapshot is everything the source knows: what it leaves out is gone',
      }),
    ),
    shrink: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'The share a snapshot may leave out' }),
    ),
    mapping: Type.Optional(
      Type.String({ maxLength: 8_000, description: 'For CSV: which column is what, as YAML' }),
    ),
  },
  { additionalProperties: false },
);

export const SyncParams = Type.Object({
  target: Type.String({ minLength: 1, maxLength: 200 }),
});

export const SyncQuery = Type.Object(
  {
    shrink: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'The share that may be gone since' }),
    ),
  },
  { additionalProperties: false },
);

const Ref = Type.Object({ system: Type.String(), type: Type.String(), value: Type.String() });
const Nullable = Type.Union([Type.String(), Type.Null()]);

export const Identity = Type.Object({
  id: IdSchema,
  kind: Type.String(),
  name: Type.String(),
  target: Type.String(),
  refs: Type.Array(Ref),
  environment: Nullable,
  jurisdiction: Nullable,
  purpose: Nullable,
  operator: Nullable,
  tags: Type.Array(Type.String()),
  tenant: Nullable,
  exposure: Nullable,
  rotationDays: Type.Union([Type.Integer(), Type.Null()]),
  source: Type.String(),
  observedAt: Type.String(),
  sources: Type.Array(Type.String(), { description: 'Who reports it now' }),
  gone: Type.Union([Type.Object({ at: Type.String(), source: Type.String() }), Type.Null()]),
  provenance: Type.Record(
    Type.String(),
    Type.Object({ source: Type.String(), observedAt: Type.String() }),
    { description: 'Of each member: which source says so, and since when' },
  ),
});
export type Identity = Static<typeof Identity>;

const ListedIdentity = Type.Object({
  ...Identity.properties,
  risk: Type.Integer({ description: 'Of 100; the card names every contribution' }),
  riskReason: Type.Union([Type.String(), Type.Null()], {
    description: 'The weightiest contribution to the risk',
  }),
  ownerState: Type.Enum(OWNER_STATES),
});

export const IdentitiesAnswer = Type.Object({
  identities: Type.Array(ListedIdentity),
  cursor: Type.Union([Type.String(), Type.Null()]),
});
export type IdentitiesAnswer = Static<typeof IdentitiesAnswer>;

const FacetValues = Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }));

export const FacetsAnswer = Type.Object({
  count: Type.Integer({ description: 'Of all that the filter lets through' }),
  facets: Type.Object({
    kind: FacetValues,
    environment: FacetValues,
    ownerState: FacetValues,
    expiry: FacetValues,
    lastUse: FacetValues,
    scopes: FacetValues,
    risk: FacetValues,
  }),
});
export type FacetsAnswer = Static<typeof FacetsAnswer>;

export const Credential = Type.Object({
  id: IdSchema,
  kind: Type.String(),
  refs: Type.Array(Ref),
  issuedAt: Nullable,
  expiresAt: Nullable,
  lastUsedAt: Nullable,
  lastUsedBasis: Nullable,
  scopes: Type.Array(Type.String()),
  usedScopes: Type.Union([Type.Array(Type.String()), Type.Null()]),
  gone: Type.Union([Type.Object({ at: Type.String(), source: Type.String() }), Type.Null()]),
});

export const Owner = Type.Object({
  role: Type.String(),
  name: Type.String(),
  contact: Nullable,
  basis: Type.String(),
  confidence: Type.Number(),
  assertedAt: Type.String(),
  why: Type.String(),
  alternates: Type.Array(Type.Object({ name: Type.String(), why: Type.String() })),
});

const Counted = Type.Object({ id: Type.String(), name: Type.String() });
const Tiered = Type.Object({
  id: Type.String(),
  name: Type.String(),
  tier: Type.Union([Type.Integer(), Type.Null()]),
});

/** What is derived: the rest of the card that SIEM and SOAR ask for. */
export const Card = Type.Object({
  environment: Nullable,
  scopes: Type.Array(Type.String()),
  expiresAt: Nullable,
  lastUsedAt: Nullable,
  workloads: Type.Array(Counted),
  services: Type.Array(Tiered),
  flags: Type.Array(Type.Object({ flag: Type.String(), role: Nullable, why: Type.String() }), {
    description: 'orphan, departed, contested, stale: what is wrong about its owners',
  }),
  proposedOwner: Type.Union([
    Type.Object({
      party: Type.String(),
      name: Type.String(),
      confidence: Type.Number(),
      why: Type.String(),
    }),
    Type.Null(),
  ]),
  risk: Type.Object({
    score: Type.Integer(),
    contributions: Type.Array(
      Type.Object({ name: Type.String(), points: Type.Integer(), why: Type.String() }),
    ),
  }),
  privileges: Type.Array(
    Type.Object({
      credential: Type.String(),
      unused: Type.Array(Type.String()),
      why: Type.String(),
    }),
    { description: 'Granted and never seen used' },
  ),
  map: Type.Union([Type.Literal('ready'), Type.Literal('loading')], {
    description:
      'loading: the server has just started and still reads the dependency map; workloads and services are left out, reach is null, and the collateral is unknown',
  }),
  reach: Type.Union([
    Type.Object({
      reachedCount: Type.Integer(),
      reachesProduction: Type.Boolean(),
      criticalServiceCount: Type.Integer(),
      isPart: Type.Boolean({ description: 'There is more; ask for the blast radius' }),
    }),
    Type.Null(),
  ]),
  collateral: Type.Object({
    known: Type.Integer(),
    inferred: Type.Integer(),
    unknown: Type.Integer(),
    services: Type.Integer(),
    tierMin: Type.Union([Type.Integer(), Type.Null()]),
    isPart: Type.Boolean({ description: 'There is more; ask for the collateral' }),
  }),
  revision: Type.Integer({ description: 'Of the inventory, as the map knows it' }),
  oldestEdgeAt: Type.Union([Type.String(), Type.Null()], {
    description: 'The oldest knowledge behind workloads, services and collateral',
  }),
});
export type Card = Static<typeof Card>;

/** An identity with what a responder asks next: its credentials, who answers for it, what holds against it now. */
export const IdentityAnswer = Type.Object({
  identity: Identity,
  credentials: Type.Array(Credential),
  owners: Type.Array(Owner),
  orphan: Type.Boolean({ description: 'No claim names an owner that exists' }),
  card: Card,
  restrictions: Type.Array(AnyObject),
  incidents: Type.Array(AnyObject),
});
export type IdentityAnswer = Static<typeof IdentityAnswer>;

export const LookupAnswer = Type.Object({
  ...IdentityAnswer.properties,
  credential: Type.Union([Credential, Type.Null()]),
});
export type LookupAnswer = Static<typeof LookupAnswer>;

export const ImportAnswer = Type.Object({
  source: Type.String(),
  mode: Type.String(),
  added: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  gone: Type.Integer({ description: 'What a snapshot no longer names' }),
  kept: Type.Integer({
    description:
      'What a snapshot no longer names and that is not marked gone, because lines were rejected; shrink=1 marks it',
  }),
  pending: Type.Integer({ description: 'Edges that wait for a node nobody has named yet' }),
  rejected: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
  rejectedCount: Type.Integer(),
  revision: Type.Integer(),
});
export type ImportAnswer = Static<typeof ImportAnswer>;

export const SourcesAnswer = Type.Object({
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      nodes: Type.Integer(),
      edges: Type.Integer(),
      pending: Type.Integer(),
      snapshotAt: Nullable,
    }),
  ),
  pendingEdges: Type.Array(
    Type.Object({
      source: Type.String(),
      from: Type.String(),
      relation: Type.String(),
      to: Type.String(),
      since: Type.String(),
    }),
    { description: 'The first hundred' },
  ),
  pendingClaims: Type.Array(
    Type.Object({
      source: Type.String(),
      ref: Type.String(),
      says: Type.Array(Type.String()),
    }),
    {
      description: 'What sources say of identities that none has described yet; the first hundred',
    },
  ),
});
export type SourcesAnswer = Static<typeof SourcesAnswer>;
