import { describe, expect, it } from 'vitest';
import {
  northlake,
  northlakeRoster,
  northlakeRosterText,
  northlakeText,
} from '../arbitrary.testing.ts';
import type { Charter, SunLeg } from '../charter/model.ts';
import { checkRoster, checkRosterFits, loadRoster, rosterMisfits } from './roster.ts';
import { personFor } from '../resolution/seats.ts';
import { isOnShift, startedAtMs } from './shifts.ts';

const HOUR_MS = 3_600_000;
const YEAR_START_MS = Date.parse('2026-12-01T00:00:00Z');
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

function leg(zone: string, from: string, to: string, roster: string): SunLeg {
  return { zone, from, to, days: EVERY_DAY, roster };
}

function withLegs(legs: readonly SunLeg[]): Charter {
  const seats = new Map([...northlake.seats, ['ir-lead', { fill: 'sun', legs, otherwise: null }]]);
  // The map holds seats of both kinds.
  return { ...northlake, seats: seats as Charter['seats'] };
}

/** Shifts begin and end on full hours here, so the middle of each hour speaks for it. */
function uncovered(charter: Charter): readonly { from: string; hours: number }[] {
  const gaps: { from: string; hours: number }[] = [];
  let open = false;
  for (let at = YEAR_START_MS; at < YEAR_START_MS + 365 * 24 * HOUR_MS; at += HOUR_MS) {
    const alone = personFor(charter, northlakeRoster, 'ir-lead', at + HOUR_MS / 2) === null;
    const last = gaps.at(-1);
    if (alone && open && last !== undefined) last.hours += 1;
    if (alone && !open) gaps.push({ from: new Date(at).toISOString(), hours: 1 });
    open = alone;
  }
  return gaps;
}

describe('a seat that follows the sun', () => {
  it('has no uncovered hour in the year of the worked example', () => {
    const long = withLegs([
      leg('Europe/Berlin', '07:00', '17:00', 'soc-24x7'),
      leg('America/New_York', '10:00', '20:00', 'soc-24x7'),
      leg('Australia/Sydney', '08:00', '18:00', 'soc-24x7'),
    ]);
    expect(uncovered(long)).toEqual([]);
  });

  it('has exactly the known gaps with short shifts, when clocks change on different days', () => {
    const gaps = uncovered(
      withLegs([
        leg('Europe/Berlin', '07:00', '16:00', 'soc-24x7'),
        leg('America/New_York', '10:00', '18:00', 'soc-24x7'),
        leg('Australia/Sydney', '10:00', '17:00', 'soc-24x7'),
      ]),
    );
    expect(gaps).toHaveLength(238);
    expect(gaps.filter(({ hours }) => hours === 2)).toHaveLength(182);
    expect(gaps.filter(({ hours }) => hours === 1)).toHaveLength(56);
    expect(gaps[0]).toEqual({ from: '2027-03-14T22:00:00.000Z', hours: 1 });
  });

  it('gives what is new to the leg that came on duty last', () => {
    const at = (time: string): string | null =>
      personFor(northlake, northlakeRoster, 'ir-lead', Date.parse(time));
    // Tuesday: Berlin from 06:00Z, New York from 15:00Z, Sydney from 21:00Z.
    expect(at('2026-12-01T14:59:00Z')).toBe('mia');
    expect(at('2026-12-01T15:00:00Z')).toBe('ruth');
    expect(at('2026-12-01T21:00:00Z')).toBe('priya');
    // The weekend and an absence have their own answer, never nobody.
    expect(at('2026-12-05T12:00:00Z')).toBe('leon');
    expect(at('2026-12-22T10:00:00Z')).toBe('jonas');
  });
});

