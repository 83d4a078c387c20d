import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandBlocksOf, helpOf, npmScriptOf } from './tidy/commands.ts';
import { readTree } from './tidy/tree.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = readTree(root);
const blocks = files
  .filter(({ path }) => /^(?:[A-Z]+\.md|docs\/.*\.md)$/u.test(path))
  .flatMap(commandBlocksOf);
const alone = [
  ...new Set(blocks.filter((block) => !block.needsServer).flatMap(({ commands }) => commands)),
];
const served = [
  ...new Set(blocks.filter((block) => block.needsServer).flatMap(({ commands }) => commands)),
];
const COMMAND_MS_MAX = 240_000;

/** As a reader's shell would, without what this test run has put into the environment. */
function run(command: string): { readonly status: number | null; readonly output: string } {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: root,
    encoding: 'utf8',
    timeout: COMMAND_MS_MAX,
    env: { PATH, HOME, NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
  });
  return { status, output: `${stdout}\n${stderr}`.slice(-4_000) };
}

/** What can be tried of a command that needs a server, or is one. */
function problemOf(command: string): string {
  const script = npmScriptOf(command);
  if (script !== undefined) {
    const own = files.find(({ path }) => path === 'package.json')?.text ?? '';
    return own.includes(`"${script}": `) ? 'none' : `package.json has no script ${script}`;
  }
  const help = helpOf(command);
  if (help === undefined) return /localhost:7470/u.test(command) ? 'none' : 'another address';
  const { status, output } = run(help);
  return status === 0 ? 'none' : output;
}

describe('the documents', () => {
  it('have commands', () => {
    expect(alone.length).toBeGreaterThan(3);
    expect(served).toContain('npm start');
  });

  it.each(alone)('%s runs', { timeout: COMMAND_MS_MAX }, (command) => {
    const { status, output } = run(command);
    expect(status, output).toBe(0);
  });

  it.each(served)('%s names a script, a command or an address that exists', (command) => {
    expect(problemOf(command)).toBe('none');
  });
});
