import type { VantageTally } from './containment/vantage.ts';
import type { TrackName } from './tracks/model.ts';

/** How far a track has come, in tasks. */
export interface TrackProgress {
  readonly track: TrackName;
  readonly done: number;
  readonly doing: number;
  readonly blocked: number;
  readonly next: number;
}

export interface BlockedView {
  readonly track: TrackName;
  readonly what: string;
  readonly by: string;
  readonly since: string;
}

export interface AskedView {
  readonly decision: string;
  readonly kind: string;
  readonly question: string;
  /** Everybody who was asked so far, the newest rung last. */
  readonly people: readonly string[];
  readonly deadline: string | null;
  /** Open questions beside it. */
  readonly more: number;
}

/** How often a cut was tried since it was applied, and what each side of its target said. */
export interface CutProbes {
  readonly count: number;
  readonly denialsInARow: number;
  readonly lastAt: string | null;
  /** `secret` or `impersonation`. */
  readonly method: string;
  /** What each place from which it was tried has seen. */
  readonly vantages: readonly VantageTally[];
}
