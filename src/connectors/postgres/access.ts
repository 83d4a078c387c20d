import type { Secret } from '../../kernel/index.ts';

/** How a role is kept from logging in: `NOLOGIN`, or `CONNECTION LIMIT 0` where something puts LOGIN back. */
export type Suspension = 'nologin' | 'connection-limit';

export interface PostgresAccess {
  readonly target: string;
  /** postgres://account:password@host/database of Firebreak's own account. */
  readonly url: Secret;
  /** The same of a role that no cut touches: the positive control of every probe. */
  readonly controlUrl: Secret;
  /** HOST:PORT by which workloads reach the same server (a pooler, another listener); tried from there too. */
  readonly inside?: string;
  readonly suspension?: Suspension;
  readonly rotation?: 'twin' | 'password';
  /** Group roles whose members lose them already when they are reduced, beside those that lead to power. */
  readonly reduceGroups?: readonly string[];
}

/** Fixed for the life of a connector: what the server said when it was reached. */
export interface PostgresProfile {
  readonly target: string;
  readonly account: string;
  readonly control: string;
  /** Such as 150020. */
  readonly version: number;
  readonly inside: string | null;
  readonly suspension: Suspension;
  readonly rotation: 'twin' | 'password';
  /** Predefined roles that lead out of the database or into other sessions, and what the configuration adds. */
  readonly powerful: readonly string[];
}

/** From this version on a membership has options of its own, and altering a role needs the ADMIN OPTION on it. */
export const MEMBERSHIP_OPTIONS_SINCE = 160_000;

export const POWERFUL_PREDEFINED = [
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_signal_backend',
  'pg_create_subscription',
  'pg_use_reserved_connections',
] as const;
