import type {
  Authenticity,
  Confidence,
  Guarantee,
  JsonObject,
  SignalType,
} from '../../kernel/index.ts';
import type { DecisionKind, MandateMode, Profile, Severity } from '../words.ts';

// The charter after loading: durations in ms, stages as guarantees, lists as lists. `document` keeps what is carried only.

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
  readonly jurisdictions: readonly string[];
  readonly seats: ReadonlyMap<string, Seat>;
  readonly classes: readonly IdentityClass[];
  readonly rights: readonly Right[];
  readonly mandates: readonly Mandate[];
  readonly inherit: { readonly upTo: Guarantee; readonly limit: number } | null;
  readonly protections: readonly Protection[];
  readonly fuses: Fuses;
  readonly breakGlass: { readonly quorum: number; readonly from: readonly string[] } | null;
  readonly resetFuseQuorum: number;
  /** Everything as it was written, for the parts that later words act on. */
  readonly document: JsonObject;
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
  readonly lastResort: boolean;
}

export interface Deadline {
  readonly guarantee: Guarantee | null;
  readonly after: 'last-rung' | number;
  readonly meanwhile: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
}

/** The members that `overrides` replaces one by one; absent = not given by this right. */
export interface RightMembers {
  readonly decide?: readonly Rung[];
  readonly atDeadline?: Deadline;
  readonly approve?: {
    readonly count: number;
    readonly from: readonly string[];
    readonly distinctFromDecider: boolean;
  };
  readonly withoutApproval?: Guarantee;
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
  /** W1: how long between reduced and isolated; null = the profile's own. */
  readonly beforeIsolationMs: number | null;
  readonly untilMs: number;
  readonly rehearsed: { readonly withinMs: number; readonly downTo: Guarantee } | null;
}

export interface Protection {
  readonly identity: string | null;
  readonly class: string | null;
  readonly max: Guarantee | null;
  readonly path: string;
}

export interface RateFuse {
  readonly limit: number;
  readonly perMs: number;
}

export interface Fuses {
  readonly automaticCuts: RateFuse | null;
  readonly sameSource: RateFuse | null;
  readonly servicesDown: { readonly limit: number; readonly tier: number } | null;
}
