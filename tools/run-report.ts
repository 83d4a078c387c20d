import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface SkippedTest {
  readonly test: string;
  readonly reason: string;
}

export interface RunReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  readonly slowest: readonly { readonly file: string; readonly ms: number }[];
}

const SLOWEST_MAX = 10;

/** A skip without `context.skip(reason)` can still say why in its name or in that of its suite. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note ?? /\((?:skipped: )?([^()]+)\)/u.exec(test.fullName)?.[1] ?? 'no reason given';
}

export function summarise(modules: readonly TestModule[], strayErrors: number): RunReport {
  let passed = 0;
  let failed = strayErrors;
  const skipped: SkippedTest[] = [];
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    // A file or suite that breaks outside its tests has failed, though none of its tests has.
    const broken = module.state() === 'failed' && !tests.some((test) => !test.ok());
    if (broken) failed += 1;
    for (const test of tests) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'skipped') {
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        skipped.push({ test: name, reason: reasonOf(test) });
      } else failed += 1;
    }
  }
  const slowest = modules
    .map((module) => {
      const { duration, collectDuration, setupDuration } = module.diagnostic();
      const ms = Math.round(duration + collectDuration + setupDuration);
      return { file: module.relativeModuleId, ms };
    })
    .sort((left, right) => right.ms - left.ms)
    .slice(0, SLOWEST_MAX);
  return { passed, failed, skipped, slowest };
}

/** Writes what tools/test.mjs needs for its last line. */
export function createRunReport(file: string): Reporter {
  return {
    onTestRunEnd: (modules, errors) => {
      writeFileSync(file, JSON.stringify(summarise(modules, errors.length)));
    },
  };
}
