import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIDENCES, GUARANTEES, type Guarantee, isAtLeast } from '../../kernel/index.ts';
import { northlake, northlakeRoster, NOW_MS } from '../arbitrary.testing.ts';
import type { AuthorityFacts, Stakes } from '../model.ts';
import { confidenceOf } from './match.ts';
import { resolveAuthority } from './resolve.ts';
import { confidenceNumber, thresholdOf, weigh } from './threshold.ts';

const BOUNDS = { floor: 0.01, ceiling: 0.95 };
const DAY_MS = 86_400_000;

function stakes(stages: Stakes['stages'], damagePerMinute: number): Stakes {
  return {
    damagePerMinute,
    minutesToAnswer: null,
    stages,
    classMaximumPerMinute: 500,
    consumers: { known: 3, inferred: 1, unknown: 0 },
    mapAgeMs: 2 * 3_600_000,
  };
}

function stage(
  guarantee: Guarantee,
  removes: number,
  disruptionPerMinute: number | null,
  minutesToRestoreRehearsed: number | null,
): Stakes['stages'][number] {
  const minutesToRestoreDeclared = minutesToRestoreRehearsed ?? 30;
  return {
    guarantee,
    removes,
    disruptionPerMinute,
    minutesToRestoreRehearsed,
    minutesToRestoreDeclared,
  };
}

describe('the threshold', () => {
  it.each([
    ['a CI token, sev1, at 03:00: isolate', 'G3', [100, 1, 15, 10, 8], 0.05, 'acts'],
    ['the same, sev3 in development, by day', 'G3', [2, 1, 5, 10, 8], 0.89, 'asks'],
    ['a plant controller: isolate', 'G3', [100, 1, 15, 400, 30], 0.89, 'asks'],
    ['a plant controller: restrict', 'G2', [100, 0.6, 15, 5, 2], 0.01, 'acts'],
  ] as const)('%s', (_name, guarantee, [damage, removes, minutes, cost, restore], p, does) => {
    const given = stakes([stage(guarantee, removes, cost, restore)], damage);
    const weighed = weigh({
      stakes: given,
      confidence: confidenceNumber('strong', 'signed'),
      minutes,
      undoRehearsedMs: null,
      bounds: BOUNDS,
    });
    expect(Math.round((weighed.stages[0]?.threshold ?? 9) * 100) / 100).toBe(p);
    expect(weighed.allows).toBe(does === 'acts' ? guarantee : null);
  });

  it('says it in one sentence, with what would change the answer', () => {
    const weighed = weigh({
      stakes: stakes([stage('G3', 1, 10, 8)], 100),
      confidence: 0.8,
      minutes: 15,
      undoRehearsedMs: 6 * DAY_MS,
      bounds: BOUNDS,
    });
    expect(weighed.sentence).toBe(
      'Isolate now: 5 % confidence is enough, we have 80 %. Waiting 15 min for the holder costs 1,500; ' +
        'a wrong cut costs 80 (3 known, 1 inferred, 0 unknown consumers, map 2 h old). ' +
        'Would change the answer: an outage longer than 10 h. Undo: rehearsed 6 days ago.',
    );
    const asked = weigh({
      stakes: stakes([stage('G3', 1, 400, 30)], 100),
      confidence: 0.8,
      minutes: 15,
      undoRehearsedMs: null,
      bounds: BOUNDS,
    });
    expect(asked.sentence).toContain(
      'Ask before isolate: 89 % confidence is needed, we have 80 %.',
    );
    expect(asked.wouldChangeTheAnswer).toEqual([
      'an outage shorter than 15 min',
      'an answer that is 30 min away',
      '89 % confidence',
    ]);
  });

  const amount = fc.integer({ min: 0, max: 500 });
  const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
  const row = fc.record({
    guarantee: fc.constantFrom(...GUARANTEES),
    damage: amount,
    removes: share,
    minutes: amount,
    cost: amount,
    restore: amount,
  });
  type Row = {
    guarantee: Guarantee;
    damage: number;
    removes: number;
    minutes: number;
    cost: number;
    restore: number;
  };
  const p = ({ guarantee, damage, removes, minutes, cost, restore }: Row): number => {
    const one = stage(guarantee, removes, cost, restore);
    return thresholdOf(stakes([one], damage), one, minutes, BOUNDS).threshold;
  };

  it('never rises with severity, reach or time, never falls with consumers or restore time', () => {
    const more = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(row, more, (given, by) => {
        const before = p(given);
        expect(p({ ...given, damage: given.damage + by })).toBeLessThanOrEqual(before);
        expect(p({ ...given, removes: given.removes + by / 100 })).toBeLessThanOrEqual(before);
        expect(p({ ...given, minutes: given.minutes + by })).toBeLessThanOrEqual(before);
        expect(p({ ...given, cost: given.cost + by })).toBeGreaterThanOrEqual(before);
        expect(p({ ...given, restore: given.restore + by })).toBeGreaterThanOrEqual(before);
        expect(before).toBeGreaterThanOrEqual(given.guarantee === 'G5' ? 0.9 : BOUNDS.floor);
        expect(before).toBeLessThanOrEqual(BOUNDS.ceiling);
      }),
      { numRuns: 500 },
    );
  });

  it('never counts what is unknown as cheaper than what is known', () => {
    fc.assert(
      fc.property(row, (given) => {
        const known = stage(given.guarantee, given.removes, given.cost, given.restore);
        const among = stakes([known], given.damage);
        const of = (one: typeof known): number =>
          thresholdOf(among, one, given.minutes, BOUNDS).threshold;
        const declared = { ...known, minutesToRestoreRehearsed: null };
        expect(of({ ...known, disruptionPerMinute: null })).toBeGreaterThanOrEqual(of(known));
        expect(of(declared)).toBeGreaterThanOrEqual(of(known));
      }),
      { numRuns: 500 },
    );
  });

  it('counts a restore time that was only declared four times', () => {
    const rehearsed = stage('G3', 1, 10, 40);
    const declared = {
      ...rehearsed,
      minutesToRestoreRehearsed: null,
      minutesToRestoreDeclared: 10,
    };
    const [left, right] = [rehearsed, declared].map((one) =>
      thresholdOf(stakes([one], 100), one, 15, BOUNDS),
    );
    expect(left).toEqual(right);
  });

  it('counts nobody’s word as nothing, and two sources one step further', () => {
    expect(CONFIDENCES.map((one) => confidenceNumber(one, 'bearer'))).toEqual([
      0.2, 0.5, 0.8, 0.98,
    ]);
    expect(confidenceNumber('proven', 'unauthenticated')).toBe(0);
    expect(confidenceNumber(confidenceOf('medium', 2), 'signed')).toBe(0.8);
  });
});

