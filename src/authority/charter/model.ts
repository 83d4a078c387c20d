import type {
  Authenticity,
  Confidence,
  Guarantee,
  JsonObject,
  SignalType,
} from '../../kernel/index.ts';
import type { DecisionKind, MandateMode, Profile, Severity } from '../words.ts';

// The charter after loading: durations in ms, stages as guarantees, lists as lists.

export interface Charter {
  readonly id: string;
  readonly revision: number;
  readonly digest: string;
  readonly effectiveMs: number;
  readonly unknown: {
    readonly severity: Severity;
    readonly environment: string;
    /** Null = every jurisdiction that could apply. */
    readonly jurisdiction: string | null;
  };
  /** Whose approval adopts a revision of this charter; null = nobody is asked. */
  readonly signed: Signatures | null;
  readonly parties: ReadonlyMap<string, Party>;
  readonly jurisdictions: readonly string[];
  readonly jurisdictionFacts: ReadonlyMap<string, JurisdictionFacts>;
  readonly seats: ReadonlyMap<string, Seat>;
  readonly classes: readonly IdentityClass[];
  readonly rights: readonly Right[];
  readonly mandates: readonly Mandate[];
  /** In their order: the first that fits decides what comes first. */
  readonly evidence: readonly EvidenceTree[];
  readonly inherit: { readonly upTo: Guarantee; readonly limit: number } | null;
  readonly protections: readonly Protection[];
  readonly fuses: Fuses;
  readonly separation: readonly Separation[];
  readonly conflictOfInterest: {
    readonly lookBackMs: number;
    readonly grounds: readonly ConflictGround[];
  } | null;
  readonly breakGlass: BreakGlass | null;
  readonly resetFuseQuorum: number;
  readonly channels: ReadonlyMap<string, Channel>;
  /** How an answer may be given, and whose answer needs two channels that share nothing. */
  readonly decideBy: {
    readonly allowed: readonly string[];
    readonly twoIndependentFor: readonly string[];
  } | null;
  /** Bounds of the threshold that weighs delay against disruption. */
  readonly threshold: { readonly floor: number; readonly ceiling: number };
  /** Everything as it was written: what `charter diff` and readers quote. */
  readonly document: JsonObject;
}

export type Distinct = 'person' | 'manager' | 'device' | 'employer';

export interface Signatures {
  readonly of: readonly string[];
  readonly count: number;
  readonly distinct: readonly Distinct[];
}

export interface Party {
  readonly kind: 'self' | 'msp' | 'tenant' | 'vendor';
  readonly contract: {
    readonly untilMs: number;
    /** Null = not said. Names of classes or environments. */
    readonly mayExecute: readonly string[] | null;
    readonly mayDecide: readonly DecisionKind[] | null;
  } | null;
}

export interface JurisdictionFacts {
  readonly zone: string;
  readonly regulators: readonly string[];
}

/** Checked on people, after substitution, inside one incident. */
export type Separation =
  | {
      readonly rule: 'never-same-person';
      readonly acts: readonly { readonly decision: DecisionKind; readonly role: ActRole }[];
    }
  | {
      /** Whoever is a suspect, or owns what is suspect, takes no part in these. */
      readonly rule: 'never-suspect';
      readonly roles: readonly ('decide' | 'approve' | 'restore')[];
    };

export type ActRole = 'recommend' | 'advise' | 'decide' | 'approve' | 'execute';

export type ConflictGround =
  | 'owner'
  | 'last-rotated-by'
  | 'session-on-suspect-device'
  | 'manager-of';

export interface BreakGlass {
  readonly quorum: number;
  readonly from: readonly string[];
  readonly distinct: readonly Distinct[];
  readonly ttlMs: number;
  readonly reviewMs: number | null;
}

export interface Channel {
  readonly latencyMs: number;
  readonly depends: readonly string[];
}

export interface SunLeg {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly days: readonly number[];
  readonly roster: string;
}

/** How a seat is filled at an instant. */
export type Seat =
  | { readonly fill: 'roster'; readonly roster: string; readonly party: string | null }
  | {
      readonly fill: 'sun';
      readonly legs: readonly SunLeg[];
      readonly otherwise: string | null;
    }
  | {
      readonly fill: 'owner';
      readonly role: 'business' | 'technical';
      readonly orElse: string | null;
    }
  | {
      readonly fill: 'jurisdiction';
      readonly rosters: ReadonlyMap<string, string>;
      readonly orElse: string | null;
    };

export interface IdentityClass {
  readonly name: string;
  readonly profile: Profile;
  /** A ladder that contains one of these may take so long at most; null or absent = not said. */
  readonly withinMs?: number | null;
  /** All that are given must hold; each holds when any of its values does. */
  readonly match: {
    readonly service?: readonly string[];
    readonly kind?: readonly string[];
    readonly tag?: readonly string[];
    readonly operator?: readonly string[];
  };
}

export interface Situation {
  readonly class?: readonly string[];
  readonly severity?: readonly Severity[];
  readonly environment?: readonly string[];
  readonly jurisdiction?: readonly string[];
}

export interface Rung {
  readonly seat: string;
  /** Null when it is a share of a clock: that clock belongs to the case, not to the charter. */
  readonly decideMs: number | null;
  /** `50% of clock` = 0.5. */
  readonly decideShare: number | null;
  /** A missed acknowledgement opens the next rung; null = none is asked for. */
  readonly acknowledgeMs: number | null;
  /** How long before it is theirs the rung is told; null = at once, when the decision opens. */
  readonly warmMs: number | null;
  readonly lastResort: boolean;
}

