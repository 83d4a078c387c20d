import type { Log } from '../kernel/index.ts';
import type { Store } from './model.ts';
import { openPostgresStore } from './postgres.ts';
import { openSqliteStore } from './sqlite.ts';

/** Where a store is: a PostgreSQL URL, or the directory of an embedded one. */
export type StorePlace = string | { readonly sqlite: string };

export interface StoreOptions {
  readonly log?: Log;
}

export function openStore(place: StorePlace, options: StoreOptions = {}): Promise<Store> {
  return typeof place === 'string'
    ? openPostgresStore({ url: place, ...options })
    : openSqliteStore({ directory: place.sqlite, ...options });
}
