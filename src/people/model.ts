import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Id } from '../kernel/index.ts';
import type { Approval, SignedApproval } from './assertion.ts';

/** How somebody came in. `link`: the one-time link of the demo. */
export type SignInMethod = 'passkey' | 'oidc' | 'recovery' | 'link';

/** Where people open this server: passkeys are bound to it. */
export interface Place {
  readonly rpId: string;
  readonly origin: string;
}

/** What is known of whoever asks, for their own eyes and the ledger. */
export interface Client {
  readonly address: string;
  /** What the browser calls itself. */
  readonly device: string;
}

export interface RosterPerson {
  readonly person: string;
  readonly name: string;
}

/** What the rules say of people; read anew at every request. */
export interface Rules {
  readonly person: (id: string) => RosterPerson | null;
  readonly people: () => readonly RosterPerson[];
  /** Who is known under that e-mail address; null when nobody or more than one is. */
  readonly byAddress: (address: string) => string | null;
  /** May fill a seat of the charter, whoever sits there now. */
  readonly hasSeat: (person: string) => boolean;
  /** A question is open to them now, also without a seat: owners of what is cut. */
  readonly isAsked: (person: string) => Promise<boolean>;
  readonly suspects: () => Promise<{
    readonly people: readonly string[];
    readonly channels: readonly string[];
  }>;
}

export interface Session {
  readonly id: Id<'session'>;
  readonly person: string;
  readonly method: SignInMethod;
  /** The OIDC provider it came by; null for the other methods. */
  readonly provider: string | null;
  readonly startedAtMs: number;
  readonly lastSeenMs: number;
  readonly endsAtMs: number;
  /** Until then dangerous acts are allowed without using the passkey again. */
  readonly freshUntilMs: number;
  readonly address: string;
  readonly device: string;
}

/** What a person may do: derived from the charter and the roster, plus administration. */
export type Standing = 'reader' | 'responder' | 'administrator';

export interface SignedIn {
  readonly session: Session;
  readonly name: string;
  readonly standing: Standing;
  readonly isAdministrator: boolean;
  readonly passkeys: number;
}

/** The text goes into a cookie and nowhere else. */
export interface OpenedSession {
  readonly text: string;
  readonly signedIn: SignedIn;
}

export interface Passkey {
  readonly id: Id<'passkey'>;
  readonly person: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  /** It lives in more than one device. */
  readonly isBackedUp: boolean;
}

export interface Enrolled {
  readonly passkey: Passkey;
  /** Shown once; empty when the person still has codes. */
  readonly recoveryCodes: readonly string[];
}

export interface PersonRow extends RosterPerson {
  readonly standing: Standing;
  readonly isAdministrator: boolean;
  readonly passkeys: number;
  readonly sessions: number;
  readonly lastSignedInAtMs: number | null;
  readonly invitedUntilMs: number | null;
}

export interface Invitation {
  /** Null = the first administrator, who says who they are. */
  readonly person: string | null;
  readonly isAdministrator: boolean;
  readonly expiresAtMs: number;
}

export interface Asked<Options> {
  readonly ceremony: string;
  readonly publicKey: Options;
}
export type AskedToSign = Asked<PublicKeyCredentialRequestOptionsJSON>;
export type AskedToEnrol = Asked<PublicKeyCredentialCreationOptionsJSON>;

export interface Assertion {
  readonly ceremony: string;
  readonly credential: AuthenticationResponseJSON;
}

export interface Registration {
  readonly ceremony: string;
  readonly name: string;
  readonly credential: RegistrationResponseJSON;
}

export interface ProviderStatus {
  readonly name: string;
  readonly title: string;
  /** Null = it may be used. */
  readonly problem: string | null;
}

