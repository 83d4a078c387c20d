import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  createPushableClock,
  createSeededRandom,
  randomInteger,
  silentLog,
} from '../kernel/index.ts';
import type { StopPoint } from '../kernel/index.ts';
import { openStore, statement, type Store, type StorePlace } from '../store/index.ts';
import { createDirectoryForTest, describeOnBothStores } from '../store/testing.ts';
import { appendCommands } from './append.ts';
import { parseCheckpoint, parseNote } from './checkpoint.ts';
import { openLedgerKeys } from './keys.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createEntriesForTest, createLedgerForTest, createSignerForTest } from './testing.ts';
import { verifyExport } from './verify.ts';

/** Every checkpoint that any node ever published must be one of this one tree. */
async function expectOneTree(ledger: Ledger, notes: readonly string[]): Promise<number> {
  const { verifierKey } = ledger;
  const whole = await verifyExport(ledger.exportLines(), { verifierKey });
  expect(whole).toMatchObject({ ok: true, findings: [] });
  const kept = new Map(notes.map((note) => [parseCheckpoint(parseNote(note).text).size, note]));
  for (const note of [...kept.values()].slice(-5)) {
    const report = await verifyExport(ledger.exportLines(), { verifierKey, checkpoint: note });
    expect(report.findings).toEqual([]);
  }
  expect(new Set(notes).size, 'one note for each size').toBe(kept.size);
  return whole.size;
}

