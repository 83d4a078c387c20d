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
