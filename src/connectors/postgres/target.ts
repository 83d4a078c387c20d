import type { PostgresAccess, PostgresProfile } from './access.ts';
import type { Database } from './session.ts';

/** One server as the parts of this connector see it. */
export interface PostgresTarget {
  readonly access: PostgresAccess;
  readonly profile: PostgresProfile;
  readonly database: Database;
}
