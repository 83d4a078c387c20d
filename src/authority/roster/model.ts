/** Who fills the seats. Signed and changed separately from the charter, because people change faster than rules. */
export interface Roster {
  readonly id: string;
  readonly revision: number;
  readonly digest: string;
  readonly people: ReadonlyMap<string, Person>;
  readonly rosters: ReadonlyMap<string, readonly Shift[]>;
  readonly absences: readonly Absence[];
  readonly teams: ReadonlyMap<string, Team>;
  /** Somebody else takes a roster for a while; the last one that began wins. */
  readonly overrides: readonly RosterOverride[];
  /** Jurisdiction -> the days on which its weekly shifts do not run. */
  readonly holidays: ReadonlyMap<string, readonly Holiday[]>;
  /** Calendars that rosters are taken from; absent = none. */
  readonly sources?: ReadonlyMap<string, RosterSource>;
  /** Roster -> what is known from its calendars, and since when. Absent = nothing was asked yet. */
  readonly synced?: ReadonlyMap<string, readonly SyncedRoster[]>;
}

/** The calendar of an on-call product that fills a roster. Its shifts go before those of the file. */
export interface RosterSource {
  readonly name: string;
  /** A file, an address, or a reference to an address: `./ir.ics`, `https://...`, `env:NAME`, `file:PATH`. */
  readonly ical: string;
  readonly roster: string;
  /** Older than this, what is known is told to be old; it is used all the same. */
  readonly maxAgeMs: number;
  readonly everyMs: number;
  readonly people: ReadonlyMap<string, string>;
  readonly zones: ReadonlyMap<string, string>;
  readonly zone: string | null;
}

export interface SyncedRoster {
  readonly source: string;
  readonly maxAgeMs: number;
  /** When what is known was fetched; null = never. */
  readonly fetchedAtMs: number | null;
  /** Why it could not be asked or read the last time; null = it could. */
  readonly problem: string | null;
  /** Events of the calendar that name nobody of the roster. */
  readonly leftCount: number;
}

export interface Team {
  readonly name: string;
  readonly members: readonly string[];
  readonly refs: readonly string[];
}

export interface RosterOverride {
  readonly roster: string;
  readonly person: string;
  /** Takes only the shifts of this person; null or absent = the whole roster. Never chained: who takes over is not replaced in turn. */
  readonly replaces?: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Holiday {
  /** A wall date, `2026-12-25`. */
  readonly date: string;
  readonly name: string;
}

/** A way to reach a person. Two ways on one device are one way when the device is gone. */
export interface Reach {
  readonly channel: string;
  readonly device: string | null;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly employer: string | null;
  readonly manager: string | null;
  /** Other names under which an inventory knows this person. */
  readonly refs: readonly string[];
  /** Empty = not said: every channel of the charter counts. */
  readonly reach: readonly Reach[];
}

/** What on-call products export of RFC 5545. */
export interface RecurrenceRule {
  readonly every: 'day' | 'week' | 'month';
  readonly interval: number;
  /** ISO weekdays; `nth` counts within the month, from its end when negative, and is null for every one. */
  readonly on: readonly { readonly weekday: number; readonly nth: number | null }[];
  readonly count: number | null;
  /** The last instant at which one may begin. */
  readonly untilMs: number | null;
  readonly weekStart: number;
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
      /** Does not run on days that are holidays there; null = runs on every day. */
      readonly exceptHolidays: string | null;
      /** The dates of those holidays: a shift that begins on one does not run. */
      readonly daysOff?: ReadonlySet<string>;
    }
  | {
      readonly person: string;
      readonly kind: 'recurring';
      readonly zone: string;
      /** Wall time of the first one, `2026-11-02T09:00`. */
      readonly start: string;
      readonly lengthMs: number;
      /** Wall: the end is read from the clock on the wall, as the start is. Elapsed: the end follows after so long. */
      readonly length: 'wall' | 'elapsed';
      /** Null = only the first one. */
      readonly rule: RecurrenceRule | null;
      /** Beginnings that do not take place. */
      readonly exceptMs: readonly number[];
      readonly exceptHolidays: string | null;
      readonly daysOff?: ReadonlySet<string>;
    }
  | {
      readonly person: string;
      /** Exact instants, as a calendar gives them. */
      readonly kind: 'exact';
      readonly fromMs: number;
      readonly untilMs: number;
    };

export interface Absence {
  readonly person: string;
  readonly fromMs: number;
  readonly untilMs: number;
}
