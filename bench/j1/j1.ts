import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf } from '../measure/cpu.ts';
import { type Load, loadWith } from '../measure/load.ts';
import { startProcess, type Started } from '../measure/process.ts';
import { withPostgres } from '../measure/postgres.ts';
import type { Bench, BenchResult } from '../result.ts';

const CONCURRENT = [1, 20, 100] as const;
const WARM_MS = 3_000;
const MEASURE_MS = 5_000;
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

type Cell = Load & { readonly cpuMsPerRun: number };
type Cells = Readonly<Record<string, Cell>>;

async function cellsOf(side: Started): Promise<Cells> {
  const url = `${side.url}/incident`;
  await loadWith(url, 20, WARM_MS);
  const cells: Record<string, Cell> = {};
  for (const concurrent of CONCURRENT) {
    const before = cpuSecondsOf(side.pid);
    const load = await loadWith(url, concurrent, MEASURE_MS);
    const cpuMs = (cpuSecondsOf(side.pid) - before) * 1_000;
    cells[`c${concurrent}`] = { ...load, cpuMsPerRun: Number((cpuMs / load.runs).toFixed(3)) };
  }
  return cells;
}

async function besideTarget<Value>(work: (targetUrl: string) => Promise<Value>): Promise<Value> {
  const target = await startProcess(here('./target.ts'), []);
  try {
    return await work(target.url);
  } finally {
    await target.stop();
  }
}

async function measure(file: string, args: readonly string[]): Promise<Cells> {
  const side = await startProcess(here(file), args);
  try {
    return await cellsOf(side);
  } finally {
    await side.stop();
  }
}

async function measureSqlite(targetUrl: string): Promise<Cells> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-j1-'));
  try {
    return await measure('./server.ts', [directory, targetUrl]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const BAR = '>= 1.3x runs/s at 20 concurrent, p99 no worse, <= 0.9 ms server CPU per run';

function judge(store: string, ours: Cells, theirs: Cells): BenchResult {
  const [mine, other] = [ours['c20'], theirs['c20']];
  if (mine === undefined || other === undefined)
    throw new Error('the cell of 20 concurrent was not measured');
  const ratio = Number((mine.runsPerSecond / other.runsPerSecond).toFixed(2));
  const ok = ratio >= 1.3 && mine.p99Ms <= other.p99Ms && mine.cpuMsPerRun <= 0.9 && mine.bad === 0;
  return {
    bench: 'j1',
    bar: BAR,
    ratio,
    ok,
    ours: { store, ...ours },
    beside: { what: 'Node-RED 5, not durable', ...theirs },
  };
}

export const j1: Bench = {
  name: 'j1',
  what: 'the cost of durability: one incident, four effects over HTTP, beside Node-RED without any',
  run: async () =>
    await besideTarget(async (targetUrl) => {
      const theirs = await measure('./node-red.cjs', [targetUrl]);
      const sqlite = judge('sqlite', await measureSqlite(targetUrl), theirs);
      const postgres = await withPostgres(async (url) =>
        judge('postgres', await measure('./server.ts', [url, targetUrl]), theirs),
      );
      return postgres === null ? [sqlite] : [sqlite, postgres];
    }),
};
