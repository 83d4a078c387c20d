import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFirebreakError, realClock } from '../kernel/index.ts';
import type { ErrorCode } from '../kernel/index.ts';
import type { Command, CommandResult, Store } from './model.ts';
import { insertMany, integer, oneRow, statement, text } from './statement.ts';
import { describeOnBothStores } from './testing.ts';
import type { OpenForTest } from './testing.ts';

const SCHEMA = [
  {
    id: '2026-01-01-conformance',
    sql: `create table item(k text primary key, n bigint not null, body text);
create table numbered(seq bigint primary key, lane text not null, n bigint not null);
create table parent(id bigint primary key);
create table child(id bigint primary key, parent bigint not null references parent(id) deferrable initially deferred);`,
  },
];

function put(k: string, n = 1): Command {
  return { sql: 'insert into item(k, n) values ($1, $2)', params: [k, n], rows: 1 };
}

function bump(k: string): Command {
  return { sql: 'update item set n = n + 1 where k = $1', params: [k], rows: 1 };
}

function drop(k: string): Command {
  return { sql: 'delete from item where k = $1', params: [k], rows: 1 };
}

async function openWithItems(open: OpenForTest): Promise<Store> {
  const store = await open();
  await store.migrate(SCHEMA, { apply: true });
  return store;
}

async function keysOf(store: Store): Promise<readonly string[]> {
  const rows = await store.query(statement('select k from item order by k'));
  return rows.map((row) => text(row, 'k'));
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isFirebreakError(error)) return error.code;
    throw error;
  }
}

type Settled = PromiseSettledResult<readonly CommandResult[]>;

function codes(results: readonly Settled[]): readonly string[] {
  return results.map((result) => {
    if (result.status === 'fulfilled') return 'ok';
    return isFirebreakError(result.reason) ? result.reason.code : String(result.reason);
  });
}

describeOnBothStores('a list of commands', (open) => {
  it('is written whole and answers in its order', async () => {
    const store = await openWithItems(open);
    const results = await store.write([
      put('a'),
      { sql: 'insert into item(k, n) values ($1, $2) returning k, n', params: ['b', 7] },
      { sql: 'update item set n = n + 10', params: [] },
      { sql: 'select k from item order by k', params: [], rows: 2 },
    ]);
    expect(results).toEqual([
      { count: 1, rows: [] },
      { count: 1, rows: [{ k: 'b', n: 7 }] },
      { count: 2, rows: [] },
      { count: 2, rows: [{ k: 'a' }, { k: 'b' }] },
    ]);
    expect(await keysOf(store)).toEqual(['a', 'b']);
    expect(await store.write([])).toEqual([]);
  });

  it('is taken back whole when a row is refused', async () => {
    const store = await openWithItems(open);
    await store.write([put('taken')]);
    expect(await codeOf(store.write([put('a'), put('b'), put('taken')]))).toBe('store-constraint');
    expect(await keysOf(store)).toEqual(['taken']);
  });

  it('is taken back whole when it touches another number of rows', async () => {
    const store = await openWithItems(open);
    expect(await codeOf(store.write([put('a'), bump('nobody')]))).toBe('store-conflict');
    const all = { sql: 'update item set n = 0', params: [], rows: 0 };
    expect(await codeOf(store.write([put('a'), all]))).toBe('store-conflict');
    expect(await keysOf(store)).toEqual([]);
  });

  it('says what kind of constraint it was, and quotes no value', async () => {
    const store = await openWithItems(open);
    const kinds: unknown[] = [];
    for (const command of [
      put('hunter2'),
      { sql: 'insert into item(k, n) values ($1, null)', params: ['hunter2-null'] },
      { sql: 'insert into item(k, n) values ($1, $2)', params: ['x', 'hunter2'] },
      { sql: 'insert into child(id, parent) values ($1, $2)', params: [1, 2] },
    ]) {
      await store
        .write([put(`k${kinds.length}`), command, ...(kinds.length === 0 ? [command] : [])])
        .then(
          () => kinds.push('ok'),
          (error: unknown) => {
            kinds.push(isFirebreakError(error, 'store-constraint') ? error.facts['kind'] : error);
            expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
          },
        );
    }
    // SQLite takes a text where it finds no number in it; a strict table would not.
    expect(kinds.filter((_, index) => index !== 2)).toEqual(['unique', 'not-null', 'foreign-key']);
  });

  it('reports a wrong text as our own mistake', async () => {
    const store = await openWithItems(open);
    const wrong = { sql: 'insert into nowhere(k) values ($1)', params: ['a'] };
    const [bad, good] = await Promise.allSettled([store.write([wrong]), store.write([put('a')])]);
    expect(codes([bad, good])).toEqual(['internal-invariant', 'ok']);
    expect(await codeOf(store.query(statement('selec')))).toBe('internal-invariant');
    expect(await codeOf(store.write([{ ...put('b'), params: ['b'] }]))).toBe('internal-invariant');
    expect(await keysOf(store)).toEqual(['a']);
  });
});

