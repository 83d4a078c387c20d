// node tools/with-runtime.mjs tools/complete-lock.ts: adds what npm leaves out of package-lock.json.
// A registry that does not carry the binaries of other platforms makes npm write a lock file without them; `npm ci` then
// refuses that lock file everywhere. Their version is known (the package that wants them pins it), their hash is not.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'x64', 'ppc64', 'riscv64', 's390x', 'ia32', 'wasm32'];

/** `@oxlint/binding-linux-arm64-musl` says in its name where it runs. */
function entryOf(name: string, version: string, dev: boolean): LockEntry | undefined {
  const parts = name.split(/[/-]/u);
  const os = parts.find((part) => SYSTEMS.includes(part));
  const cpu = parts.find((part) => PROCESSORS.includes(part));
  if (os === undefined || cpu === undefined) return undefined;
  const library = parts.find((part) => /^(?:gnu|musl)/u.test(part));
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(library === undefined ? {} : { libc: [library.startsWith('musl') ? 'musl' : 'glibc'] }),
    optional: true,
    os: [os],
  };
}

/** Optional packages that some package wants at an exact version and that the lock file does not list. */
export function missingFrom(lock: Lock): Readonly<Record<string, LockEntry>> {
  const missing: Record<string, LockEntry> = {};
  for (const [path, { optionalDependencies, dev }] of Object.entries(lock.packages)) {
    if (path === '') continue;
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      const entry = /^\d/u.test(version) ? entryOf(name, version, dev === true) : undefined;
      if (entry !== undefined && lock.packages[key] === undefined) missing[key] = entry;
    }
  }
  return missing;
}

export function completeLock(lock: Lock): Lock {
  const packages = Object.entries({ ...lock.packages, ...missingFrom(lock) });
  packages.sort(([left], [right]) => (left < right ? -1 : 1));
  return { ...lock, packages: Object.fromEntries(packages) };
}

export function readLock(root: string): Lock {
  // npm has written it; members that are read here have had this shape since lock file version 2.
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const lock = readLock(root);
  const file = join(root, 'package-lock.json');
  writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
  console.log(`${Object.keys(missingFrom(lock)).length} packages added`);
}
