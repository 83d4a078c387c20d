import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import {
  northlake,
  northlakeRoster,
  northlakeRosterText,
  northlakeText,
} from '../arbitrary.testing.ts';
import { loadCharter } from '../charter/charter.ts';
import type { Charter, Right, Seat } from '../charter/model.ts';
import { fillSeat } from '../resolution/seats.ts';
import { arbitraryRosterCase, NAME } from '../roster/arbitrary.testing.ts';
import { type Interval, union } from '../roster/intervals.ts';
import type { Roster } from '../roster/model.ts';
import { loadRoster } from '../roster/roster.ts';
import type { Counterexample } from './model.ts';
import { proveCoverage, type ProofRequest } from './prove.ts';
import { absencesToBreak, quorumMet } from './quorum.ts';

const SHORT = new URL('../../../examples/northlake/charter-short-shifts.yaml', import.meta.url);
const shortText = readFileSync(SHORT, 'utf8');
const short = loadCharter(shortText);
const YEAR = {
  fromMs: Date.parse('2026-12-01T00:00:00Z'),
  untilMs: Date.parse('2027-12-01T00:00:00Z'),
};

function prove(more: Partial<ProofRequest> = {}) {
  return proveCoverage({ charter: northlake, roster: northlakeRoster, ...YEAR, ...more });
}

describe('the examples', () => {
  it('northlake has no gap in the year', () => {
    expect(prove().gaps).toEqual([]);
  });

  it('short shifts leave ir-lead empty 238 times, 17.5 days in all', () => {
    const gaps = prove({ charter: short }).gaps;
    expect(new Set(gaps.map(({ seat }) => seat))).toEqual(new Set(['ir-lead']));
    const intervals = gaps.flatMap((gap) => gap.intervals);
    const hours = intervals.map(([from, until]) => (Date.parse(until) - Date.parse(from)) / 3.6e6);
    expect(gaps.reduce((sum, gap) => sum + gap.repeats, 0)).toBe(238);
    expect(hours.filter((length) => length === 2)).toHaveLength(182);
    expect(hours.filter((length) => length === 1)).toHaveLength(56);
    expect(gaps.reduce((sum, gap) => sum + gap.totalMs, 0)).toBe(17.5 * 86_400_000);
    const [first] = gaps;
    expect([first?.from, first?.until]).toEqual([
      '2027-03-14T22:00:00.000Z',
      '2027-03-14T23:00:00.000Z',
    ]);
    expect(first?.cause).toContain('New York has changed its clocks and Berlin has not');
    expect(first?.local['America/New_York']).toBe('2027-03-14 18:00 to 19:00');
    expect(gaps.map(({ cause }) => cause.split(':')[0])).toEqual([
      'New York has changed its clocks and Berlin has not',
      'New York and Berlin have changed their clocks and Sydney has not',
      'New York, Berlin and Sydney have changed their clocks',
      'Sydney has changed its clocks and Berlin has not',
      'Sydney and Berlin have changed their clocks and New York has not',
    ]);
  });
});

/** `seats.ir-lead.follow-the-sun[1].to` */
function steps(path: string): readonly (string | number)[] {
  return path
    .split(/[.[\]]+/u)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/u.test(step) ? Number(step) : step));
}

function edited(gap: Counterexample, file: string, text: string): string {
  const document = parseDocument(text);
  for (const edit of gap.edits) {
    if (edit.file === file) document.setIn(steps(edit.path), document.createNode(edit.value));
  }
  return document.toString();
}

/** The times of a gap that are still open once its own remedy is written into the files. */
function stillOpen(
  gap: Counterexample,
  charterText: string,
  more: Partial<ProofRequest>,
): readonly string[] {
  const charter = loadCharter(edited(gap, 'charter', charterText));
  const roster = loadRoster(edited(gap, 'roster', northlakeRosterText));
  const after = prove({ ...more, charter, roster }).gaps;
  const open = new Set(
    after
      .filter(
        ({ check, right, rung }) => check === gap.check && right === gap.right && rung === gap.rung,
      )
      .flatMap((one) => one.intervals.map(([from]) => from)),
  );
  return gap.intervals.map(([from]) => from).filter((from) => open.has(from));
}

