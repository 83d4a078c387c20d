import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import { type BorrowedStore, borrowStore } from './sqlite-loan.ts';
import type { Command, Loan, Store } from './model.ts';
import { integer, oneRow, statement } from './statement.ts';
import { createSqliteForTest, describeOnBothStores } from './testing.ts';

const SCHEMA = [{ id: '2026-01-01-loan', sql: 'create table item(k text primary key, body text)' }];

function put(k: string, rows = 1): Command {
  return { sql: 'insert into item(k, body) values ($1, $1)', params: [k], rows };
}

const COUNT = statement('select count(*) as c from item');

async function countIn(store: Pick<Store, 'query'>): Promise<number> {
  return integer(oneRow(await store.query(COUNT)), 'c');
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (isFirebreakError(error) ? error.code : String(error)),
  );
}

interface Lent {
  readonly store: Store;
  readonly loan: Loan;
  readonly borrowed: BorrowedStore;
}

/** A port serves the thread that lent it as well as another one. */
async function lend(): Promise<Lent> {
  const store = await createSqliteForTest();
  await store.migrate(SCHEMA, { apply: true });
  const loan = store.lend();
  if (loan === null) throw new Error('the embedded store lends');
  onTestFinished(() => {
    loan.lent.port.close();
  });
  return { store, loan, borrowed: borrowStore(loan.lent) };
}

describe('a store that was lent', () => {
  it('reads at once what either side has written', async () => {
    const { store, borrowed } = await lend();
    await borrowed.write([put('a'), put('b')]);
    await store.write([put('c')]);
    expect([await countIn(borrowed), await countIn(store)]).toEqual([3, 3]);
  });

  it('takes a list whole or not at all, and says why in the same words', async () => {
    const { borrowed } = await lend();
    expect(await codeOf(borrowed.write([put('a'), put('b', 2)]))).toBe('store-conflict');
    expect(await codeOf(borrowed.query(statement('select nothing from nowhere')))).toBe(
      'internal-invariant',
    );
    expect(await countIn(borrowed)).toBe(0);
  });

  it('writes nothing into a transaction of somebody else', async () => {
    const { store, borrowed } = await lend();
    let written: Promise<unknown> = Promise.resolve();
    let isWritten = false;
    const failing = store.transaction(async (tx) => {
      await tx.run(put('lost'));
      written = borrowed.write([put('kept')]).then(() => {
        isWritten = true;
      });
      // Each answer comes behind what the other thread has sent.
      for (let turn = 0; turn < 20; turn += 1) await tx.query(COUNT);
      expect(isWritten).toBe(false);
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    await written;
    expect(await store.query(statement('select k from item'))).toEqual([{ k: 'kept' }]);
  });

  it('is returned when its thread has ended and all of it is written', async () => {
    const { store, loan, borrowed } = await lend();
    for (let index = 0; index < 20; index += 1) {
      borrowed.write([put(`k${index}`)]).catch(() => undefined);
    }
    loan.lent.port.close();
    await loan.returned;
    expect(await countIn(store)).toBe(20);
  });

  it('is returned when the thread that writes has ended', async () => {
    const { store, loan } = await lend();
    // Its thread never comes to take it.
    new MessageChannel().port1.postMessage(loan.lent.port, [loan.lent.port]);
    await store.close();
    expect(await loan.returned).toBeUndefined();
  });
});

describeOnBothStores('a few rows by their key', (open) => {
  it('are what any reading finds, also when they are many', async () => {
    const store = await open();
    await store.migrate(SCHEMA, { apply: true });
    const many = LIMITS.storePointRowsMax * 2;
    await store.write(Array.from({ length: many }, (_, index) => put(`k${index}`)));
    const one = statement('select k from item where k = $1', 'k7');
    expect(await store.query(one, 'point')).toEqual([{ k: 'k7' }]);
    await store.write([put('new')]);
    const all = statement('select k from item order by k');
    expect(await store.query(all, 'point')).toHaveLength(many + 1);
    const long = statement('select k from item where k <> $1', 'x'.repeat(100_000));
    expect(await store.query(long, 'point')).toHaveLength(many + 1);
  });

  it('fail as any reading does', async () => {
    const store = await open();
    expect(await codeOf(store.query(statement('select nothing from nowhere'), 'point'))).toBe(
      'internal-invariant',
    );
  });
});