describe('a mandate under the threshold', () => {
  const LEAK: AuthorityFacts = {
    identity: {
      id: 'idn_1',
      refs: [],
      kind: 'ci-identity',
      tags: [],
      services: [],
      operator: null,
    },
    environment: 'prod',
    jurisdiction: 'DE',
    severity: 'sev2',
    signalTypes: ['credential-exposed'],
    authenticity: 'signed',
    confidence: 'strong',
    sources: 1,
    rehearsedAt: '2026-11-26T03:00:00.000Z',
    automaticCuts: [],
    signalSource: 'scanner',
  };
  const resolve = (given: Stakes | null): ReturnType<typeof resolveAuthority> => {
    const facts = given === null ? LEAK : { ...LEAK, stakes: given };
    return resolveAuthority(northlake, northlakeRoster, facts, 'contain', NOW_MS);
  };
  const cheap = ['G2', 'G3', 'G4'] as const;

  it('does what it may when a cut is cheap, and says why', () => {
    const found = resolve(
      stakes(
        cheap.map((one) => stage(one, 1, 1, 5)),
        100,
      ),
    );
    expect(found).toMatchObject({ automaticUpTo: 'G4', ceilings: [], weighed: { allows: 'G4' } });
    expect(found.explanation).toContain(found.weighed?.sentence);
  });

  it('goes only as far as the confidence is enough for, and no longer on to revoke', () => {
    const stages = [stage('G2', 0.6, 1, 2), stage('G3', 1, 5, 8), stage('G4', 1, 400, 60)];
    const found = resolve(stakes(stages, 10));
    expect(found).toMatchObject({ automaticUpTo: 'G3', weighed: { allows: 'G3' } });
    expect(found.then).toBeNull();
    expect(found.ceilings).toMatchObject([{ by: 'threshold', to: 'G3' }]);
  });

  it('holds G2 where that is mandated when nothing reaches, and asks for the rest', () => {
    const found = resolve(
      stakes(
        cheap.map((one) => stage(one, 1, 400, 60)),
        2,
      ),
    );
    expect(found).toMatchObject({ automaticUpTo: 'G2', weighed: { allows: null } });
  });

  it('is not weighed at all when nobody knows what it costs', () => {
    expect(resolve(null)).toMatchObject({ automaticUpTo: 'G4', weighed: null });
  });

  it('revokes after an uncontested window without the floor of revoking', () => {
    // 80 % is below the floor of .9: revoking at once would be refused.
    const found = resolve(stakes([stage('G4', 1, 1, 5), stage('G5', 1, 1, 5)], 100));
    expect(found.weighed?.allows).toBe('G4');
    expect(found.then).not.toBeNull();
    const dear = resolve(stakes([stage('G4', 1, 1, 5), stage('G5', 1, 400, 600)], 100));
    expect(dear.then).toBeNull();
  });

  it('never allows more than without it', () => {
    const count = fc.integer({ min: 0, max: 300 });
    const weighedStage = fc
      .tuple(fc.constantFrom(...GUARANTEES), count, count, fc.option(count))
      .map(([guarantee, removes, cost, rehearsed]) =>
        stage(guarantee, removes / 300, cost, rehearsed),
      );
    fc.assert(
      fc.property(fc.array(weighedStage, { maxLength: 5 }), count, (stages, damage) => {
        const { automaticUpTo, then } = resolve(stakes(stages, damage));
        expect(isAtLeast(GUARANTEES, 'G4', automaticUpTo ?? 'G1')).toBe(true);
        expect(isAtLeast(GUARANTEES, automaticUpTo ?? 'G1', 'G2')).toBe(true);
        expect(then === null || automaticUpTo === 'G4').toBe(true);
      }),
    );
  });
});