describe('remedies', () => {
  const slow = northlakeText.replace('latency-p99: PT75S', 'latency-p99: PT115S');
  const cases: readonly (readonly [string, string, Partial<ProofRequest>])[] = [
    ['longer shifts', shortText, {}],
    ['somebody instead', northlakeText, { without: ['carla'] }],
    ['somebody for two', northlakeText, { without: ['jonas', 'leon', 'mia'] }],
    ['more time to acknowledge', slow.replace('latency-p99: PT60S', 'latency-p99: PT110S'), {}],
    [
      'a renewed contract',
      northlakeText
        .replace('mayDecide: []', 'mayDecide: [evidence]')
        .replace(
          '{ seat: platform-lead, decide: PT2M, lastResort',
          '{ seat: orbis-duty, decide: PT2M, lastResort',
        ),
      {},
    ],
  ];

  it.each(cases)('close what they are for: %s', (_, text, more) => {
    const found = prove({ ...more, charter: loadCharter(text) }).gaps;
    const withEdits = found.filter(({ edits }) => edits.length > 0);
    expect(withEdits.length).toBeGreaterThan(0);
    for (const gap of withEdits) expect(stillOpen(gap, text, more)).toEqual([]);
  });
});

function rightsWith(id: string, change: Partial<Right>): Charter {
  const rights = northlake.rights.map((right) =>
    right.id === id ? { ...right, ...change } : right,
  );
  return { ...northlake, rights };
}

function seatsWith(name: string, seat: Seat): Charter {
  return { ...northlake, seats: new Map([...northlake.seats, [name, seat]]) };
}

function rosterWith(name: string, people: readonly string[]): Roster {
  const shifts = people.map((person) => ({ kind: 'always' as const, person }));
  return { ...northlakeRoster, rosters: new Map([...northlakeRoster.rosters, [name, shifts]]) };
}

