import type { Settled, Step } from '../../src/runner/index.ts';
import type { IncidentEntry } from '../../src/response/incident/testing.ts';

export interface Holder {
  readonly node: string;
  readonly epoch: number;
}

export interface Row {
  step: Step;
  holder: Holder | null;
}

/** What one write is: a step's outcome under its fence, entries under the incident's version, new steps. */
export interface Write {
  readonly holder: Holder | null;
  readonly settle: { readonly step: Step; readonly settled: Settled } | null;
  /** Entries the decision was made on; also a decision that changes nothing is only right for these. */
  readonly version: number | null;
  readonly entries: readonly IncidentEntry[];
  readonly steps: readonly Row[];
}

export type Written = 'written' | 'fenced' | 'stale';

/** The store in memory, with the conditions that the runner's statements carry. All of a write or nothing. */
export class Table {
  readonly rows = new Map<string, Row>();
  readonly entries: IncidentEntry[] = [];
  /** Node -> the epoch that holds its lease. */
  readonly epochs = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #read: IncidentEntry[] = [];
  readonly #isFenced: boolean;
  /** Told of every write that was let through without being held. */
  readonly #onUnheld: (step: Step, holder: Holder) => void;

  constructor(isFenced: boolean, onUnheld: (step: Step, holder: Holder) => void) {
    this.#isFenced = isFenced;
    this.#onUnheld = onUnheld;
  }

  /** The entries as a process that starts reads them: each of them went through JSON. */
  readBack(): readonly IncidentEntry[] {
    for (const entry of this.entries.slice(this.#texts.length)) {
      const text = JSON.stringify(entry);
      this.#texts.push(text);
      // What was written one line above.
      this.#read.push(JSON.parse(text) as IncidentEntry);
    }
    return this.#read;
  }

  /** Whether it is written anywhere in the entries. */
  says(words: string): boolean {
    return this.readBack().length > 0 && this.#texts.some((text) => text.includes(words));
  }

  isHeld(step: Step, holder: Holder): boolean {
    const row = this.rows.get(step.id);
    return (
      row?.step.state === 'claimed' &&
      row.step.fence === step.fence &&
      row.holder?.node === holder.node &&
      row.holder.epoch === holder.epoch &&
      this.epochs.get(holder.node) === holder.epoch
    );
  }

  write({ holder, settle, version, entries, steps }: Write): Written {
    if (settle !== null && holder !== null && !this.isHeld(settle.step, holder)) {
      if (this.#isFenced) return 'fenced';
      this.#onUnheld(settle.step, holder);
    }
    if (version !== null && version !== this.entries.length) return 'stale';
    this.entries.push(...entries);
    if (settle !== null) this.#settle(settle.step, settle.settled);
    for (const row of steps) this.rows.set(row.step.id, row);
    return 'written';
  }

  claim(row: Row, holder: Holder): Step {
    const { step } = row;
    row.step = { ...step, state: 'claimed', fence: step.fence + 1, attempt: step.attempt + 1 };
    row.holder = holder;
    return row.step;
  }

  /** Back to the others, untried. */
  defer(step: Step, wait: { readonly dueAtMs: number; readonly lastTryAtMs: number }): void {
    const row = this.rows.get(step.id);
    if (row === undefined) return;
    row.step = { ...row.step, ...wait, state: 'planned', attempt: row.step.attempt - 1 };
    row.holder = null;
  }

  release(row: Row, nowMs: number): void {
    row.step = {
      ...row.step,
      state: 'planned',
      fence: row.step.fence + 1,
      attempt: 0,
      dueAtMs: nowMs,
    };
  }

  /** Another node took over: what the gone one held may have been sent. */
  evict(node: string, nowMs: number): readonly Row[] {
    this.epochs.delete(node);
    const taken: Row[] = [];
    for (const row of this.rows.values()) {
      if (row.step.state !== 'claimed' || row.holder?.node !== node) continue;
      const { step } = row;
      const fence = step.fence + 1;
      row.step = { ...step, state: 'planned', fence, repeated: true, lastTryAtMs: nowMs };
      row.holder = null;
      taken.push(row);
    }
    return taken;
  }

  #settle(step: Step, settled: Settled): void {
    const row = this.rows.get(step.id);
    if (row === undefined) return;
    if (settled.state === 'done') {
      this.rows.delete(step.id);
      return;
    }
    row.step = { ...row.step, ...settled };
    row.holder = null;
  }
}
