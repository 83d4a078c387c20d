import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import { withinTime } from './interactive.ts';
import type { Command, Store } from './model.ts';
import { Channel } from './sqlite-channel.ts';
import { openSqliteStore } from './sqlite.ts';
import { integer, oneRow, statement } from './statement.ts';
import { createDirectoryForTest, createSqliteForTest } from './testing.ts';

const SCHEMA = [
  { id: '2026-01-01-sqlite', sql: 'create table item(k text primary key, body text)' },
];

function put(k: string, body = ''): Command {
  return { sql: 'insert into item(k, body) values ($1, $2)', params: [k, body], rows: 1 };
}

async function countOf(store: Store): Promise<number> {
  return integer(oneRow(await store.query(statement('select count(*) as c from item'))), 'c');
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (isFirebreakError(error) ? error.code : String(error)),
  );
}

describe('the data directory', () => {
  it('is made for its owner alone', async () => {
    const directory = join(createDirectoryForTest(), 'deep', 'data');
    await createSqliteForTest({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('belongs to one process, and is named to the second', async () => {
    const directory = createDirectoryForTest();
    const store = await createSqliteForTest({ directory });
    const second = openSqliteStore({ directory });
    await expect(second).rejects.toMatchObject({ code: 'store-locked', facts: { directory } });
    await store.close();
    const third = await createSqliteForTest({ directory });
    await third.migrate(SCHEMA, { apply: true });
  });

  it('is refused when it cannot be one', async () => {
    const directory = createDirectoryForTest();
    writeFileSync(join(directory, 'file'), '');
    expect(await codeOf(openSqliteStore({ directory: join(directory, 'file') }))).toBe(
      'store-unavailable',
    );
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data', 'firebreak.db'), 'not a database at all'.repeat(100));
    const broken = { directory: join(directory, 'data') };
    expect(await codeOf(openSqliteStore(broken))).toBe('store-unavailable');
    // The failed attempt holds no lock.
    expect(await codeOf(openSqliteStore(broken))).toBe('store-unavailable');
  });
});

describe('a full disk', () => {
  it('acknowledges nothing that is not there, and goes on when there is room', async () => {
    const store = await createSqliteForTest({ maxPageCount: 100 });
    await store.migrate(SCHEMA, { apply: true });
    const body = 'x'.repeat(8_000);
    let written = 0;
    let refused = 0;
    for (let round = 0; round < 20; round += 1) {
      const lists = Array.from({ length: 10 }, (_, at) =>
        store.write([put(`${round}-${at}`, body)]),
      );
      for (const code of await Promise.all(lists.map(codeOf))) {
        if (code === undefined) written += 1;
        else refused += 1;
        expect([undefined, 'store-full']).toContain(code);
      }
    }
    expect(written).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(10);
    expect(await countOf(store)).toBe(written);
    await store.write([{ sql: 'delete from item', params: [] }]);
    await store.write([put('again', body)]);
    expect(await countOf(store)).toBe(1);
  });

  it('refuses the list that is too large and no other', async () => {
    const store = await createSqliteForTest({ maxPageCount: 100 });
    await store.migrate(SCHEMA, { apply: true });
    const lists = [put('a'), put('huge', 'x'.repeat(800_000)), put('b')];
    const codes = await Promise.all(lists.map((command) => codeOf(store.write([command]))));
    expect(codes).toEqual([undefined, 'store-full', undefined]);
    expect(await countOf(store)).toBe(2);
  });
});

describe('a thread that dies', () => {
  it('rejects who waits, and the next call starts another', async () => {
    const store = await createSqliteForTest();
    await store.migrate(SCHEMA, { apply: true });
    await store.write([put('before')]);
    // oxlint-disable-next-line typescript/unbound-method -- called with its own this below
    const original = Channel.prototype.write;
    vi.spyOn(Channel.prototype, 'write').mockImplementationOnce(function (this: Channel, lists) {
      // Stopped before the message: its reply never comes.
      void this.terminate();
      return original.call(this, lists);
    });
    expect(await codeOf(store.write([put('lost')]))).toBe('store-unavailable');
    await store.write([put('after')]);
    expect(await countOf(store)).toBe(2);
  });

  it('takes an open transaction with it', async () => {
    const store = await createSqliteForTest();
    await store.migrate(SCHEMA, { apply: true });
    // oxlint-disable-next-line typescript/unbound-method -- called with its own this below
    const original = Channel.prototype.run;
    vi.spyOn(Channel.prototype, 'run').mockImplementation(function (this: Channel, command) {
      if (command.params[0] === 'other half') void this.terminate();
      return original.call(this, command);
    });
    const broken = store.transaction(async (tx) => {
      await tx.run(put('half'));
      await tx.run(put('other half'));
    });
    expect(await codeOf(broken)).toBe('store-unavailable');
    expect(await countOf(store)).toBe(0);
    await store.write([put('after')]);
  });
});

describe('limits', () => {
  it('refuses a write when too many wait', async () => {
    const store = await createSqliteForTest();
    await store.migrate(SCHEMA, { apply: true });
    const lists = Array.from({ length: LIMITS.groupQueueMax + 3 }, (_, index) =>
      codeOf(store.write([put(`k${index}`)])),
    );
    const codes = await Promise.all(lists);
    expect(codes.filter((code) => code === 'store-busy')).toHaveLength(3);
    expect(await countOf(store)).toBe(LIMITS.groupQueueMax);
  });

  it('keeps a bounded number of statements prepared', async () => {
    const store = await createSqliteForTest();
    for (let index = 0; index < 2_100; index += 1) {
      const rows = await store.query(statement(`select ${index} as i, $1 as p`, index));
      expect(rows).toEqual([{ i: index, p: index }]);
    }
  });

  it('ends work that takes too long', async () => {
    const late: string[] = [];
    const never = new Promise<void>(() => undefined);
    const code = await codeOf(withinTime(never, 5, (error) => late.push(error.code)));
    expect(code).toBe('store-unavailable');
    expect(late).toEqual(['store-unavailable']);
  });
});
