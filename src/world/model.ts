/** The words of the simulated organisation. It knows nothing of Firebreak; it is what Firebreak acts on. */

export const ACTIONS = ['read', 'write', 'mint', 'grant', 'login'] as const;
export type Action = (typeof ACTIONS)[number];

export type Grain = 'credential' | 'identity';

/** How one target system behaves: everything that makes targets differ in what a cut does. */
export interface TargetSpec {
  readonly name: string;
  readonly system: string;
  readonly environment: string;
  /** identity: the control plane cannot tell the credentials of one identity apart. */
  readonly grain: Grain;
  readonly honoursIdempotencyKeys: boolean;
  /** A change bites in the data plane this long after the control plane shows it. */
  readonly propagation: { readonly minMs: number; readonly maxMs: number };
  /** Disabling or revoking ends open sessions by itself. */
  readonly suspendEndsSessions: boolean;
  /** False: an open session keeps the policies it logged in with, as on many databases. */
  readonly policiesBiteInSessions: boolean;
  /** A login gives a bearer token that nobody can end before this time; null: a session that can be ended. */
  readonly bearerTokenMs: number | null;
  readonly callTimeoutMs: number;
  readonly concurrentCallsMax: number;
  readonly identityKind: string;
  readonly credentialKind: string;
  /** How identities are called here; {service} is filled in. */
  readonly naming: string;
  /** What the system calls a credential in an alert. */
  readonly credentialRef: string;
  readonly identities: number;
  /** Who chooses the secret of a credential that is minted beside another; the target unless told. */
  readonly secretFrom?: 'caller' | 'target';
  /** It can mint credentials that end by themselves; unless told otherwise after this time. */
  readonly lifetimeMs?: number;
  /** Has an entrance for what runs inside, of its own enforcement; none unless told. */
  readonly hasInside?: boolean;
}

/** A known target by name, with what differs; a new name needs `like`. */
export type TargetChoice = Partial<TargetSpec> & { readonly name: string; readonly like?: string };

/** What holds for one identity or one credential, in three layers that are set independently. */
export interface Policy {
  /** Denied without fresh proof. */
  readonly stepUp: readonly Action[];
  readonly denied: readonly Action[];
  /** The resources that alone stay reachable; null: no quarantine. */
  readonly quarantine: readonly string[] | null;
}

export const OPEN_POLICY: Policy = { stepUp: [], denied: [], quarantine: null };

export interface IdentityState {
  readonly identity: string;
  readonly kind: string;
  readonly administrator: boolean;
  readonly groups: readonly string[];
  readonly permissions: readonly Action[];
  readonly enabled: boolean;
  readonly revoked: boolean;
  readonly policy: Policy;
  readonly mintedBy: string | null;
  readonly createdAtMs: number;
}

export interface CredentialState {
  readonly credential: string;
  readonly identity: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly revoked: boolean;
  readonly policy: Policy;
  readonly mintedBy: string | null;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number | null;
  /** The credential that took its place in a rotation. */
  readonly replacedBy: string | null;
  /** What whoever minted it called it: the same label is never minted twice. */
  readonly label: string | null;
}

export interface SessionState {
  readonly session: string;
  readonly identity: string;
  readonly credential: string;
  readonly sinceMs: number;
  /** Where it was opened from, as an access log would say it. */
  readonly source: string;
  readonly expiresAtMs: number | null;
  /** A bearer token: no list shows it, nobody can end it. */
  readonly bearer: boolean;
  readonly ended: boolean;
  /** The policies at login, for targets that do not look again. */
  readonly policies: readonly Policy[];
}

/** One complete state of a target. The control plane shows `configured`, the data plane enforces `effective`. */
export interface View {
  readonly identities: Map<string, IdentityState>;
  readonly credentials: Map<string, CredentialState>;
  readonly sessions: Map<string, SessionState>;
}

export type DenialCode =
  | 'unknown-credential'
  | 'credential-expired'
  | 'credential-disabled'
  | 'credential-revoked'
  | 'identity-suspended'
  | 'identity-revoked'
  | 'session-ended'
  | 'session-expired'
  | 'quarantined'
  | 'minting-denied'
  | 'action-denied'
  | 'step-up-required'
  | 'permission-denied';

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: DenialCode };

export interface Attempt {
  readonly action: Action;
  readonly resource: string;
  readonly freshProof: boolean;
}

export interface Subject {
  readonly identity: string;
  readonly credential?: string;
  /** One session of it alone. */
  readonly session?: string;
}

export const CONTROL_VERBS = [
  'step-up',
  'lift-step-up',
  'reduce',
  'lift-reduce',
  'quarantine',
  'lift-quarantine',
  'disable',
  'enable',
  'kill-sessions',
  'revoke',
  'rotate',
  'mint',
  'retire',
] as const;
export type ControlVerb = (typeof CONTROL_VERBS)[number];

export interface ControlRequest {
  readonly verb: ControlVerb;
  readonly subject: Subject;
  /** For step-up, reduce and their lifts. */
  readonly actions?: readonly Action[];
  /** For quarantine and its lift. */
  readonly allow?: readonly string[] | null;
  /** For mint: its name, and its secret where the caller chooses. */
  readonly label?: string;
  readonly secret?: string;
  /** For mint, where the target can: it ends by itself after this time. */
  readonly lifetimeMs?: number;
  /** For retire: what took its place. */
  readonly replacement?: Subject;
  readonly key: string | null;
  readonly actor: string;
}

export interface DataRequest {
  readonly secret: string;
  readonly action: Action;
  readonly resource?: string;
  readonly freshProof?: boolean;
  /** Judged and written to the audit log, but without effect. */
  readonly dryRun?: boolean;
  /** For mint: another credential of one's own, or a new identity. */
  readonly as?: 'self' | 'new-identity';
  /** For grant: who gets it and what. */
  readonly to?: string;
  readonly permission?: Action;
  /** Where it comes from, as an access log would say it. */
  readonly source: string;
}

/** What a target answers. `drop`: the connection is cut without an answer. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly drop?: boolean;
  readonly retryAfterMs?: number;
}

export interface AuditEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly target: string;
  readonly plane: 'control' | 'data';
  readonly verb: string;
  readonly actor: string;
  readonly source: string;
  readonly identity: string | null;
  readonly credential: string | null;
  readonly outcome: 'done' | 'repeat' | 'refused' | 'allowed' | 'denied';
  readonly code: string | null;
  readonly key: string | null;
  /** How often this entry changed the target: a repeat that the target suppressed has 0. */
  readonly effects: number;
  /** True when it was only asked what would happen. */
  readonly attempt: boolean;
  readonly minted: string | null;
}

/** The sum over the audit log, per act: more than one effect for one key is a cut that took effect twice. */
export interface EffectSum {
  readonly identity: string;
  readonly credential: string | null;
  readonly verb: string;
  readonly key: string | null;
  readonly effects: number;
}
