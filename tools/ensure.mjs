// Plain JavaScript for any Node >= 20: installs what is missing, once, even when two commands start together.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const lock = join(root, '.installing');
/** A process id can be reused, so the age of a lock counts as well. */
const LOCK_MS_MAX = 900_000;
/** Between creating the lock and writing into it. */
const LOCK_EMPTY_MS_MAX = 5_000;
const POLL_MS = 200;

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The pinned Node is one of the optional dependencies: the one for this platform. */
function hasRuntime() {
  const pinned = readJson(join(root, 'package.json'))?.optionalDependencies ?? {};
  return (
    existsSync(join(modules, '.bin', 'node')) &&
    Object.entries(pinned).some(
      ([name, version]) => readJson(join(modules, name, 'package.json'))?.version === version,
    )
  );
}

/** npm writes the hidden lock file last; it lists what is installed. Packages of other platforms are optional. */
function isFresh() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  if (wanted === undefined || installed === undefined) return false;
  return (
    hasRuntime() &&
    Object.entries(wanted)
      .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional)
      .every(([path, entry]) => installed[path]?.version === entry.version)
  );
}

function sleep(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function startNpm(args) {
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: '' } };
  // npx, yarn and pnpm set this variable too, to themselves.
  const npm = process.env.npm_execpath;
  return npm !== undefined && basename(npm) === 'npm-cli.js'
    ? spawn(process.execPath, [npm, ...args], options)
    : spawn('npm', args, options);
}

async function install() {
  console.error('firebreak: installing dependencies (npm ci), this takes some seconds');
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts'];
  const npm = startNpm([...args, '--no-audit', '--no-fund', '--loglevel=error']);
  // When this process is killed, npm may go on: the lock is held as long as one of the two lives.
  writeFileSync(lock, `${process.pid} ${npm.pid ?? process.pid}`);
  const problem = await new Promise((resolve) => {
    npm.on('error', (error) => resolve(error.message));
    npm.on('exit', (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
  if (problem !== undefined) {
    throw new Error(
      `firebreak: npm ci failed (${problem}). Remedy: run \`npm ci\` yourself and read its message.`,
    );
  }
  if (!isFresh()) {
    throw new Error(
      `firebreak: no pinned Node for ${process.platform}-${process.arch} after npm ci. Remedy: ` +
        'supported are linux and macOS on x64 and arm64; check that no .npmrc omits optional packages.',
    );
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return !isZombie(pid);
}

/** In a container nobody may collect the dead: on Linux they stay in the process table. */
function isZombie(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') === true;
  } catch {
    return false;
  }
}

/** True when nobody who could still be installing holds the lock. */
function isAbandoned() {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const ageMs = Date.now() - stat.mtimeMs;
  const pids = readFileSync(lock, 'utf8').split(' ').map(Number).filter(Boolean);
  if (pids.length === 0) return ageMs > LOCK_EMPTY_MS_MAX;
  return ageMs > LOCK_MS_MAX || !pids.some(isAlive);
}

/** Two may find the same abandoned lock: the last to write into it has it, the other sees that after a moment. */
async function takeOver() {
  writeFileSync(lock, `${process.pid}`);
  await sleep(POLL_MS);
  return readFileSync(lock, 'utf8') === `${process.pid}`;
}

async function takeLock() {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') {
      try {
        return isAbandoned() && (await takeOver());
      } catch {
        // The holder ended meanwhile and took its lock along.
        return false;
      }
    }
    throw new Error(
      `firebreak: cannot write ${lock}: ${error.message}. ` +
        'Remedy: run it as the owner of this directory, or run `npm ci` there first.',
    );
  }
}

/** Resolves when node_modules is what the lock file describes; rejects with a remedy. */
export async function ensureInstalled() {
  let announced = false;
  while (!isFresh()) {
    if (await takeLock()) {
      try {
        if (!isFresh()) await install();
      } finally {
        rmSync(lock, { force: true });
      }
    } else {
      if (!announced)
        console.error('firebreak: waiting for another installation in this directory');
      announced = true;
      await sleep(POLL_MS);
    }
  }
}