function right(id: string): Right {
  const found = northlake.rights.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no right ${id}`);
  return found;
}

function peopleReachedBy(channel: string): Roster {
  const people = [...northlakeRoster.people].map(
    ([id, person]) => [id, { ...person, reach: [{ channel, device: null }] }] as const,
  );
  return { ...northlakeRoster, people: new Map(people) };
}

const general = ['contain.default', 'contain.sev1', 'contain.ics', 'contain.msp'];
const decide = right('contain.default').decide ?? [];
const deadline = right('contain.default').atDeadline;
const carlaOnly = {
  ...northlake,
  seats: new Map(
    [...northlake.seats].map(([name]) => [
      name,
      { fill: 'roster', roster: 'ciso', party: null } as const,
    ]),
  ),
};

/** Five minutes for a ladder that has six at least. */
function bounded(entry: string): string {
  return northlakeText.replace(entry, `${entry} within: PT5M,`);
}

const HOLES: readonly (readonly [string, string, Partial<ProofRequest>])[] = [
  [
    'rules.one-right',
    'no right says',
    { charter: { ...northlake, rights: northlake.rights.filter(({ id }) => id !== 'evidence') } },
  ],
  [
    'rules.one-right',
    'neither overrides',
    {
      charter: {
        ...northlake,
        rights: [
          ...northlake.rights,
          {
            id: 'de',
            decisions: ['contain'],
            overrides: general,
            when: { jurisdiction: ['DE'] },
            decide,
          },
          {
            id: 'us',
            decisions: ['contain'],
            overrides: general,
            when: { jurisdiction: ['US'] },
            decide,
          },
        ],
      },
    },
  ],
  [
    'rules.dead-right',
    'shadowed never says',
    {
      charter: {
        ...northlake,
        rights: [
          { id: 'shadowed', decisions: ['restore'], overrides: [], when: {}, decide },
          ...northlake.rights.map((one) =>
            one.id === 'restore' ? { ...one, overrides: ['shadowed'] } : one,
          ),
        ],
      },
    },
  ],
  [
    'rules.acyclic',
    'contain.default > contain.sev1 > contain.default',
    { charter: rightsWith('contain.default', { overrides: ['contain.sev1'] }) },
  ],
  [
    'rules.monotone',
    'weaker in sev1',
    {
      charter: rightsWith(
        'contain.sev1',
        deadline === undefined ? {} : { atDeadline: { ...deadline, guarantee: 'G2' } },
      ),
    },
  ],
  [
    'rules.monotone',
    'nothing acts as far in sev1',
    {
      charter: {
        ...northlake,
        mandates: northlake.mandates.map((one) => ({
          ...one,
          when: { ...one.when, severity: ['sev3'] },
        })),
      },
    },
  ],
  [
    'people.rung-staffed',
    'away',
    {
      roster: {
        ...northlakeRoster,
        absences: [{ person: 'felix', fromMs: YEAR.fromMs, untilMs: YEAR.fromMs + 60_000 }],
      },
    },
  ],
  ['people.absence', 'with Carla Mendes away', { charter: carlaOnly, absent: 1 }],
  ['people.suspect', 'when Carla Mendes is the suspect', { charter: carlaOnly }],
  ['people.load', 'Carla Mendes alone', { charter: carlaOnly }],
  ['people.separation', 'Carla Mendes may decide contain and alone', { charter: carlaOnly }],
  ['people.quorum', 'beside whoever decides', { charter: carlaOnly }],
  ['people.quorum', 'break-glass needs 2', { charter: carlaOnly }],
  ['actions.fuse', 'resetting a fuse needs 2', { charter: carlaOnly }],
  [
    'paths.dependency-down',
    'with pstn down',
    { roster: peopleReachedBy('voice'), charter: { ...northlake, breakGlass: null } },
  ],
  [
    'paths.acknowledge',
    'more than the 1 minute',
    {
      charter: rightsWith('contain.default', {
        decide: decide.map((rung) => ({ ...rung, acknowledgeMs: 60_000 })),
      }),
    },
  ],
  ['paths.two-independent', 'no two channels', { roster: peopleReachedBy('voice') }],
  [
    'paths.bound',
    'the clock of',
    {
      charter: rightsWith('notify-regulator', {
        decide: decide.map((rung) => ({ ...rung, decideMs: 12 * 3_600_000 })),
      }),
    },
  ],
  ['paths.bound', 'the bound of class crown', { charter: loadCharter(bounded('crown:   {')) }],
  ['paths.bound', 'the bound of class ics', { charter: loadCharter(bounded('ics:     {')) }],
  [
    'paths.executor',
    'only orbis executes',
    {
      charter: rightsWith('contain.msp', {
        execute: [
          { by: 'seat', seat: 'orbis-duty', acknowledgeMs: null, doneMs: null, onSilence: null },
        ],
      }),
    },
  ],
  [
    'actions.reversible',
    'cannot be taken back on vault',
    {
      known: {
        targets: [{ target: 'vault', guarantees: [{ guarantee: 'G3', reversible: false }] }],
      },
    },
  ],
  [
    'actions.ends',
    'nothing stands in',
    {
      charter: rightsWith('contain.msp', {
        execute: [
          { by: 'seat', seat: 'orbis-duty', acknowledgeMs: null, doneMs: null, onSilence: null },
        ],
      }),
    },
  ],
  [
    'actions.protected',
    'nobody is there on orbis-duty',
    {
      charter: {
        ...northlake,
        protections: [{ identity: 'x', class: null, max: null, rule: null, path: ['orbis-duty'] }],
      },
    },
  ],
  [
    'actions.rehearsal',
    'never been rehearsed',
    { known: { rehearsals: new Map([['ci-token-leak', null]]) } },
  ],
  [
    'law.adviser',
    'half of the clock of bsi',
    {
      charter: seatsWith('privacy-counsel', { fill: 'roster', roster: 'law', party: null }),
      roster: {
        ...northlakeRoster,
        rosters: new Map([
          ...northlakeRoster.rosters,
          [
            'law',
            [
              {
                kind: 'weekly',
                person: 'ada',
                zone: 'Europe/Berlin',
                days: [1],
                from: '09:00',
                to: '17:00',
                exceptHolidays: null,
              },
            ],
          ],
        ]),
      },
    },
  ],
  [
    'law.provider-silent',
    'orbis operates msp-pay',
    {
      charter: {
        ...seatsWith('coo', { fill: 'roster', roster: 'orbis-noc', party: 'orbis' }),
        rights: rightsWith('disclose-customer', {
          decide: decide.map((rung) => ({ ...rung, seat: 'coo' })),
        }).rights,
        breakGlass: null,
      },
    },
  ],
];

describe('every check finds what it is for', () => {
  it.each(HOLES)('%s: %s', (check, cause, request) => {
    const { gaps, notices } = prove(request);
    const found = [...gaps, ...notices].filter((one) => one.check === check);
    expect(found.map((one) => one.cause).join('\n')).toContain(cause);
    for (const one of found) expect(one.remedy).not.toBe('');
  });

  it('without the seat of a person there is nobody to take it', () => {
    const found = prove({ roster: rosterWith('ciso', []) }).gaps;
    expect(
      found.some(({ seat, cause }) => seat === 'ciso' && cause.includes('nobody has a shift')),
    ).toBe(true);
  });

  it('taking a channel away takes those away whom nothing else reaches', () => {
    const gaps = prove({ roster: peopleReachedBy('voice'), without: ['pstn'] }).gaps;
    expect(gaps.filter(({ check }) => check === 'people.rung-staffed').length).toBeGreaterThan(5);
    expect(prove({ without: ['pstn'] }).gaps).toEqual([]);
  });
});

const HALF_WINDOW_MS = 10 * 3_600_000;
const MINUTE_MS = 60_000;

function minutesWhere(window: Interval, isOpen: (atMs: number) => boolean): readonly Interval[] {
  const found: Interval[] = [];
  for (let atMs = window.fromMs; atMs < window.untilMs; atMs += MINUTE_MS) {
    if (isOpen(atMs)) found.push({ fromMs: atMs, untilMs: atMs + MINUTE_MS });
  }
  return union(found);
}

function timesOf(found: readonly Counterexample[]): readonly Interval[] {
  return union(
    found.flatMap(({ intervals }) =>
      intervals.map(([from, until]) => ({ fromMs: Date.parse(from), untilMs: Date.parse(until) })),
    ),
  );
}

const wall = fc
  .integer({ min: 0, max: 47 })
  .map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`);
