/** What the command line shows of a proof of coverage. */
export interface ShownGap {
  readonly check: string;
  readonly severity: 'critical' | 'gap' | 'notice';
  readonly from: string;
  readonly until: string;
  readonly local: Readonly<Record<string, string>>;
  readonly cause: string;
  readonly facts: {
    readonly decision: readonly string[];
    readonly class: readonly string[];
    readonly severity: readonly string[];
    readonly environment: readonly string[];
    readonly jurisdiction: readonly string[];
  };
  readonly right: string | null;
  readonly rung: number | null;
  readonly seat: string | null;
  readonly refused: readonly { readonly person: string; readonly why: string }[];
  readonly also: readonly string[];
  readonly file: 'charter' | 'roster';
  readonly path: string;
  readonly line: number | null;
  readonly repeats: number;
  readonly totalMs: number;
  readonly intervals: readonly (readonly [string, string])[];
  readonly remedy: string;
}

export interface ShownProof {
  readonly from: string;
  readonly until: string;
  readonly gaps: readonly ShownGap[];
  readonly notices: readonly ShownGap[];
  readonly cells: number;
  readonly notChecked: readonly { readonly check: string; readonly why: string }[];
}

export interface ProofFiles {
  readonly charter: string;
  readonly roster: string;
}
