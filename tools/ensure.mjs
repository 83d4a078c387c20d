// Plain JavaScript for any Node >= 20: installs what is missing, once, even when two commands start together.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.firebreak-installed');
const lock = join(root, '.installing');
const LOCK_STALE_MS = 300_000;

/** What must match for the installed tree to be the one the lock file describes. */
function wanted() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

function isFresh() {
  const runtime = join(root, 'node_modules', '.bin', 'node');
  return existsSync(stamp) && existsSync(runtime) && readFileSync(stamp, 'utf8') === wanted();
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

function install() {
  console.error('firebreak: installing dependencies (npm ci), this takes some seconds');
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  args.push('--loglevel=error');
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: '' } };
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, options);
  if (result.status !== 0) {
    throw new Error(
      'firebreak: npm ci failed. Remedy: run `npm ci` yourself and read its message.',
    );
  }
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) {
    throw new Error(
      `firebreak: no pinned Node for ${process.platform}-${process.arch}. ` +
        'Remedy: do not pass --omit=optional; supported are linux and macOS on x64 and arm64.',
    );
  }
  writeFileSync(stamp, wanted());
}

function takeLock() {
  try {
    return openSync(lock, 'wx');
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`firebreak: cannot write ${lock}: ${error.message}`);
    const heldSinceMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - heldSinceMs > LOCK_STALE_MS) rmSync(lock, { force: true });
    return undefined;
  }
}

while (!isFresh()) {
  const held = takeLock();
  if (held === undefined) {
    sleep(200);
    continue;
  }
  let problem;
  try {
    if (!isFresh()) install();
  } catch (error) {
    problem = error.message;
  } finally {
    closeSync(held);
    rmSync(lock, { force: true });
  }
  if (problem) fail(problem);
}
