import { type Interval, union } from './intervals.ts';
import type { Roster, RosterOverride, Shift } from './model.ts';
import { periodsOf } from './periods.ts';

// What is derived from a roster once and kept as long as the roster itself: a look-up must not walk through everybody.

/** About twelve days. */
export const STRETCH_MS = 2 ** 30;
/** Stretches kept for one roster: a year for the prover, and some. */
const STRETCHES_KEPT = 64;

/** A shift and when it runs within a stretch of time. */
export interface Run {
  readonly shift: Shift;
  readonly periods: readonly Interval[];
}

interface Stretches<Value> {
  readonly get: (name: string, stretch: number, compute: () => Value) => Value;
}

export interface Kept<Duty> {
  readonly absences: ReadonlyMap<string, readonly Interval[]>;
  /** Of each roster, the one that began last first. */
  readonly overrides: ReadonlyMap<string, readonly RosterOverride[]>;
  /** Everybody of a roster once. */
  readonly people: Stretches<readonly string[]>;
  readonly runs: Stretches<readonly Run[]>;
  readonly duty: Stretches<Duty>;
}

function stretches<Value>(): Stretches<Value> {
  const byName = new Map<string, Map<number, Value>>();
  return {
    get: (name, stretch, compute) => {
      const ofName = byName.get(name) ?? new Map<number, Value>();
      byName.set(name, ofName);
      const known = ofName.get(stretch);
      if (known !== undefined) return known;
      if (ofName.size >= STRETCHES_KEPT) ofName.clear();
      const value = compute();
      ofName.set(stretch, value);
      return value;
    },
  };
}

/** One keeper for one kind of duty. */
export function keeper<Duty>(): (roster: Roster) => Kept<Duty> {
  const rosters = new WeakMap<Roster, Kept<Duty>>();
  return (roster) => {
    const known = rosters.get(roster);
    if (known !== undefined) return known;
    const absences = Map.groupBy(roster.absences, ({ person }) => person);
    const overrides = Map.groupBy(roster.overrides, (override) => override.roster);
    const kept = {
      absences: new Map([...absences].map(([person, list]) => [person, union(list)])),
      overrides: new Map([...overrides].map(([name, list]) => [name, inPrecedence(list)])),
      people: stretches<readonly string[]>(),
      runs: stretches<readonly Run[]>(),
      duty: stretches<Duty>(),
    };
    rosters.set(roster, kept);
    return kept;
  };
}

function inPrecedence(overrides: readonly RosterOverride[]): readonly RosterOverride[] {
  return overrides.toSorted((left, right) => right.fromMs - left.fromMs);
}

export function windowOf(stretch: number): Interval {
  return { fromMs: stretch * STRETCH_MS, untilMs: (stretch + 1) * STRETCH_MS };
}

/** The shifts that run at all within the window, in the order of preference. */
export function runsIn(roster: Roster, name: string, window: Interval): readonly Run[] {
  return (roster.rosters.get(name) ?? []).flatMap((shift) => {
    const { fromMs, untilMs } = window;
    const periods = shift.kind === 'always' ? [window] : union(periodsOf(shift, fromMs, untilMs));
    return periods.length === 0 ? [] : [{ shift, periods }];
  });
}
