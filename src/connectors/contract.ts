import type { Guarantee, Json, JsonObject } from '../kernel/index.ts';

/**
 * What every target system is asked for. Everything in and out is serialisable, nothing calls back into the domain, so
 * that a connector can run in the server or in a separate cutter process near its target.
 */

/**
 * What a cut takes hold of: one credential where the target can tell credentials apart, else the identity; or one session
 * alone, where the target offers that.
 */
export type Grain = 'credential' | 'identity' | 'session';

/** A hold beside the guarantees: on something that is less than an identity. */
export interface NarrowHold {
  readonly grain: 'session';
  readonly propagationMs: number;
  readonly probeMethod: ProbeMethod;
}

export interface GuaranteeCapability {
  readonly guarantee: Guarantee;
  /** The narrowest hold the target offers for it. */
  readonly grain: 'credential' | 'identity';
  /** The longest time until the cut holds everywhere, as the target declares it. Probes repeat beyond it. */
  readonly propagationMs: number;
  readonly reversible: boolean;
  /** How long it takes until everybody works again after taking it back, as the target declares it. Absent = not declared. */
  readonly restoreMs?: number;
  /** Access that outlives the cut by design, such as bearer tokens: for how long and why. */
  readonly residual?: { readonly forMs: number; readonly why: string };
}

export interface Capabilities {
  readonly target: string;
  readonly system: string;
  /** The target itself suppresses repeats that carry the same key. */
  readonly honoursIdempotencyKeys: boolean;
  readonly callTimeoutMs: number;
  readonly concurrentCallsMax: number;
  readonly guarantees: readonly GuaranteeCapability[];
  /** Absent = none. Each gives G3 of what it takes hold of, and nothing beside it is touched. */
  readonly holds?: readonly NarrowHold[];
  /** From where a cut can be tried; absent = from outside alone. A proof needs each that can be tried from. */
  readonly vantages?: readonly Vantage[];
  /** How a dead credential can be tried: with its secret, or by impersonation through the same enforcement point. */
  readonly probeMethods: readonly ProbeMethod[];
  /** The identity Firebreak itself acts as on this target; no plan may cut it. */
  readonly actsAs: string;
  /** The least privilege this connector needs, in the target's own words. */
  readonly leastPrivilege: readonly string[];
}

/**
 * `outside`: as an attacker would come. `inside`: as a workload does, from where the target trusts more. `control-plane`:
 * the target's own word, which never proves anything alone.
 */
export type VantageName = 'outside' | 'inside' | 'control-plane';

export interface Vantage {
  readonly name: VantageName;
  /** What it is on this target, in words. */
  readonly how: string;
}

/** References are the target's own names; the inventory maps them to our ids. */
export interface CutSubject {
  readonly identity: string;
  readonly credential?: string;
  /** As discovery names it; only where the session alone is cut. */
  readonly session?: string;
}

export interface DiscoveredCredential {
  readonly credential: string;
  readonly identity: string;
  readonly kind: string;
  readonly issuedAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly enabled: boolean;
  /** The credential or identity that minted it, where the target knows. */
  readonly mintedBy: string | null;
  readonly scopes: readonly string[];
}

export interface DiscoveredIdentity {
  readonly identity: string;
  readonly kind: string;
  readonly name: string;
  readonly suspended: boolean;
  readonly administrator: boolean;
  readonly groups: readonly string[];
  readonly permissions: readonly string[];
}

export interface Discovery {
  readonly identities: readonly DiscoveredIdentity[];
  readonly credentials: readonly DiscoveredCredential[];
  readonly sessions: readonly DiscoveredSession[];
}

