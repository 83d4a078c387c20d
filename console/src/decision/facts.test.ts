import { describe, expect, it } from 'vitest';
import { atDeadline, costOfActing, costOfWaiting, givesBack, whyAsked, whyYou } from './facts.ts';

const rung = {
  channels: [],
  warmedAt: null,
  openedAt: '2027-01-10T02:07:22Z',
  acknowledgeBy: null,
  decideBy: null,
  acknowledgedBy: null,
  lastResort: false,
};
const asked = {
  state: 'open',
  holders: [
    { seat: 'ir-lead', person: 'mia' },
    { seat: 'platform-lead', person: 'jonas' },
  ],
  approvers: [{ seat: 'ciso', person: 'dana' }],
  ladder: [
    { ...rung, seat: 'ir-lead', people: ['mia'] },
    { ...rung, seat: 'platform-lead', people: ['jonas'] },
  ],
};

describe('why you', () => {
  it.each([
    ['mia', 'Asked of you as ir-lead.'],
    ['jonas', 'Asked of you as platform-lead, after mia gave no answer in time.'],
    ['dana', 'You approve it beside who decides.'],
    ['ola', 'Asked of mia, then jonas.'],
    [null, 'Asked of mia, then jonas.'],
  ])('says to %s: %s', (me, words) => {
    expect(whyYou(asked, me)).toBe(words);
  });

  it('says also that nobody could be asked, and that it is over', () => {
    expect(whyYou({ ...asked, holders: [] }, 'ola')).toBe('Nobody could be asked.');
    expect(whyYou({ ...asked, state: 'approved' }, 'ola')).toBe('It is answered.');
  });
});

it('finds why it was asked, or nothing', () => {
  const line = { at: '', ordinal: 0, actor: '', text: '' };
  const history = [{ ...line, kind: 'decision.opened', data: { why: 'it is not covered' } }];
  expect(whyAsked({ history })).toBe('it is not covered');
  expect(whyAsked({ history: [{ ...line, kind: 'decision.opened', data: {} }] })).toBeNull();
});

it('puts the cost of acting beside the cost of waiting', () => {
  const cost = {
    stage: 'isolate',
    guarantee: 'G3',
    grain: null,
    known: 3,
    inferred: 1,
    unknown: 0,
    services: 1,
    reversible: true,
    why: '',
  } as const;
  expect(costOfActing(cost)).toBe(
    '3 known, 1 inferred, 0 unknown consumers stop; 1 service with them',
  );
  expect(costOfActing({ ...cost, known: 0, inferred: 0 })).toBe(
    'nothing that anybody knows of stops',
  );
  // What nobody knows is never told as nothing.
  expect(costOfActing({ ...cost, known: 0, inferred: 0, unknown: 1 })).toContain('1 unknown');
  expect(
    costOfWaiting({ reachedCount: 10, criticalServiceCount: 1, reachesProduction: true }),
  ).toBe('whoever holds it reaches 10 things in production, 1 critical service among them');
});

it('says what is given back', () => {
  expect([0, 1, 2].map(givesBack)).toEqual([
    'no cut: what leaked stays dead',
    '1 cut, each tried until it works again',
    '2 cuts, each tried until it works again',
  ]);
});

it('never claims that something happens by itself unless the charter says so', () => {
  const nowMs = Date.parse('2027-01-10T02:07:22Z');
  const nextStep = { what: 'the next rung is asked', at: '2027-01-10T02:09:22Z' };
  const silence = { state: 'open', byDefault: null, nextStep };
  expect(atDeadline(silence, nowMs)).toBe(
    'the next rung is asked in 2 min; nothing is done, everything stays as it is',
  );
  const byDefault = { stage: 'isolate', at: null } as const;
  expect(atDeadline({ ...silence, byDefault }, nowMs)).toContain('isolate happens by itself');
  expect(atDeadline({ ...silence, byDefault, state: 'approved' }, nowMs)).not.toContain('isolate');
});
