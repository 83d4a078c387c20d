import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const tools = dirname(fileURLToPath(import.meta.url));

/** What `npm ci` leaves behind, as far as ensure.mjs looks at it. */
const FAKE_NPM = `#!${process.execPath}
const fs = require('node:fs');
fs.appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
const mode = fs.existsSync('npm-mode') ? fs.readFileSync('npm-mode', 'utf8') : 'works';
if (mode === 'fails') process.exit(7);
fs.rmSync('node_modules', { recursive: true, force: true });
setTimeout(() => {
  fs.mkdirSync('node_modules/.bin', { recursive: true });
  fs.mkdirSync('node_modules/pinned-node', { recursive: true });
  fs.writeFileSync('node_modules/.package-lock.json', fs.readFileSync('package-lock.json'));
  if (mode === 'without-runtime') return;
  fs.writeFileSync('node_modules/pinned-node/package.json', '{"version":"26.10.0"}');
  fs.symlinkSync(process.execPath, 'node_modules/.bin/node');
}, mode === 'slow' ? 60_000 : 300);
`;

interface Checkout {
  readonly directory: string;
  readonly run: (
    code?: string,
  ) => Promise<{ readonly code: number | null; readonly output: string }>;
  readonly start: () => ReturnType<typeof spawn>;
  readonly npmRuns: () => number;
}

function createCheckout(npmMode = 'works'): Checkout {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-ensure-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  mkdirSync(join(directory, 'tools'));
  mkdirSync(join(directory, 'path'));
  for (const file of ['ensure.mjs', 'launch.mjs', 'with-runtime.mjs']) {
    copyFileSync(join(tools, file), join(directory, 'tools', file));
  }
  writeFileSync(
    join(directory, 'package.json'),
    '{"optionalDependencies":{"pinned-node":"26.10.0"}}',
  );
  const packages = { 'node_modules/a': { version: '1.0.0' } };
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages }));
  writeFileSync(join(directory, 'npm-mode'), npmMode);
  writeFileSync(join(directory, 'path', 'npm'), FAKE_NPM);
  chmodSync(join(directory, 'path', 'npm'), 0o755);
  writeFileSync(join(directory, 'hello.mjs'), 'console.log("hello " + process.argv[2])');
  const start = () =>
    spawn(process.execPath, ['tools/with-runtime.mjs', 'hello.mjs', 'there'], {
      cwd: directory,
      env: { PATH: join(directory, 'path') },
    });
  const run = async () => {
    const child = start();
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return { code: child.exitCode, output };
  };
  const npmRuns = (): number => {
    const file = join(directory, 'npm-runs');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
  };
  return { directory, run, start, npmRuns };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(20);
}

it('installs once when two commands start at the same time, and not again', async () => {
  const checkout = createCheckout();
  const both = await Promise.all([checkout.run(), checkout.run()]);
  for (const { code, output } of both) {
    expect(code, output).toBe(0);
    expect(output).toContain('hello there');
  }
  expect(checkout.npmRuns()).toBe(1);
  expect(readFileSync(join(checkout.directory, 'npm-runs'), 'utf8')).toContain('--ignore-scripts');
  await checkout.run();
  expect(checkout.npmRuns()).toBe(1);
});

it('installs again when the lock file has changed', async () => {
  const checkout = createCheckout();
  await checkout.run();
  const packages = { 'node_modules/a': { version: '1.0.1' }, 'node_modules/b': { optional: true } };
  writeFileSync(join(checkout.directory, 'package-lock.json'), JSON.stringify({ packages }));
  expect((await checkout.run()).code).toBe(0);
  expect(checkout.npmRuns()).toBe(2);
});

it('installs the pinned runtime when optional packages were left out', async () => {
  const checkout = createCheckout();
  mkdirSync(join(checkout.directory, 'node_modules'));
  copyFileSync(
    join(checkout.directory, 'package-lock.json'),
    join(checkout.directory, 'node_modules', '.package-lock.json'),
  );
  expect((await checkout.run()).code).toBe(0);
  expect(checkout.npmRuns()).toBe(1);
});

it('names the remedy and exits 2 when npm fails', async () => {
  const checkout = createCheckout('fails');
  const { code, output } = await checkout.run();
  expect(code).toBe(2);
  expect(output).toMatch(/npm ci failed \(exit 7\)\. Remedy: /u);
  expect(existsSync(join(checkout.directory, '.installing'))).toBe(false);
});

it('never runs on another Node when npm brings no pinned one', async () => {
  const { code, output } = await createCheckout('without-runtime').run();
  expect(code).toBe(2);
  expect(output).toMatch(/no pinned Node .* Remedy: /u);
  expect(output).not.toContain('hello');
});

it('names the remedy when there is no npm', async () => {
  const checkout = createCheckout();
  rmSync(join(checkout.directory, 'path', 'npm'));
  const { code, output } = await checkout.run();
  expect(code).toBe(2);
  expect(output).toContain('Remedy: ');
});

it('takes over the lock of a killed installer only when its npm is gone too', async () => {
  const checkout = createCheckout('slow');
  const lock = join(checkout.directory, '.installing');
  const killed = checkout.start();
  await until(() => checkout.npmRuns() === 1 && readFileSync(lock, 'utf8').includes(' '));
  const npmPid = Number(readFileSync(lock, 'utf8').split(' ')[1]);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  writeFileSync(join(checkout.directory, 'npm-mode'), 'works');

  const next = checkout.run();
  await wait(600);
  expect(checkout.npmRuns(), 'npm of the killed installer still runs').toBe(1);
  process.kill(npmPid, 'SIGKILL');
  expect((await next).code).toBe(0);
  expect(checkout.npmRuns()).toBe(2);
});

it('lets only one of several take over an abandoned lock', async () => {
  const checkout = createCheckout();
  // No process has this id: it is above the largest that the kernel gives.
  writeFileSync(join(checkout.directory, '.installing'), '4194999');
  const all = await Promise.all([checkout.run(), checkout.run(), checkout.run()]);
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(checkout.npmRuns()).toBe(1);
});

it('passes exit codes and signals on', async () => {
  const checkout = createCheckout();
  await checkout.run();
  writeFileSync(join(checkout.directory, 'hello.mjs'), 'process.exit(3)');
  expect((await checkout.run()).code).toBe(3);

  const text = `process.once('SIGTERM', () => process.exit(4)); setInterval(() => {}, 1e3); console.log('up');`;
  writeFileSync(join(checkout.directory, 'hello.mjs'), text);
  const orderly = checkout.start();
  await once(orderly.stdout ?? orderly, 'data');
  orderly.kill('SIGTERM');
  expect(await once(orderly, 'exit')).toEqual([4, null]);

  writeFileSync(join(checkout.directory, 'hello.mjs'), `process.kill(process.pid, 'SIGKILL')`);
  expect((await checkout.run()).code).toBe(137);
});
