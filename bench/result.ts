/** One line of `npm run bench -- --json`; ratio is ours beside theirs, null where nothing comparable exists. */
export interface BenchResult {
  readonly bench: string;
  readonly bar: string;
  readonly ratio: number | null;
  readonly ok: boolean;
  readonly ours: Readonly<Record<string, unknown>>;
  readonly beside: Readonly<Record<string, unknown>>;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  /** True when it runs beside something that is installed for it. */
  readonly needsComparators?: boolean;
  readonly run: () => Promise<readonly BenchResult[]>;
}
