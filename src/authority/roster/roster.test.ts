import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../model.ts';
import type { Roster } from './model.ts';
import { checkRoster, loadRoster } from './roster.ts';
import { parseRule } from './rule-text.ts';
import { dutyIntervals, onDuty } from './shifts.ts';

const BASE = `roster: test
format: 1
revision: 1
people:
  ann: { name: Ann, manager: cleo, refs: [ann@x.example], reach: [push, { channel: phone, device: d1 }] }
  ben: { name: Ben, manager: cleo }
  cleo: { name: Cleo }
teams:
  platform: { name: Platform, members: [ann, ben], refs: [team-platform] }
rosters:
  a:
    zone: Europe/Berlin
    shifts:
      - { rotation: [ann, ben, cleo], each: P1W, handover: "mon 09:00", starting: 2026-11-02 }
  b:
    zone: Europe/Berlin
    shifts:
      - { person: ann, days: mon-fri, from: "08:00", to: "18:00", exceptHolidays: DE }
      - { person: ben, start: "2026-11-02T18:00", end: "2026-11-03T08:00", rule: FREQ=DAILY;INTERVAL=2 }
      - { person: cleo, always: true }
  c: { zone: Europe/Berlin }
holidays:
  DE: { 2026-12-25: Christmas Day, 2026-12-26: St Stephen }
absences:
  - { person: ann, from: 2026-12-01T00:00:00Z, until: 2026-12-02T00:00:00Z }
overrides:
  - { roster: b, person: ben, replaces: ann, from: 2026-12-03T00:00:00Z, until: 2026-12-04T00:00:00Z }
sources:
  pager: { ical: env:PAGER, roster: c, maxAge: PT12H, people: { Ann A.: ann }, zones: { Office: Europe/Berlin } }
`;

function told(roster: Roster, name: string, from: string, days: number): readonly string[] {
  const fromMs = Date.parse(from);
  return dutyIntervals(roster, name, fromMs, fromMs + days * 86_400_000).map(
    (one) => `${new Date(one.fromMs).toISOString().slice(5, 16)} ${one.person ?? '-'}`,
  );
}

