import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/kernel/index.ts';
import { replayIncident } from './replay.ts';
import { SABOTAGES } from './sabotage.ts';
import { incidentSeed, replayCommand, runIncident, runSimulation } from './simulate.ts';

const SEED = Number(process.env['FIREBREAK_SIMULATION_SEED'] ?? '20261201');
/** The test run takes the first slice of a run; another one may take the next. */
const FROM = Number(process.env['FIREBREAK_SIMULATION_FROM'] ?? '0');
const INCIDENTS = Number(process.env['FIREBREAK_SIMULATION_COUNT'] ?? '10000');
/** Within so many incidents each planted bug is found; it takes 1 to 200. */
const FOUND_WITHIN = 1_000;

/** The first violation with the whole history of its incident. */
function tell(violations: readonly { readonly seed: number }[]): string {
  const [first] = violations;
  if (first === undefined) return 'none';
  return `${replayCommand(first.seed)}\n${replayIncident(first.seed)}`;
}

describe('simulation', () => {
  it(`keeps promises 1 to 14 and 16 in ${INCIDENTS} incidents from seed ${SEED}`, async () => {
    console.log(`simulation: seed ${SEED}, incidents ${FROM} to ${FROM + INCIDENTS - 1}`);
    const result = await runSimulation({ seed: SEED, from: FROM, incidents: INCIDENTS });
    expect(result.violations, tell(result.violations)).toEqual([]);
    expect(result.incidents).toBe(INCIDENTS);
    expect(result.ledgersVerified).toBeGreaterThanOrEqual(Math.floor(INCIDENTS / 200));
    // The faults must not keep everybody from getting anywhere, nor the luck from meeting any.
    expect(result.endings['contained']).toBeGreaterThan(INCIDENTS / 5);
    expect(result.endings['closed']).toBeGreaterThan(INCIDENTS / 5);
    expect(result.endings['not contained, and says so']).toBeGreaterThan(INCIDENTS / 50);
    for (const kind of HARD_KINDS) expect(result.kinds[kind], kind).toBeGreaterThan(RARE_MIN);
    expect(result.rotations['done']).toBeGreaterThan(INCIDENTS / 100);
    expect(result.mints).toBeGreaterThan(INCIDENTS / 10);
  }, 180_000);

  it('gives the same incident for the same seed', () => {
    const seeds = Array.from({ length: 50 }, (_, index) => incidentSeed(SEED, index));
    const once = seeds.map((seed) => digestOf(runIncident(seed).entries));
    expect(seeds.map((seed) => digestOf(runIncident(seed).entries))).toEqual(once);
    expect(new Set(once).size).toBe(seeds.length);
  });

  it('tells an incident so that it can be read', () => {
    const story = replayIncident(incidentSeed(SEED, 0));
    expect(story).toContain('incident.opened');
    expect(story).toMatch(/^end (?:open|restoring|closed): /mu);
  });
});

const HARD_KINDS = [
  'cut.unproven',
  'cut.failed',
  'cut.drifted',
  'cut.partial',
  'cut.blocked',
  'cut.residual',
  'cut.irrevocable',
  'cut.returned',
  'cut.restored',
  'cut.revert-conflict',
  'decision.defaulted',
  'decision.overdue',
  'incident.reopened',
  'respawn.found',
  'exposure.withdrawn',
  'cut.time-over',
  'manual.claimed',
  'manual.overdue',
  'task.blocked',
  'evidence.deletion-refused',
  'evidence.deleted',
  'decision.undone',
  'decision.vote-undone',
  'suspect.considered',
];
/** So many of them in the whole slice, or the simulation no longer comes by. */
const RARE_MIN = 3;

/** A planted bug and the promises it breaks. */
const BREAKS: Readonly<Record<(typeof SABOTAGES)[number], readonly string[]>> = {
  'inverse-not-recorded': ['3'],
  'proof-without-control': ['13'],
  'step-without-lease': ['1', '4'],
  'repeat-without-readback': ['4'],
  'digest-not-bound': ['2'],
  'acknowledged-before-commit': ['1'],
  'leaked-rearmed': ['3'],
  'decided-on-old-state': ['1'],
  'time-reopens': ['3'],
  'rearmed-by-one': ['3'],
  'restored-without-probe': ['3'],
  'statement-weakened': ['1'],
  'window-hold-forgotten': ['6'],
  'legal-hold-forgotten': ['7'],
  'suspect-heard': ['2'],
  'claim-counts-as-proof': ['13'],
  'fuse-never-lit': ['7', '8'],
  'task-stops-a-cut': ['8'],
  'shadow-acts': ['14'],
  'raw-on-record': ['12'],
  'stale-gate-is-silent': ['10'],
  'delivery-counts-as-use': ['16'],
};

describe('a planted bug is found', () => {
  it.each(SABOTAGES)(
    '%s',
    async (sabotage) => {
      const options = { incidents: FOUND_WITHIN, ledgerEvery: FOUND_WITHIN + 1, stopAtFirst: true };
      const result = await runSimulation({ seed: SEED, sabotage, ...options });
      const [first] = result.violations;
      console.log(
        `${sabotage}: found in incident ${result.incidents}, promise ${first?.promise ?? 'none'}: ${first?.what ?? ''}`,
      );
      expect(BREAKS[sabotage]).toContain(first?.promise);
    },
    60_000,
  );
});
