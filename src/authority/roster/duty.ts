import { type Interval, intersect, lastBegun, subtract, union } from './intervals.ts';
import { keeper, type Run, runsIn, STRETCH_MS, windowOf } from './kept.ts';
import type { Roster, RosterOverride, Shift } from './model.ts';

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

const keptOf = keeper<readonly DutyInterval[]>();

export function isAbsent(roster: Roster, person: string, nowMs: number): boolean {
  const absence = lastBegun(keptOf(roster).absences.get(person) ?? [], nowMs);
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
  const first = Math.floor(fromMs / STRETCH_MS);
  for (let stretch = first; stretch * STRETCH_MS < untilMs; stretch += 1) {
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

function runsOf(roster: Roster, name: string, stretch: number): readonly Run[] {
  return keptOf(roster).runs.get(name, stretch, () => runsIn(roster, name, windowOf(stretch)));
}

function dutyIn(roster: Roster, name: string, stretch: number): readonly DutyInterval[] {
  return keptOf(roster).duty.get(name, stretch, () => share(roster, name, stretch));
}

interface Claim {
  readonly person: string;
  readonly periods: readonly Interval[];
}

/** Everybody who stands in line for a roster, and when: whoever comes first has it, the others are there if they are not. */
export function dutyClaims(
  roster: Roster,
  name: string,
  fromMs: number,
  untilMs: number,
): ReadonlyMap<string, readonly Interval[]> {
  const periods = new Map<string, Interval[]>();
  const first = Math.floor(fromMs / STRETCH_MS);
  for (let stretch = first; stretch * STRETCH_MS < untilMs; stretch += 1) {
    const window = windowOf(stretch);
    const within = [
      { fromMs: Math.max(window.fromMs, fromMs), untilMs: Math.min(window.untilMs, untilMs) },
    ];
    for (const claim of claims(roster, name, stretch)) {
      const known = periods.get(claim.person) ?? [];
      periods.set(claim.person, known);
      known.push(...intersect(claim.periods, within));
    }
  }
  return new Map([...periods].map(([person, list]) => [person, union(list)]));
}

function share(roster: Roster, name: string, stretch: number): readonly DutyInterval[] {
  const taken: DutyInterval[] = [];
  let free: readonly Interval[] = [windowOf(stretch)];
  for (const { person, periods } of claims(roster, name, stretch)) {
    const mine = intersect(free, periods);
    if (mine.length === 0) continue;
    taken.push(...mine.map((one) => ({ ...one, person })));
    free = subtract(free, mine);
    if (free.length === 0) break;
  }
  taken.push(...free.map((one) => ({ ...one, person: null })));
  return taken.toSorted((left, right) => left.fromMs - right.fromMs);
}

function* claims(roster: Roster, name: string, stretch: number): Generator<Claim> {
  const { absences } = keptOf(roster);
  const overrides = overridesIn(roster, name, windowOf(stretch));
  const present = (person: string, periods: readonly Interval[]): Claim => ({
    person,
    periods: subtract(periods, absences.get(person) ?? []),
  });
  for (const override of overrides) {
    if (isWhole(override)) yield present(override.person, [override]);
  }
  for (const { shift, periods } of runsOf(roster, name, stretch)) {
    for (const override of overrides) {
      if (override.replaces !== shift.person) continue;
      yield present(override.person, intersect(periods, [override]));
    }
    yield present(shift.person, periods);
  }
}

function isWhole({ replaces }: RosterOverride): boolean {
  return replaces === undefined || replaces === null;
}

/** In their precedence. */
function overridesIn(roster: Roster, name: string, window: Interval): readonly RosterOverride[] {
  return (keptOf(roster).overrides.get(name) ?? []).filter(
    ({ fromMs, untilMs }) => fromMs < window.untilMs && window.fromMs < untilMs,
  );
}

/** Somebody of a roster at an instant, before it is known whether they may. */
export interface DutyCandidate {
  readonly person: string;
  readonly standing: 'here' | 'absent' | 'off-shift';
  /** The shift that runs or is taken over; null = the whole roster was taken over, or nothing runs. */
  readonly shift: Shift | null;
  /** Whose shift it is when somebody has taken it over. */
  readonly insteadOf: string | null;
  /** Holds the roster because of an override. */
  readonly override: boolean;
  /** When what brought them on duty ends. */
  readonly untilMs: number | null;
}

/** In the order of preference: the first who is here has the roster. Whoever is off shift comes last, once. */
export function dutyCandidates(
  roster: Roster,
  name: string,
  nowMs: number,
): readonly DutyCandidate[] {
  const found: DutyCandidate[] = [];
  const window = { fromMs: nowMs, untilMs: nowMs + 1 };
  const overrides = overridesIn(roster, name, window);
  const add = (one: Omit<DutyCandidate, 'standing'>): void => {
    found.push({ ...one, standing: isAbsent(roster, one.person, nowMs) ? 'absent' : 'here' });
  };
  for (const override of overrides) {
    const { person, untilMs } = override;
    if (isWhole(override)) add({ person, shift: null, insteadOf: null, override: true, untilMs });
  }
  for (const { shift, periods } of runsOf(roster, name, Math.floor(nowMs / STRETCH_MS))) {
    const period = lastBegun(periods, nowMs);
    if (period === null || period.untilMs <= nowMs) continue;
    for (const { person, replaces, untilMs } of overrides) {
      if (replaces !== shift.person) continue;
      const endMs = Math.min(untilMs, period.untilMs);
      add({ person, shift, insteadOf: replaces, override: true, untilMs: endMs });
    }
    const untilMs = shift.kind === 'always' ? null : period.untilMs;
    add({ person: shift.person, shift, insteadOf: null, override: false, untilMs });
  }
  const known = new Set(found.map(({ person }) => person));
  for (const person of peopleOf(roster, name)) {
    if (known.has(person)) continue;
    const off = { shift: null, insteadOf: null, override: false, untilMs: null };
    found.push({ person, standing: 'off-shift', ...off });
  }
  return found;
}

function peopleOf(roster: Roster, name: string): readonly string[] {
  const shifts = roster.rosters.get(name) ?? [];
  const everybody = (): readonly string[] => [...new Set(shifts.map(({ person }) => person))];
  return keptOf(roster).people.get(name, 0, everybody);
}
