// Programs that tests need beside npm packages: found, or installed by apt-get as root on Debian, or named as missing.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first executable of that name in PATH, or undefined. */
export function findInPath(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** `postgres` of the newest version that Debian installed, else that of PATH. */
export function findPostgres(debianDirectory = DEBIAN_POSTGRES) {
  const versions = existsSync(debianDirectory) ? readdirSync(debianDirectory) : [];
  const newestFirst = versions.sort((left, right) => Number(right) - Number(left));
  return (
    newestFirst
      .map((version) => join(debianDirectory, version, 'bin', 'postgres'))
      .find(isExecutable) ?? findInPath('postgres')
  );
}

/** What `npm test` wants on the machine. */
export const PROGRAMS = [
  { name: 'PostgreSQL', debianPackage: 'postgresql', find: () => findPostgres() },
];

function aptGet(args) {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    // Standard output belongs to the test run.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.status === 0;
}

function mayInstall() {
  return process.getuid?.() === 0 && findInPath('apt-get') !== undefined;
}

function install(debianPackage) {
  console.error(`firebreak: installing ${debianPackage} with apt-get`);
  const args = ['install', '-y', '--no-install-recommends', debianPackage];
  return aptGet(args) || (aptGet(['update']) && aptGet(args));
}

/** Returns `{path}`, or `{missing}`: a sentence with what to do. */
export function ensureProgram({ name, debianPackage, find }) {
  const found = find();
  if (found !== undefined) return { path: found };
  if (mayInstall() && install(debianPackage)) {
    const installed = find();
    if (installed !== undefined) return { path: installed };
  }
  return {
    missing: `${name} is not installed. Remedy: install it (Debian: apt-get install ${debianPackage}), then run npm test again`,
  };
}

/** Ensures all of them; returns a line for each that stays missing. */
export function ensurePrograms() {
  return PROGRAMS.map(ensureProgram).flatMap(({ missing }) => missing ?? []);
}
