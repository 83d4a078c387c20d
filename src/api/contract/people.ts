import { Type, type Static } from 'typebox';
import { AnyObject, IdSchema, NAME_PATTERN } from './words.ts';

const closed = { additionalProperties: false };
const Base64url = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+$' });
const Nullable = Type.Union([Type.String(), Type.Null()]);

const Ceremony = Type.String({
  minLength: 1,
  maxLength: 2_000,
  description: 'As it came with the question. It is answered once, within five minutes',
});
const PersonName = Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN });
const PasskeyName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: NAME_PATTERN,
  description: 'What its owner calls it',
});
const Invited = Type.String({ minLength: 1, maxLength: 100 });

/** `PublicKeyCredential.toJSON()` of an assertion; members that browsers add are let through and not read. */
export const AssertionSchema = Type.Object({
  id: Base64url(2_000),
  rawId: Base64url(2_000),
  type: Type.Literal('public-key'),
  clientExtensionResults: Type.Optional(AnyObject),
  response: Type.Object({
    clientDataJSON: Base64url(8_000),
    authenticatorData: Base64url(8_000),
    signature: Base64url(4_000),
    userHandle: Type.Optional(Type.String({ maxLength: 200 })),
  }),
});
export type AssertionJson = Static<typeof AssertionSchema>;

/** The same of an enrolment. */
const RegistrationSchema = Type.Object({
  id: Base64url(2_000),
  rawId: Base64url(2_000),
  type: Type.Literal('public-key'),
  clientExtensionResults: Type.Optional(AnyObject),
  response: Type.Object({
    clientDataJSON: Base64url(8_000),
    attestationObject: Base64url(32_000),
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20 })),
  }),
});
export type RegistrationJson = Static<typeof RegistrationSchema>;

export const AskedAnswer = Type.Object({
  ceremony: Type.String(),
  publicKey: AnyObject,
});

export const ProviderParams = Type.Object(
  { provider: Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\w-]+$' }) },
  closed,
);

export const SignInAnswer = Type.Object({
  passkeys: Type.Boolean(),
  passkeysProblem: Nullable,
  firstAdministrator: Type.Boolean({
    description: 'Nobody has a passkey yet: the link that the server printed makes the first one',
  }),
  providers: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.String(),
      start: Type.String(),
      available: Type.Boolean(),
      problem: Nullable,
    }),
  ),
});
export type SignInAnswer = Static<typeof SignInAnswer>;

export const AssertRequest = Type.Object(
  { ceremony: Ceremony, credential: AssertionSchema },
  closed,
);

export const RecoverRequest = Type.Object(
  { person: PersonName, code: Type.String({ minLength: 1, maxLength: 100 }) },
  closed,
);

export const EnrolRequest = Type.Object(
  { ceremony: Ceremony, name: PasskeyName, credential: RegistrationSchema },
  closed,
);

export const InvitationRequest = Type.Object({ invitation: Invited }, closed);

export const InvitedOptionsRequest = Type.Object(
  { invitation: Invited, person: Type.Optional(PersonName) },
  closed,
);

export const AcceptRequest = Type.Object(
  { invitation: Invited, ceremony: Ceremony, name: PasskeyName, credential: RegistrationSchema },
  closed,
);

const PersonNamed = Type.Object({ person: Type.String(), name: Type.String() });

export const InvitationAnswer = Type.Object({
  person: Nullable,
  name: Nullable,
  isFirstAdministrator: Type.Boolean(),
  people: Type.Array(PersonNamed),
  expiresAt: Type.String(),
});
export type InvitationAnswer = Static<typeof InvitationAnswer>;

export const SessionAnswer = Type.Object({
  id: Type.String(),
  person: Type.String(),
  name: Type.String(),
  method: Type.Enum(['passkey', 'oidc', 'recovery', 'link']),
  provider: Nullable,
  scopes: Type.Array(Type.String()),
  isAdministrator: Type.Boolean(),
  startedAt: Type.String(),
  lastSeenAt: Type.String(),
  endsAt: Type.String(),
  idleEndsAt: Type.String(),
  freshUntil: Nullable,
  passkeys: Type.Integer(),
  isThis: Type.Boolean(),
  address: Type.String(),
  device: Type.String(),
});
export type SessionAnswer = Static<typeof SessionAnswer>;

export const SessionsAnswer = Type.Object({ sessions: Type.Array(SessionAnswer) });

export const PasskeyAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  createdAt: Type.String(),
  lastUsedAt: Nullable,
  isBackedUp: Type.Boolean(),
});
export type PasskeyAnswer = Static<typeof PasskeyAnswer>;

export const PasskeysAnswer = Type.Object({
  passkeys: Type.Array(PasskeyAnswer),
  recoveryCodesLeft: Type.Integer(),
});

const Codes = Type.Array(Type.String(), {
  description: 'Shown once; only keyed hashes of them are kept',
});
export const RecoveryCodesAnswer = Type.Object({ recoveryCodes: Codes });
export const EnrolledAnswer = Type.Object({ passkey: PasskeyAnswer, recoveryCodes: Codes });
export const AcceptedAnswer = Type.Object({
  session: SessionAnswer,
  passkey: PasskeyAnswer,
  recoveryCodes: Codes,
});

export const RenameRequest = Type.Object({ name: PasskeyName }, closed);

export const PersonAnswer = Type.Object({
  person: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  isAdministrator: Type.Boolean(),
  passkeys: Type.Integer(),
  sessions: Type.Integer(),
  lastSignedInAt: Nullable,
  invitedUntil: Nullable,
});
export type PersonAnswer = Static<typeof PersonAnswer>;
export const PeopleAnswer = Type.Object({ people: Type.Array(PersonAnswer) });

export const PersonParams = Type.Object({ person: PersonName }, closed);
export const AdministratorRequest = Type.Object({ administrator: Type.Boolean() }, closed);
export const InvitedAnswer = Type.Object({
  person: Type.String(),
  link: Type.String({ description: 'For that person alone; shown once' }),
  invitation: Type.String(),
  expiresAt: Type.String(),
});

const Digest = Type.String({ minLength: 1, maxLength: 200 });
export const ChallengeRequest = Type.Object(
  {
    outcome: Type.Enum(['approve', 'reject', 'sign', 'refuse']),
    digest: Digest,
  },
  closed,
);
export const ChallengeAnswer = Type.Object({ publicKey: AnyObject });

export const SessionParams = Type.Object({ id: IdSchema }, closed);
