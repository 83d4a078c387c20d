import { existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { differsFromAdopted } from '../authority/index.ts';
import {
  assertRuntime,
  FirebreakError,
  isFirebreakError,
  messageOf,
  realClock,
  silentLog,
} from '../kernel/index.ts';
import { openLedgerKeys } from '../ledger/index.ts';
import { openStore, statement, integer, oneRow, type Store } from '../store/index.ts';
import { openServerKeys } from './keys.ts';
import { MIGRATIONS } from './migrations.ts';
import { checkCharterFile } from './offline.ts';
import { resolveSettings, type ServerOptions, type ServerSettings } from './settings.ts';

export interface Diagnosis {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do; null where nothing is to be done. */
  readonly remedy: string | null;
}

const DISK_FREE_BYTES_WARN = 1024 ** 3;
const DISK_FREE_BYTES_FAIL = 100 * 1024 ** 2;
const CLOCK_OFFSET_MS_MAX = 2_000;
/** No release is older: a clock before it was never set. */
const RELEASED_MS = Date.parse('2026-01-01T00:00:00Z');

function ok(name: string, text: string): Diagnosis {
  return { name, state: 'ok', text, remedy: null };
}

function warn(name: string, text: string, remedy: string): Diagnosis {
  return { name, state: 'warn', text, remedy };
}

function fail(name: string, text: string, remedy: string): Diagnosis {
  return { name, state: 'fail', text, remedy };
}

function failOf(name: string, error: unknown): Diagnosis {
  if (isFirebreakError(error)) return fail(name, error.message, error.remedy);
  return fail(name, messageOf(error), 'Correct what the message names, then run doctor again.');
}

function checkRuntime(): Diagnosis {
  try {
    assertRuntime();
    return ok('runtime', `Node ${process.versions.node}`);
  } catch (error) {
    return failOf('runtime', error);
  }
}

function checkDirectory({ data }: ServerSettings): Diagnosis {
  if (!existsSync(data)) return ok('data directory', `${data} will be made`);
  const stat = statSync(data);
  if (!stat.isDirectory()) {
    return fail('data directory', `${data} is no directory`, 'Give another one with --data.');
  }
  if ((stat.mode & 0o077) === 0) return ok('data directory', `${data} is private`);
  return warn('data directory', `${data} is open to other users`, `Run \`chmod 700 ${data}\`.`);
}

function checkDisk({ data }: ServerSettings): Diagnosis {
  let place = data;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const text = `${Math.floor(free / 1024 ** 2)} MiB free at ${place}`;
  const remedy = 'Free disk space: a full disk means that nothing is acknowledged.';
  if (free < DISK_FREE_BYTES_FAIL) return fail('disk', text, remedy);
  return free < DISK_FREE_BYTES_WARN ? warn('disk', text, remedy) : ok('disk', text);
}

function checkCharterOf({ charterFile }: ServerSettings): Diagnosis {
  if (charterFile === null) {
    const text = 'the starter charter is in force: nothing acts by itself';
    return warn(
      'charter',
      text,
      'Write charter.yaml and roster.yaml and name them in firebreak.yaml.',
    );
  }
  const { problems } = checkCharterFile(charterFile, null);
  const [first] = problems;
  if (first === undefined) return ok('charter', `${charterFile} is sound`);
  const text = `line ${first.line}: ${first.problem} (${problems.length} in all)`;
  return fail('charter', text, `Run \`firebreak charter check ${charterFile}\`.`);
}

function checkPort({ host, port }: ServerSettings): Promise<Diagnosis> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      const text = isTaken ? `port ${port} is in use` : messageOf(error);
      const remedy = 'That may be Firebreak itself; otherwise choose another port with --port.';
      resolve(isTaken ? warn('port', text, remedy) : failOf('port', error));
    });
    probe.listen({ host, port }, () => {
      probe.close(() => {
        resolve(ok('port', `${host}:${port} is free`));
      });
    });
  });
}

