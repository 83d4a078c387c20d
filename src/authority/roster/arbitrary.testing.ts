// Random rosters around the days on which clocks change; never imported by the product.
import fc from 'fast-check';
import type { RecurrenceRule, Roster, Shift } from './model.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A zone and an instant at which its clocks change. */
const CHANGES = [
  ['Europe/Berlin', '2027-03-28T01:00:00Z'],
  ['Europe/Berlin', '2027-10-31T01:00:00Z'],
  ['America/New_York', '2027-03-14T07:00:00Z'],
  ['America/New_York', '2027-11-07T06:00:00Z'],
  ['Australia/Sydney', '2027-10-02T16:00:00Z'],
  ['Australia/Sydney', '2027-04-03T16:00:00Z'],
  // Half an hour.
  ['Australia/Lord_Howe', '2027-10-02T15:30:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T15:00:00Z'],
  // Around Ramadan.
  ['Africa/Casablanca', '2027-02-07T02:00:00Z'],
  ['Africa/Casablanca', '2027-03-14T02:00:00Z'],
  // At midnight: there is a day without 00:00.
  ['America/Santiago', '2027-09-05T04:00:00Z'],
  ['America/Santiago', '2027-04-04T03:00:00Z'],
] as const;

const PEOPLE = ['ann', 'ben', 'cleo'];
const person = fc.constantFrom(...PEOPLE);

/** Half hours, and more often those in which clocks change. */
const wall = fc
  .oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 7 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 47 }) },
  )
  .map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`);

const weekdays = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });

function dateIn(aroundMs: number, days: number): fc.Arbitrary<string> {
  return fc
    .integer({ min: -days, max: days })
    .map((day) => new Date(aroundMs + day * DAY_MS).toISOString().slice(0, 10));
}

function daysOff(aroundMs: number): fc.Arbitrary<ReadonlySet<string>> {
  return fc.array(dateIn(aroundMs, 2), { maxLength: 2 }).map((dates) => new Set(dates));
}

function weekly(zone: string, aroundMs: number): fc.Arbitrary<Shift> {
  return fc
    .tuple(person, weekdays, wall, wall, daysOff(aroundMs))
    .filter(([, , from, to]) => from !== to)
    .map(([who, days, from, to, off]) => ({
      kind: 'weekly',
      person: who,
      zone,
      days,
      from,
      to,
      exceptHolidays: null,
      daysOff: off,
    }));
}

function rule(aroundMs: number): fc.Arbitrary<RecurrenceRule> {
  const limits = fc.record({
    interval: fc.integer({ min: 1, max: 3 }),
    count: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 2 }),
    untilMs: fc.option(
      fc.integer({ min: -4, max: 4 }).map((hours) => aroundMs + hours * HOUR_MS),
      { freq: 2 },
    ),
    weekStart: fc.constantFrom(1, 7, 4),
  });
  const plain = fc
    .subarray([1, 2, 3, 4, 5, 6, 7])
    .map((days) => days.map((weekday) => ({ weekday, nth: null })));
  const counted = fc.array(
    fc.record({
      weekday: fc.integer({ min: 1, max: 7 }),
      nth: fc.constantFrom(null, 1, 2, 3, 4, 5, -1, -2, -5),
    }),
    { maxLength: 3 },
  );
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('day' as const, 'week' as const), plain, limits)
      .map(([every, on, more]) => ({ every, on, ...more })),
    fc.tuple(counted, limits).map(([on, more]) => ({ every: 'month' as const, on, ...more })),
  );
}

function recurring(zone: string, aroundMs: number): fc.Arbitrary<Shift> {
  return fc
    .record({
      person,
      date: dateIn(aroundMs - 20 * DAY_MS, 20),
      time: wall,
      halfHours: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(48, 336, 672)),
      length: fc.constantFrom('wall' as const, 'elapsed' as const),
      rule: fc.option(rule(aroundMs), { freq: 8 }),
      off: daysOff(aroundMs),
      exceptMs: fc.array(
        fc.integer({ min: -8, max: 8 }).map((half) => aroundMs + (half * HOUR_MS) / 2),
        { maxLength: 3 },
      ),
    })
    .map(({ date, time, halfHours, off, ...shift }) => ({
      kind: 'recurring',
      zone,
      start: `${date}T${time}`,
      lengthMs: (halfHours * HOUR_MS) / 2,
      exceptHolidays: null,
      daysOff: off,
      ...shift,
    }));
}

function stretch(aroundMs: number): fc.Arbitrary<{ fromMs: number; untilMs: number }> {
  return fc
    .tuple(fc.integer({ min: -600, max: 600 }), fc.integer({ min: 1, max: 600 }))
    .map(([from, length]) => ({
      fromMs: aroundMs + from * 60_000,
      untilMs: aroundMs + (from + length) * 60_000,
    }));
}

export interface RosterCase {
  readonly roster: Roster;
  readonly aroundMs: number;
}

export const NAME = 'oncall';

export const arbitraryRosterCase: fc.Arbitrary<RosterCase> = fc
  .constantFrom(...CHANGES)
  .chain(([zone, change]) => {
    const aroundMs = Date.parse(change);
    const exact = fc
      .tuple(person, stretch(aroundMs))
      .map(([who, times]): Shift => ({ kind: 'exact', person: who, ...times }));
    const shift = fc.oneof(
      { weight: 4, arbitrary: weekly(zone, aroundMs) },
      { weight: 4, arbitrary: recurring(zone, aroundMs) },
      { weight: 2, arbitrary: exact },
      { weight: 1, arbitrary: person.map((who): Shift => ({ kind: 'always', person: who })) },
    );
    const absence = fc
      .tuple(person, stretch(aroundMs))
      .map(([who, times]) => ({ person: who, ...times }));
    const override = fc
      .tuple(person, fc.constantFrom(null, ...PEOPLE), stretch(aroundMs))
      .map(([who, replaces, times]) => ({ roster: NAME, person: who, replaces, ...times }));
    return fc
      .record({
        shifts: fc.array(shift, { minLength: 1, maxLength: 4 }),
        absences: fc.array(absence, { maxLength: 3 }),
        // Two that begin at once are refused when a roster is loaded.
        overrides: fc.uniqueArray(override, { maxLength: 3, selector: ({ fromMs }) => fromMs }),
      })
      .map(({ shifts, ...more }) => ({ aroundMs, roster: rosterOf(shifts, more) }));
  });

export function rosterOf(
  shifts: readonly Shift[],
  more: Partial<Pick<Roster, 'absences' | 'overrides'>> = {},
): Roster {
  return {
    id: 'test',
    revision: 1,
    digest: '',
    people: new Map(),
    rosters: new Map([[NAME, shifts]]),
    absences: [],
    teams: new Map(),
    overrides: [],
    holidays: new Map(),
    ...more,
  };
}
