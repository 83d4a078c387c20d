import { describe, expect, test } from 'vitest';
import { FirebreakError, createPushableClock, isFirebreakError } from '../kernel/index.ts';
import type { ErrorCode, PushableClock } from '../kernel/index.ts';
import type { Statement, Store } from '../store/index.ts';
import { createSqliteForTest, describeOnBothStores } from '../store/testing.ts';
import { appendCommands } from './append.ts';
import { openCheckpoint, parseVerifierKey } from './checkpoint.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerEntry, SealedEntry } from './model.ts';
import { createEntriesForTest, createLedgerForTest, createSignerForTest } from './testing.ts';
import { sealCommands, unsealedStatement } from './store.ts';
import { EMPTY_FRONTIER, verifyConsistency, verifyInclusion } from './tree.ts';
import { verifyExport, type VerifyReport } from './verify.ts';

interface Setup {
  readonly store: Store;
  readonly clock: PushableClock;
  readonly ledger: Ledger;
  readonly entries: (count: number) => readonly LedgerEntry[];
}

async function setUp(store: Store): Promise<Setup> {
  const clock = createPushableClock();
  const ledger = await createLedgerForTest(store, clock);
  const newEntry = createEntriesForTest();
  const entries = (count: number): readonly LedgerEntry[] =>
    Array.from({ length: count }, (_, n) => newEntry({ n }));
  return { store, clock, ledger, entries };
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isFirebreakError(error) ? error.code : undefined;
}

async function verify(ledger: Ledger): Promise<VerifyReport> {
  const { note } = await ledger.latestCheckpoint();
  return await verifyExport(ledger.exportLines(), {
    verifierKey: ledger.verifierKey,
    checkpoint: note,
  });
}

/** Lets the pushed clock and the real store take turns until something is so. */
async function until(clock: PushableClock, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isSo()) return;
    await clock.advance(10);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it never came to be so');
}

