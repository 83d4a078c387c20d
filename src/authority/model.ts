import type { Authenticity, Confidence, Guarantee, SignalType } from '../kernel/index.ts';
import type { Command } from '../store/index.ts';
import type { Charter } from './charter/model.ts';
import type { Roster } from './roster/model.ts';
import type { DecisionKind, MandateMode, Profile, Severity } from './words.ts';

export * from './words.ts';

/** What is known when authority is resolved. Null means missing; the charter says what that means. */
export interface AuthorityFacts {
  readonly identity: {
    readonly id: string;
    readonly refs: readonly string[];
    readonly kind: string;
    readonly tags: readonly string[];
    readonly services: readonly string[];
    readonly operator: string | null;
    /** Every name of its effective owners, for seats that are filled from the inventory. */
    readonly owners?: readonly {
      readonly role: 'business' | 'technical';
      readonly names: readonly string[];
    }[];
  };
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly severity: Severity | null;
  readonly signalTypes: readonly SignalType[];
  readonly authenticity: Authenticity;
  readonly confidence: Confidence;
  /** Independent sources that say the same. */
  readonly sources: number;
  /** Last successful rehearsal of this class on this target, and automatic cuts so far, for rehearsal and fuses. */
  readonly rehearsedAt: string | null;
  readonly automaticCuts: readonly { readonly at: string; readonly source: string }[];
  readonly signalSource: string;
  /** Services that automatic cuts stop now, this one included; for the fuse `services-down`. Absent: not counted. */
  readonly servicesDown?: readonly { readonly tier: number | null }[];
}

/** One rule that had a say, in words. */
export interface Determining {
  readonly rule: string;
  readonly effect: string;
  readonly why: string;
}

/** A ceiling that lowered what may happen without being asked. */
export interface Ceiling {
  readonly by: 'mandate' | 'profile' | 'protected' | 'fuse' | 'rehearsal' | 'authenticity' | 'mode';
  readonly to: Guarantee | 'none';
  readonly why: string;
}

export interface Holder {
  readonly seat: string;
  readonly person: string;
}

/** Who may decide this now, and what may happen without asking. The value goes to the ledger as it is. */
export interface AuthorityResolution {
  readonly decision: DecisionKind;
  readonly charter: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly classes: readonly string[];
  readonly profile: Profile;
  /** The mandate that covers the case, if any. */
  readonly mandate: { readonly id: string; readonly mode: MandateMode } | null;
  /** The strongest guarantee that may be reached without asking; null = nothing without asking. */
  readonly automaticUpTo: Guarantee | null;
  /** What a shadow mandate would have done. */
  readonly shadowUpTo: Guarantee | null;
  /** W1: between reduced and suspended. W2: before the credential is revoked. */
  readonly windowW1Ms: number;
  readonly then: { readonly guarantee: 'G5'; readonly windowMs: number } | null;
  readonly right: string | null;
  readonly holders: readonly Holder[];
  readonly decideWithinMs: number | null;
  /** What happens by itself when nobody has decided: reversible, or null = keep the state and page again. */
  readonly atDeadline: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
  /** A reversible stage that acts before anybody has answered. */
  readonly meanwhile?: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
  /** Approvals that the right wants besides the decider's own answer. */
  readonly approve?: {
    readonly count: number;
    readonly holders: readonly Holder[];
    readonly distinctFromDecider: boolean;
  } | null;
  /** How many of the holders have to agree; absent = one. */
  readonly quorum?: number;
  /** Descendants minted after first-suspect time inherit cuts up to here. */
  readonly inherit: { readonly upTo: Guarantee; readonly limit: number } | null;
  readonly determining: readonly Determining[];
  readonly ceilings: readonly Ceiling[];
}

/** One thing wrong with a charter or roster, where it stands, and what would be right. */
export interface CharterProblem {
  readonly line: number;
  readonly column: number;
  /** `rights[2].decide[0].seat` */
  readonly path: string;
  readonly problem: string;
  readonly allowed: readonly string[];
  readonly remedy: string;
}

/** What authority itself has on record for a case: for fuses and the freshness of rehearsals. */
export interface AuthorityRecord {
  readonly rehearsedAt: string | null;
  readonly automaticCuts: AuthorityFacts['automaticCuts'];
}

/** The door of the word. */
export interface Authority {
  readonly charter: () => Charter;
  readonly roster: () => Roster;
  /** Read it before `resolve` and spread it into the facts. */
  readonly record: (target: string) => Promise<AuthorityRecord>;
  /** Pure over the current charter and roster, at the clock's now. */
  readonly resolve: (facts: AuthorityFacts, decision: DecisionKind) => AuthorityResolution;
  /**
   * Commands that belong into the write which plans an automatic cut; they fail with `store-conflict` when a fuse was
   * blown meanwhile: read the record and resolve again.
   */
  readonly recordAutomaticCut: (cut: {
    readonly cut: string;
    readonly incident: string;
    readonly source: string;
    readonly atMs: number;
  }) => readonly Command[];
  readonly recordRehearsal: (rehearsal: {
    readonly target: string;
    readonly atMs: number;
  }) => readonly Command[];
}
