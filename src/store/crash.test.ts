import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Store } from './model.ts';
import type { StorePlace } from './open.ts';
import { openPostgresStore } from './postgres.ts';
import { statement } from './statement.ts';
import {
  cleanUp,
  createDirectoryForTest,
  describeOnBothStores,
  launchPostgres,
  POSTGRES_MISSING,
} from './testing.ts';

const SCHEMA = [
  {
    id: '2026-01-01-crash',
    sql: 'create table noted(id text primary key);\ncreate table twin(id text primary key);',
  },
];
const KILLS = 5;
/** Starts and kills processes, on a machine that may be busy. */
const SLOW = { timeout: 90_000 };
const program = fileURLToPath(new URL('./crash-writer.testing.ts', import.meta.url));

function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Writer {
  readonly child: ChildProcess;
  readonly acknowledged: () => readonly string[];
  readonly kill: () => Promise<void>;
}

async function startWriter(place: StorePlace, prefix: string): Promise<Writer> {
  const file = join(createDirectoryForTest(), 'acknowledged');
  const child = spawn(process.execPath, [program, JSON.stringify(place), prefix, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  cleanUp(() => child.kill('SIGKILL'));
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the writer ended with ${String(code)}`);
    }),
  ]);
  return {
    child,
    acknowledged: () =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [],
    kill: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function waitForMore(writer: Writer, than: number): Promise<void> {
  while (writer.acknowledged().length <= than) {
    expect(writer.child.exitCode).toBeNull();
    await sleepMs(5);
  }
}

async function expectNothingLost(store: Store, acknowledged: readonly string[]): Promise<void> {
  // One statement, one state: a writer may be at work.
  const rows = await store.query(
    statement('select n.id as noted, t.id as twin from noted n full join twin t on t.id = n.id'),
  );
  const noted = new Set(rows.map((row) => row['noted']));
  expect(acknowledged.filter((id) => !noted.has(id))).toEqual([]);
  // Each list whole, also those that were in flight.
  expect(rows.filter((row) => row['noted'] !== row['twin'])).toEqual([]);
}

describeOnBothStores('after kill -9 of the server', (open, { freshPlace }) => {
  it('nothing acknowledged is missing and no list is half there', SLOW, async () => {
    const place = await freshPlace();
    const first = await open(place);
    await first.migrate(SCHEMA, { apply: true });
    await first.close();
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writer = await startWriter(place, `kill${kill}`);
      await waitForMore(writer, 50);
      // Another point within a commit each time.
      await sleepMs(kill * 7);
      await writer.kill();
      acknowledged.push(...writer.acknowledged());
      // At once: the lock died with its holder.
      const store = await open(place);
      await expectNothingLost(store, acknowledged);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 50);
  });
});

describe.skipIf(POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true')(
  `after kill -9 of PostgreSQL${POSTGRES_MISSING === undefined ? '' : `: ${POSTGRES_MISSING}`}`,
  () => {
    it('nothing acknowledged is missing and the writers go on by themselves', SLOW, async () => {
      const server = await launchPostgres();
      cleanUp(server.stop);
      const url = await server.freshDatabase();
      const store = await openPostgresStore({ url });
      cleanUp(store.close);
      await store.migrate(SCHEMA, { apply: true });
      const writer = await startWriter(url, 'pg');
      await waitForMore(writer, 100);
      await server.kill();
      const before = writer.acknowledged();
      await server.start();
      await expectNothingLost(store, before);
      await waitForMore(writer, before.length + 50);
      await writer.kill();
      await expectNothingLost(store, writer.acknowledged());
    });
  },
);
