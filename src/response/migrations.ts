import type { Migration } from '../store/index.ts';
import { cardMigrations } from './card-store.ts';
import { incidentMigrations } from './store.ts';

export const responseMigrations: readonly Migration[] = [...incidentMigrations, ...cardMigrations];