/** One edit of the file; § stands where the problem is. */
function edited(from: string, to: string): { text: string; line: number; column: number } {
  expect(BASE.split(from), from).toHaveLength(2);
  const marked = BASE.replace(from, () => to);
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  return {
    text: marked.replace('§', ''),
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}

const ROTATION =
  '{ rotation: [ann, ben, cleo], each: P1W, handover: "mon 09:00", starting: 2026-11-02 }';
const SERIES =
  '{ person: ben, start: "2026-11-02T18:00", end: "2026-11-03T08:00", rule: FREQ=DAILY;INTERVAL=2 }';
const SOURCE = '{ ical: env:PAGER, roster: c, maxAge: PT12H,';
const OVERRIDE =
  '{ roster: b, person: ben, replaces: ann, from: 2026-12-03T00:00:00Z, until: 2026-12-04T00:00:00Z }';

type Broken = readonly [name: string, from: string, to: string, code: ProblemCode, problem: string];

const BROKEN: readonly Broken[] = [
  ['an unknown section', 'teams:', '§team:', 'unknown-key', 'there is no section team'],
  ['an unknown member', 'name: Ben', '§nome: Ben', 'unknown-key', 'nome is not known'],
  ['a name twice', '  ben: { name: Ben', '  §ann: { name: Ben', 'repeated', 'stands here twice'],
  [
    'an unknown manager',
    'name: Ben, manager: cleo',
    'name: Ben, §manager: clea',
    'unknown-name',
    'there is no person clea',
  ],
  [
    'managers in a circle',
    'cleo: { name: Cleo }',
    'cleo: { name: Cleo, manager: ann }',
    'cycle',
    'managers go in a circle',
  ],
  [
    'a channel twice',
    '[push, { channel: phone, device: d1 }]',
    '[push, §push]',
    'repeated',
    'push stands here twice',
  ],
  [
    'a device without a channel',
    '{ channel: phone, device: d1 }',
    '§{ device: d1 }',
    'missing',
    'channel is missing',
  ],
  ['a team of nobody', 'members: [ann, ben]', '§members: []', 'form', 'is empty'],
  [
    'an unknown member of a team',
    'members: [ann, ben]',
    'members: [ann, §bert]',
    'unknown-name',
    'no person bert',
  ],
  [
    'an unknown zone',
    'a:\n    zone: Europe/Berlin',
    'a:\n    §zone: Europe/Berlinn',
    'unknown-name',
    'no time zone',
  ],
  [
    'hours without a zone',
    'a:\n    zone: Europe/Berlin\n    shifts:\n      - {',
    'a:\n    shifts:\n      - §{',
    'incomplete',
    'hours need a time zone',
  ],
  ['a roster of nobody', '  c: {', '  §d: {', 'nobody', 'nobody can ever be on duty in d'],
  [
    'a shift of no kind',
    '{ person: cleo, always: true }',
    '§{ person: cleo }',
    'incomplete',
    'always on, or has from and to',
  ],
  [
    'always with hours',
    '{ person: cleo, always: true }',
    '{ person: cleo, always: true, §days: every }',
    'contradiction',
    'has no hours',
  ],
  [
    'two kinds at once',
    ROTATION,
    ROTATION.replace('}', ', §person: ann }'),
    'contradiction',
    'person does not go with rotation',
  ],
  ['no length', 'to: "18:00"', '§to: "08:00"', 'impossible', 'no length'],
  ['an hour that is none', 'to: "18:00"', '§to: "24:00"', 'form', 'is not a wall time'],
  [
    'an unknown weekday',
    'days: mon-fri',
    'days: [§monday]',
    'unknown-word',
    'this word is not known',
  ],
  [
    'an unknown person on shift',
    '{ person: cleo,',
    '{ §person: chloe,',
    'unknown-name',
    'no person chloe',
  ],
  [
    'unknown holidays',
    'exceptHolidays: DE',
    '§exceptHolidays: FR',
    'unknown-name',
    'no holidays of FR',
  ],
  [
    'a holiday that is no day',
    '2026-12-25: Chr',
    '§2026-02-30: Chr',
    'calendar',
    'there is no day 2026-02-30',
  ],
  [
    'a rule by the hour',
    'rule: FREQ=DAILY;INTERVAL=2',
    '§rule: FREQ=HOURLY',
    'form',
    'FREQ=HOURLY is not supported',
  ],
  [
    'a rule of two ends',
    'rule: FREQ=DAILY;INTERVAL=2',
    '§rule: FREQ=DAILY;COUNT=2;UNTIL=20271231',
    'form',
    'not by both',
  ],
  [
    'a rule without its first day',
    'rule: FREQ=DAILY;INTERVAL=2',
    '§rule: FREQ=WEEKLY;BYDAY=TU',
    'contradiction',
    'does not give the first day',
  ],
  [
    'an end before the beginning',
    'end: "2026-11-03T08:00"',
    '§end: "2026-11-01T08:00"',
    'impossible',
    'ends before it begins',
  ],
  [
    'a beginning that is no day',
    'start: "2026-11-02T18:00"',
    '§start: "2026-11-31T18:00"',
    'calendar',
    'no day 2026-11-31',
  ],
  ['no end', SERIES, '§{ person: ben, start: "2026-11-02T18:00" }', 'missing', 'end is missing'],
  [
    'a long shift without holidays',
    SERIES,
    '{ person: ben, start: "2026-11-02T18:00", end: "2026-11-09T18:00", §exceptHolidays: DE }',
    'contradiction',
    'more than a day',
  ],
  ['a rotation of one', '[ann, ben, cleo]', '[ann]', 'form', 'is empty'],
  [
    'a turn of hours',
    'each: P1W',
    '§each: PT12H',
    'form',
    'is not a whole number of days or weeks',
  ],
  [
    'a turn of nothing',
    'each: P1W, handover: "mon 09:00"',
    '§each: P0D, handover: "09:00"',
    'contradiction',
    'never ends',
  ],
  [
    'a turn that begins on another weekday',
    'starting: 2026-11-02',
    '§starting: 2026-11-03',
    'contradiction',
    'begins on a tue and not on a mon',
  ],
  [
    'a weekly turn without a weekday',
    'handover: "mon 09:00"',
    '§handover: "09:00"',
    'contradiction',
    'end on a weekday',
  ],
  ['a daily turn with one', 'each: P1W', 'each: P3D', 'contradiction', 'every weekday in turn'],
  [
    'days without hours in a turn',
    ROTATION,
    ROTATION.replace(' }', ', §days: mon-fri }'),
    'contradiction',
    'has every day',
  ],
  [
    'from without to in a turn',
    ROTATION,
    `§${ROTATION.replace(' }', ', from: "20:00" }')}`,
    'incomplete',
    'belong together',
  ],
  [
    'an absence backwards',
    'until: 2026-12-02',
    '§until: 2026-11-02',
    'impossible',
    'the absence ends before it begins',
  ],
  [
    'an absence of nobody',
    '- { person: ann, from: 2026-12-01',
    '- { §person: anna, from: 2026-12-01',
    'unknown-name',
    'no person anna',
  ],
  [
    'an absence at no time',
    'from: 2026-12-01T00:00:00Z',
    '§from: 2026-12-01',
    'form',
    'is not an RFC 3339 time',
  ],
  [
    'an override of no roster',
    'overrides:\n  - { roster: b',
    'overrides:\n  - { §roster: x',
    'unknown-name',
    'no roster x',
  ],
  [
    'an override of oneself',
    'replaces: ann',
    '§replaces: ben',
    'contradiction',
    'cannot take over from ben',
  ],
  [
    'an override backwards',
    'until: 2026-12-04',
    '§until: 2026-12-03',
    'impossible',
    'the override ends before it begins',
  ],
  [
    'two overrides that begin at once',
    OVERRIDE,
    `${OVERRIDE}\n  - §${OVERRIDE.replace('ben', 'cleo')}`,
    'overlap',
    'neither began last',
  ],
  [
    'a calendar by http',
    'ical: env:PAGER',
    '§ical: http://x.example/a.ics',
    'form',
    'a calendar is a file',
  ],
  [
    'a secret address',
    'ical: env:PAGER',
    '§ical: https://x.example/private/0123456789abcdef',
    'contradiction',
    'it is a secret',
  ],
  [
    'a calendar for no roster',
    `${SOURCE}`,
    '{ ical: env:PAGER, §roster: d, maxAge: PT12H,',
    'unknown-name',
    'no roster d',
  ],
  [
    'a calendar of any age',
    `pager: ${SOURCE}`,
    '§pager: { ical: env:PAGER, roster: c,',
    'missing',
    'maxAge is missing',
  ],
  [
    'a calendar of no age',
    'maxAge: PT12H',
    '§maxAge: PT12S',
    'impossible',
    'shorter than a minute',
  ],
  [
    'a name in a calendar for nobody',
    'Ann A.: ann',
    '§Ann A.: anna',
    'unknown-name',
    'no person anna',
  ],
  [
    'a zone of a calendar',
    'Office: Europe/Berlin',
    '§Office: Europe/Office',
    'unknown-name',
    'no time zone',
  ],
];

describe('a roster file is refused, with place and kind,', () => {
  it.each(BROKEN)('for %s', (_name, from, to, code, problem) => {
    const { text, line, column } = edited(from, to);
    const check = checkRoster(text);
    const [first] = check.ok ? [] : check.problems.filter((one) => one.problem.includes(problem));
    const all = check.ok
      ? []
      : check.problems.map((one) => `${one.line}:${one.column} ${one.code} ${one.problem}`);
    expect(first, all.join('\n')).toBeDefined();
    expect(first?.remedy).not.toBe('');
    const place = to.includes('§') ? { line, column } : {};
    expect(first).toMatchObject({ code, ...place });
  });

  it('but not as it stands', () => {
    expect(checkRoster(BASE)).toMatchObject({ ok: true });
  });
});

it('is documented with a file that loads', () => {
  const page = new URL('../../../docs/operating/rosters.md', import.meta.url);
  const [, yaml = ''] = /```yaml\n(?<yaml>.*?)```/su.exec(readFileSync(page, 'utf8')) ?? [];
  const roster = loadRoster(yaml);
  const at = (name: string, time: string): string | null => onDuty(roster, name, Date.parse(time));
  expect(at('day', '2026-12-05T09:00:00Z')).toBe('jonas');
  expect(at('on-call', '2026-11-05T12:00:00Z')).toBe('kim');
  expect(at('nights', '2026-11-09T06:59:59Z')).toBe('carla');
  expect(at('nights', '2026-11-09T19:00:00Z')).toBe('kim');
});

describe('a rotation', () => {
  it('hands over at a wall time of its zone, also where clocks change', () => {
    expect(told(loadRoster(BASE), 'a', '2027-03-15T00:00:00Z', 21)).toEqual([
      '03-15T00:00 ann',
      '03-15T08:00 ben',
      '03-22T08:00 cleo',
      // Summer time has begun.
      '03-29T07:00 ann',
    ]);
    expect(onDuty(loadRoster(BASE), 'a', Date.parse('2026-11-02T07:59:59Z'))).toBeNull();
  });

  it('with hours gives them to the turn in which they begin', () => {
    const nights = ROTATION.replace(' }', ', days: [sun, mon], from: "20:00", to: "08:00" }');
    expect(
      told(loadRoster(BASE.replace(ROTATION, nights)), 'a', '2026-11-08T12:00:00Z', 3),
    ).toEqual([
      '11-08T12:00 -',
      '11-08T19:00 ann',
      '11-09T07:00 -',
      '11-09T19:00 ben',
      '11-10T07:00 -',
    ]);
    const early = ROTATION.replace(' }', ', days: [mon], from: "06:00", to: "12:00" }');
    expect(told(loadRoster(BASE.replace(ROTATION, early)), 'a', '2026-11-09T00:00:00Z', 1)).toEqual(
      ['11-09T00:00 -', '11-09T05:00 ann', '11-09T11:00 -'],
    );
  });

  it('gives every instant from its beginning to exactly one person, each as long as the others', () => {
    const seed = 20_261_120;
    fc.assert(
      fc.property(
        fc.constantFrom(
          'Europe/Berlin',
          'Australia/Lord_Howe',
          'America/Santiago',
          'Africa/Casablanca',
        ),
        fc.constantFrom('P1D', 'P3D', 'P1W', 'P2W'),
        fc.integer({ min: 0, max: 47 }),
        fc.subarray(['ann', 'ben', 'cleo'], { minLength: 2 }),
        (zone, each, half, people) => {
          const time = `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`;
          const handover = each.endsWith('W') ? `mon ${time}` : time;
          const rotation = `{ rotation: [${people.join(', ')}], each: ${each}, handover: "${handover}", starting: 2026-11-02 }`;
          const text = BASE.replace(ROTATION, rotation).replace('Europe/Berlin', zone);
          const days = 365;
          const fromMs = Date.parse('2026-11-04T00:00:00Z');
          const roster = { ...loadRoster(text), absences: [] };
          const duty = dutyIntervals(roster, 'a', fromMs, fromMs + days * 86_400_000);
          const turnDays = Number(each.slice(1, -1)) * (each.endsWith('W') ? 7 : 1);
          // The first interval begins in the middle of a turn.
          for (const { person, fromMs: beginMs } of duty.slice(1)) {
            const wall = Temporal.Instant.fromEpochMilliseconds(beginMs).toZonedDateTimeISO(zone);
            const turn = wall.toPlainDate().since('2026-11-02').days / turnDays;
            expect(person).toBe(people[turn % people.length]);
          }
          expect(duty.length).toBeGreaterThan(days / turnDays - 2);
        },
      ),
      { seed, numRuns: 30 },
    );
  });
});

describe('shifts of a file', () => {
  it('leave holidays out, recur by a rule, and are taken over', () => {
    const roster = loadRoster(BASE);
    expect(told(roster, 'b', '2026-12-24T12:00:00Z', 3)).toEqual([
      '12-24T12:00 ann',
      '12-24T17:00 ben',
      '12-25T07:00 cleo',
      '12-26T17:00 ben',
      '12-27T07:00 cleo',
    ]);
    expect(told(roster, 'b', '2026-12-03T06:00:00Z', 1)).toEqual([
      '12-03T06:00 ben',
      '12-03T17:00 cleo',
    ]);
  });

  it('know teams, reach and sources', () => {
    const roster = loadRoster(BASE);
    expect(roster.teams.get('platform')).toEqual({
      name: 'Platform',
      members: ['ann', 'ben'],
      refs: ['team-platform'],
    });
    expect(roster.people.get('ann')?.reach).toEqual([
      { channel: 'push', device: null },
      { channel: 'phone', device: 'd1' },
    ]);
    expect(roster.sources?.get('pager')).toMatchObject({
      roster: 'c',
      maxAgeMs: 43_200_000,
      everyMs: 900_000,
    });
  });
});

describe('a recurrence rule', () => {
  it.each([
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,we;WKST=SU',
      {
        every: 'week',
        interval: 2,
        on: [
          { weekday: 1, nth: null },
          { weekday: 3, nth: null },
        ],
        weekStart: 7,
      },
    ],
    [
      'RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3',
      { every: 'month', on: [{ weekday: 5, nth: -1 }], count: 3 },
    ],
    ['FREQ=DAILY;UNTIL=20261231', { untilMs: Date.parse('2026-12-31T23:00:00Z') - 1 }],
    ['FREQ=DAILY;UNTIL=20261231T120000', { untilMs: Date.parse('2026-12-31T11:00:00Z') }],
    ['FREQ=DAILY;UNTIL=20261231T120000Z', { untilMs: Date.parse('2026-12-31T12:00:00Z') }],
  ])('is read: %s', (text, rule) => {
    expect(parseRule(text, 'Europe/Berlin')).toMatchObject({ ok: true, value: rule });
  });

  it.each([
    ['', 'not a part of a rule'],
    ['INTERVAL=2', 'does not say FREQ'],
    ['FREQ=YEARLY', 'FREQ=YEARLY is not supported'],
    ['FREQ=DAILY;BYMONTH=2', 'BYMONTH'],
    ['FREQ=DAILY;FREQ=DAILY', 'FREQ stands twice'],
    ['FREQ=DAILY;INTERVAL=0', 'INTERVAL=0'],
    ['FREQ=DAILY;INTERVAL=99999999999999999999', 'INTERVAL'],
    ['FREQ=DAILY;COUNT=10001', 'COUNT=10001'],
    ['FREQ=WEEKLY;BYDAY=1MO', '1MO counts weekdays of a month'],
    ['FREQ=MONTHLY;BYDAY=0MO', '0MO counts'],
    ['FREQ=WEEKLY;BYDAY=MONDAY', 'MONDAY is not a weekday'],
    ['FREQ=DAILY;UNTIL=20260231', 'UNTIL=20260231 is not a date'],
    ['FREQ=DAILY;UNTIL=99991231', 'UNTIL=99991231 is not a date'],
    ['FREQ=DAILY;X=', 'is not a part'],
  ])('is refused: %j', (text, problem) => {
    const parsed = parseRule(text, 'UTC');
    expect(parsed.ok ? '' : parsed.refusal.problem).toContain(problem);
  });
});