describeOnBothStores('the ledger', (open, { dialect }) => {
  test('seals what is appended, and its export verifies', async () => {
    const { ledger, entries } = await setUp(await open());
    expect(await ledger.latestCheckpoint()).toMatchObject({ size: 0 });
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 0 });
    const written = entries(700);
    for (let at = 0; at < 700; at += 7) await ledger.append(written.slice(at, at + 7));
    expect(await ledger.entries({ from: 0 })).toEqual([]);
    await ledger.sealNow();
    const { size, note } = await ledger.latestCheckpoint();
    expect(openCheckpoint(note, parseVerifierKey(ledger.verifierKey)).size).toBe(size);
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 700, entryCount: 700 });
    const page = await ledger.entries({ from: 695, limit: 10 });
    expect(page.map(({ position, entry }) => [position, entry])).toEqual(
      written.slice(695).map((entry, index) => [695 + index, entry]),
    );
  });

  test('numbers that are missing leave no gap in the tree', async () => {
    const { store, ledger, entries } = await setUp(await open());
    const written = entries(9);
    await ledger.append(written);
    const lost = [1, 2, 6].map((index) => written[index]?.id ?? '');
    await store.write(
      lost.map((id) => ({ sql: 'delete from ledger_entry where id = $1', params: [id] })),
    );
    await ledger.sealNow();
    const kept = written.filter(({ id }) => !lost.includes(id));
    expect((await ledger.entries({ from: 0 })).map(({ entry }) => entry.id)).toEqual(
      kept.map(({ id }) => id),
    );
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 6, entryCount: 6 });
  });

  test('an entry and the change it describes are one write', async () => {
    const { store, ledger, entries } = await setUp(await open());
    const [one, two] = entries(2);
    if (one === undefined || two === undefined) throw new Error('two entries');
    const impossible = {
      sql: 'update ledger_entry set kind = kind where id = $1',
      params: ['x'],
      rows: 1,
    };
    expect(await codeOf(ledger.append([one], [impossible]))).toBe('store-conflict');
    expect(await ledger.entry(one.id)).toBeNull();
    const read = { sql: 'select count(*) as n from ledger_entry', params: [] };
    await ledger.append([one]);
    expect(await codeOf(ledger.append([two, one]))).toBe('store-constraint');
    expect(await store.query(read)).toEqual([{ n: 1 }]);
    expect(await ledger.entry(one.id)).toMatchObject({ position: null, entry: one });
  });

  test('what has no canonical form, no place or too much content is refused', async () => {
    const { ledger, entries } = await setUp(await open());
    const [entry] = entries(1);
    if (entry === undefined) throw new Error('one entry');
    const large = { ...entry, data: { text: 'ü'.repeat(131_072) } };
    expect(await codeOf(ledger.append([large]))).toBe('ledger-entry-too-large');
    expect(() => appendCommands([{ ...entry, data: { n: NaN } }])).toThrow(FirebreakError);
    expect(() => appendCommands([{ ...entry, incident: 'inc' }])).toThrow(FirebreakError);
    expect(() => appendCommands([{ ...entry, at: 'yesterday' }])).toThrow(FirebreakError);
    const strange = { ...entry, data: { text: 'nul \u0000, é, 😀, "\\' } };
    await ledger.append([strange]);
    await ledger.sealNow();
    expect((await ledger.entries({ from: 0 }))[0]?.entry).toEqual(strange);
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 1 });
  });

  test('an incident is read in the order of its ordinals, each of which exists once', async () => {
    const { ledger } = await setUp(await open());
    const newEntry = createEntriesForTest(2);
    const place = (ordinal: number, incident = 'inc_1'): LedgerEntry =>
      newEntry({ ordinal }, { incident, ordinal });
    await ledger.append([place(2), place(3), place(1, 'inc_2')]);
    await ledger.append([place(1)]);
    await ledger.sealNow();
    await ledger.append([place(4)]);
    const read = await ledger.incidentEntries('inc_1');
    expect(read.map(({ entry }) => entry.ordinal)).toEqual([1, 2, 3, 4]);
    expect(read.map(({ position }) => position === null)).toEqual([false, false, false, true]);
    expect(await ledger.incidentEntries('inc_1', { from: 2, limit: 1 })).toMatchObject([
      { entry: { ordinal: 2 } },
    ]);
    expect(await codeOf(ledger.append([place(4)]))).toBe('store-constraint');
    expect(await ledger.entriesOfKind('test.written', { from: 1, limit: 2 })).toHaveLength(2);
    expect(await ledger.entriesOfKind('other', { from: 0 })).toEqual([]);
  });

  test('proofs hold in every size, across tiles', async () => {
    const { ledger, entries } = await setUp(await open());
    for (const batch of [5, 300, 1, 250]) {
      await ledger.append(entries(batch));
      await ledger.sealNow();
    }
    for (const [position, size] of [
      [0, 1],
      [4, 5],
      [0, 556],
      [255, 556],
      [256, 511],
      [555, 556],
    ]) {
      const proof = await ledger.proof(position ?? 0, size);
      const claim = {
        index: position ?? 0,
        size: size ?? 0,
        leaf: proof.leafHash,
        root: proof.root,
      };
      expect(verifyInclusion(claim, proof.hashes), `${position} in ${size}`).toBe(true);
      expect(proof.checkpoint === null).toBe(![5, 305, 306, 556].includes(size ?? 0));
    }
    const { root } = await ledger.latestCheckpoint();
    expect(Buffer.from((await ledger.proof(7)).root)).toEqual(Buffer.from(root));
    for (const [older, newer] of [
      [1, 556],
      [5, 305],
      [256, 512],
      [305, 556],
      [556, 556],
    ] as const) {
      const { fromRoot, toRoot, hashes } = await ledger.consistency(older, newer);
      const claim = { older, olderRoot: fromRoot, newer, newerRoot: toRoot };
      expect(verifyConsistency(claim, hashes), `${older} in ${newer}`).toBe(true);
    }
    for (const wrong of [
      () => ledger.proof(556),
      () => ledger.proof(-1),
      () => ledger.proof(5, 5),
      () => ledger.proof(0, 557),
      () => ledger.consistency(0, 5),
      () => ledger.consistency(6, 5),
      () => ledger.consistency(5, 557),
    ]) {
      expect(await codeOf(wrong())).toBe('ledger-range');
    }
  });

  test('seals by itself soon after a write, and follows across restarts', async () => {
    const { store, clock, ledger, entries } = await setUp(await open());
    await ledger.start();
    await ledger.append(entries(3));
    await until(clock, async () => (await ledger.latestCheckpoint()).size === 3);
    expect(ledger.status()).toEqual({ isHolder: true, size: 3, problem: null });
    await store.write(appendCommands(entries(1)));
    ledger.written();
    await ledger.stop();
    expect(await ledger.latestCheckpoint()).toMatchObject({ size: 4 });
    await ledger.start();
    await ledger.append(entries(1));
    await until(clock, async () => (await ledger.latestCheckpoint()).size === 5);
    await ledger.stop();
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 5 });
  });

  test('whoever follows sees every entry once and in order, live or behind', async () => {
    const { clock, ledger, entries } = await setUp(await open());
    await ledger.append(entries(1_200));
    await ledger.sealNow();
    await ledger.start();
    const seen = new Map<number, number[]>();
    const follow = (from: number): (() => void) => {
      const positions: number[] = [];
      seen.set(from, positions);
      return ledger.follow(from, async ({ position }: SealedEntry) => {
        if (position % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
        positions.push(position);
      });
    };
    const stops = [follow(0), follow(1_199), follow(1_300)];
    for (let round = 0; round < 10; round += 1) await ledger.append(entries(30));
    await until(clock, () => seen.get(0)?.length === 1_500 && seen.get(1_300)?.length === 200);
    const range = (from: number, to: number): readonly number[] =>
      Array.from({ length: to - from }, (_, index) => from + index);
    for (const from of [0, 1_199, 1_300]) expect(seen.get(from)).toEqual(range(from, 1_500));
    for (const stop of stops) stop();
    await ledger.append(entries(5));
    await until(clock, async () => (await ledger.latestCheckpoint()).size === 1_505);
    expect(seen.get(0)).toHaveLength(1_500);
    follow(1_500);
    await until(clock, () => seen.get(1_500)?.length === 5);
    await ledger.stop();
  });

  test('a follower that fails is let go; the others go on', async () => {
    const { clock, ledger, entries } = await setUp(await open());
    await ledger.start();
    const good: number[] = [];
    let bad = 0;
    ledger.follow(0, () => {
      bad += 1;
      throw new Error('full');
    });
    ledger.follow(0, ({ position }) => void good.push(position));
    await ledger.append(entries(2));
    await until(clock, () => good.length === 2);
    await ledger.append(entries(2));
    await until(clock, () => good.length === 4);
    expect(bad).toBe(1);
    await ledger.stop();
  });

  test('a change in the store, sealed or not, is found in the export', async () => {
    const { store, ledger, entries } = await setUp(await open());
    const written = entries(20);
    await ledger.append(written.slice(0, 10));
    await ledger.sealNow();
    await ledger.append(written.slice(10));
    const change = (n: number): Promise<unknown> =>
      store.write([
        {
          sql: 'update ledger_entry set canonical = replace(canonical, $1, \'{"n":99}\') where id = $2',
          params: [`{"n":${n}}`, written[n]?.id ?? ''],
          rows: 1,
        },
      ]);
    await change(4);
    await change(14);
    await ledger.sealNow();
    const report = await verify(ledger);
    expect(report.findings.map(({ code, entries: [entry] }) => [code, entry?.position])).toEqual([
      ['changed', 4],
      ['changed', 14],
    ]);
    await store.write([
      { sql: 'delete from ledger_entry where position = 7', params: [], rows: 1 },
    ]);
    expect((await verify(ledger)).findings.map(({ code }) => code)).toContain('missing');
  });

  test('sealing reads neither what is sealed nor, for each batch, all that waits', async () => {
    const { store, ledger, entries } = await setUp(await open());
    await ledger.append(entries(2_000));
    await ledger.sealNow();
    // The planner's worst case: it was told that nothing waits, and then much does.
    await store.write([{ sql: 'analyze', params: [] }]);
    await ledger.append(entries(2_000));
    const explain = dialect === 'sqlite' ? 'explain query plan' : 'explain';
    const planOf = async ({ sql, params }: Statement): Promise<string> => {
      const rows = await store.query({ sql: `${explain} ${sql}`, params });
      return rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
    };
    const reading = await planOf(unsealedStatement(1_000));
    expect(reading).toMatch(/(index|using) .*ledger_entry_unsealed/iu);
    expect(reading).not.toMatch(/sort|temp b-tree/iu);
    const place = sealCommands(store, {
      fence: 0,
      nextFence: 0,
      owner: '',
      from: 0,
      nodes: [],
      atMs: 0,
      seqs: Array.from({ length: 50 }, (_, index) => index),
      checkpoint: { size: 0, root: new Uint8Array(), frontier: EMPTY_FRONTIER, note: '' },
    })[1];
    if (place === undefined) throw new Error('the second command places entries');
    expect(await planOf(place)).toMatch(/integer primary key|ledger_entry_pkey/iu);
  });

  test('a tree that is not the signed one is not built upon', async () => {
    const { store, ledger, entries } = await setUp(await open());
    await ledger.append(entries(3));
    await ledger.sealNow();
    const other = await createLedgerForTest(
      store,
      createPushableClock(),
      createSignerForTest('b.example'),
    );
    await ledger.append(entries(1));
    expect(await codeOf(other.sealNow())).toBe('ledger-corrupt');
    expect(await ledger.latestCheckpoint()).toMatchObject({ size: 3 });
    await ledger.sealNow();
    expect(await verify(ledger)).toMatchObject({ ok: true, size: 4 });
    const broken = 'update ledger_checkpoint set frontier = root where size = 4';
    await store.write([
      { sql: broken.replace('root', 'substr(frontier, 2)'), params: [], rows: 1 },
    ]);
    await ledger.append(entries(1));
    expect(await codeOf(other.sealNow())).toBe('ledger-corrupt');
  });
});

describe('an idle ledger', () => {
  test('writes nothing', async () => {
    const store = await createSqliteForTest();
    const { clock, ledger, entries } = await setUp(store);
    await ledger.start();
    await ledger.append(entries(500));
    // Not the checkpoint: a reader may see it before the write that made it is acknowledged and counted.
    await until(clock, () => ledger.status().size === 500);
    const before = store.statistics().commits;
    await clock.advance(60_000);
    expect(store.statistics().commits).toBe(before);
    await ledger.stop();
  });
});
