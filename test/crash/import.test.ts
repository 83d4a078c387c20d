import { describe, expect, it } from 'vitest';
import { createDirectoryForTest, freshPlace, POSTGRES_MISSING } from '../../src/store/testing.ts';
import { killImports } from './harness/imports.ts';

/** Of the time of an undisturbed import: within staging, and about where it becomes seen. */
const PARTS = [0.3, 0.7, 1];

describe.each(['sqlite', 'postgres'] as const)(
  'an import into a serving process on %s',
  (store) => {
    // In CI nothing may be skipped: there the start of the server fails.
    const skip =
      store === 'postgres' && POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';
    it.skipIf(skip)(
      'is seen whole or not at all when the process is killed, and a repeat completes it',
      async () => {
        const { findings, seen } = await killImports(
          await freshPlace(store),
          createDirectoryForTest(),
          PARTS,
        );
        console.info(`imports killed on ${store}: readers saw ${seen.join(', ')}`);
        expect(findings).toEqual([]);
        // Otherwise nothing was interrupted, and nothing shown.
        expect(seen).toContain('old');
      },
    );
  },
);