describeOnBothStores('lists side by side', (open) => {
  it('share commits', async () => {
    const store = await openWithItems(open);
    const before = store.statistics();
    await Promise.all(Array.from({ length: 500 }, (_, index) => store.write([put(`k${index}`)])));
    const after = store.statistics();
    expect(after.lists - before.lists).toBe(500);
    expect(after.commits - before.commits).toBeLessThan(50);
    expect(after.waiting).toBe(0);
    expect(await keysOf(store)).toHaveLength(500);
  });

  it('are not harmed by a bad neighbour', async () => {
    const store = await openWithItems(open);
    await store.write([put('taken')]);
    const bad: readonly (readonly Command[])[] = [
      [put('x'), put('taken')],
      [put('x'), bump('nobody')],
      [put('x'), { sql: 'insert into child(id, parent) values ($1, $2)', params: [1, 2] }],
      [put('x'), { sql: 'select nonsense from item', params: [] }],
    ];
    const wanted = ['store-constraint', 'store-conflict', 'store-constraint', 'internal-invariant'];
    for (const [index, list] of bad.entries()) {
      const lists = Array.from({ length: 40 }, (_, at) =>
        at % 13 === 5 ? list : [put(`${index}-${at}`), bump(`${index}-${at}`)],
      );
      const results = await Promise.allSettled(lists.map((one) => store.write(one)));
      expect(codes(results)).toEqual(
        lists.map((one) => (one === list ? (wanted[index] ?? '') : 'ok')),
      );
    }
    expect(await keysOf(store)).toHaveLength(1 + bad.length * 37);
  });

  it('add up', async () => {
    const store = await openWithItems(open);
    await store.write([put('counter', 0)]);
    await Promise.all(Array.from({ length: 400 }, () => store.write([bump('counter')])));
    const row = oneRow(await store.query(statement('select n from item')));
    expect(integer(row, 'n')).toBe(400);
  });

  it('keep the order of their lane', async () => {
    const store = await openWithItems(open);
    const next =
      'insert into numbered(seq, lane, n) values ((select count(*) from numbered where lane = $1) + $3, $1, $2)';
    const lanes = ['north', 'south', 'east', 'west'];
    await Promise.all(
      Array.from({ length: 400 }, (_, index) => {
        const lane = index % lanes.length;
        const params = [lanes[lane] ?? '', index, lane * 1_000];
        return store.write([{ sql: next, params, rows: 1 }], lanes[lane]);
      }),
    );
    for (const lane of lanes) {
      const rows = await store.query(
        statement('select n from numbered where lane = $1 order by seq', lane),
      );
      const order = rows.map((row) => integer(row, 'n'));
      expect(order).toHaveLength(100);
      expect(order).toEqual(order.toSorted((one, other) => one - other));
    }
  });

  it('end as if they had come one by one, whatever fails among them', async () => {
    const store = await openWithItems(open);
    const key = fc.constantFrom('a', 'b', 'c');
    const command = fc.oneof(
      key.map((k) => ({ kind: 'put' as const, k })),
      key.map((k) => ({ kind: 'bump' as const, k })),
      key.map((k) => ({ kind: 'drop' as const, k })),
    );
    const make = { put: (k: string) => put(k), bump, drop };
    const lists = fc.array(fc.array(command, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lists, async (batch) => {
        await store.write([{ sql: 'delete from item', params: [] }]);
        // The second definition: a map, and a copy of it to go back to.
        let model = new Map<string, number>();
        const wanted = batch.map((list) => {
          const copy = new Map(model);
          for (const { kind, k } of list) {
            const n = copy.get(k);
            if ((n === undefined) !== (kind === 'put')) {
              return kind === 'put' ? 'store-constraint' : 'store-conflict';
            }
            if (kind === 'drop') copy.delete(k);
            else copy.set(k, (n ?? 0) + 1);
          }
          model = copy;
          return 'ok';
        });
        const results = await Promise.allSettled(
          batch.map((list) =>
            store.write(
              list.map(({ kind, k }) => make[kind](k)),
              'one',
            ),
          ),
        );
        expect(codes(results)).toEqual(wanted);
        const rows = await store.query(statement('select k, n from item'));
        expect(new Map(rows.map((row) => [text(row, 'k'), integer(row, 'n')]))).toEqual(model);
      }),
      { numRuns: 60 },
    );
  });
});