describe('a shift', () => {
  const night = {
    kind: 'weekly',
    person: 'p',
    zone: 'Europe/Berlin',
    days: [5],
    from: '20:00',
    to: '08:00',
    exceptHolidays: null,
  } as const;

  it('belongs to the day on which it begins, and is half-open', () => {
    const on = (time: string): boolean => isOnShift(night, Date.parse(time));
    expect(on('2026-12-04T18:59:59.999Z')).toBe(false);
    expect(on('2026-12-04T19:00:00Z')).toBe(true);
    expect(on('2026-12-05T06:59:59.999Z')).toBe(true);
    expect(on('2026-12-05T07:00:00Z')).toBe(false);
    expect(on('2026-12-05T19:30:00Z')).toBe(false);
  });

  it('begins where a wall time that does not exist is moved to, and at the first of two', () => {
    const hours = { zone: 'Europe/Berlin', days: EVERY_DAY, from: '02:30', to: '06:00' };
    const begin = (time: string): string | null => {
      const ms = startedAtMs(hours, Date.parse(time));
      return ms === null ? null : new Date(ms).toISOString();
    };
    // 2027-03-28: 02:00 becomes 03:00. 2027-10-31: 03:00 becomes 02:00.
    expect(begin('2027-03-28T01:29:00Z')).toBeNull();
    expect(begin('2027-03-28T01:31:00Z')).toBe('2027-03-28T01:30:00.000Z');
    expect(begin('2027-10-31T00:31:00Z')).toBe('2027-10-31T00:30:00.000Z');
    expect(begin('2027-10-31T04:59:00Z')).toBe('2027-10-31T00:30:00.000Z');
  });
});

describe('a roster', () => {
  it.each([
    ['an unknown person', 'person: kim,', 'person: kin,', 'there is no person kin'],
    [
      'hours without a zone',
      '  ir-de:\n    zone: Europe/Berlin\n',
      '  ir-de:\n',
      'hours need a time zone',
    ],
    [
      'both ways',
      '{ person: jonas, always: true }',
      '{ person: jonas, always: true, days: every }',
      'has no hours',
    ],
    ['no length', 'from: "20:00", to: "08:00"', 'from: "20:00", to: "20:00"', 'has no length'],
    ['an absence backwards', 'until: 2027-01-04', 'until: 2026-01-04', 'ends before it begins'],
    [
      'an unknown member',
      'employer: northlake, manager: carla',
      'emploier: x',
      'emploier is not known',
    ],
  ])('is refused for %s', (_name, from, to, expected) => {
    expect(northlakeRosterText).toContain(from);
    const check = checkRoster(northlakeRosterText.replace(from, to));
    const problems = check.ok ? [] : check.problems.map(({ problem }) => problem);
    expect(problems.join('; ')).toContain(expected);
  });

  it('has to fill every seat of the charter', () => {
    const roster = loadRoster(northlakeRosterText.replace('orbis-noc:', 'orbit-noc:'));
    expect(() => {
      checkRosterFits(northlake, roster);
    }).toThrow('orbis-noc');
  });

  it('reaches people only by channels that the charter declares', () => {
    const roster = loadRoster(northlakeRosterText.replace('reach: [push,', 'reach: [pigeon,'));
    expect(() => {
      checkRosterFits(northlake, roster);
    }).toThrow('the roster reaches mia by pigeon');
  });

  it('has the holidays of whoever counts working days, and says on which line they are counted', () => {
    const without = northlakeRosterText.replace(
      / {2}US: +# of the federal[\s\S]*?(?=overrides:)/u,
      '',
    );
    expect(without.length).toBeLessThan(northlakeRosterText.length);
    const [problem, ...others] = rosterMisfits(northlake, loadRoster(without), northlakeText);
    const line = northlakeText.split('\n').findIndex((one) => one.includes('sec: P4BD')) + 1;
    expect(problem).toMatchObject({ code: 'calendar', line, allowed: ['DE'] });
    expect(problem?.remedy).toContain('US: {}');
    expect(others).toEqual([]);
    const none = without.replace('overrides:', '  US: {}\noverrides:');
    expect(rosterMisfits(northlake, loadRoster(none), northlakeText)).toEqual([]);
  });
});
