import { createSeededRandom, systemRandom } from '../../src/kernel/index.ts';
import type { Dialect } from '../../src/store/index.ts';
import { createDirectoryForTest, freshPlace } from '../../src/store/testing.ts';
import { type LifeReport, live } from './harness/life.ts';
import { instantKills, pointKills, shuffled } from './harness/plan.ts';

const INSTANTS = 15;
const CASES_PER_KILL = 20;

export interface Survived extends LifeReport {
  readonly replay: string;
  readonly incidentsExpected: number;
}

/** One life in which every named point and so many random instants end a process, in an order drawn from the seed. */
export async function surviveAll(store: Dialect): Promise<Survived> {
  const given = process.env['FIREBREAK_CRASH_SEED'];
  const seed = given === undefined ? Math.floor(systemRandom() * 2 ** 31) : Number(given);
  const replay = `FIREBREAK_CRASH_SEED=${seed} npx vitest run test/crash/${store}.test.ts`;
  console.info(`crash test on ${store}: seed ${seed}`);
  const random = createSeededRandom(seed);
  const points = pointKills(random);
  const kills = [...points, ...shuffled(random, instantKills(random, INSTANTS))];
  const report = await live({
    seed,
    kills,
    place: await freshPlace(store),
    directory: createDirectoryForTest(),
    casesPerKill: CASES_PER_KILL,
  });
  console.info(`crash test on ${store}: ${JSON.stringify(report)}`);
  const waves = kills.length + report.armedAgain;
  return { ...report, replay, incidentsExpected: waves * CASES_PER_KILL };
}
