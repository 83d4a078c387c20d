import {
  findPostgresPrograms,
  launchPostgres,
  SHARED_POSTGRES,
} from '../../../src/store/postgres.testing.ts';

/** One server for all stories. They are about promises, not about disks: the crash tests and the store's own sync. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (findPostgresPrograms() === undefined) return undefined;
  const server = await launchPostgres({ settings: ['fsync=off', 'synchronous_commit=off'] });
  process.env[SHARED_POSTGRES] = server.url;
  return server.stop;
}
