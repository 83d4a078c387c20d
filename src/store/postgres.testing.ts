// A throw-away PostgreSQL: own port, own data directory, durable as in production, gone when the tests are.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { messageOf } from '../kernel/index.ts';

/** Names the URL of a server that a whole run shares, where the run has started one. */
export const SHARED_POSTGRES = 'FIREBREAK_TEST_POSTGRES';

export interface PostgresForTest {
  /** As the superuser, in a database of its own. */
  readonly url: string;
  /** Of an empty database that nobody else has. */
  readonly freshDatabase: () => Promise<string>;
  /** As the superuser, in a database of its own or in that of a URL. */
  readonly administer: (sql: string, url?: string) => Promise<readonly unknown[]>;
  /** SIGKILL to the postmaster: what a power cut leaves behind, short of the disk. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly directory: string;
}

export interface PostgresForTestOptions {
  /** An existing directory to put the data into: a small disk. */
  readonly within?: string;
  readonly settings?: readonly string[];
}

const DEBIAN = '/usr/lib/postgresql';
const START_ATTEMPTS_MAX = 100;
const START_PAUSE_MS = 50;

/** The directory of initdb and postgres, or undefined. `npm test` installs them where it may. */
export function findPostgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const debian = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(DEBIAN, version, 'bin'));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => part !== '');
  return [...debian, ...path].find(
    (directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'postgres')),
  );
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function numberFrom(program: string, args: readonly string[]): number | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : undefined;
}

/** PostgreSQL refuses to run as root. */
function findAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = numberFrom('id', ['-u', name]);
    const gid = numberFrom('id', ['-g', name]);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** Ends the server and removes its data when this process is gone, however it went: its end of the pipe closes. */
const WATCHDOG = `cat > /dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid"
while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.05; done
rm -rf "$1"`;

function startWatchdog(directory: string): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  // A pipe has unref(), its type does not say so.
  (watchdog.stdin as unknown as { readonly unref: () => void }).unref();
  return watchdog;
}

function initialise(programs: string, directory: string, account: Account | undefined): void {
  const args = ['-D', join(directory, 'data'), '-U', 'firebreak', '-A', 'trust', '-E', 'UTF8'];
  args.push('--no-locale', '--no-sync');
  const { status, stderr, error } = spawnSync(join(programs, 'initdb'), args, {
    encoding: 'utf8',
    cwd: directory,
    ...account,
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr ?? messageOf(error)}`);
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'fsync=on',
  'synchronous_commit=on',
  'max_connections=300',
  'shared_buffers=32MB',
  'autovacuum_naptime=1h',
  'checkpoint_timeout=1h',
  'log_min_messages=panic',
  // After a kill: one call instead of one for each of thousands of files.
  'recovery_init_sync_method=syncfs',
];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function runSql(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function waitUntilUp(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runSql(url, 'select 1');
      return;
    } catch (error) {
      if (attempt >= START_ATTEMPTS_MAX) throw error;
    }
    await pause(START_PAUSE_MS);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });
}

interface Launch {
  readonly programs: string;
  readonly directory: string;
  readonly account: Account | undefined;
  readonly port: number;
  readonly settings: readonly string[];
}

/** Once more when it ends at once: after a kill the old backends hold shared memory for a moment. */
async function launch({ programs, directory, account, port, settings }: Launch, url: string) {
  const options = [
    ...SETTINGS,
    `port=${port}`,
    `unix_socket_directories=${directory}`,
    ...settings,
  ];
  const args = ['-D', join(directory, 'data'), ...options.flatMap((option) => ['-c', option])];
  for (let attempt = 1; ; attempt += 1) {
    const child = spawn(join(programs, 'postgres'), args, {
      stdio: 'ignore',
      detached: true,
      cwd: directory,
      ...account,
    });
    child.unref();
    const outcome = await Promise.race([
      ended(child).then(() => 'ended'),
      waitUntilUp(url).then(() => 'up'),
    ]);
    if (outcome === 'up') return child;
    if (attempt >= START_ATTEMPTS_MAX) throw new Error('PostgreSQL does not start');
    await pause(START_PAUSE_MS);
  }
}

/** An empty database that nobody else has, on the server of that URL. */
export async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runSql(url, `create database ${name}`);
  return new URL(`/${name}`, url).href;
}

/** Stops by itself when the process ends. */
export async function launchPostgres(
  options: PostgresForTestOptions = {},
): Promise<PostgresForTest> {
  const programs = findPostgresPrograms();
  if (programs === undefined) throw new Error('PostgreSQL is not installed');
  const account = findAccount();
  const directory = mkdtempSync(join(options.within ?? tmpdir(), 'firebreak-pg-'));
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
  const watchdog = startWatchdog(directory);
  initialise(programs, directory, account);
  const port = await freePort();
  const urlOf = (database: string): string => `postgres://firebreak@127.0.0.1:${port}/${database}`;
  const settings = options.settings ?? [];
  const start = (): Promise<ChildProcess> =>
    launch({ programs, directory, account, port, settings }, urlOf('postgres'));
  let server = await start();
  const administer: PostgresForTest['administer'] = (sql, url = urlOf('postgres')) =>
    runSql(url, sql);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server.ref();
    if (!hasEnded(server)) server.kill(signal);
    await ended(server);
  };
  return {
    directory,
    administer,
    url: urlOf('postgres'),
    freshDatabase: () => createDatabase(urlOf('postgres')),
    kill: () => end('SIGKILL'),
    start: async () => {
      server = await start();
    },
    stop: async () => {
      // At once: an orderly end writes out files that are about to be removed.
      await end('SIGQUIT');
      watchdog.ref();
      watchdog.stdin?.destroy();
      await ended(watchdog);
    },
  };
}
