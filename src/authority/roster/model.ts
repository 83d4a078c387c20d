/** Who fills the seats. Signed and changed separately from the charter, because people change faster than rules. */
export interface Roster {
  readonly id: string;
  readonly revision: number;
  readonly digest: string;
  readonly people: ReadonlyMap<string, Person>;
  readonly rosters: ReadonlyMap<string, readonly Shift[]>;
  readonly absences: readonly Absence[];
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly employer: string | null;
  readonly manager: string | null;
  /** Other names under which an inventory knows this person. */
  readonly refs: readonly string[];
}

/** In the order of preference: the first who is on shift and not absent fills the seat. */
export type Shift =
  | { readonly person: string; readonly kind: 'always' }
  | {
      readonly person: string;
      readonly kind: 'weekly';
      readonly zone: string;
      /** ISO weekdays on which the shift begins, Monday is 1. */
      readonly days: readonly number[];
      readonly from: string;
      /** Not after `from` = ends on the next day. */
      readonly to: string;
    };

export interface Absence {
  readonly person: string;
  readonly fromMs: number;
  readonly untilMs: number;
}
