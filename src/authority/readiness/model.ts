import type { Guarantee } from '../../kernel/index.ts';
import type { Holder, RestoreTimes } from '../model.ts';

/** What keeps an identity from being ready, each with its remedy. `ownerless` alone does not: the charter has a fallback. */
export const READINESS_REASONS = {
  'nobody-decides':
    'Put a seat on the ladder that is filled; `firebreak charter prove` shows when none is.',
  'nobody-at-worst':
    'Close the gap at that minute; `firebreak charter prove` shows what closes it.',
  'no-connector': 'Configure a connector for this target, or name who cuts there by hand.',
  'no-stage': 'Use a connector that can restrict or isolate on this target.',
  'not-reversible':
    'Use a stage that this target can take back, or change the default of the right.',
  'not-rehearsed': 'Rehearse a cut on a canary identity of this target.',
  ownerless: 'Name an owner in the inventory; until then the fallback of the charter is asked.',
} as const;
export type ReadinessReason = keyof typeof READINESS_REASONS;

/** What is known of one identity, as far as its readiness hangs on it. */
export interface ReadyIdentity {
  readonly id: string;
  readonly kind: string;
  readonly refs: readonly string[];
  readonly tags: readonly string[];
  readonly operator: string | null;
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly target: string;
  readonly services: readonly string[];
  readonly owners: readonly {
    readonly role: 'business' | 'technical';
    readonly names: readonly string[];
  }[];
}

export interface ReadyTarget {
  readonly guarantees: readonly {
    readonly guarantee: Guarantee;
    readonly reversible: boolean;
    readonly restoreMs?: number;
  }[];
  readonly rehearsedAtMs: number | null;
  /** What giving back took, where it was done and tried. */
  readonly restoreTimes?: RestoreTimes;
}

/** How long giving a stage back takes: as it was measured, and as the target declares it. */
export interface RestoreFigure {
  readonly guarantee: Guarantee;
  readonly measuredMinutes: number | null;
  readonly declaredMinutes: number | null;
}

export interface GroupDecision {
  readonly at: string;
  readonly holders: readonly Holder[];
  readonly breakGlass: boolean;
}

/** Identities that resolution and target cannot tell apart: judged once, however many they are. */
export interface GroupReadiness {
  readonly classes: readonly string[];
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly target: string;
  /** People of the roster behind the owners; empty = ownerless as far as deciding goes. */
  readonly owners: readonly string[];
  readonly count: number;
  /** The first of them. */
  readonly identities: readonly string[];
  readonly right: string | null;
  readonly now: GroupDecision;
  /** The minute of the year ahead with the fewest people. */
  readonly worst: GroupDecision & { readonly people: number };
  readonly strongest: Guarantee | null;
  readonly rehearsedAt: string | null;
  readonly restores: readonly RestoreFigure[];
  readonly isReady: boolean;
  readonly reasons: readonly { readonly reason: ReadinessReason; readonly remedy: string }[];
}

export interface Readiness {
  readonly at: string;
  readonly identities: number;
  readonly ready: number;
  readonly ownerless: number;
  readonly byReason: Readonly<Partial<Record<ReadinessReason, number>>>;
  /** Those that are not ready first, the largest first. */
  readonly groups: readonly GroupReadiness[];
}