const leg = fc
  .record({
    zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
    from: wall,
    to: wall,
    days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 3 }),
    roster: fc.constant(NAME),
  })
  .filter(({ from, to }) => from !== to);
const sun = fc.record({
  fill: fc.constant('sun' as const),
  legs: fc.array(leg, { minLength: 1, maxLength: 3 }),
  otherwise: fc.constantFrom(null, null, 'second'),
});

/** One right with two rungs over one random roster, around the day on which clocks change. */
const small = fc
  .record({ at: arbitraryRosterCase, lead: sun, second: fc.subarray(['ann', 'ben']) })
  .map(({ at, lead, second }) => {
    const seats = new Map<string, Seat>([
      ['lead', lead],
      ['backup', { fill: 'roster', roster: 'second', party: null }],
    ]);
    const rungs = [...seats.keys()].map((seat) => ({
      seat,
      decideMs: 60_000,
      decideShare: null,
      acknowledgeMs: null,
      warmMs: null,
      lastResort: false,
    }));
    const only: Right = {
      id: 'contain',
      decisions: ['contain'],
      overrides: [],
      when: {},
      decide: rungs,
    };
    const charter: Charter = {
      ...northlake,
      seats,
      rights: [only],
      mandates: [],
      protections: [],
      separation: [],
      breakGlass: null,
      signed: null,
      channels: new Map(),
      decideBy: null,
    };
    const shifts = second.map((person) => ({ kind: 'always' as const, person }));
    const roster: Roster = {
      ...at.roster,
      people: new Map(
        ['ann', 'ben', 'cleo'].map((id) => [
          id,
          { id, name: id, employer: null, manager: null, refs: [], reach: [] },
        ]),
      ),
      rosters: new Map([...at.roster.rosters, ['second', shifts]]),
    };
    return {
      charter,
      roster,
      fromMs: at.aroundMs - HALF_WINDOW_MS,
      untilMs: at.aroundMs + HALF_WINDOW_MS,
    };
  });