describeOnBothStores('values', (open) => {
  it('come back as they went in', async () => {
    const store = await openWithItems(open);
    const row = async (value: string | null): Promise<unknown> => {
      await store.write([
        { sql: 'delete from item', params: [] },
        { sql: 'insert into item(k, n, body) values ($1, $2, $3)', params: ['k', 1, value] },
      ]);
      return oneRow(await store.query(statement('select body from item')))['body'];
    };
    for (const value of ['', "it's", '$1 ?1 "x" \\', 'é 漢 😀 \u202e \ufffd', '\r\n\t', null]) {
      expect(await row(value)).toBe(value);
    }
    const megabytes = '0123456789abcdef'.repeat(4 * 65_536);
    expect((await row(megabytes)) === megabytes).toBe(true);
  });

  it('refuse the text that PostgreSQL cannot hold, in both', async () => {
    const store = await openWithItems(open);
    expect(await codeOf(store.write([put('a\u0000b')]))).toBe('store-constraint');
    expect(await codeOf(store.write([put('\udc00')]))).toBe('store-constraint');
    expect(await codeOf(store.query(statement('select k from item where k = $1', '\u0000')))).toBe(
      'store-constraint',
    );
    expect(await keysOf(store)).toEqual([]);
  });

  it('hold bytes', async () => {
    const store = await open();
    const sql = { sqlite: 'create table b(v blob)', postgres: 'create table b(v bytea)' };
    await store.migrate([{ id: 'bytes', sql }], { apply: true });
    const big = new Uint8Array(3_000_000).map((_, index) => index % 251);
    for (const value of [new Uint8Array(), new Uint8Array([0, 255, 0]), big]) {
      await store.write([
        { sql: 'delete from b', params: [] },
        { sql: 'insert into b(v) values ($1)', params: [value] },
      ]);
      const found = oneRow(await store.query(statement('select v from b')))['v'];
      expect(Object.getPrototypeOf(found)).toBe(Uint8Array.prototype);
      expect(found instanceof Uint8Array && Buffer.compare(found, value) === 0).toBe(true);
    }
  });

  it('keep numbers exact, and integers integers', async () => {
    const store = await openWithItems(open);
    for (const n of [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      await store.write([
        { sql: 'delete from item', params: [] },
        // The number goes into a text as well: '5', never '5.0'.
        { sql: 'insert into item(k, n, body) values ($1, $2, $3)', params: ['k', n, n] },
      ]);
      const sums =
        'select n, body, count(*) as c, sum(n) as s, n / 2 * 2 as even, n > 5 as big from item group by n, body';
      const row = oneRow(await store.query(statement(sums)));
      expect(row).toEqual({
        n,
        body: String(n),
        c: 1,
        s: n,
        even: n - (n % 2),
        big: n > 5 ? 1 : 0,
      });
    }
  });

  it('come in multi-row inserts', async () => {
    const store = await openWithItems(open);
    const rows = Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]);
    await store.write(insertMany('item', ['k', 'n'], rows));
    const again = insertMany('item', ['k', 'n'], rows.slice(0, 10), 'on conflict do nothing');
    await store.write(again);
    const sum = oneRow(await store.query(statement('select count(*) as c, sum(n) as s from item')));
    expect(sum).toEqual({ c: 1_000, s: 499_500 });
  });
});

