import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../kernel/index.ts';
import { rosterOf, NAME } from '../arbitrary.testing.ts';
import type { Person } from '../model.ts';
import { dutyIntervals } from '../shifts.ts';
import type { CalendarWords } from './model.ts';
import { readCalendar } from './read.ts';

const person = (id: string, name: string, refs: readonly string[] = []): Person => ({
  id,
  name,
  employer: null,
  manager: null,
  refs,
  reach: [],
});
const PEOPLE = [
  person('mia', 'Mia Brandt', ['mia@northlake.example']),
  person('jonas', 'Jonas Ilic'),
  person('zoë', 'Zoë O’Neill-Marsh'),
];
const words = (given: Partial<CalendarWords> = {}): CalendarWords => ({
  people: new Map(),
  zones: new Map(),
  zone: null,
  ...given,
});

function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

function event(...lines: readonly string[]): string {
  return ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n');
}

/** Who has the roster in UTC, `12-01 08:00 mia`, from each change on. */
function told(text: string, from: string, until: string, given: Partial<CalendarWords> = {}) {
  const reading = readCalendar(text, words(given), PEOPLE);
  if (!reading.ok) return [`${reading.line}: ${reading.refusal.problem}`];
  const duty = dutyIntervals(rosterOf(reading.shifts), NAME, Date.parse(from), Date.parse(until));
  return duty.map(
    (one) =>
      `${new Date(one.fromMs).toISOString().slice(5, 16).replace('T', ' ')} ${one.person ?? '-'}`,
  );
}

const ONE_DAY = ['2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z'] as const;

