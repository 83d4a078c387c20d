import type { CredentialKind, IdentityKind } from '../../inventory/index.ts';
import type { SignalType } from '../../kernel/index.ts';

// What was compromised picks the layer that is cut. Pure, and a table: there is no row that says "rotate everything".

export const COMPROMISES = [
  'leaked-credential',
  'refresh-abused',
  'dormant-awake',
  'ephemeral-in-log',
  'consent-abused',
  'vendor-breached',
  'agent-off-intent',
  'session-abused',
  'unclear',
] as const;
export type Compromise = (typeof COMPROMISES)[number];

/** What is taken hold of first. */
export type Layer =
  /** The named credential, and no other. */
  | 'credential'
  /** Every token of one grant; never the client's own secret. */
  | 'token-family'
  | 'identity'
  /** The session that acts, where the target can tell sessions apart; else what carries it. */
  | 'session';

/** What is looked at beside the cut, each thing with a result of its own. */
export type ReviewKind = 'same-vendor' | 'tenant-wide';

export interface CompromiseRow {
  readonly layer: Layer;
  /** What is left alone on purpose. */
  readonly leaves: string;
  readonly review: ReviewKind | null;
}

// table: from the design of containment
export const COMPROMISE_ROWS: Readonly<Record<Compromise, CompromiseRow>> = {
  'leaked-credential': {
    layer: 'credential',
    leaves: 'the other credentials of the identity',
    review: null,
  },
  'refresh-abused': {
    layer: 'token-family',
    leaves: 'the client secret: whoever has the tokens need not know it',
    review: null,
  },
  'dormant-awake': {
    layer: 'identity',
    leaves: 'nothing; nobody is known to need it',
    review: null,
  },
  'ephemeral-in-log': {
    layer: 'credential',
    leaves: 'the identity: what it logs in with is not what was logged',
    review: null,
  },
  'consent-abused': {
    layer: 'identity',
    leaves: 'the people who consented: the grant is cut, not their accounts',
    review: 'tenant-wide',
  },
  'vendor-breached': {
    layer: 'identity',
    leaves: 'grants of other vendors',
    review: 'same-vendor',
  },
  'agent-off-intent': {
    layer: 'session',
    leaves: 'its other sessions, and the same agent elsewhere',
    review: null,
  },
  'session-abused': {
    layer: 'session',
    leaves: 'its other sessions, and what they log in with',
    review: null,
  },
  unclear: { layer: 'credential', leaves: 'what no signal names', review: null },
};

/** What is known of the subject when the signal comes. Null = not known. */
export interface CompromiseSeen {
  readonly type: SignalType;
  readonly identityKind: IdentityKind;
  readonly credentialKind: CredentialKind | null;
  /** Since any credential of it was last seen in use. */
  readonly idleMs: number | null;
  /** Until the named credential ends by itself. */
  readonly lifetimeMs: number | null;
  readonly operator: string | null;
  /** The signal names a session. */
  readonly namesSession?: boolean;
}

const DORMANT_MS = 90 * 86_400_000;
/** What ends by itself within a day is meant for one job. */
const EPHEMERAL_MS = 86_400_000;
const TOKENS: ReadonlySet<CredentialKind | null> = new Set(['refresh-token', 'access-token']);
const ABUSE: ReadonlySet<SignalType> = new Set([
  'credential-misuse',
  'anomalous-behaviour',
  'new-access-path',
  'privilege-escalation',
]);

/** An access token of anything else is a key like any other: no flow gives out new ones. */
function isOfGrant(identity: IdentityKind, credential: CredentialKind | null): boolean {
  return (
    credential === 'refresh-token' || (identity === 'oauth-app' && credential === 'access-token')
  );
}

type Rule = readonly [of: Compromise, holds: (seen: CompromiseSeen) => boolean];

/** The first that holds. */
const RULES: readonly Rule[] = [
  ['vendor-breached', ({ type }) => type === 'vendor-breach'],
  [
    'agent-off-intent',
    ({ type, identityKind }) => type === 'off-intent-action' && identityKind === 'ai-agent',
  ],
  [
    'dormant-awake',
    ({ type, idleMs }) => ABUSE.has(type) && idleMs !== null && idleMs >= DORMANT_MS,
  ],
  [
    'consent-abused',
    ({ type, identityKind, credentialKind }) =>
      identityKind === 'oauth-app' && ABUSE.has(type) && !TOKENS.has(credentialKind),
  ],
  [
    'refresh-abused',
    ({ type, identityKind, credentialKind }) =>
      (ABUSE.has(type) || type === 'session-hijack') && isOfGrant(identityKind, credentialKind),
  ],
  [
    'session-abused',
    ({ type, namesSession }) => type === 'session-hijack' && namesSession === true,
  ],
  [
    'ephemeral-in-log',
    ({ type, lifetimeMs }) =>
      type === 'credential-exposed' && lifetimeMs !== null && lifetimeMs <= EPHEMERAL_MS,
  ],
  ['leaked-credential', ({ type }) => type === 'credential-exposed'],
];

export function compromiseOf(seen: CompromiseSeen): Compromise {
  return RULES.find(([, holds]) => holds(seen))?.[0] ?? 'unclear';
}

/** Of the credentials of an identity, those that go down with a named token: the tokens, never what mints them. */
export function familyOf<Credential extends { readonly kind: CredentialKind }>(
  credentials: readonly Credential[],
): readonly Credential[] {
  return credentials.filter(({ kind }) => TOKENS.has(kind));
}

export function compromiseSentence(compromise: Compromise): string {
  const { layer, leaves } = COMPROMISE_ROWS[compromise];
  return `${compromise.replaceAll('-', ' ')}: the ${layer.replaceAll('-', ' ')} is cut; left alone: ${leaves}`;
}
