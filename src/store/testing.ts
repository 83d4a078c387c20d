// Test support for every folder; never imported by the product.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import type { Store } from './model.ts';
import { openSqliteStore } from './sqlite.ts';
import type { SqliteOptions } from './sqlite.ts';

const atFileEnd: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const clean of atFileEnd.splice(0).reverse()) await clean();
});

/** After the test when one is running, else after the file. */
function cleanUp(clean: () => void | Promise<void>): void {
  try {
    onTestFinished(clean);
  } catch {
    atFileEnd.push(clean);
  }
}

/** An empty directory that is gone afterwards. */
export function createDirectoryForTest(): string {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-test-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** An embedded store of its own, closed and removed afterwards. */
export async function createSqliteForTest(options: Partial<SqliteOptions> = {}): Promise<Store> {
  const directory = options.directory ?? createDirectoryForTest();
  const store = await openSqliteStore({ ...options, directory });
  cleanUp(store.close);
  return store;
}