export interface Deadline {
  readonly guarantee: Guarantee | null;
  readonly after: 'last-rung' | number;
  readonly meanwhile: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
  /** What stays as it is while nobody answers. */
  readonly keep: 'current-stage' | 'silent' | null;
  readonly repageMs: number | null;
  readonly prepare: 'draft' | null;
  readonly show: 'clock-at-risk' | null;
  readonly follow: 'tree' | null;
}

export type HandOff = 'cumulative' | 'exclusive';

export interface Advice {
  readonly seats: readonly string[];
  readonly withinMs: number;
  readonly silence: 'proceed' | 'proceed-with-approved-template' | 'escalate';
}

export interface Approval {
  readonly count: number;
  readonly from: readonly string[];
  readonly distinctFromDecider: boolean;
  /** Acts who are asked only for this guarantee and stronger; null = for every one. */
  readonly before: Guarantee | null;
  /** Only where the case is material; null = in every case. */
  readonly whenMaterial: boolean | null;
}

export type Executor =
  | { readonly by: 'runner'; readonly runner: string }
  | {
      readonly by: 'seat';
      readonly seat: string;
      readonly acknowledgeMs: number | null;
      readonly doneMs: number | null;
      readonly onSilence: 'own-side-cut' | 'next-rung' | 'ask' | null;
    };

/** A clock of the law: how long from when, for each regulator. Business days need a calendar. */
export interface LegalClock {
  readonly from: 'awareness' | 'first-suspect-time';
  readonly due: ReadonlyMap<
    string,
    { readonly elapsedMs: number } | { readonly businessDays: number }
  >;
}

export interface RestoreNeeds {
  readonly replacementCredential: boolean;
  readonly noRespawnForMs: number | null;
  readonly firstSuspectTime: boolean;
}

/** The members that `overrides` replaces one by one; absent = not given by this right. */
export interface RightMembers {
  readonly decide?: readonly Rung[];
  readonly atDeadline?: Deadline;
  readonly approve?: Approval;
  readonly withoutApproval?: Guarantee;
  /** Seats that may recommend; never waited for. */
  readonly recommend?: readonly string[];
  readonly advise?: Advice;
  readonly execute?: readonly Executor[];
  /** What our own side can cut when the party that executes is silent. */
  readonly ownSideCut?: { readonly guarantee: Guarantee; readonly where: readonly string[] };
  /** Absent: cumulative for contain, exclusive for everything else. */
  readonly handOff?: HandOff;
  readonly rejectHoldsMs?: number;
  readonly requires?: RestoreNeeds;
  readonly forEach?: 'jurisdiction';
  readonly clock?: LegalClock;
  /** Class -> the party that owes the act. */
  readonly party?: ReadonlyMap<string, string>;
}

export interface Right extends RightMembers {
  readonly id: string;
  readonly decisions: readonly DecisionKind[];
  readonly overrides: readonly string[];
  readonly when: Situation;
}

export interface Mandate {
  readonly id: string;
  readonly mode: MandateMode;
  readonly when: Situation & {
    readonly signal?: readonly SignalType[];
    readonly authenticity: Authenticity;
    readonly confidence: Confidence;
    readonly sources: number;
  };
  readonly upTo: Guarantee;
  readonly widen: { readonly to: Guarantee; readonly sources: number } | null;
  /** W2: how long before the credential is revoked. */
  readonly thenRevokeWindowMs: number | null;
  /** Seats whose word that it is benign keeps the window from revoking. */
  readonly unlessBenignBy: readonly string[];
  /** W1: how long between reduced and isolated; null = the profile's own. */
  readonly beforeIsolationMs: number | null;
  readonly untilMs: number;
  readonly rehearsed: { readonly withinMs: number; readonly downTo: Guarantee } | null;
  /** After its end in the middle of an incident: entered stages may finish this long, and whether new targets may begin. */
  readonly openIncident: { readonly graceMs: number; readonly newTargets: boolean };
}

export interface Protection {
  readonly identity: string | null;
  readonly class: string | null;
  readonly max: Guarantee | null;
  /** A rule that finds what is protected beside its name. */
  readonly rule: 'last-administrator' | null;
  /** The slower ways: seats, rights or `break-glass`. */
  readonly path: readonly string[];
}

export interface EvidenceTree {
  readonly id: string;
  readonly when: Situation & { readonly signal?: readonly SignalType[] };
  readonly order: EvidenceOrder;
  /** How long a cut waits for it; null = as long as the fuse for evidence says. */
  readonly fuseMs: number | null;
}

export type EvidenceOrder = 'preserve-first' | 'cut-first' | 'both-at-once';

export interface RateFuse {
  readonly limit: number;
  readonly perMs: number;
  /** Blown: what the source says is set aside until a person resets it. Absent = people are asked while it is blown. */
  readonly quarantines?: true;
}

export interface Fuses {
  readonly automaticCuts: RateFuse | null;
  readonly sameSource: RateFuse | null;
  readonly servicesDown: { readonly limit: number; readonly tier: number } | null;
  /** How long evidence may hold a cut back; null = the class decides alone. */
  readonly evidenceMs: number | null;
  /** How many decisions one person is asked at a time before they are put together, and then handed on. */
  readonly decisionsAPerson: RateFuse | null;
}
