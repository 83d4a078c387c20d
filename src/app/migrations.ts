import { tokenMigrations } from '../api/index.ts';
import { authorityMigrations } from '../authority/index.ts';
import { gateMigrations } from '../gate/index.ts';
import { inventoryMigrations } from '../inventory/index.ts';
import { ledgerMigrations } from '../ledger/index.ts';
import { responseMigrations } from '../response/index.ts';
import { runnerMigrations } from '../runner/index.ts';
import { signalMigrations } from '../signals/index.ts';
import type { Migration } from '../store/index.ts';
import { keyMigrations } from './keys.ts';

/** The whole schema of this server. */
export const MIGRATIONS: readonly Migration[] = [
  ...ledgerMigrations,
  ...runnerMigrations,
  ...inventoryMigrations,
  ...authorityMigrations,
  ...signalMigrations,
  ...gateMigrations,
  ...responseMigrations,
  ...tokenMigrations,
  ...keyMigrations,
];