function isFilled(charter: Charter, roster: Roster, seat: string, nowMs: number): boolean {
  const context = { charter, roster, nowMs, owners: [], jurisdiction: null, openedAtMs: null };
  return fillSeat(context, seat).people.length > 0;
}

describe('brute force by the minute', () => {
  it('finds the same empty minutes of each seat', () => {
    fc.assert(
      fc.property(small, (request) => {
        const { gaps } = proveCoverage(request);
        for (const seat of ['lead', 'backup']) {
          const proven = timesOf(
            gaps.filter((gap) => gap.check === 'people.rung-staffed' && gap.seat === seat),
          );
          const seen = minutesWhere(
            request,
            (atMs) => !isFilled(request.charter, request.roster, seat, atMs),
          );
          expect(proven).toEqual(seen);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([1, 2] as const)(
    'finds the same minutes that %i absences leave without anybody',
    (absent) => {
      fc.assert(
        fc.property(small, (request) => {
          const { charter, roster } = request;
          const { gaps } = proveCoverage({ ...request, absent });
          const away = (people: readonly string[]): Roster => ({
            ...roster,
            absences: [
              ...roster.absences,
              ...people.map((person) => ({
                person,
                fromMs: request.fromMs,
                untilMs: request.untilMs,
              })),
            ],
          });
          const choices =
            absent === 1
              ? [['ann'], ['ben'], ['cleo']]
              : [
                  ['ann', 'ben'],
                  ['ann', 'cleo'],
                  ['ben', 'cleo'],
                ];
          const rosters = choices.map(away);
          const answered = (of: Roster, atMs: number): boolean =>
            isFilled(charter, of, 'lead', atMs) || isFilled(charter, of, 'backup', atMs);
          const seen = minutesWhere(
            request,
            (atMs) => answered(roster, atMs) && rosters.some((one) => !answered(one, atMs)),
          );
          expect(timesOf(gaps.filter(({ check }) => check === 'people.absence'))).toEqual(seen);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('counts as few absences as trying all of them', () => {
    const crowd = fc.subarray(['a', 'b', 'c', 'd']);
    fc.assert(
      fc.property(
        crowd,
        crowd,
        fc.integer({ min: 1, max: 2 }),
        fc.boolean(),
        (decider, approver, count, distinct) => {
          const works = (away: readonly string[]): boolean =>
            decider
              .filter((one) => !away.includes(one))
              .some(
                (one) =>
                  approver.filter((other) => !away.includes(other) && !(distinct && other === one))
                    .length >= count,
              );
          const sets = [...Array(16).keys()].map((bits) =>
            ['a', 'b', 'c', 'd'].filter((_, at) => (bits >> at) & 1),
          );
          const fewest = Math.min(
            ...sets.filter((away) => !works(away)).map((away) => away.length),
          );
          const counted = absencesToBreak(new Set(decider), new Set(approver), count, distinct);
          expect(Math.max(0, counted)).toBe(fewest);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets nobody stand twice in a quorum, nor one phone for two', () => {
    const roster = northlakeRoster;
    expect(quorumMet(roster, [['mia'], ['mia']], 2, ['person'])).toBe(false);
    expect(quorumMet(roster, [['mia'], ['mia', 'jonas']], 2, ['person'])).toBe(true);
    expect(quorumMet(roster, [['mia'], ['jonas']], 2, ['manager'])).toBe(false);
    expect(quorumMet(roster, [['mia'], ['carla']], 2, ['manager'])).toBe(false);
    expect(quorumMet(roster, [['mia'], ['otto']], 2, ['manager'])).toBe(true);
    const phone = [{ channel: 'sms', device: 'desk phone' }];
    const people = new Map(
      [...roster.people].map(([id, person]) => [id, { ...person, reach: phone }]),
    );
    expect(quorumMet({ ...roster, people }, [['mia'], ['jonas']], 2, ['device'])).toBe(false);
  });
});