describe('the calendar of an on-call product', () => {
  it('is read with times in UTC, the name within the summary, and folded lines', () => {
    const text = calendar(
      'X-WR-CALNAME:On Call Schedule for IR',
      event(
        'UID:Q1',
        'DTSTART:20261201T070000Z',
        'DTEND:20261201T190000Z',
        'SUMMARY:On Call - Mia Br',
        ' andt - IR\\, Germany',
        'ATTENDEE:unknown@elsewhere.example',
      ),
      event('UID:Q2', 'DTSTART:20261201T190000Z', 'DURATION:PT5H', 'SUMMARY:jonas'),
    );
    expect(told(text, ...ONE_DAY)).toEqual([
      '12-01 00:00 -',
      '12-01 07:00 mia',
      '12-01 19:00 jonas',
    ]);
  });

  it('is read by the address of who attends, before the summary', () => {
    const text = calendar(
      event(
        'DTSTART:20261201T000000Z',
        'DTEND:20261202T000000Z',
        'ATTENDEE;CN="Brandt; Mia":MAILTO:Mia@Northlake.example',
        'SUMMARY:Cover for Jonas Ilic',
      ),
    );
    expect(told(text, ...ONE_DAY)).toEqual(['12-01 00:00 mia']);
  });

  it('recurs in wall time across a change of clocks, with dates left out and an instance moved', () => {
    const text = calendar(
      'BEGIN:VTIMEZONE',
      'TZID:Office',
      'X-LIC-LOCATION:Europe/Berlin',
      'BEGIN:STANDARD',
      'DTSTART:19701025T030000',
      'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
      'END:STANDARD',
      'END:VTIMEZONE',
      event(
        'UID:series',
        'DTSTART;TZID=Office:20270326T090000',
        'DTEND;TZID=Office:20270326T170000',
        'RRULE:FREQ=DAILY;UNTIL=20270401T000000Z',
        'EXDATE;TZID=Office:20270327T090000',
        'SUMMARY:Mia Brandt',
        'BEGIN:VALARM',
        'DURATION:PT99H',
        'SUMMARY:Jonas Ilic',
        'END:VALARM',
      ),
      event(
        'UID:series',
        'RECURRENCE-ID;TZID=Office:20270329T090000',
        'DTSTART;TZID=Office:20270329T120000',
        'DTEND;TZID=Office:20270329T170000',
        'SUMMARY:Jonas Ilic',
      ),
      event(
        'UID:series',
        'RECURRENCE-ID;TZID=Office:20270330T090000',
        'DTSTART;TZID=Office:20270330T090000',
        'STATUS:CANCELLED',
      ),
    );
    expect(told(text, '2027-03-26T00:00:00Z', '2027-04-02T00:00:00Z')).toEqual([
      '03-26 00:00 -',
      '03-26 08:00 mia',
      '03-26 16:00 -',
      '03-28 07:00 mia',
      '03-28 15:00 -',
      '03-29 10:00 jonas',
      '03-29 15:00 -',
      '03-31 07:00 mia',
      '03-31 15:00 -',
    ]);
  });

  it('reads whole days in the zone of the calendar, and that of the source before it', () => {
    const text = calendar(
      'X-WR-TIMEZONE:Australia/Sydney',
      event(
        'DTSTART;VALUE=DATE:20261201',
        'DTEND;VALUE=DATE:20261202',
        'SUMMARY:Zoë O’Neill-Marsh (primary)',
      ),
    );
    const window = ['2026-11-30T12:00:00Z', '2026-12-01T18:00:00Z'] as const;
    expect(told(text, ...window)).toEqual(['11-30 12:00 -', '11-30 13:00 zoë', '12-01 13:00 -']);
    expect(told(text, ...window, { zone: 'UTC' })).toEqual(['11-30 12:00 -', '12-01 00:00 zoë']);
  });

  it('knows the zone names of mail programs, and asks for those it does not know', () => {
    const at = (zone: string, given = {}) =>
      told(
        calendar(
          event(
            `DTSTART;TZID=${zone}:20261201T010000`,
            `DTEND;TZID=${zone}:20261202T010000`,
            'SUMMARY:jonas',
          ),
        ),
        ...ONE_DAY,
        given,
      );
    const midnight = ['12-01 00:00 jonas'];
    expect(at('W. Europe Standard Time')).toEqual(midnight);
    expect(at('/example.org/20260101/Europe/Berlin')).toEqual(midnight);
    expect(at('constructor')).toEqual(
      ['3: the calendar names a time zone that is not known: constructor'].map((line) =>
        line.replace('3:', '4:'),
      ),
    );
    expect(at('Bunker', { zones: new Map([['Bunker', 'Europe/Berlin']]) })).toEqual(midnight);
  });

  it('lets what begins last go first, and the newest version of an event count', () => {
    const text = calendar(
      event(
        'UID:a',
        'SEQUENCE:2',
        'DTSTART:20261201T000000Z',
        'DTEND:20261203T000000Z',
        'SUMMARY:mia',
      ),
      event(
        'UID:a',
        'SEQUENCE:1',
        'DTSTART:20261201T000000Z',
        'DTEND:20261203T000000Z',
        'SUMMARY:zoë',
      ),
      event('UID:b', 'DTSTART:20261201T100000Z', 'DTEND:20261201T120000Z', 'SUMMARY:jonas'),
    );
    expect(told(text, ...ONE_DAY)).toEqual([
      '12-01 00:00 mia',
      '12-01 10:00 jonas',
      '12-01 12:00 mia',
    ]);
  });

  it('leaves out events of nobody known and of several, and says which', () => {
    const hours = ['DTSTART:20261201T000000Z', 'DTEND:20261202T000000Z'];
    const text = calendar(
      event(...hours, 'SUMMARY:Team lunch'),
      event(...hours, 'SUMMARY:Mia Brandt or Jonas Ilic'),
      event(...hours, 'SUMMARY:The one with the hat'),
    );
    const people = new Map([['with the hat', 'jonas']]);
    const reading = readCalendar(text, words({ people }), PEOPLE);
    expect(reading).toMatchObject({
      ok: true,
      shifts: [{ person: 'jonas' }],
      left: [
        { line: 3, why: '"Team lunch" names nobody known' },
        { line: 8, why: '"Mia Brandt or Jonas Ilic" names mia and jonas' },
      ],
    });
  });
});

