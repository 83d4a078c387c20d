// Test support for every folder; never imported by the product.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import type { Dialect, Store } from './model.ts';
import { openStore } from './open.ts';
import type { StoreOptions, StorePlace } from './open.ts';
import {
  createDatabase,
  findPostgresPrograms,
  launchPostgres,
  SHARED_POSTGRES,
} from './postgres.testing.ts';
import type { PostgresForTest } from './postgres.testing.ts';
import { openSqliteStore } from './sqlite.ts';
import type { SqliteOptions } from './sqlite.ts';

export { launchPostgres } from './postgres.testing.ts';
export type { PostgresForTest, PostgresForTestOptions } from './postgres.testing.ts';

type CleanUp = () => unknown;

const atFileEnd: CleanUp[] = [];
afterAll(async () => {
  for (const clean of atFileEnd.splice(0).toReversed()) await clean();
});

/** After the test when one is running (its beforeEach included), else after the file; last come, first gone. */
export function cleanUp(clean: CleanUp): void {
  const run = async (): Promise<void> => {
    await clean();
  };
  try {
    onTestFinished(run);
  } catch {
    atFileEnd.push(run);
  }
}

/** An empty directory that is gone afterwards. */
export function createDirectoryForTest(): string {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-test-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** An embedded store of its own, closed and removed afterwards. */
export async function createSqliteForTest(options: Partial<SqliteOptions> = {}): Promise<Store> {
  const directory = options.directory ?? createDirectoryForTest();
  const store = await openSqliteStore({ ...options, directory });
  cleanUp(store.close);
  return store;
}

const ofTheRun = process.env[SHARED_POSTGRES];

let shared: Promise<PostgresForTest> | undefined;

/** One server for the whole test file, started at the first call. */
export function startPostgres(): Promise<PostgresForTest> {
  if (shared === undefined) {
    shared = launchPostgres();
    atFileEnd.unshift(async () => {
      const server = await shared;
      shared = undefined;
      await server?.stop();
    });
  }
  return shared;
}

export const POSTGRES_MISSING =
  findPostgresPrograms() === undefined
    ? 'PostgreSQL is not installed (Debian: apt-get install postgresql)'
    : undefined;

/** A place for a new, empty store; several stores (nodes) may be opened on one PostgreSQL place. */
export async function freshPlace(dialect: Dialect): Promise<StorePlace> {
  if (dialect === 'sqlite') return { sqlite: createDirectoryForTest() };
  if (ofTheRun !== undefined) return await createDatabase(ofTheRun);
  return (await startPostgres()).freshDatabase();
}

/** Opens an empty store, or another one at a given place; closed after the test. */
export type OpenForTest = (place?: StorePlace, options?: StoreOptions) => Promise<Store>;

export interface DialectForTest {
  readonly dialect: Dialect;
  readonly freshPlace: () => Promise<StorePlace>;
}

function describeOn(
  dialect: Dialect,
  name: string,
  body: (open: OpenForTest, on: DialectForTest) => void,
): void {
  const missing = dialect === 'postgres' ? POSTGRES_MISSING : undefined;
  const on = { dialect, freshPlace: () => freshPlace(dialect) };
  const open: OpenForTest = async (place, options = {}) => {
    const store = await openStore(place ?? (await freshPlace(dialect)), options);
    cleanUp(store.close);
    return store;
  };
  // In CI nothing may be skipped: there the start of the server fails.
  const skip = missing !== undefined && process.env['CI'] !== 'true';
  describe.skipIf(skip)(`${name} (${dialect}${skip ? `: ${missing}` : ''})`, () => {
    // Its own time, so that no test pays for the start of the server.
    if (dialect === 'postgres' && ofTheRun === undefined) beforeAll(startPostgres);
    body(open, on);
  });
}

/**
 * The same tests on both dialects.
 *
 *     describeOnBothStores('the ledger', (open) => {
 *       it('appends', async () => {
 *         const store = await open();
 */
export function describeOnBothStores(
  name: string,
  body: (open: OpenForTest, on: DialectForTest) => void,
): void {
  describeOn('sqlite', name, body);
  describeOn('postgres', name, body);
}
