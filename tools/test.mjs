// npm test [-- ARGS FOR VITEST]: every check, then every test; the last line is the sum of both.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFailures, runChecks } from './check.mjs';
import { ensureConsole } from './build-console.ts';
import { ensurePrograms } from './programs.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function runVitest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-test-'));
  const reportFile = join(directory, 'report.json');
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const result = spawnSync(process.execPath, [vitest, 'run', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, FIREBREAK_TEST_REPORT: reportFile },
    });
    if (!existsSync(reportFile)) {
      return { passed: 0, failed: 1, skipped: [], slowest: [] };
    }
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    // vitest knows more ways to fail than its tests: no test files found, a leaked error at the end.
    if (result.status !== 0 && report.failed === 0) report.failed = 1;
    return report;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function printSlowest(slowest) {
  if (slowest.length === 0) return;
  console.log('slowest files:');
  for (const { file, ms } of slowest) {
    console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
  }
}

function printSkipped(skipped) {
  if (skipped.length === 0) return;
  console.log('skipped:');
  for (const { test, reason } of skipped) console.log(`  ${test}: ${reason}`);
}

/** With everything at hand, a skipped test is a hole: continuous integration refuses it. */
function refusesSkips(args) {
  const filtered = args.some((arg) => /^(-t|--testNamePattern)/u.test(arg));
  return process.env.CI === 'true' && existsSync(join(root, '..', 'shared')) && !filtered;
}

const args = process.argv.slice(2);
const missing = ensurePrograms();
await ensureConsole();
const checks = runChecks();
const tests = runVitest(args);

printSlowest(tests.slowest);
printSkipped(tests.skipped);
for (const line of [...missing, ...describeFailures(checks)]) console.error(line);

let failed = tests.failed + checks.filter(({ ok }) => !ok).length;
const passed = tests.passed + checks.filter(({ ok }) => ok).length;
const skipped = tests.skipped.length;
if (skipped > 0 && refusesSkips(args)) {
  failed += 1;
  console.error(`${skipped} tests were skipped. Remedy: provide what their reasons name.`);
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
