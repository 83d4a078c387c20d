import { defineConfig } from 'vitest/config';
import { createRunReport } from './tools/run-report.ts';

/** tools/test.mjs names the file; without it vitest runs as usual. */
const reportFile = process.env['FIREBREAK_TEST_REPORT'];

const shared = {
  environment: 'node',
  // One process per file: stores, workers and child processes of one file never meet those of another.
  pool: 'forks',
  isolate: true,
  restoreMocks: true,
} as const;

export default defineConfig({
  test: {
    // Two cores everywhere; more workers only make the timings of neighbours worse.
    maxWorkers: 2,
    reporters: reportFile === undefined ? ['default'] : ['default', createRunReport(reportFile)],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'packages/**/*.test.ts',
            'tools/**/*.test.ts',
            'console/src/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'system',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/crash/**', 'node_modules/**'],
          globalSetup: ['test/stories/harness/postgres-once.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          // A run kills and restarts a server many times.
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
