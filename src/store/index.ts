export type * from './model.ts';
export * from './open.ts';
export * from './sqlite.ts';
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