describe('a calendar is refused, and where', () => {
  const ok = ['DTSTART:20261201T000000Z', 'DTEND:20261202T000000Z', 'SUMMARY:mia'];
  it.each([
    ['nothing', '', 1, 'ends in the middle'],
    ['a page', '<!doctype html><p>Sign in</p>', 1, 'not an iCalendar file'],
    ['one cut short', calendar(event(...ok)).slice(0, -15), 1, 'ends in the middle'],
    ['an empty one', calendar(), 1, 'the calendar is empty'],
    ['nobody known', calendar(event(...ok.slice(0, 2), 'SUMMARY:x')), 3, 'no event names somebody'],
    ['no beginning', calendar(event('SUMMARY:mia')), 3, 'does not say when it begins'],
    [
      'a date that is none',
      calendar(event('DTSTART:20260231T000000Z')),
      4,
      'DTSTART is not a date',
    ],
    [
      'a rule by the hour',
      calendar(event(...ok, 'RRULE:FREQ=HOURLY')),
      7,
      'FREQ=HOURLY is not supported',
    ],
    ['a part of a rule', calendar(event(...ok, 'RRULE:FREQ=DAILY;BYSETPOS=1')), 7, 'BYSETPOS'],
    [
      'a change of all later',
      calendar(event(...ok, 'RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T000000Z')),
      7,
      'all later',
    ],
    ['a length', calendar(event('DTSTART:20261201T000000Z', 'DURATION:PT-5H')), 5, 'DURATION'],
    ['a wrong end', calendar('BEGIN:VEVENT', 'END:VTODO'), 4, 'ends nothing'],
    ['depth', 'BEGIN:VCALENDAR\n'.repeat(20), 9, 'nests too deeply'],
    ['size', `BEGIN:VCALENDAR\nX:${'x'.repeat(LIMITS.calendarBytesMax)}`, 1, 'larger than'],
    [
      'events',
      calendar('BEGIN:VEVENT\nEND:VEVENT\n'.repeat(LIMITS.calendarEventsMax + 1)),
      40_003,
      'events',
    ],
    [
      'many dates',
      calendar(event(...ok, `EXDATE:${'20261201,'.repeat(6_000)}20261201`)),
      3,
      'lists more',
    ],
  ])('for %s', (_name, text, line, problem) => {
    const reading = readCalendar(text, words(), PEOPLE);
    const refused = reading.ok ? null : { line: reading.line, problem: reading.refusal.problem };
    expect(refused?.problem).toContain(problem);
    expect(refused?.line).toBe(line);
  });
});

describe('whatever a source sends', () => {
  const seed = 20_261_120;
  const good = calendar(
    event(
      'UID:a',
      'DTSTART;TZID=Europe/Berlin:20270326T090000',
      'DTEND;TZID=Europe/Berlin:20270326T170000',
      'RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=5',
      'EXDATE;TZID=Europe/Berlin:20270329T090000',
      'ATTENDEE;CN="Mia":mailto:mia@northlake.example',
      'SUMMARY:On Call - Mia Brandt',
    ),
    event('UID:b', 'DTSTART;VALUE=DATE:20270326', 'DURATION:P1D', 'SUMMARY:Jonas Ilic'),
  );

  it(`is read or refused with a line and a remedy, never more (seed ${seed})`, () => {
    const edit = fc.tuple(
      fc.nat({ max: good.length }),
      fc.nat({ max: 30 }),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.constantFrom(
          '\r\n',
          '\r\n ',
          ':',
          ';',
          '"',
          '\\',
          'BEGIN:VEVENT\r\n',
          '99999999',
          'Z',
          '-',
        ),
      ),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce(
          (before, [at, length, put]) => before.slice(0, at) + put + before.slice(at + length),
          good,
        );
        const reading = readCalendar(text, words(), PEOPLE);
        const place = reading.ok ? { line: 1, remedy: 'none' } : { ...reading, ...reading.refusal };
        expect(place.line).toBeGreaterThan(0);
        expect(place.remedy).not.toBe('');
        const shifts = reading.ok ? reading.shifts : [];
        const fromMs = Date.parse('2027-03-20T00:00:00Z');
        const untilMs = fromMs + 40 * 86_400_000;
        const duty = dutyIntervals(rosterOf(shifts), NAME, fromMs, untilMs);
        expect(duty.at(-1)?.untilMs).toBe(untilMs);
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
