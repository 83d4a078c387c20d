// npm run lint [-- --fix]: format, lint and types over the whole tree; says which failed and what to do about it.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** One entry per check: each counts as one test of `npm test`. */
const CHECKS = [
  {
    name: 'format',
    command: [bin('oxfmt'), '--check', '.'],
    remedy: 'npm run format',
  },
  {
    name: 'lint',
    command: [bin('oxlint'), '--deny-warnings', '.'],
    remedy: 'correct the lines named above; `npm run format` corrects what can be corrected',
  },
  {
    name: 'types',
    command: [bin('tsc'), '-p', '.'],
    remedy: 'correct the lines named above',
  },
  {
    // The console runs in a browser: another library of names, and elements.
    name: 'types of the console',
    command: [bin('tsc'), '-p', 'console'],
    remedy: 'correct the lines named above',
  },
];

const FIXES = [
  [bin('oxlint'), '--fix', '.'],
  [bin('oxfmt'), '.'],
];

function run([program, ...args]) {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (result.error) console.error(`${program}: ${result.error.message}`);
  return result.status === 0;
}

/** Runs every check, also after one has failed. Returns `{name, ok, remedy}` for each. */
export function runChecks() {
  return CHECKS.map(({ name, command, remedy }) => ({ name, ok: run(command), remedy }));
}

export function describeFailures(results) {
  return results
    .filter(({ ok }) => !ok)
    .map(({ name, remedy }) => `${name} failed. Remedy: ${remedy}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--fix')) for (const command of FIXES) run(command);
  const results = runChecks();
  for (const line of describeFailures(results)) console.error(line);
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} checks passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
