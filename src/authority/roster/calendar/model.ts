import type { Refusal } from '../rule-text.ts';
import type { Shift } from '../model.ts';

/** How the names of a calendar are read. */
export interface CalendarWords {
  /** Names, addresses or summaries in the calendar -> people of the roster. */
  readonly people: ReadonlyMap<string, string>;
  /** Zone names of the calendar -> names of the time zone database. */
  readonly zones: ReadonlyMap<string, string>;
  /** For all-day events and floating times; null = what the calendar says, else UTC. */
  readonly zone: string | null;
}

export type CalendarReading =
  | {
      readonly ok: true;
      /** In the order of preference: instances changed by hand, then what begins last. */
      readonly shifts: readonly Shift[];
      /** Events that name nobody known, or several: they are left out. */
      readonly left: readonly { readonly line: number; readonly why: string }[];
      readonly leftCount: number;
    }
  | { readonly ok: false; readonly line: number; readonly refusal: Refusal };

/** Stops the reading of one file. */
export class CalendarRefused extends Error {
  readonly line: number;
  readonly refusal: Refusal;
  constructor(line: number, problem: string, remedy: string, allowed: readonly string[] = []) {
    super(problem);
    this.line = line;
    this.refusal = { problem, allowed, remedy };
  }
}