describeOnBothStores('a query', (open) => {
  it('sees everything that was acknowledged before it', async () => {
    const store = await openWithItems(open);
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await store.write([put(`k${index}`)]);
        const seen = await store.query(statement('select n from item where k = $1', `k${index}`));
        expect(seen).toEqual([{ n: 1 }]);
      }),
    );
  });

  it('does not write', async () => {
    const store = await openWithItems(open);
    expect(await codeOf(store.query(put('a')))).toBe('store-unavailable');
    expect(await keysOf(store)).toEqual([]);
  });

  it('reads after the schema has changed', async () => {
    const store = await openWithItems(open);
    const all = statement('select * from parent');
    await store.write([{ sql: 'insert into parent(id) values ($1)', params: [1] }]);
    expect(await store.query(all)).toEqual([{ id: 1 }]);
    const more = { id: '2026-01-02-more', sql: `alter table parent add column name text` };
    await store.migrate([...SCHEMA, more], { apply: true });
    expect(await store.query(all)).toEqual([{ id: 1, name: null }]);
  });

  it('asks the clock of the database', async () => {
    const store = await open();
    const row = oneRow(await store.query(statement(`select ${store.nowMsSql} as now`)));
    expect(Math.abs(integer(row, 'now') - realClock.nowMs())).toBeLessThan(60_000);
  });
});

describeOnBothStores('an interactive transaction', (open) => {
  it('commits what it did, or nothing', async () => {
    const store = await openWithItems(open);
    const result = await store.transaction(async (tx) => {
      await tx.run(put('a', 4));
      const rows = await tx.query(statement('select n from item where k = $1', 'a'));
      return integer(oneRow(rows), 'n');
    });
    expect(result).toBe(4);
    const boom = new Error('boom');
    const failed = store.transaction(async (tx) => {
      await tx.run(put('b'));
      throw boom;
    });
    await expect(failed).rejects.toBe(boom);
    expect(await keysOf(store)).toEqual(['a']);
  });

  it('does not commit after a failure that the work has swallowed', async () => {
    const store = await openWithItems(open);
    const swallowed = store.transaction(async (tx) => {
      await tx.run(put('a'));
      await tx.run(put('a')).catch(() => undefined);
      expect(await codeOf(tx.run(put('b')))).toBe('store-constraint');
      return 'done';
    });
    expect(await codeOf(swallowed)).toBe('store-constraint');
    const mismatch = store.transaction(async (tx) => {
      await tx.run(put('a'));
      await tx.run(bump('nobody'));
    });
    expect(await codeOf(mismatch)).toBe('store-conflict');
    expect(await keysOf(store)).toEqual([]);
  });

  it('is over when it is over', async () => {
    const store = await openWithItems(open);
    const leaked = await store.transaction(async (tx) => tx);
    expect(await codeOf(leaked.run(put('late')))).toBe('internal-invariant');
    expect(await keysOf(store)).toEqual([]);
  });

  it('is repeated when the database reports a conflict', async () => {
    const store = await openWithItems(open);
    await store.write([put('counter', 0)]);
    const increment = (): Promise<void> =>
      store.transaction(async (tx) => {
        const row = oneRow(await tx.query(statement(`select n from item where k = 'counter'`)));
        await tx.run({
          sql: 'update item set n = $1 where k = $2',
          params: [integer(row, 'n') + 1, 'counter'],
          rows: 1,
        });
      });
    await Promise.all(Array.from({ length: 12 }, increment));
    expect(integer(oneRow(await store.query(statement('select n from item'))), 'n')).toBe(12);
    // In SQLite there is never more than one.
    expect(store.statistics().retries > 0).toBe(store.dialect === 'postgres');
  });

  it('prevents write skew', async () => {
    const store = await openWithItems(open);
    await store.write([put('one'), put('two')]);
    // Each may be removed only while the other is there.
    const remove = (k: string): Promise<boolean> =>
      store.transaction(async (tx) => {
        const rows = await tx.query(statement('select k from item'));
        if (rows.length < 2) return false;
        await tx.run(drop(k));
        return true;
      });
    const removed = await Promise.all([remove('one'), remove('two')]);
    expect(removed.filter((was) => was)).toHaveLength(1);
    expect(await keysOf(store)).toHaveLength(1);
  });

  it('lives beside lists', async () => {
    const store = await openWithItems(open);
    const work = Array.from({ length: 60 }, (_, index) =>
      index % 6 === 0
        ? store.transaction(async (tx) => void (await tx.run(put(`t${index}`))))
        : store.write([put(`w${index}`)]),
    );
    await Promise.all(work);
    expect(await keysOf(store)).toHaveLength(60);
  });
});