describeOnBothStores('several sealers on one store', (open, { dialect, freshPlace }) => {
  test('build one tree, beside writers', async () => {
    const place = await freshPlace();
    const keys = createSignerForTest();
    const clock = createPushableClock();
    const first = await open(place);
    // The embedded store has one process, which may still hold two ledgers.
    const second = dialect === 'postgres' ? await open(place) : first;
    const stores: readonly Store[] = [first, second, first];
    const nodes: Ledger[] = [];
    for (const [index, store] of stores.entries()) {
      nodes.push(await createLedgerForTest(store, clock, keys, `node-${index}`));
    }
    const notes: string[] = [];
    const random = createSeededRandom(7);
    const work = nodes.map(async (ledger, index) => {
      const newEntry = createEntriesForTest(100 + index);
      for (let round = 0; round < 25; round += 1) {
        const count = 1 + randomInteger(random, 20);
        await ledger.append(Array.from({ length: count }, () => newEntry({ index, round })));
        await ledger.sealNow();
        notes.push((await ledger.latestCheckpoint()).note);
      }
    });
    await Promise.all(work);
    const [ledger] = nodes;
    if (ledger === undefined) throw new Error('three nodes');
    const [{ n } = { n: 0 }] = await first.query(
      statement('select count(*) as n from ledger_entry'),
    );
    expect(await expectOneTree(ledger, notes)).toBe(n);
  });

  test('a sealer whose lease was taken in its sleep cannot write', async () => {
    const place = await freshPlace();
    const keys = createSignerForTest();
    const clock = createPushableClock();
    const store = await open(place);
    const otherStore = dialect === 'postgres' ? await open(place) : store;
    const frozen = await createLedgerForTest(store, clock, keys, 'node-1');
    const other = await createLedgerForTest(otherStore, clock, keys, 'node-2');
    const newEntry = createEntriesForTest();
    await frozen.append([newEntry(), newEntry()]);
    await frozen.sealNow();
    await other.append([newEntry()]);
    await other.sealNow();
    await frozen.append([newEntry()]);
    // It still believes in its tree of two; the write is refused and it starts from the tree of three.
    await frozen.sealNow();
    expect(await expectOneTree(frozen, [])).toBe(4);
  });

  // Only PostgreSQL has several processes, and transactions that stay open while others commit.
  if (dialect === 'sqlite') return;

  test('a row that commits later gets a later place, whatever its number', async () => {
    const store = await open();
    const ledger = await createLedgerForTest(store, createPushableClock());
    const newEntry = createEntriesForTest();
    const [slow, fast] = [newEntry(), newEntry()];
    await store.transaction(async (tx) => {
      for (const command of appendCommands([slow])) await tx.run(command);
      await ledger.append([fast]);
      await ledger.sealNow();
    });
    await ledger.sealNow();
    expect(await ledger.entry(fast.id)).toMatchObject({ position: 0 });
    expect(await ledger.entry(slow.id)).toMatchObject({ position: 1 });
    const sql = 'select id from ledger_entry order by seq';
    expect(await store.query(statement(sql))).toEqual([{ id: slow.id }, { id: fast.id }]);
    await expectOneTree(ledger, []);
  });

  test('one seals for all, all can follow, and another takes over when it stops', async () => {
    const place = await freshPlace();
    const keys = createSignerForTest();
    const clock = createPushableClock();
    const one = await createLedgerForTest(await open(place), clock, keys, 'node-1');
    const two = await createLedgerForTest(await open(place), clock, keys, 'node-2');
    const newEntry = createEntriesForTest();
    const seen: number[] = [];
    const settle = async (size: number): Promise<void> => {
      for (let turn = 0; turn < 2_000 && seen.length < size; turn += 1) {
        await clock.advance(10);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(seen).toEqual(Array.from({ length: size }, (_, index) => index));
    };
    await one.start();
    await two.start();
    two.follow(0, ({ position }) => void seen.push(position));
    await two.append([newEntry()]);
    await settle(1);
    expect([one.status().isHolder, two.status().isHolder]).toEqual([true, false]);
    await one.stop();
    await two.append([newEntry()]);
    await settle(2);
    expect(two.status()).toEqual({ isHolder: true, size: 2, problem: null });
    // The one that comes back is fenced off until the other lets go.
    await one.start();
    await one.append([newEntry()]);
    await settle(3);
    expect([one.status().isHolder, two.status().isHolder]).toEqual([false, true]);
    await two.stop();
    await one.stop();
    await expectOneTree(one, []);
  });
});

describeOnBothStores('a killed sealer', (_open, { dialect, freshPlace }) => {
  interface Life {
    readonly written: readonly string[];
    readonly signed: readonly string[];
  }

  /** Lives until it kills itself at a point, or is killed after so many lines. */
  function live(place: StorePlace, directory: string, end: StopPoint | number): Promise<Life> {
    const file = fileURLToPath(new URL('writing-node.testing.ts', import.meta.url));
    const env = { ...process.env, FIREBREAK_STOP_AT: typeof end === 'string' ? `${end}:3` : '' };
    const child = spawn(process.execPath, [file, JSON.stringify(place), directory, 'node-1'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const written: string[] = [];
    const signed: string[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      // The child writes one of two words a line; a torn last line is not acknowledged.
      if (!line.endsWith('}')) return;
      const said = JSON.parse(line) as { readonly written?: string; readonly signed?: string };
      if (said.written !== undefined) written.push(said.written);
      if (said.signed !== undefined) signed.push(said.signed);
      if (typeof end === 'number' && written.length >= end) child.kill('SIGKILL');
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (_code, signal) => {
        if (signal === 'SIGKILL') resolve({ written, signed });
        else reject(new Error('the node ended by itself'));
      });
    });
  }

  test('loses nothing and forks nothing', async () => {
    const place = await freshPlace();
    const directory = createDirectoryForTest();
    const lives: Life[] = [];
    for (const end of ['before-seal', 'after-seal', 40, 75] as const) {
      lives.push(await live(place, directory, end));
    }
    const store = await openStore(place);
    try {
      const keys = await openLedgerKeys({ store, directory, passphrase: null, log: silentLog });
      const clock = createPushableClock();
      const ledger = createLedger({ store, clock, keys, log: silentLog, nodeId: 'node-2' });
      await ledger.sealNow();
      const written = lives.flatMap((life) => life.written);
      for (const id of written) expect(await ledger.entry(id), id).not.toBeNull();
      const signed = lives.flatMap((life) => life.signed);
      expect(signed.length, `${dialect}: checkpoints were seen`).toBeGreaterThan(3);
      expect(await expectOneTree(ledger, signed)).toBeGreaterThanOrEqual(written.length);
    } finally {
      await store.close();
    }
  });
});
