import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, systemRandom } from '../../src/kernel/index.ts';
import { createDirectoryForTest, freshPlace, POSTGRES_MISSING } from '../../src/store/testing.ts';
import { playTwoNodes } from './harness/two-nodes.ts';

// In CI nothing may be skipped: there the start of the server fails.
const skip = POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';

describe.skipIf(skip)(`two nodes on one PostgreSQL${skip ? ` (${POSTGRES_MISSING})` : ''}`, () => {
  it('finishes what a killed or frozen node began, and a node that wakes up changes nothing', async () => {
    const given = process.env['FIREBREAK_CRASH_SEED'];
    const seed = given === undefined ? Math.floor(systemRandom() * 2 ** 31) : Number(given);
    const replay = `FIREBREAK_CRASH_SEED=${seed} npx vitest run test/crash/two-nodes.test.ts`;
    console.info(`two nodes: seed ${seed}`);
    const directory = createDirectoryForTest();
    const report = await playTwoNodes({
      seed,
      random: createSeededRandom(seed),
      place: await freshPlace('postgres'),
      directory: join(directory, 'installation'),
    });
    console.info(`two nodes: ${JSON.stringify(report)}`);
    expect(report.findings, replay).toEqual([]);
    // The other node had work of its own while its neighbour was gone.
    expect(report.heldByFrozen, replay).toBeGreaterThan(0);
    expect(report.heldByKilled, replay).toBeGreaterThan(0);
  });
});
