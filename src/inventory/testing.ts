// Test support for the folders above the inventory; never imported by the product.
import {
  createIds,
  createPushableClock,
  createSeededRandom,
  type IdSource,
  type PushableClock,
  Secret,
} from '../kernel/index.ts';
import { appendCommands, type LedgerEntry, ledgerMigrations } from '../ledger/index.ts';
import type { Command, Migration, Store } from '../store/index.ts';

export interface PartsForTest {
  readonly store: Store;
  readonly clock: PushableClock;
  readonly ids: IdSource;
  readonly fingerprintKey: Secret;
  /** Writes entries with the change, as the real ledger does, without sealing. */
  readonly ledger: {
    readonly append: (
      entries: readonly LedgerEntry[],
      commands?: readonly Command[],
    ) => ReturnType<Store['write']>;
  };
  /** Everything that was appended through this ledger, as text. */
  readonly entries: readonly LedgerEntry[];
}

export async function partsForTest(
  store: Store,
  migrations: readonly Migration[],
): Promise<PartsForTest> {
  await store.migrate([...ledgerMigrations, ...migrations], { apply: true });
  const clock = createPushableClock();
  const entries: LedgerEntry[] = [];
  return {
    store,
    clock,
    ids: createIds(clock.nowMs, createSeededRandom(7)),
    fingerprintKey: new Secret('fingerprint key of a test'),
    ledger: {
      append: async (appended, commands = []) => {
        const results = await store.write([...commands, ...appendCommands(appended)]);
        entries.push(...appended);
        return results;
      },
    },
    entries,
  };
}