describeOnBothStores('migrations', (open, { freshPlace }) => {
  const [first = { id: '', sql: '' }] = SCHEMA;
  const second = {
    id: '2026-02-01-second',
    sql: 'create table second(a bigint);\nalter table second add column b text;',
  };

  it('are applied once, in the order of their ids', async () => {
    const store = await open();
    expect(await codeOf(store.migrate([first], { apply: false }))).toBe('store-schema-older');
    await store.migrate([second, first], { apply: true });
    await store.migrate([first, second], { apply: true });
    await store.migrate([first, second], { apply: false });
    const rows = await store.query(
      statement('select id, applied_at_ms from schema_migration order by id'),
    );
    expect(rows.map((row) => text(row, 'id'))).toEqual([first.id, second.id]);
    expect(rows.every((row) => integer(row, 'applied_at_ms') > 0)).toBe(true);
  });

  it('refuse a schema that is newer or was edited', async () => {
    const store = await open();
    await store.migrate([first, second], { apply: true });
    expect(await codeOf(store.migrate([first], { apply: true }))).toBe('store-schema-newer');
    const edited = { ...second, sql: `${second.sql} ` };
    expect(await codeOf(store.migrate([first, edited], { apply: true }))).toBe(
      'store-schema-edited',
    );
    expect(await codeOf(store.migrate([first, first], { apply: true }))).toBe('internal-invariant');
  });

  it('leave nothing behind when one fails, and keep those before it', async () => {
    const store = await open();
    const broken = {
      id: '2026-02-02-broken',
      sql: 'create table half(a bigint);\ncreate table half(a bigint);',
    };
    expect(await codeOf(store.migrate([first, broken], { apply: true }))).toBe(
      'internal-invariant',
    );
    expect(await codeOf(store.query(statement('select a from half')))).toBe('internal-invariant');
    await store.migrate([first], { apply: false });
    await store.write([put('a')]);
  });

  it('are safe when two nodes start together', async () => {
    const place = await freshPlace();
    const one = await open(place);
    const other = one.dialect === 'postgres' ? await open(place) : one;
    const both = [one, other].map((store) => store.migrate([first, second], { apply: true }));
    await Promise.all(both);
    expect(await other.query(statement('select count(*) as c from schema_migration'))).toEqual([
      { c: 2 },
    ]);
  });
});

describeOnBothStores('wake', (open) => {
  it('reaches every listener of the channel, once for hints that come together', async () => {
    const store = await open();
    const heard: string[] = [];
    const stop = store.onWake('steps', () => heard.push('one'));
    store.onWake('steps', () => {
      heard.push('two');
      throw new Error('a listener that fails');
    });
    store.onWake('other', () => heard.push('other'));
    for (let count = 0; count < 5; count += 1) store.wake('steps');
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(heard.filter((name) => name !== 'other').toSorted()).toEqual(['one', 'two']);
    stop();
    heard.length = 0;
    store.wake('steps');
    await turn();
    expect(heard.filter((name) => name === 'one')).toEqual([]);
    expect(heard).toContain('two');
  });
});

describeOnBothStores('closing', (open, { freshPlace }) => {
  it('writes what waits, then refuses', async () => {
    const place = await freshPlace();
    const store = await open(place);
    await store.migrate(SCHEMA, { apply: true });
    const waiting = Array.from({ length: 1_000 }, (_, index) => store.write([put(`k${index}`)]));
    const transaction = store.transaction(async (tx) => {
      // Long enough for a close that does not wait to do its harm.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await tx.run(put('last'));
    });
    const closed = store.close();
    expect(await codeOf(store.write([put('late')]))).toBe('store-closed');
    expect(await codeOf(store.query(statement('select 1')))).toBe('store-closed');
    expect(await codeOf(store.transaction(async () => undefined))).toBe('store-closed');
    const before = store.statistics();
    let settled = 0;
    for (const work of [...waiting, transaction]) void work.finally(() => (settled += 1));
    await Promise.all([closed, store.close()]);
    expect(before.waiting).toBeGreaterThan(0);
    expect(settled).toBe(1_001);
    await Promise.all([...waiting, transaction]);
    const again = await open(place);
    expect(await keysOf(again)).toHaveLength(1_001);
  });
});