/** Signing in with a passkey, a recovery code, or the link of the demo. */
export interface SignInDoor {
  readonly askToSignIn: (place: Place) => Promise<AskedToSign>;
  readonly signIn: (place: Place, given: Assertion, client: Client) => Promise<OpenedSession>;
  readonly recover: (person: string, code: string, client: Client) => Promise<OpenedSession>;
  readonly createLink: (person: string) => Promise<string>;
  readonly followLink: (code: string, client: Client) => Promise<OpenedSession>;
  /** True until somebody has a passkey. */
  readonly isFirst: () => Promise<boolean>;
}

export interface SessionDoor {
  /** Null when nobody is behind that text. `touch`: it counts as use. */
  readonly verify: (text: string, touch: boolean) => Promise<SignedIn | null>;
  readonly list: (person: string) => Promise<readonly Session[]>;
  readonly end: (person: string, session: string, by: string) => Promise<void>;
  readonly endAll: (person: string, by: string) => Promise<void>;
  readonly askToRefresh: (place: Place, session: Session) => Promise<AskedToSign>;
  /** The same session under a new text. */
  readonly refresh: (place: Place, session: Session, given: Assertion) => Promise<OpenedSession>;
}

export interface PasskeyDoor {
  readonly list: (person: string) => Promise<readonly Passkey[]>;
  readonly recoveryCodesLeft: (person: string) => Promise<number>;
  readonly askToAdd: (place: Place, session: Session) => Promise<AskedToEnrol>;
  readonly add: (place: Place, session: Session, given: Registration) => Promise<Enrolled>;
  readonly rename: (person: string, passkey: string, name: string) => Promise<Passkey>;
  readonly remove: (person: string, passkey: string) => Promise<void>;
  readonly renewRecoveryCodes: (person: string) => Promise<readonly string[]>;
  /** What the passkey of this person has to sign. */
  readonly askToApprove: (
    place: Place,
    person: string,
    approval: Approval,
  ) => Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Checked as a sign-in is; returned as it goes to the ledger. */
  readonly approve: (
    place: Place,
    person: string,
    approval: Approval,
    credential: AuthenticationResponseJSON,
  ) => Promise<SignedApproval>;
}

export interface InvitationDoor {
  /** Replaces an older one. */
  readonly invite: (
    person: string,
    by: string,
  ) => Promise<{ readonly text: string; readonly expiresAtMs: number }>;
  /** Null when somebody has a passkey already. */
  readonly inviteFirst: () => Promise<string | null>;
  readonly withdraw: (person: string, by: string) => Promise<void>;
  readonly look: (text: string) => Promise<Invitation>;
  readonly askToAccept: (
    place: Place,
    text: string,
    person: string | null,
  ) => Promise<AskedToEnrol>;
  readonly accept: (
    place: Place,
    text: string,
    given: Registration,
    client: Client,
  ) => Promise<OpenedSession & Enrolled>;
}

export interface AdministrationDoor {
  readonly list: () => Promise<readonly PersonRow[]>;
  readonly setAdministrator: (
    person: string,
    isAdministrator: boolean,
    by: string,
  ) => Promise<PersonRow>;
  /** A device was lost or stolen: passkeys, recovery codes and sessions end. */
  readonly removePasskeys: (person: string, by: string) => Promise<void>;
}

export interface OidcDoor {
  readonly providers: () => Promise<readonly ProviderStatus[]>;
  /** Where the browser goes, and what it has to bring back in a cookie. */
  readonly begin: (
    provider: string,
    redirectUri: string,
  ) => Promise<{ readonly location: string; readonly browser: string }>;
  readonly finish: (
    provider: string,
    redirectUri: string,
    answer: URLSearchParams,
    browser: string | null,
    client: Client,
  ) => Promise<OpenedSession>;
}

export interface People {
  /** Everybody there is, whether they sign in or not. */
  readonly roster: () => readonly RosterPerson[];
  readonly signIn: SignInDoor;
  readonly sessions: SessionDoor;
  readonly passkeys: PasskeyDoor;
  readonly invitations: InvitationDoor;
  readonly administration: AdministrationDoor;
  readonly oidc: OidcDoor;
}
