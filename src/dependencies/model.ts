import type { Basis, EdgeRelation } from '../inventory/index.ts';
import type { Guarantee, SignalType, StageName } from '../kernel/index.ts';

/** One hop, as an attacker goes it. `reversed` = against the direction in which the edge is written. */
export interface Hop {
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly reversed: boolean;
}

export type ReachedKind =
  | 'identity'
  | 'credential'
  | 'store'
  | 'workload'
  | 'service'
  | 'resource'
  | 'party'
  | 'unknown';

export interface Reached {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly environment: string | null;
  readonly tier: number | null;
  readonly depth: number;
  /** A shortest way there. */
  readonly path: readonly Hop[];
}

/** How old the knowledge behind an answer is. */
export interface Freshness {
  readonly revision: number;
  /** The oldest edge that the answer used; null when it used none. */
  readonly oldestEdgeAt: string | null;
}

/** Why an answer does not hold everything. */
export type CutShort = 'depth' | 'time';

export interface ReachOptions {
  readonly depthMax?: number;
  /** How long the search may take before it answers with what it has. */
  readonly timeMsMax?: number;
}

/** How much whoever holds it reaches: everything is counted, nothing is listed. */
export interface ReachSummary {
  readonly revision: number;
  readonly reachedCount: number;
  readonly countByKind: Readonly<Record<ReachedKind, number>>;
  readonly reachesProduction: boolean;
  readonly criticalServiceCount: number;
  readonly depthMax: number;
  readonly cutShort: CutShort | null;
}

/** Forward: what whoever holds this identity reaches. Counts are of everything, lists hold the nearest. */
export interface BlastRadius extends Freshness, ReachSummary {
  readonly identity: string;
  /** True when the depth or the time limit cut the search short. */
  readonly truncated: boolean;
  /** Nearest first; `listedMax` at most. */
  readonly reached: readonly Reached[];
  readonly listedMax: number;
  /** Tier 1 services in it, each with the first path into it. */
  readonly criticalServices: readonly Reached[];
  /** Credentials that lie there to be found next. */
  readonly credentials: readonly Reached[];
}

export interface ServiceHit {
  readonly id: string;
  readonly name: string;
  /** 1 is the most important; null = not declared. */
  readonly tier: number | null;
}

/** Whether this consumer can be cut without the others. */
export interface CutAlone {
  readonly possible: boolean;
  /** The credential that only this consumer uses, when that is how. */
  readonly credential: string | null;
  readonly why: string;
}

export interface Consumer {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly observedAt: string;
  readonly services: readonly ServiceHit[];
  /** It uses or runs as what is cut itself, not through another consumer. */
  readonly direct: boolean;
  readonly cutAlone: CutAlone;
}

/** What a target can take hold of, by guarantee: the part of a connector's description that the card needs. */
export interface CutCapability {
  readonly guarantee: Guarantee;
  readonly grain: 'credential' | 'identity';
}

export interface CollateralOptions {
  /** The card's lists are those of this stage; without it, of a full cut. */
  readonly stage?: StageName;
  /** Only this scope is taken away: the card's lists are of those who need it. The stage is then `restrict`. */
  readonly scope?: string;
  /** With it, the card says what the target can tell apart; without it, what the map alone knows. */
  readonly capabilities?: readonly CutCapability[];
  /** What was signalled: the card then names the least stage that would stop it. */
  readonly signal?: SignalType;
}

export interface StageCollateral {
  readonly stage: StageName;
  readonly guarantee: Guarantee;
  /** What the target can take hold of at this stage; null when it cannot give the guarantee. */
  readonly grain: 'credential' | 'identity' | null;
  readonly known: number;
  readonly inferred: number;
  readonly unknown: number;
  readonly services: number;
  readonly reversible: boolean;
  readonly why: string;
}

/** Consumers that do not belong together use one thing. */
export interface SharedUse {
  readonly kind: 'consumers' | 'copies';
  /** The credential, or the credentials that hold the same secret. */
  readonly credentials: readonly string[];
  /** Consumers that share it, or stores that hold a copy. */
  readonly among: readonly string[];
  readonly owners: readonly string[];
  readonly environments: readonly string[];
  readonly services: readonly string[];
  readonly why: string;
}

export interface SharedUses extends Freshness {
  readonly found: readonly SharedUse[];
  readonly count: number;
}

/** Backward: what a cut of this identity or credential breaks. */
export interface Collateral extends Freshness {
  readonly subject: string;
  /** Declared or observed; each says which. */
  readonly known: readonly Consumer[];
  readonly inferred: readonly Consumer[];
  /** Use that no consumer accounts for, each with its reason. */
  readonly unknown: readonly { readonly count: number; readonly why: string }[];
  readonly services: readonly ServiceHit[];
  /** The most important service hit; null when none has a tier. */
  readonly tierMin: number | null;
  readonly tenants: readonly string[];
  readonly stage: StageName | null;
  /** The one scope that is taken away; null = everything that the stage takes. */
  readonly scope: string | null;
  /** What each stage breaks, from the mildest. */
  readonly stages: readonly StageCollateral[];
  readonly leastStage: { readonly stage: StageName; readonly why: string } | null;
  readonly shared: readonly SharedUse[];
  /** True when there are more consumers than a card holds. */
  readonly truncated: boolean;
}

/** In the order in which one identity's access is renewed. */
export type RotationLayerName = 'cached-permissions' | 'delegated-grants' | 'keys';

