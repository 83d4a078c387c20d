import { type Interval, intersect, lastBegun, subtract, union } from './intervals.ts';
import type { Roster, RosterOverride, Shift } from './model.ts';
import { periodsOf } from './periods.ts';

// Who has a roster. Everything is interval arithmetic: whoever comes first takes what is still free.
//
//   1. overrides of the whole roster, the one that began last first;
//   2. the shifts in the order of the file; of each, what an override took from its person goes to that other person.
//
// Whoever is absent takes nothing, so the next in this order does.

/** `person` is null where nobody is on duty. Neighbours differ in the person. */
export interface DutyInterval extends Interval {
  readonly person: string | null;
}

interface RosterIndex {
  readonly absences: ReadonlyMap<string, readonly Interval[]>;
  readonly overrides: ReadonlyMap<string, readonly RosterOverride[]>;
  /** Roster -> stretch -> duty. */
  readonly stretches: Map<string, Map<number, readonly DutyInterval[]>>;
}

const STRETCH_MS = 2 ** 30;
const STRETCHES_KEPT = 64;
const indexes = new WeakMap<Roster, RosterIndex>();

function indexOf(roster: Roster): RosterIndex {
  const known = indexes.get(roster);
  if (known !== undefined) return known;
  const absences = Map.groupBy(roster.absences, ({ person }) => person);
  const overrides = Map.groupBy(roster.overrides, (override) => override.roster);
  const index = {
    absences: new Map([...absences].map(([person, list]) => [person, union(list)])),
    overrides: new Map([...overrides].map(([name, list]) => [name, inPrecedence(list)])),
    stretches: new Map<string, Map<number, readonly DutyInterval[]>>(),
  };
  indexes.set(roster, index);
  return index;
}

function inPrecedence(overrides: readonly RosterOverride[]): readonly RosterOverride[] {
  return overrides.toSorted((left, right) => right.fromMs - left.fromMs);
}

export function isAbsent(roster: Roster, person: string, nowMs: number): boolean {
  const absence = lastBegun(indexOf(roster).absences.get(person) ?? [], nowMs);
  return absence !== null && nowMs < absence.untilMs;
}

/** Every instant of the window has one interval; exact, because it is cut where anything begins or ends. */
export function dutyIntervals(
  roster: Roster,
  name: string,
  fromMs: number,
  untilMs: number,
): readonly DutyInterval[] {
  const duty: DutyInterval[] = [];
  for (
    let stretch = Math.floor(fromMs / STRETCH_MS);
    stretch * STRETCH_MS < untilMs;
    stretch += 1
  ) {
    for (const one of dutyIn(roster, name, stretch)) {
      const cut = {
        fromMs: Math.max(one.fromMs, fromMs),
        untilMs: Math.min(one.untilMs, untilMs),
        person: one.person,
      };
      const last = duty.at(-1);
      if (cut.untilMs <= cut.fromMs) continue;
      if (last?.person !== cut.person) duty.push(cut);
      else duty[duty.length - 1] = { ...last, untilMs: cut.untilMs };
    }
  }
  return duty;
}

/** The person who has the roster at this instant. */
export function onDuty(roster: Roster, name: string, nowMs: number): string | null {
  return lastBegun(dutyIn(roster, name, Math.floor(nowMs / STRETCH_MS)), nowMs)?.person ?? null;
}

function dutyIn(roster: Roster, name: string, stretch: number): readonly DutyInterval[] {
  const { stretches } = indexOf(roster);
  const ofRoster = stretches.get(name) ?? new Map<number, readonly DutyInterval[]>();
  stretches.set(name, ofRoster);
  const known = ofRoster.get(stretch);
  if (known !== undefined) return known;
  if (ofRoster.size >= STRETCHES_KEPT) ofRoster.clear();
  const fromMs = stretch * STRETCH_MS;
  const found = share(roster, name, { fromMs, untilMs: fromMs + STRETCH_MS });
  ofRoster.set(stretch, found);
  return found;
}

interface Claim {
  readonly person: string;
  readonly periods: readonly Interval[];
}

function share(roster: Roster, name: string, window: Interval): readonly DutyInterval[] {
  const taken: DutyInterval[] = [];
  let free: readonly Interval[] = [window];
  for (const { person, periods } of claims(roster, name, window)) {
    const mine = intersect(free, periods);
    if (mine.length === 0) continue;
    taken.push(...mine.map((one) => ({ ...one, person })));
    free = subtract(free, mine);
    if (free.length === 0) break;
  }
  taken.push(...free.map((one) => ({ ...one, person: null })));
  return taken.toSorted((left, right) => left.fromMs - right.fromMs);
}

function* claims(roster: Roster, name: string, window: Interval): Generator<Claim> {
  const { absences, overrides } = indexOf(roster);
  const overlapping = (overrides.get(name) ?? []).filter(
    ({ fromMs, untilMs }) => fromMs < window.untilMs && window.fromMs < untilMs,
  );
  const present = (person: string, periods: readonly Interval[]): Claim => ({
    person,
    periods: subtract(periods, absences.get(person) ?? []),
  });
  for (const override of overlapping) {
    if ((override.replaces ?? null) === null) yield present(override.person, [override]);
  }
  for (const shift of roster.rosters.get(name) ?? []) {
    const periods = runsIn(shift, window);
    if (periods.length === 0) continue;
    for (const override of overlapping) {
      if (override.replaces !== shift.person) continue;
      yield present(override.person, intersect(periods, [override]));
    }
    yield present(shift.person, periods);
  }
}

function runsIn(shift: Shift, window: Interval): readonly Interval[] {
  if (shift.kind === 'always') return [window];
  return union(periodsOf(shift, window.fromMs, window.untilMs));
}
