import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Without the type-aware half, oxlint skips these rules and says nothing. */
const PLANTED = `
async function send(): Promise<void> {}
export function start(): void {
  send();
  setTimeout(send, 1);
  [1].forEach(async () => send());
}
export function name(kind: 'a' | 'b'): string {
  switch (kind) {
    case 'a':
      return 'a';
  }
  return '';
}
`;

it('reports planted errors that only typed rules can see', () => {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-lint-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, 'planted.ts'), PLANTED);
  symlinkSync(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
  symlinkSync(join(root, 'tsconfig.json'), join(directory, 'tsconfig.json'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const program = join(root, 'node_modules', '.bin', 'oxlint');
  const result = spawnSync(program, ['--format=unix', 'planted.ts'], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect(result.status).toBe(1);
  expect(result.stdout).toContain('no-floating-promises');
  expect(result.stdout).toContain('switch-exhaustiveness-check');
});
