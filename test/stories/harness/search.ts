import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store, StorePlace } from '../../../src/store/index.ts';

/** A secret is found also where somebody only wrote it down differently. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('base64').replaceAll('=', ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
  ];
}

export function secretsIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
}

/** Every column of every row of every table, as text. */
export async function textOfStore(store: Store): Promise<string> {
  const sql =
    store.dialect === 'sqlite'
      ? `select name from sqlite_master where type = 'table'`
      : `select table_name as name from information_schema.tables where table_schema = 'public'`;
  const tables = await store.query({ sql, params: [] });
  const parts: string[] = [];
  for (const table of tables) {
    const name = String(table['name']);
    for (const row of await store.query({ sql: `select * from "${name}"`, params: [] })) {
      const values = Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
      );
      parts.push(`${name}: ${values.join(' ')}`);
    }
  }
  return parts.join('\n');
}

/** The bytes on the disk, what was deleted included; nothing for a store on a server. */
export function bytesOfPlace(place: StorePlace): string {
  if (typeof place === 'string') return '';
  const { sqlite } = place;
  return readdirSync(sqlite)
    .map((name) => join(sqlite, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
