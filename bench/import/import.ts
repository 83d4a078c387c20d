import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInventory, inventoryMigrations } from '../../src/inventory/index.ts';
import { createIds, createSeededRandom, realClock, Secret } from '../../src/kernel/index.ts';
import { appendCommands, type Ledger, ledgerMigrations } from '../../src/ledger/index.ts';
import { openSqliteStore, type Store } from '../../src/store/index.ts';
import { cpuSecondsOf, residentBytesOf } from '../measure/cpu.ts';
import type { Bench, BenchResult } from '../result.ts';

const IDENTITIES = Number(process.env['FIREBREAK_BENCH_IDENTITIES'] ?? 1_000_000);
const EDGES_EACH = 5;
const PARTIES = 500;
const SECONDS_MAX = 60;
const INCREMENT_SECONDS_MAX = 3;
const LOOKUP_P99_MS_MAX = 5;
const CHUNK_LINES = 1_000;

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

function identityLine(index: number, purpose: string): string {
  return line({
    type: 'identity',
    kind: 'service-account',
    name: `svc-${index}`,
    target: 'cloud-prod',
    refs: [`cloud:identity:svc-${index}`],
    environment: index % 3 === 0 ? 'test' : 'prod',
    purpose,
    owners: [
      {
        role: 'technical',
        party: `dir:team:t${index % PARTIES}`,
        basis: 'catalog',
        confidence: 0.9,
        assertedAt: '2026-06-01T00:00:00Z',
      },
    ],
  });
}

/** Everything of one export: parties, identities with owners, then edges between them in no order. */
function* exportLines(size: {
  readonly from: number;
  readonly to: number;
  readonly purpose: string;
  readonly confidence: number;
  readonly seed: number;
}): Generator<string> {
  for (let index = 0; index < PARTIES; index += 1) {
    yield line({ type: 'party', name: `Team ${index}`, refs: [`dir:team:t${index}`] });
  }
  for (let index = size.from; index < size.to; index += 1) yield identityLine(index, size.purpose);
  const random = createSeededRandom(size.seed);
  const one = (): number => Math.floor(random() * IDENTITIES);
  for (let index = 0; index < (size.to - size.from) * EDGES_EACH; index += 1) {
    const [from, to] = [one(), one()];
    if (from === to) continue;
    yield line({
      type: 'edge',
      from: `cloud:identity:svc-${from}`,
      relation: 'assumes',
      to: `cloud:identity:svc-${to}`,
      basis: 'observed',
      confidence: size.confidence,
    });
  }
}

/** As a file arrives: some thousand lines at a time. */
async function* bytesOf(lines: Iterable<string>): AsyncGenerator<Buffer> {
  let texts: string[] = [];
  for (const text of lines) {
    texts.push(text);
    if (texts.length < CHUNK_LINES) continue;
    yield Buffer.from(texts.join(''));
    texts = [];
  }
  yield Buffer.from(texts.join(''));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

async function openInventory(store: Store) {
  await store.migrate([...ledgerMigrations, ...inventoryMigrations], { apply: true });
  const append: Ledger['append'] = (entries, commands = []) =>
    store.write([...commands, ...appendCommands(entries)]);
  return createInventory({
    store,
    ledger: { append },
    clock: realClock,
    ids: createIds(realClock.nowMs, createSeededRandom(1)),
    fingerprintKey: new Secret('bench'),
  });
}

type Opened = Awaited<ReturnType<typeof openInventory>>;

/** Somebody asks all the while, ten times a second. */
function askMeanwhile(inventory: Opened): () => readonly number[] {
  const tookMs: number[] = [];
  const timer = setInterval(() => {
    const begunMs = performance.now();
    const ref = `cloud:identity:svc-${tookMs.length % IDENTITIES}`;
    void inventory.lookup(ref).then(() => tookMs.push(performance.now() - begunMs));
  }, 100);
  return () => {
    clearInterval(timer);
    return tookMs;
  };
}

async function timed<Result>(work: () => Promise<Result>) {
  const begunMs = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - begunMs) / 1_000 };
}

async function measure(store: Store): Promise<BenchResult> {
  const inventory = await openInventory(store);
  const cpuBefore = cpuSecondsOf(process.pid);
  const base = { from: 0, to: IDENTITIES, purpose: 'bench', confidence: 1, seed: 7 };
  const full = await timed(() =>
    inventory.importDocument(bytesOf(exportLines(base)), { source: 'bench' }),
  );
  const cpuSeconds = cpuSecondsOf(process.pid) - cpuBefore;
  const indexed = await timed(() => inventory.indexed());
  const stop = askMeanwhile(inventory);
  const part = Math.max(1, Math.floor(IDENTITIES / 100));
  const changed = { ...base, to: part, purpose: 'changed', confidence: 0.9 };
  const increment = await timed(() =>
    inventory.importDocument(bytesOf(exportLines(changed)), { source: 'bench' }),
  );
  const lookups = stop();
  const lookupMsP99 = quantile(lookups, 0.99);
  const { added, unchanged, rejectedCount } = full.result;
  const isRight =
    rejectedCount === 0 &&
    added >= IDENTITIES &&
    increment.result.changed >= part &&
    increment.result.rejectedCount === 0;
  return {
    bench: 'import',
    bar: `${IDENTITIES} identities with owners and ${IDENTITIES * EDGES_EACH} edges < ${SECONDS_MAX} s; 1 % changes < ${INCREMENT_SECONDS_MAX} s`,
    ratio: null,
    ok: isRight && full.seconds < SECONDS_MAX && increment.seconds < INCREMENT_SECONDS_MAX,
    ours: {
      identities: IDENTITIES,
      added,
      unchanged,
      seconds: rounded(full.seconds),
      linesPerSecond: Math.round((added + unchanged) / full.seconds),
      cpuSeconds: rounded(cpuSeconds),
      changed: increment.result.changed,
      incrementSeconds: rounded(increment.seconds),
      listsReadySecondsLater: rounded(indexed.seconds),
      lookupMsP99,
      lookupWithinBar: lookupMsP99 < LOOKUP_P99_MS_MAX,
      residentMegabytes: Math.round(residentBytesOf(process.pid) / 1e6),
    },
    beside: {},
  };
}

export const inventoryImport: Bench = {
  name: 'import',
  what: 'an inventory in, durable and seen whole, on the embedded store; the lines are made while it runs',
  run: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'firebreak-bench-import-'));
    const store = await openSqliteStore({ directory });
    try {
      return [await measure(store)];
    } finally {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
