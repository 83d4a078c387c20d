import type { Ceiling, MandateMode } from '../../authority/index.ts';
import type { ExternalRef } from '../../inventory/index.ts';
import type {
  Authenticity,
  Confidence,
  Guarantee,
  SignalType,
  StageName,
} from '../../kernel/index.ts';

/** A signal that was never sent here: what somebody wants to have tried. */
export interface ReplaySignal {
  readonly type: SignalType;
  readonly refs: readonly ExternalRef[];
  readonly occurredAt: string;
  readonly source: string;
  readonly authenticity: Authenticity;
  readonly confidence: Confidence;
}

export interface ReplayRequest {
  /** Stored signals from here on; without it and without `signals` the last 90 days. */
  readonly sinceMs?: number;
  /** In the place of the stored ones. */
  readonly signals?: readonly ReplaySignal[];
  /** The text of a charter in the place of the one in force. */
  readonly charter?: string;
}

export interface ReplayedCut {
  readonly at: string;
  readonly stage: StageName;
  readonly guarantee: Guarantee;
  readonly what: string;
  /** From the first signal. */
  readonly afterMs: number;
}

/** What says that a cut would have been a mistake. */
export interface ReplayWrong {
  readonly at: string;
  readonly by: string;
  readonly why: 'all-clear' | 'given-back-as-false-alarm';
  /** For how long access would have been gone by then. */
  readonly afterMs: number;
}

export interface ReplayedIncident {
  readonly identity: string;
  readonly name: string;
  readonly target: string;
  readonly at: string;
  readonly signals: readonly string[];
  /** With the mode that the charter gives it today: replay lets it act. */
  readonly mandate: { readonly id: string; readonly mode: MandateMode } | null;
  readonly ceilings: readonly Ceiling[];
  readonly cuts: readonly ReplayedCut[];
  /** Questions that people would have been asked. */
  readonly asked: readonly string[];
  readonly collateral: {
    readonly known: number;
    readonly inferred: number;
    readonly unknown: number;
    readonly services: readonly string[];
  } | null;
  readonly wrong: readonly ReplayWrong[];
}

export interface ReplayReport {
  readonly charter: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly from: string | null;
  readonly until: string;
  readonly signals: number;
  readonly unattributed: number;
  readonly incidents: readonly ReplayedIncident[];
  readonly totals: {
    readonly incidents: number;
    readonly cut: number;
    readonly revoked: number;
    readonly asked: number;
    readonly wrong: number;
  };
}
