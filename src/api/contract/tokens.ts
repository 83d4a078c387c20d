import { Type, type Static } from 'typebox';
import { IdSchema, NAME_PATTERN, ScopeSchema, TimestampSchema } from './words.ts';

export const TokenRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\w.@/-]+$' }),
    scopes: Type.Array(ScopeSchema, { minItems: 1, maxItems: 10 }),
    person: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: NAME_PATTERN,
        description: 'The person of the roster who acts with it',
      }),
    ),
    expiresAt: Type.Optional(TimestampSchema),
  },
  { additionalProperties: false },
);
export type TokenRequest = Static<typeof TokenRequest>;

export const Token = Type.Object({
  id: IdSchema,
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  person: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.String(),
  createdBy: Type.String(),
  expiresAt: Type.String(),
  revokedAt: Type.Union([Type.String(), Type.Null()]),
});
export type Token = Static<typeof Token>;

export const TokenAnswer = Type.Object({
  ...Token.properties,
  token: Type.String({ description: 'Shown once; only its hash is kept' }),
});
export type TokenAnswer = Static<typeof TokenAnswer>;

export const TokensAnswer = Type.Object({ tokens: Type.Array(Token) });
export type TokensAnswer = Static<typeof TokensAnswer>;

export const SignInQuery = Type.Object(
  { code: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  { additionalProperties: false },
);
