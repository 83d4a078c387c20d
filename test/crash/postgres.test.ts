import { describe, expect, it } from 'vitest';
import { POSTGRES_MISSING } from '../../src/store/testing.ts';
import { surviveAll } from './life.testing.ts';

// In CI nothing may be skipped: there the start of the server fails.
const skip = POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';

describe.skipIf(skip)(
  `a serving process on PostgreSQL${skip ? ` (${POSTGRES_MISSING})` : ''}`,
  () => {
    it('loses nothing and does nothing twice, wherever it is killed', async () => {
      const { findings, missed, incidents, incidentsExpected, replay } =
        await surviveAll('postgres');
      expect(findings, replay).toEqual([]);
      expect(missed, replay).toEqual([]);
      expect(incidents).toBe(incidentsExpected);
    });
  },
);
