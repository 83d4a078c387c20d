import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgresPrograms, launchPostgres } from '../../src/store/postgres.testing.ts';

/** A directory for the embedded store, or a PostgreSQL URL: what the processes of a bench take as their place. */
export interface Place {
  readonly store: 'sqlite' | 'postgres';
  readonly place: string;
  /** Of the database server, where it is a process of its own. */
  readonly databasePid: number | null;
}

/** As a server comes from its packages: the tests switch off what would disturb them. */
const USUAL = [
  'shared_buffers=128MB',
  'autovacuum_naptime=1min',
  'checkpoint_timeout=5min',
  'max_connections=100',
];

export async function withSqlite<Value>(work: (place: Place) => Promise<Value>): Promise<Value> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  try {
    return await work({ store: 'sqlite', place: directory, databasePid: null });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A throw-away PostgreSQL with its usual durability; null where none is installed. */
export async function withPostgres<Value>(
  work: (place: Place) => Promise<Value>,
): Promise<Value | null> {
  if (findPostgresPrograms() === undefined) {
    process.stderr.write(
      'bench: PostgreSQL is not installed; only the embedded store is measured\n',
    );
    return null;
  }
  const postgres = await launchPostgres({ settings: USUAL });
  try {
    const place = await postgres.freshDatabase();
    const [pid = ''] = readFileSync(
      join(postgres.directory, 'data', 'postmaster.pid'),
      'utf8',
    ).split('\n');
    const databasePid = Number(pid);
    return await work({ store: 'postgres', place, databasePid });
  } finally {
    await postgres.stop();
  }
}

/** What `work` finds on each store that there is. */
export async function onEachStore<Value>(
  work: (place: Place) => Promise<Value>,
): Promise<readonly Value[]> {
  const sqlite = await withSqlite(work);
  const postgres = await withPostgres(work);
  return postgres === null ? [sqlite] : [sqlite, postgres];
}
