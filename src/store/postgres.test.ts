import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { isFirebreakError } from '../kernel/index.ts';
import type { Command, Store } from './model.ts';
import { openPostgresStore } from './postgres.ts';
import { integer, oneRow, statement, text } from './statement.ts';
import {
  cleanUp,
  createDirectoryForTest,
  launchPostgres,
  POSTGRES_MISSING,
  startPostgres,
} from './testing.ts';
import type { PostgresForTest } from './testing.ts';

/** Starts and kills servers of its own, on a machine that may be busy. */
const SLOW = { timeout: 90_000 };
const SCHEMA = [{ id: '2026-01-01-pg', sql: 'create table item(k text primary key, body text)' }];

function put(k: string, body = ''): Command {
  return { sql: 'insert into item(k, body) values ($1, $2)', params: [k, body], rows: 1 };
}

async function openNode(url: string): Promise<Store> {
  const store = await openPostgresStore({ url });
  cleanUp(store.close);
  return store;
}

async function openFresh(): Promise<{ store: Store; url: string; server: PostgresForTest }> {
  const server = await startPostgres();
  const url = await server.freshDatabase();
  const store = await openNode(url);
  await store.migrate(SCHEMA, { apply: true });
  return { store, url, server };
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (isFirebreakError(error) ? error.code : String(error)),
  );
}

async function keysOf(store: Store): Promise<readonly string[]> {
  const rows = await store.query(statement('select k from item order by k'));
  return rows.map((row) => text(row, 'k'));
}

interface Load {
  readonly acknowledged: Set<string>;
  readonly codes: Set<string>;
  readonly stop: () => Promise<void>;
}

/** Sixteen writers that go on after each refusal, as callers of a server do. */
function startLoad(store: Store): Load {
  const acknowledged = new Set<string>();
  const codes = new Set<string>();
  let running = true;
  const writer = async (name: number): Promise<void> => {
    for (let count = 0; running; count += 1) {
      const k = `${name}-${count}`;
      const code = await codeOf(store.write([put(k)]));
      if (code === undefined) acknowledged.add(k);
      else codes.add(code);
      await new Promise((resolve) => setTimeout(resolve, code === undefined ? 0 : 10));
    }
  };
  const work = Promise.all(Array.from({ length: 16 }, (_, name) => writer(name)));
  return {
    acknowledged,
    codes,
    stop: async () => {
      running = false;
      await work;
    },
  };
}

async function waitForMore(load: Load, more = 50): Promise<void> {
  const from = load.acknowledged.size;
  await vi.waitFor(
    () => {
      expect(load.acknowledged.size).toBeGreaterThan(from + more);
    },
    { timeout: 45_000, interval: 5 },
  );
}

async function expectKept(store: Store, load: Load): Promise<void> {
  const kept = new Set(await keysOf(store));
  expect([...load.acknowledged].filter((k) => !kept.has(k))).toEqual([]);
  expect([...load.codes].filter((code) => code !== 'store-unavailable')).toEqual([]);
}

const skip = POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';

describe.skipIf(skip)(`connection loss${skip ? `: ${POSTGRES_MISSING}` : ''}`, () => {
  it('refuses what was in flight, keeps what was acknowledged, and reconnects', SLOW, async () => {
    const { store, server, url } = await openFresh();
    const load = startLoad(store);
    for (let round = 0; round < 5; round += 1) {
      await waitForMore(load);
      await server.administer(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
        url,
      );
    }
    await waitForMore(load);
    await load.stop();
    await expectKept(store, load);
    expect(load.codes.size).toBe(1);
  });

  it('survives a restart of the server, and wakes its listeners afterwards', SLOW, async () => {
    const server = await launchPostgres();
    cleanUp(server.stop);
    const url = await server.freshDatabase();
    const store = await openNode(url);
    await store.migrate(SCHEMA, { apply: true });
    let woken = 0;
    store.onWake('steps', () => {
      woken += 1;
    });
    const load = startLoad(store);
    await waitForMore(load);
    await server.kill();
    expect(await codeOf(store.query(statement('select 1')))).toBe('store-unavailable');
    expect(await codeOf(store.transaction(async () => undefined))).toBe('store-unavailable');
    const before = woken;
    await server.start();
    await waitForMore(load);
    await vi.waitFor(
      () => {
        expect(woken).toBeGreaterThan(before);
      },
      { timeout: 45_000 },
    );
    await load.stop();
    await expectKept(store, load);
  });

  it('says so when nobody answers', async () => {
    const nobody = openPostgresStore({ url: 'postgres://firebreak@127.0.0.1:1/none' });
    expect(await codeOf(nobody)).toBe('store-unavailable');
    const server = await startPostgres();
    const missing = (await server.freshDatabase()).replace(/[^/]+$/u, 'missing');
    expect(await codeOf(openPostgresStore({ url: missing }))).toBe('store-unavailable');
  });
});

