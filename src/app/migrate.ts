import { createLog } from '../kernel/index.ts';
import { openStore } from '../store/index.ts';
import { MIGRATIONS } from './migrations.ts';
import { resolveSettings, type ServerOptions } from './settings.ts';

/** Brings the schema up to this server's; harmless when it is there already. */
export async function migrateStore(
  options: ServerOptions,
): Promise<{ readonly store: string; readonly migrations: number }> {
  const settings = resolveSettings(options);
  const store = await openStore(settings.place, { log: createLog('warn') });
  try {
    await store.migrate(MIGRATIONS, { apply: true });
    return { store: store.dialect, migrations: MIGRATIONS.length };
  } finally {
    await store.close();
  }
}
