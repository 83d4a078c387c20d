export type * from './model.ts';
export * from './open.ts';
export { borrowStore } from './sqlite-loan.ts';
export { openPostgresStore } from './postgres.ts';
export type { PostgresOptions } from './postgres.ts';
export { openSqliteStore } from './sqlite.ts';
export type { SqliteOptions } from './sqlite.ts';
export { shareReads } from './shared-read.ts';
export {
  bytes,
  flag,
  insertMany,
  integer,
  maybeRow,
  nullableBytes,
  nullableInteger,
  nullableReal,
  nullableText,
  oneRow,
  real,
  statement,
  text,
} from './statement.ts';
