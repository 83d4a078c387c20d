import { launchPostgres } from '../../src/store/postgres.testing.ts';

/** A throw-away PostgreSQL with its usual durability; null where none is installed. */
export async function withPostgres<Value>(
  work: (url: string) => Promise<Value>,
): Promise<Value | null> {
  const postgres = await launchPostgres();
  try {
    return await work(await postgres.freshDatabase());
  } finally {
    await postgres.stop();
  }
}