export interface RotationStep {
  readonly id: string;
  readonly layer: RotationLayerName;
  readonly identity: string;
  readonly identityName: string;
  /** The credential to renew; null for what the target caches for the identity. */
  readonly credential: string | null;
  readonly name: string;
  /** Steps that must be done before this one. */
  readonly needs: readonly string[];
  /** Consumers that must acknowledge the new one before the old one may go. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** A consumer with the services that hang on it. */
export interface Acknowledgement {
  readonly id: string;
  readonly name: string;
  readonly basis: Basis;
  readonly services: readonly ServiceHit[];
}

/** Two identities that each open the other: one need is given up, and said. */
export interface CycleBreak {
  /** Whoever holds `from` gets at the new credentials of `to`; that need is given up. */
  readonly from: string;
  readonly to: string;
  readonly by: 'assumes' | 'mints' | 'reads';
  readonly why: string;
}

export interface Rotation extends Freshness {
  readonly subject: string;
  /** Everything within one group can be done at once; groups come in this order. */
  readonly groups: readonly (readonly RotationStep[])[];
  readonly breaks: readonly CycleBreak[];
  readonly truncated: boolean;
}

export interface CheapestCutRequest {
  /** What is taken to be in the attacker's hands. */
  readonly compromised: readonly string[];
  /** What must not be reached; tier 1 services when it is left out. */
  readonly protect?: readonly string[];
  /** What may not be cut. */
  readonly keep?: readonly string[];
  readonly timeMsMax?: number;
}

export interface ChosenCut {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly weight: number;
  /** Consumers and services that stop with it. */
  readonly breaks: { readonly consumers: number; readonly services: readonly ServiceHit[] };
  /** One way of the attacker that it closes. */
  readonly closes: readonly Hop[];
}

export interface CheapestCut extends Freshness {
  /** No path leads there at all; or a path remains that nothing may cut; or these cuts separate them. */
  readonly outcome: 'nothing-to-cut' | 'cannot-separate' | 'separated';
  readonly cuts: readonly ChosenCut[];
  readonly weight: number;
  /** No set of cuts is cheaper than this; equal to `weight` when the answer is exact. */
  readonly weightMin: number;
  readonly exact: boolean;
  /** Nodes on ways from the compromised to the protected. */
  readonly relevantCount: number;
  readonly protectedCount: number;
  /** With `cannot-separate`: a way on which nothing may be cut. */
  readonly openPath: readonly Hop[];
  /** What the attacker still reaches after these cuts. */
  readonly remaining: Readonly<Record<ReachedKind, number>>;
  readonly why: string;
}

export interface MapStatistics {
  readonly revision: number;
  readonly nodes: number;
  readonly edges: number;
  /** Changes since the arrays were built; folded in once there are enough of them. */
  readonly pendingChanges: number;
  readonly compactions: number;
  readonly compacting: boolean;
  readonly fullLoads: number;
  readonly loadMs: number;
  /** Of the arrays, not of names. */
  readonly bytes: number;
  readonly oldestEdgeAt: string | null;
  /** The inventory has told of a change that the map has not read yet. */
  readonly behind: boolean;
  /** False while it is read for the first time. */
  readonly loaded: boolean;
}

/** What a cut of the whole identity breaks, as far as a card shows it. */
export interface Nearby extends Freshness {
  readonly known: number;
  readonly inferred: number;
  readonly unknown: number;
  readonly consumers: readonly {
    readonly id: string;
    readonly kind: ReachedKind;
    readonly name: string;
  }[];
  readonly services: readonly ServiceHit[];
  readonly tierMin: number | null;
  /** True when there is more than it counts. */
  readonly isPart: boolean;
}

/** What a list sorted by risk needs of an identity. */
export interface Surveyed {
  /** Those beyond `LIMITS.criticalServicesCounted` are not counted: they change no score. */
  readonly criticalServices: number;
  readonly shared: boolean;
}

/** The same of all identities at one revision. Unlike a search from one of them it knows no depth and no time. */
export interface Survey {
  readonly revision: number;
  readonly of: (identityId: string) => Surveyed;
  /** Identities of which it says something else; null when the two cannot be compared. */
  readonly changedSince: (before: Survey) => readonly string[] | null;
}

/**
 * The door of the word. Answers come from memory. A large map is read beside everything else: until it is there,
 * `collateral` says that what a cut breaks is not known, and what cannot be answered is refused with `map-loading`.
 */
export interface DependencyMap {
  readonly blastRadius: (identityId: string, options?: ReachOptions) => BlastRadius;
  readonly reachSummary: (id: string, options?: ReachOptions) => ReachSummary;
  /** For an identity or one of its credentials. */
  readonly collateral: (identityOrCredentialId: string, options?: CollateralOptions) => Collateral;
  /** The nearest part of it, in a time that does not depend on the map. */
  readonly nearby: (identityId: string) => Nearby;
  readonly rotation: (identityOrCredentialId: string) => Rotation;
  readonly cheapestCut: (request: CheapestCutRequest) => CheapestCut;
  /** Of one identity or credential, or of everything. */
  readonly sharedUses: (identityOrCredentialId?: string) => SharedUses;
  /** Names and ids of the services that hang on the identity: what charter classes match. Null = not known yet. */
  readonly servicesOf: (identityId: string) => readonly ServiceHit[] | null;
  /** What people call a node; the id itself for what the map does not know. */
  readonly nameOf: (id: string) => string;
  /** Computed in slices, once for each revision; meanwhile changes wait and answers do not. */
  readonly survey: () => Promise<Survey>;
  /** Reads what changed in the inventory; called by itself after imports. */
  readonly refresh: () => Promise<void>;
  /** A small map answers of the inventory as it is now; a large one as soon as it has read what changed. */
  readonly current: () => Promise<void>;
  readonly isLoaded: () => boolean;
  /** Resolves when it was read for the first time. */
  readonly loaded: () => Promise<void>;
  readonly revision: () => number;
  readonly statistics: () => MapStatistics;
  readonly stop: () => void;
}
