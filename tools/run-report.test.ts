import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs vitest on planted files in a directory of their own and returns what the report says. */
function reportOf(files: Readonly<Record<string, string>>): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-report-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'tools'));
  symlinkSync(join(root, 'tools', 'run-report.ts'), join(directory, 'tools', 'run-report.ts'));
  writeFileSync(join(directory, 'vitest.config.ts'), CONFIG);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  spawnSync(process.execPath, [vitest, 'run'], { cwd: directory, encoding: 'utf8' });
  return JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'));
}

const CONFIG = `
import { createRunReport } from './tools/run-report.ts';
export default { test: { include: ['*.test.ts'], reporters: [createRunReport('report.json')] } };
`;
const HEAD = `import { describe, expect, it } from 'vitest';\n`;

it('counts every test once, and what breaks outside of tests as a failure', () => {
  const report = reportOf({
    'a.test.ts': `${HEAD}
it('passes', () => {});
it('fails', () => { expect(1).toBe(2); });
it('skips', (context) => context.skip('no program'));
describe.skip('suite (no server)', () => { it('rests', () => {}); });
it.skip('silent', () => {});`,
    'broken.test.ts': `${HEAD} throw new Error('at import');`,
    'stray.test.ts': `${HEAD}
it('passes and leaves an error behind', () => { void Promise.reject(new Error('stray')); });`,
  });
  expect(report).toMatchObject({
    passed: 2,
    failed: 3,
    skipped: [
      { test: 'a.test.ts > skips', reason: 'no program' },
      { test: 'a.test.ts > suite (no server) > rests', reason: 'no server' },
      { test: 'a.test.ts > silent', reason: 'no reason given' },
    ],
    slowest: [{}, {}, {}],
  });
});
