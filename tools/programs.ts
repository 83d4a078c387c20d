// Programs that tests need beside npm packages: found, or installed by apt-get as root on Debian, or named as missing.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first executable of that name in PATH, or undefined. */
export function findInPath(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** `postgres` of the newest version that Debian installed, else that of PATH. */
export function findPostgres(debianDirectory = DEBIAN_POSTGRES): string | undefined {
  const versions = existsSync(debianDirectory) ? readdirSync(debianDirectory) : [];
  const newestFirst = versions.sort((left, right) => Number(right) - Number(left));
  return (
    newestFirst
      .map((version) => join(debianDirectory, version, 'bin', 'postgres'))
      .find(isExecutable) ?? findInPath('postgres')
  );
}

interface Program {
  readonly name: string;
  readonly debianPackage: string;
  readonly find: () => string | undefined;
}

/** What `npm test` wants on the machine. */
const PROGRAMS: readonly Program[] = [
  { name: 'PostgreSQL', debianPackage: 'postgresql', find: () => findPostgres() },
  { name: 'Redis', debianPackage: 'redis-server', find: () => findInPath('redis-server') },
  { name: 'Chromium', debianPackage: 'chromium', find: () => findInPath('chromium') },
];

function aptGet(args: readonly string[]): boolean {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    // Standard output belongs to the test run.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.status === 0;
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && findInPath('apt-get') !== undefined;
}

function install(debianPackage: string): boolean {
  console.error(`firebreak: installing ${debianPackage} with apt-get`);
  const args = ['install', '-y', '--no-install-recommends', debianPackage];
  return aptGet(args) || (aptGet(['update']) && aptGet(args));
}

/** Undefined when it is there, else a sentence with what to do. */
export function ensureProgram({ name, debianPackage, find }: Program): string | undefined {
  if (find() !== undefined) return undefined;
  if (mayInstall() && install(debianPackage) && find() !== undefined) return undefined;
  return `${name} is not installed. Remedy: install it (Debian: apt-get install ${debianPackage}), then run npm test again`;
}

/** Ensures all of them; a line for each that stays missing. */
export function ensurePrograms(): readonly string[] {
  return PROGRAMS.flatMap((program) => ensureProgram(program) ?? []);
}
