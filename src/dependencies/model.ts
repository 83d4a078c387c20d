import type { Basis, EdgeRelation } from '../inventory/index.ts';

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

/** Forward: what whoever holds this identity reaches. */
export interface BlastRadius extends Freshness {
  readonly identity: string;
  readonly depthMax: number;
  /** True when the depth or node limit cut the answer short. */
  readonly truncated: boolean;
  readonly reached: readonly Reached[];
  readonly countByKind: Readonly<Record<ReachedKind, number>>;
  readonly reachesProduction: boolean;
  /** Tier 1 services in it. */
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

export interface Consumer {
  readonly id: string;
  readonly kind: ReachedKind;
  readonly name: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly observedAt: string;
  readonly services: readonly ServiceHit[];
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
}

/** The door of the word. Answers come from memory. */
export interface DependencyMap {
  readonly blastRadius: (
    identityId: string,
    options?: { readonly depthMax?: number },
  ) => BlastRadius;
  /** For an identity or one of its credentials. */
  readonly collateral: (identityOrCredentialId: string) => Collateral;
  /** Names and ids of the services that hang on the identity: what charter classes match. */
  readonly servicesOf: (identityId: string) => readonly ServiceHit[];
  /** Reads what changed in the inventory; called by itself after imports. */
  readonly refresh: () => Promise<void>;
  readonly revision: () => number;
  readonly stop: () => void;
}
