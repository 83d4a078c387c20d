import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRosterCase, NAME, rosterOf } from './arbitrary.testing.ts';
import type { Roster, Shift } from './model.ts';
import { boundariesOf, dutyCandidates, dutyIntervals, isOnShift, onDuty } from './shifts.ts';
import { isOnShiftBySpec, onDutyBySpec } from './spec.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const seed = Number(process.env['ROSTER_SEED'] ?? 20_261_120);

function* minutes(fromMs: number, untilMs: number): Generator<number> {
  for (let atMs = fromMs; atMs < untilMs; atMs += MINUTE_MS) yield atMs;
}

describe(`who has a roster (seed ${seed})`, () => {
  it('is what the definition says, by the minute, while clocks change', () => {
    fc.assert(
      fc.property(arbitraryRosterCase, ({ roster, aroundMs }) => {
        for (const atMs of minutes(aroundMs - 4 * HOUR_MS, aroundMs + 4 * HOUR_MS)) {
          expect([new Date(atMs), onDuty(roster, NAME, atMs)]).toEqual([
            new Date(atMs),
            onDutyBySpec(roster, NAME, atMs),
          ]);
          const candidates = dutyCandidates(roster, NAME, atMs);
          const here = candidates.find(({ standing }) => standing === 'here');
          expect(here?.person ?? null).toBe(onDuty(roster, NAME, atMs));
        }
      }),
      { seed, numRuns: 100 },
    );
  });

  it('changes exactly where an interval ends, for weeks around', () => {
    fc.assert(
      fc.property(arbitraryRosterCase, ({ roster, aroundMs }) => {
        const [fromMs, untilMs] = [aroundMs - 20 * DAY_MS, aroundMs + 20 * DAY_MS];
        const duty = dutyIntervals(roster, NAME, fromMs, untilMs);
        expect(duty[0]?.fromMs).toBe(fromMs);
        expect(duty.at(-1)?.untilMs).toBe(untilMs);
        for (const [at, one] of duty.entries()) {
          const next = duty[at + 1];
          expect(next?.fromMs ?? one.untilMs).toBe(one.untilMs);
          expect(next?.person).not.toBe(one.person);
          const middleMs = Math.floor((one.fromMs + one.untilMs) / 2);
          for (const atMs of [one.fromMs, middleMs, one.untilMs - 1]) {
            expect(onDutyBySpec(roster, NAME, atMs)).toBe(one.person);
            expect(onDuty(roster, NAME, atMs)).toBe(one.person);
          }
        }
      }),
      { seed, numRuns: 100 },
    );
  });

  it('is cut at every boundary of its shifts', () => {
    fc.assert(
      fc.property(arbitraryRosterCase, ({ roster, aroundMs }) => {
        const [fromMs, untilMs] = [aroundMs - 4 * HOUR_MS, aroundMs + 4 * HOUR_MS];
        for (const shift of roster.rosters.get(NAME) ?? []) {
          const edges = new Set(boundariesOf(shift, fromMs, untilMs));
          let before = isOnShiftBySpec(shift, fromMs - MINUTE_MS);
          for (const atMs of minutes(fromMs, untilMs)) {
            const on = isOnShiftBySpec(shift, atMs);
            expect(isOnShift(shift, atMs)).toBe(on);
            expect(on === before || edges.has(atMs)).toBe(true);
            before = on;
          }
        }
      }),
      { seed, numRuns: 30 },
    );
  });
});

const BASE_MS = Date.parse('2026-12-07T00:00:00Z');
const always = (person: string): Shift => ({ kind: 'always', person });
const hours = (from: number, until: number): { fromMs: number; untilMs: number } => ({
  fromMs: BASE_MS + from * HOUR_MS,
  untilMs: BASE_MS + until * HOUR_MS,
});
/** `0-6 ann, 6-8 ben` */
function told(roster: Roster): string {
  return dutyIntervals(roster, NAME, BASE_MS, BASE_MS + DAY_MS)
    .map(({ fromMs, untilMs, person }) => {
      const [from, until] = [fromMs, untilMs].map((ms) => (ms - BASE_MS) / HOUR_MS);
      return `${from}-${until} ${person ?? 'nobody'}`;
    })
    .join(', ');
}

describe('an override', () => {
  const override = (
    person: string,
    from: number,
    until: number,
    replaces: string | null = null,
  ) => ({
    roster: NAME,
    person,
    replaces,
    ...hours(from, until),
  });

  it('of the whole roster goes before every shift; the last that began wins', () => {
    const overrides = [override('ben', 2, 20), override('cleo', 4, 6), override('dan', 5, 7)];
    const roster = rosterOf([always('ann')], { overrides });
    expect(told(roster)).toBe('0-2 ann, 2-4 ben, 4-5 cleo, 5-7 dan, 7-20 ben, 20-24 ann');
  });

  it('falls back to whom it replaces when the substitute is away', () => {
    const overrides = [override('ben', 2, 20)];
    const absences = [{ person: 'ben', ...hours(10, 30) }];
    const roster = rosterOf([always('ann')], { overrides, absences });
    expect(told(roster)).toBe('0-2 ann, 2-10 ben, 10-24 ann');
  });

  it('lets two people swap their shifts without going in a circle', () => {
    const shifts: readonly Shift[] = [
      { kind: 'exact', person: 'ann', ...hours(0, 12) },
      { kind: 'exact', person: 'ben', ...hours(12, 24) },
    ];
    const overrides = [override('ben', 0, 24, 'ann'), override('ann', 0, 24, 'ben')];
    expect(told(rosterOf(shifts, { overrides }))).toBe('0-12 ben, 12-24 ann');
  });
});

it('computes a day once: a shift of a week is found again in later stretches', () => {
  const rotation: Shift = {
    kind: 'recurring',
    person: 'ann',
    zone: 'Europe/Berlin',
    start: '2026-11-02T09:00',
    lengthMs: 7 * DAY_MS,
    length: 'wall',
    rule: { every: 'week', interval: 1, on: [], count: null, untilMs: null, weekStart: 1 },
    exceptMs: [],
    exceptHolidays: null,
  };
  const fromMs = Date.parse('2026-11-02T08:00:00Z');
  const year = dutyIntervals(rosterOf([rotation]), NAME, fromMs, fromMs + 365 * DAY_MS);
  expect(year).toEqual([{ fromMs, untilMs: fromMs + 365 * DAY_MS, person: 'ann' }]);
  expect(boundariesOf(rotation, fromMs, fromMs + 14 * DAY_MS)).toEqual([
    fromMs,
    fromMs + 7 * DAY_MS,
  ]);
});