describe.skipIf(skip)('several nodes', () => {
  it('wake each other', async () => {
    const { store, url } = await openFresh();
    const other = await openNode(url);
    const heard: string[] = [];
    other.onWake('steps of north', () => heard.push('steps'));
    other.onWake('signals', () => heard.push('signals'));
    // The first hints may come before the other node listens; when it does, all its listeners are woken once.
    await vi.waitFor(
      () => {
        store.wake('steps of north');
        expect(heard).toContain('steps');
      },
      { timeout: 10_000, interval: 20 },
    );
    heard.length = 0;
    store.wake('steps of north');
    await vi.waitFor(
      () => {
        expect(heard).toContain('steps');
      },
      { timeout: 10_000, interval: 5 },
    );
    expect(heard).not.toContain('signals');
  });

  it('see each other at once and count on each other', async () => {
    const { store, url } = await openFresh();
    const other = await openNode(url);
    await store.write([{ sql: 'insert into item(k, body) values ($1, $2)', params: ['n', '0'] }]);
    const bump = {
      sql: `update item set body = cast(cast(body as integer) + 1 as text) where k = 'n'`,
      params: [],
      rows: 1,
    };
    await Promise.all(
      [store, other].flatMap((node) => Array.from({ length: 100 }, () => node.write([bump]))),
    );
    expect(oneRow(await other.query(statement('select body from item')))).toEqual({ body: '200' });
  });

  it('repeat a group that a deadlock took back', SLOW, async () => {
    const { url, server } = await openFresh();
    // The one that asks first finds the deadlock, and is its victim: that shall be the store.
    const database = new URL(url).pathname.slice(1);
    await server.administer(`alter database ${database} set deadlock_timeout = '2s'`);
    const store = await openNode(url);
    await store.write([put('a'), put('b')]);
    const touch = (k: string): Command => ({
      sql: 'update item set body = body || $1 where k = $2',
      params: ['x', k],
      rows: 1,
    });
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    cleanUp(() => other.end());
    await other.query(
      `begin; set local deadlock_timeout = '1min'; update item set body = 'y' where k = 'b'`,
    );
    const written = store.write([touch('a'), touch('b')]);
    await vi.waitFor(
      async () => {
        const waiting = `select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        expect(await server.administer(waiting, url)).toHaveLength(1);
      },
      { timeout: 10_000, interval: 10 },
    );
    await other.query(`update item set body = 'y' where k = 'a'`);
    await other.query('commit');
    await written;
    const rows = await store.query(statement('select body from item'));
    expect(rows).toEqual([{ body: 'yx' }, { body: 'yx' }]);
    expect(store.statistics().retries).toBe(1);
  });
});

describe.skipIf(skip)('prepared statements', () => {
  it('are bounded, and come back after an error in any place', async () => {
    const { store } = await openFresh();
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 600; index += 100) {
        const list = Array.from({ length: 100 }, (_, at) => ({
          sql: `select ${index + at} as i, $1 as p`,
          params: ['x'],
        }));
        const results = await store.write(list, 'one');
        expect(results.map(({ rows }) => integer(oneRow(rows), 'i'))).toEqual(
          list.map((_, at) => index + at),
        );
        const failing = { sql: `insert into item(k) values ($1) -- ${index}`, params: [null] };
        // Behind the failure: the server never parses it.
        const behind = { sql: `select 2 as two -- ${index}`, params: [] };
        const bad = [{ sql: `select 1 -- ${index}`, params: [] }, failing, behind];
        expect(await codeOf(store.write(bad, 'one'))).toBe('store-constraint');
        const [result] = await store.write([behind], 'one');
        expect(result?.rows).toEqual([{ two: 2 }]);
      }
    }
    // The failed ones were closed on the server as well.
    const count = { sql: 'select count(*) as c from pg_prepared_statements', params: [] };
    const failed = `${count.sql} where statement like 'insert into item%'`;
    const [all, left] = await store.write([count, { sql: failed, params: [] }], 'one');
    expect(integer(oneRow(all?.rows ?? []), 'c')).toBeLessThanOrEqual(620);
    expect(left?.rows).toEqual([{ c: 0 }]);
  });

  it('follow a schema that changes under them', async () => {
    const { store } = await openFresh();
    const add = { sql: 'insert into item(k) values ($1) returning *', params: ['a'] };
    await store.write([add]);
    const more = { id: '2026-01-02-more', sql: 'alter table item add column more text' };
    await store.migrate([...SCHEMA, more], { apply: true });
    const [result] = await store.write([{ ...add, params: ['b'] }]);
    expect(result?.rows).toEqual([{ k: 'b', body: null, more: null }]);
  });
});

/** For the account that owns `like`. Returns why not. */
function mountSmallDisk(directory: string, like: string): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting a small disk needs root';
  const { uid, gid } = statSync(like);
  const options = `size=24m,mode=0700,uid=${uid},gid=${gid}`;
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  if (mount.status !== 0) return 'this machine does not let us mount a small disk';
  cleanUp(() => spawnSync('umount', ['-l', directory]));
  return undefined;
}

describe.skipIf(skip)('a full disk', () => {
  it(
    'acknowledges nothing that is not there, and goes on when there is room',
    SLOW,
    async (context) => {
      const server = await launchPostgres();
      const disk = createDirectoryForTest();
      const obstacle = mountSmallDisk(disk, server.directory);
      cleanUp(server.stop);
      context.skip(obstacle !== undefined, obstacle);
      const url = await server.freshDatabase();
      await server.administer(`create tablespace small location '${disk}'`);
      const store = await openNode(url);
      const table = 'create table item(k text primary key, body text) tablespace small';
      await store.migrate(
        [{ id: 'small', sql: `${table};\nalter table item alter body set storage external` }],
        {
          apply: true,
        },
      );
      const body = 'x'.repeat(100_000);
      const written: string[] = [];
      const codes = new Set<string>();
      for (let round = 0; round < 40; round += 1) {
        const work = Array.from({ length: 10 }, async (_, at) => {
          const k = `${round}-${at}`;
          const code = await codeOf(store.write([put(k, body)]));
          if (code === undefined) written.push(k);
          else codes.add(code);
        });
        await Promise.all(work);
      }
      expect([...codes]).toEqual(['store-full']);
      expect(written.length).toBeGreaterThan(20);
      expect(await keysOf(store)).toEqual(written.toSorted());
      spawnSync('mount', ['-o', 'remount,size=96m', disk]);
      await store.write([put('room', body)]);
      expect(await keysOf(store)).toEqual([...written, 'room'].toSorted());
    },
  );
});