export interface DiscoveredSession {
  readonly session: string;
  readonly identity: string;
  readonly credential: string | null;
  readonly since: string;
  /** What tells the consumers of a shared identity apart, such as application name and source address. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** Somebody's change of a subject, as the target's own log has it. */
export interface TargetChange {
  readonly at: string;
  readonly actor: string;
  readonly what: string;
}

export interface EvidenceItem {
  readonly name: string;
  /** Null when the target cannot give it; then `why` says so, which is evidence too. */
  readonly content: Json;
  readonly missing?: string;
}

/** One order for one cut. Its digest is what authority was given for. */
export interface CutOrder {
  readonly target: string;
  readonly subject: CutSubject;
  readonly guarantee: Guarantee;
  readonly grain: Grain;
  readonly parameters: JsonObject;
}

export interface Prepared {
  /** The state before the cut, as far as it is needed to take it back. Never holds a secret. */
  readonly preImage: JsonObject;
  /** What `revert` will be given; null when the cut cannot be taken back. */
  readonly inverse: JsonObject | null;
}

export type Applied =
  | { readonly state: 'done' | 'already'; readonly raw: JsonObject }
  | {
      readonly state: 'partial';
      readonly raw: JsonObject;
      readonly done: readonly string[];
      readonly notDone: readonly string[];
      readonly unknown: readonly string[];
    };

export interface ReadBack {
  /** `absent`: nothing of the cut is there, repeating is right. */
  readonly state: 'applied' | 'absent' | 'partial' | 'unknown';
  readonly raw: JsonObject;
}

/** `listing`: whoever serves the sessions says which of them it serves; one that is not served cannot act. */
export type ProbeMethod = 'secret' | 'impersonation' | 'listing';

/** Tries the subject from outside, as an attacker would, and an untouched control beside it. */
export interface ProbeRequest {
  readonly target: string;
  readonly subject: CutSubject;
  readonly guarantee: Guarantee;
  readonly method: ProbeMethod;
  /** The leaked secret, when it is known. Never logged, never stored by the connector. */
  readonly secret?: string;
  /** False tries the credential alone; open sessions of the subject are somebody else's. */
  readonly sessions?: boolean;
  readonly vantage: string;
}

export interface Probed {
  readonly observed: 'denied' | 'allowed' | 'no-answer';
  /** What the target said, such as `credential-disabled`. */
  readonly error: string | null;
  /** True when this denial is the one that this guarantee causes, and not some other failure. */
  readonly expected: boolean;
  /** The same act with a control identity that no cut touches: an outage must not look like success. */
  readonly control: 'works' | 'fails';
  readonly vantage: string;
  readonly method: ProbeMethod;
  /** What the other vantages saw; absent = nobody looked from there. */
  readonly beside?: readonly VantageTry[];
}

export interface VantageTry {
  readonly vantage: VantageName;
  readonly observed: Probed['observed'];
  readonly error: string | null;
  readonly expected: boolean;
}

export interface RevertOrder {
  readonly target: string;
  readonly subject: CutSubject;
  readonly guarantee: Guarantee;
  readonly grain: Grain;
  readonly preImage: JsonObject;
  readonly inverse: JsonObject;
  /** False keeps a leaked credential dead while everything else of the cut is taken back. */
  readonly rearmCredential: boolean;
}

export type Reverted =
  | { readonly state: 'done' | 'already'; readonly raw: JsonObject }
  /** Somebody changed the target meanwhile: before the cut, what the cut made of it, what is there now. */
  | { readonly state: 'conflict'; readonly before: Json; readonly cut: Json; readonly now: Json };

/** Giving back a session takes nothing: whoever may opens another one. */
export async function endedForGood({ subject }: RevertOrder): Promise<Reverted> {
  return await Promise.resolve({ state: 'already', raw: { ended: subject.session ?? null } });
}

/** One right in the target's own words, and the exact statement that gives or takes it. */
export interface PrivilegeGap {
  readonly right: string;
  readonly why: string;
  readonly remedy: string;
}

/** The account the connector acts as, beside what it needs. */
export interface PrivilegeCheck {
  readonly actsAs: string;
  readonly missing: readonly PrivilegeGap[];
  /** Held and not needed: whoever takes over the connector takes over this. */
  readonly excess: readonly PrivilegeGap[];
}

export interface MintOrder {
  readonly target: string;
  /** The identity, and the credential that will be replaced where the target can tell them apart. */
  readonly subject: CutSubject;
  /** Names the new credential: the same label again is the same credential, never a second one. */
  readonly label: string;
  /**
   * Where the caller may choose the secret (`secretFrom`), it becomes this one: a repeat after a lost reply needs no
   * answer from the target to know it.
   */
  readonly secret?: string;
  /** Where the target makes such: the new one ends by itself after this time. */
  readonly lifetimeMs?: number;
}

export interface Minted {
  readonly state: 'done' | 'already';
  /** Where to log in with it: with a twin this is another identity. */
  readonly subject: CutSubject;
  /** Null when it was minted by an earlier try and the target shows a secret only once; then retire it and mint anew. */
  readonly secret: string | null;
  /** When the target ends it by itself; absent or null: never. */
  readonly expiresAt?: string | null;
  readonly raw: JsonObject;
}

export interface RetireOrder {
  readonly target: string;
  /** The old one. */
  readonly subject: CutSubject;
  /** The one that took its place; a connector refuses to retire while this one cannot be used. */
  readonly replacement: CutSubject;
}

export interface Retired {
  readonly state: 'done' | 'already';
  readonly raw: JsonObject;
}

/** Somebody used a credential: the proof that a consumer has taken the new one, and has left the old one. */
export interface ObservedUse {
  readonly subject: CutSubject;
  /** How the target names who used it (`application_name`, a client id); null where it cannot tell its users apart. */
  readonly consumer: string | null;
  readonly lastAt: string;
}

export interface UseQuery {
  readonly target: string;
  /** Old ones and new ones alike. */
  readonly subjects: readonly CutSubject[];
  readonly since: string;
}

/** How a target gets a new credential while the old one may still be in use. */
export interface Rotation {
  /**
   * `native`: both credentials of one identity are valid until the old one is retired. `twin`: a second identity with
   * the same rights. `none`: minting ends the old one at once, which is a break that a plan has to declare.
   */
  readonly overlap: 'native' | 'twin' | 'none';
  readonly secretFrom: 'caller' | 'target';
  /** The target makes credentials that end by themselves, after this time unless the order says another. */
  readonly lifetimeMs?: number;
  /** Why the target cannot say which of two credentials was used: then no use ever counts for the new one. */
  readonly unseen?: string;
  readonly mint: (order: MintOrder, context: CallContext) => Promise<Minted>;
  /** No new login with the old credential; its open sessions are a matter of the cuts. */
  readonly retire: (order: RetireOrder, context: CallContext) => Promise<Retired>;
  /** The latest use by each consumer. Absent: discovery is all there is, and it names no consumer. */
  readonly uses?: (query: UseQuery, context: CallContext) => Promise<readonly ObservedUse[]>;
  /** Takes `retire` back. Lets an old secret work again: only where that is decided by itself. */
  readonly revive?: (order: RetireOrder, context: CallContext) => Promise<Retired>;
}

export interface CallContext {
  /** Sent with every try of one effect. */
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Connector {
  readonly describe: () => Capabilities;
  readonly discover: (
    scope: { readonly identity?: string },
    context: CallContext,
  ) => Promise<Discovery>;
  readonly captureEvidence: (
    subject: CutSubject,
    context: CallContext,
  ) => Promise<readonly EvidenceItem[]>;
  readonly prepare: (order: CutOrder, context: CallContext) => Promise<Prepared>;
  readonly apply: (order: CutOrder, context: CallContext) => Promise<Applied>;
  readonly readBack: (order: CutOrder, context: CallContext) => Promise<ReadBack>;
  readonly probe: (request: ProbeRequest, context: CallContext) => Promise<Probed>;
  readonly revert: (order: RevertOrder, context: CallContext) => Promise<Reverted>;
  /** Who changed the subject since then, oldest first, where the target keeps a log of it: names who undid a cut. */
  readonly changes?: (
    subject: CutSubject,
    since: string,
    context: CallContext,
  ) => Promise<readonly TargetChange[]>;
  /**
   * Everything the target knows, one object for each line of Firebreak's inventory. Lines with `source: 'observed'` hold
   * for the moment, such as who is logged in: they add to what was seen before; the others are all that there is. Ends
   * when the signal says so.
   */
  readonly inventory?: (context: CallContext) => AsyncIterable<JsonObject>;
  readonly checkPrivileges?: (context: CallContext) => Promise<PrivilegeCheck>;
  readonly rotation?: Rotation;
  /** Ends what is kept open towards the target. */
  readonly close?: () => Promise<void>;
}

/** How a call went wrong. Connectors throw this and nothing else. */
export type FailureKind =
  /** It certainly had no effect; repeat later. */
  | 'transient'
  /** No answer: it may have had an effect; read back before repeating. */
  | 'unknown'
  | 'rate-limited'
  /** The target says no and will say no again; `grant` names the right that is missing, when that is why. */
  | 'refused';

export class ConnectorFailure extends Error {
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  readonly grant: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    more: { readonly retryAfterMs?: number; readonly grant?: string } = {},
  ) {
    super(message);
    this.name = 'ConnectorFailure';
    this.kind = kind;
    this.retryAfterMs = more.retryAfterMs;
    this.grant = more.grant;
  }
}
