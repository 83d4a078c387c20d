import { describe, expect, it } from 'vitest';
import { createDirectoryForTest, freshPlace, POSTGRES_MISSING } from '../../src/store/testing.ts';
import { killRotations, type RotationKill } from './harness/rotations.ts';

/** The first of them strikes where a target has minted and its answer, which shows the secret once, is lost. */
const KILLS: readonly RotationKill[] = [
  { point: 'after-effect', passage: 2 },
  { point: 'before-effect', passage: 4 },
  { point: 'after-decision', passage: 3 },
  { point: 'before-outcome', passage: 3 },
];

describe.each(['sqlite', 'postgres'] as const)('rotations of a serving process on %s', (store) => {
  // In CI nothing may be skipped: there the start of the server fails.
  const skip =
    store === 'postgres' && POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';
  it.skipIf(skip)(
    'lose no secret, refuse nobody and leave nothing unknown alive, wherever it is killed',
    async () => {
      const report = await killRotations(await freshPlace(store), createDirectoryForTest(), KILLS);
      console.info(`rotations killed on ${store}: ${JSON.stringify(report)}`);
      expect(report.findings).toEqual([]);
      expect(report.missed).toEqual([]);
      expect(report.uses).toBeGreaterThan(50);
    },
  );
});