/** On the embedded store both clocks are the same one; on PostgreSQL leases and records must agree. */
async function checkClock(store: Store): Promise<Diagnosis> {
  const before = realClock.nowMs();
  if (before < RELEASED_MS) {
    return fail('clock', 'the clock was never set', 'Set it, and keep it set with NTP.');
  }
  const row = oneRow(await store.query(statement(`select ${store.nowMsSql} as now_ms`)));
  const offsetMs = integer(row, 'now_ms') - Math.round((before + realClock.nowMs()) / 2);
  const text = `${Math.abs(offsetMs)} ms from the clock of the store`;
  if (Math.abs(offsetMs) <= CLOCK_OFFSET_MS_MAX) return ok('clock', text);
  return fail('clock', text, 'Keep both machines on NTP: signatures and leases depend on it.');
}

async function checkSchema(store: Store): Promise<Diagnosis> {
  try {
    await store.migrate(MIGRATIONS, { apply: false });
    return ok('schema', `all ${MIGRATIONS.length} migrations are applied`);
  } catch (error) {
    if (!isFirebreakError(error, 'store-schema-older')) return failOf('schema', error);
    const isEmbedded = store.dialect === 'sqlite';
    return isEmbedded
      ? warn('schema', error.message, 'The next start applies it.')
      : failOf('schema', error);
  }
}

/** A server goes by what was adopted, whatever the files say. */
async function checkAdopted(store: Store, settings: ServerSettings): Promise<Diagnosis> {
  const name = 'adopted charter';
  try {
    const differs =
      settings.charterFile === null ? null : await differsFromAdopted(store, settings);
    if (differs === null) return ok(name, 'it is what the files say');
    return warn(
      name,
      differs,
      'Propose the files with `firebreak charter adopt`, or restore them.',
    );
  } catch (error) {
    return failOf(name, error);
  }
}

async function checkKeys(store: Store, settings: ServerSettings): Promise<Diagnosis> {
  const { data: directory, master } = settings;
  const isThere = master !== null || existsSync(join(directory, 'master.key'));
  if (!isThere) return ok('keys', 'they will be made at the first start');
  try {
    const keys = await openServerKeys({ store, directory, master, log: silentLog });
    const passphrase = keys.ledgerPassphrase;
    await openLedgerKeys({ store, directory, passphrase, log: silentLog });
    if (master !== null) return ok('keys', 'they open');
    const remedy = 'Keep it elsewhere with keys.master: whoever copies the directory has both.';
    return warn('keys', 'the master key lies beside the data', remedy);
  } catch (error) {
    return failOf('keys', error);
  }
}

async function checkStore(settings: ServerSettings): Promise<readonly Diagnosis[]> {
  const isEmbedded = typeof settings.place === 'object';
  if (isEmbedded && !existsSync(join(settings.data, 'firebreak.db'))) {
    return [ok('store', 'a new embedded store will be made')];
  }
  let store: Store;
  try {
    store = await openStore(settings.place, { log: silentLog });
  } catch (error) {
    if (!isFirebreakError(error, 'store-locked')) return [failOf('store', error)];
    const remedy = 'Nothing to do when that is the server; its state is at /readyz.';
    return [warn('store', 'a running Firebreak holds the data directory', remedy)];
  }
  try {
    const schema = await checkSchema(store);
    const clock = await checkClock(store);
    const inside =
      schema.state === 'ok'
        ? [await checkKeys(store, settings), await checkAdopted(store, settings)]
        : [];
    return [ok('store', `${store.dialect} answers`), schema, clock, ...inside];
  } finally {
    await store.close();
  }
}

/** Looks at everything a start depends on, and changes nothing but what a start would. */
export async function diagnose(options: ServerOptions): Promise<readonly Diagnosis[]> {
  const runtime = checkRuntime();
  let settings: ServerSettings;
  try {
    settings = resolveSettings(options);
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    return [runtime, failOf('configuration', error)];
  }
  const configuration = ok('configuration', options.config ?? 'defaults');
  return [
    runtime,
    configuration,
    checkDirectory(settings),
    checkDisk(settings),
    checkCharterOf(settings),
    ...(await checkStore(settings)),
    await checkPort(settings),
  ];
}
