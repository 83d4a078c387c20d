import { describe, expect, it } from 'vitest';
import type { Collateral, ReachSummary } from '../../dependencies/index.ts';
import type { GuaranteeCapability } from '../../connectors/contract.ts';
import { STAGE_GUARANTEES, type StageName } from '../../kernel/index.ts';
import { stakesOf, type StakesKnown } from './stakes.ts';

const NOW_MS = Date.parse('2026-12-02T03:00:00Z');

const REACH: ReachSummary = {
  revision: 1,
  reachedCount: 9,
  countByKind: {
    identity: 0,
    credential: 0,
    store: 0,
    workload: 0,
    service: 9,
    resource: 0,
    party: 0,
    unknown: 0,
  },
  reachesProduction: true,
  criticalServiceCount: 1,
  depthMax: 3,
  cutShort: null,
};

const breaks = (
  stage: StageName,
  known: number,
  unknown: number,
): Collateral['stages'][number] => ({
  stage,
  guarantee: STAGE_GUARANTEES[stage],
  grain: 'credential',
  known,
  inferred: 1,
  unknown,
  services: 1,
  reversible: stage !== 'revoke',
  why: '',
});

const CARD: Collateral = {
  subject: 'idn_1',
  revision: 1,
  oldestEdgeAt: '2026-12-02T01:00:00Z',
  known: [],
  inferred: [],
  unknown: [{ count: 2, why: 'used, and nobody knows by whom' }],
  services: [],
  tierMin: null,
  tenants: [],
  stage: null,
  scope: null,
  stages: [breaks('restrict', 1, 0), breaks('isolate', 3, 0), breaks('suspend', 3, 2)],
  leastStage: null,
  shared: [],
  truncated: false,
};

const offers = (
  guarantee: GuaranteeCapability['guarantee'],
  restoreMs?: number,
): GuaranteeCapability => ({
  guarantee,
  grain: 'credential',
  propagationMs: 1_000,
  reversible: true,
  ...(restoreMs === undefined ? {} : { restoreMs }),
});

const known = (change: Partial<StakesKnown> = {}): StakesKnown => ({
  severity: 'sev1',
  reach: REACH,
  collateral: CARD,
  guarantees: [offers('G2', 120_000), offers('G3', 480_000), offers('G4', 480_000)],
  restoreTimes: new Map(),
  nowMs: NOW_MS,
  ...change,
});

describe('stakes', () => {
  it('are what the map and the target say, in points a minute', () => {
    expect(stakesOf(known())).toMatchObject({
      damagePerMinute: 100,
      minutesToAnswer: null,
      stages: [
        { guarantee: 'G2', removes: 0.6, disruptionPerMinute: 5, minutesToRestoreDeclared: 2 },
        { guarantee: 'G3', removes: 1, disruptionPerMinute: 10, minutesToRestoreDeclared: 8 },
        // Two consumers that nobody knows: not cheaper than any that somebody does.
        { guarantee: 'G4', removes: 1, disruptionPerMinute: null },
      ],
      consumers: { known: 0, inferred: 0, unknown: 2 },
      mapAgeMs: 7_200_000,
    });
  });

  it('hold a measured restore time against the declared one, where there is one', () => {
    const restoreTimes = new Map([['G3', 30_000]] as const);
    const stages = stakesOf(known({ restoreTimes }))?.stages ?? [];
    expect(stages.map((one) => one.minutesToRestoreRehearsed)).toEqual([null, 0.5, null]);
    // What was never declared is not weighed, however often it was measured.
    const guarantees = [offers('G2', 1_000), offers('G3')];
    expect(stakesOf(known({ guarantees, restoreTimes }))?.stages).toHaveLength(1);
  });

  it('rise with severity and reach, and with the importance of what stops', () => {
    const far = { ...REACH, criticalServiceCount: 0 };
    const low = { ...far, reachesProduction: false };
    const damage = [REACH, far, low].map((reach) => stakesOf(known({ reach }))?.damagePerMinute);
    expect(damage).toEqual([100, 40, 10]);
    expect(stakesOf(known({ severity: 'sev3', reach: low }))?.damagePerMinute).toBe(2);
    const critical = stakesOf(known({ collateral: { ...CARD, tierMin: 1 } }));
    expect(critical?.stages[1]?.disruptionPerMinute).toBe(40);
  });

  it('are left out for stages, and altogether, where no restore time is declared', () => {
    const some = stakesOf(known({ guarantees: [offers('G2'), offers('G3', 60_000)] }));
    expect(some?.stages.map(({ guarantee }) => guarantee)).toEqual(['G3']);
    expect(stakesOf(known({ guarantees: [offers('G2'), offers('G3')] }))).toBeNull();
  });
});
