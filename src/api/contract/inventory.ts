import { Type, type Static } from 'typebox';
import { AnyObject, IdSchema, NAME_PATTERN, PageQuery, RefSchema } from './words.ts';

export const IdentityParams = Type.Object({ id: IdSchema });

export const IdentitiesQuery = Type.Object(
  {
    ...PageQuery,
    cursor: Type.Optional(IdSchema),
    text: Type.Optional(Type.String({ maxLength: 200, pattern: NAME_PATTERN })),
  },
  { additionalProperties: false },
);

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
  source: Type.String(),
  observedAt: Type.String(),
});
export type Identity = Static<typeof Identity>;

export const IdentitiesAnswer = Type.Object({
  identities: Type.Array(Identity),
  cursor: Type.Union([Type.String(), Type.Null()]),
});
export type IdentitiesAnswer = Static<typeof IdentitiesAnswer>;

export const Credential = Type.Object({
  id: IdSchema,
  kind: Type.String(),
  refs: Type.Array(Ref),
  issuedAt: Nullable,
  expiresAt: Nullable,
  lastUsedAt: Nullable,
  scopes: Type.Array(Type.String()),
});

export const Owner = Type.Object({
  role: Type.String(),
  name: Type.String(),
  contact: Nullable,
  basis: Type.String(),
  confidence: Type.Number(),
  assertedAt: Type.String(),
  why: Type.String(),
});

/** An identity with what a responder asks next: its credentials, who answers for it, what holds against it now. */
export const IdentityAnswer = Type.Object({
  identity: Identity,
  credentials: Type.Array(Credential),
  owners: Type.Array(Owner),
  orphan: Type.Boolean({ description: 'No claim names an owner that exists' }),
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
  added: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
  rejectedCount: Type.Integer(),
  revision: Type.Integer(),
});
export type ImportAnswer = Static<typeof ImportAnswer>;
