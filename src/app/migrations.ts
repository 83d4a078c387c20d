import { tokenMigrations } from '../api/index.ts';
import { peopleMigrations } from '../people/index.ts';
import type { Migration } from '../store/index.ts';
import { ENGINE_MIGRATIONS } from './engine.ts';
import { keyMigrations } from './keys.ts';

/** The whole schema of this server. */
export const MIGRATIONS: readonly Migration[] = [
  ...ENGINE_MIGRATIONS,
  ...tokenMigrations,
  ...peopleMigrations,
  ...keyMigrations,
];
