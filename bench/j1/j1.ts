import { fileURLToPath } from 'node:url';
import { cpuMsDuring } from '../measure/cpu.ts';
import { type Load, loadWith } from '../measure/load.ts';
import { startProcess, type Started } from '../measure/process.ts';
import { loadAverage, median, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const WARM_MS = 4_000;
const ROUND_MS = 3_000;
/** Both sides take turns, so that what else runs on the machine meets both. */
const ROUNDS = 5;
const JUDGED = 20;
const ALSO = [1, 100] as const;
const EFFECTS = 4;
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

interface Side extends Started<{ readonly url: string }> {
  readonly databasePid: number | null;
}

type Cell = Load & { readonly cpuMsPerRun: number; readonly databaseCpuMsPerRun?: number };

interface Pair {
  readonly ours: Cell;
  readonly theirs: Cell;
}

async function measure(side: Side, concurrent: number): Promise<Cell> {
  const pids = { process: side.pid, database: side.databasePid };
  const { value, cpuMs, databaseCpuMs } = await cpuMsDuring(pids, () =>
    loadWith(`${side.ready.url}/incident`, concurrent, ROUND_MS),
  );
  const cpuMsPerRun = rounded(cpuMs / value.runs, 3);
  if (side.databasePid === null) return { ...value, cpuMsPerRun };
  return { ...value, cpuMsPerRun, databaseCpuMsPerRun: rounded(databaseCpuMs / value.runs, 3) };
}

async function takeTurns(
  ours: Side,
  theirs: Side,
  concurrent: number,
  rounds: number,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const other = await measure(theirs, concurrent);
    pairs.push({ theirs: other, ours: await measure(ours, concurrent) });
  }
  return pairs;
}

function middle(cells: readonly Cell[]): Cell {
  const of = (pick: (cell: Cell) => number, digits = 2): number =>
    rounded(median(cells.map(pick)), digits);
  const total = (pick: (cell: Cell) => number): number =>
    cells.reduce((sum, cell) => sum + pick(cell), 0);
  const isOnDatabase = cells.some((cell) => cell.databaseCpuMsPerRun !== undefined);
  return {
    runs: total((cell) => cell.runs),
    bad: total((cell) => cell.bad),
    runsPerSecond: of((cell) => cell.runsPerSecond, 0),
    p50Ms: of((cell) => cell.p50Ms),
    p99Ms: of((cell) => cell.p99Ms),
    cpuMsPerRun: of((cell) => cell.cpuMsPerRun, 3),
    ...(isOnDatabase
      ? { databaseCpuMsPerRun: of((cell) => cell.databaseCpuMsPerRun ?? 0, 3) }
      : {}),
  };
}

const BAR = '>= 1.3x runs/s at 20 concurrent, p99 no worse, <= 0.9 ms server CPU per run';

function judge(store: string, judged: readonly Pair[], also: readonly Pair[]): BenchResult {
  const mine = middle(judged.map((pair) => pair.ours));
  const other = middle(judged.map((pair) => pair.theirs));
  const ratios = judged.map(({ ours, theirs }) => ours.runsPerSecond / theirs.runsPerSecond);
  const ratio = rounded(median(ratios));
  const ok = ratio >= 1.3 && mine.p99Ms <= other.p99Ms && mine.cpuMsPerRun <= 0.9;
  const [one, hundred] = also;
  return {
    bench: 'j1',
    bar: BAR,
    ratio,
    ok: ok && mine.bad === 0,
    ours: {
      store,
      c1: one?.ours,
      c20: mine,
      c100: hundred?.ours,
      ratios: ratios.map((each) => rounded(each)),
      loadAverage: loadAverage(),
    },
    beside: {
      what: 'Node-RED 5, not durable',
      c1: one?.theirs,
      c20: other,
      c100: hundred?.theirs,
    },
  };
}

/** Every run that was answered has had its four effects: neither side may be fast by leaving some out. */
async function checkEffects(target: string, work: () => Promise<number>): Promise<void> {
  const count = async (): Promise<number> => {
    // The target's own answer.
    const said = (await (await fetch(`${target}/stat`)).json()) as { readonly effects: number };
    return said.effects;
  };
  const before = await count();
  const runs = await work();
  const effects = (await count()) - before;
  if (effects !== runs * EFFECTS) {
    throw new Error(`${runs} runs had ${effects} effects, not ${runs * EFFECTS}`);
  }
}

async function beside(theirs: Side, targetUrl: string, place: Place): Promise<BenchResult> {
  const started = await startProcess(here('./server.ts'), [place.place, targetUrl]);
  const ours = { ...started, databasePid: place.databasePid };
  try {
    for (const side of [theirs, ours]) {
      const warm = (): Promise<Load> => loadWith(`${side.ready.url}/incident`, JUDGED, WARM_MS);
      await checkEffects(targetUrl, async () => (await warm()).runs);
    }
    const judged = await takeTurns(ours, theirs, JUDGED, ROUNDS);
    const also: Pair[] = [];
    for (const concurrent of ALSO) also.push(...(await takeTurns(ours, theirs, concurrent, 1)));
    return judge(place.store, judged, also);
  } finally {
    await ours.stop();
  }
}

export const j1: Bench = {
  name: 'j1',
  what: 'the cost of durability: one incident, four effects over HTTP, beside Node-RED without any',
  needsComparators: true,
  run: async () => {
    const target = await startProcess(here('./target.ts'), []);
    const nodeRed = await startProcess(here('./node-red.cjs'), [target.ready.url]);
    try {
      const theirs = { ...nodeRed, databasePid: null };
      return await onEachStore((place) => beside(theirs, target.ready.url, place));
    } finally {
      await nodeRed.stop();
      await target.stop();
    }
  },
};
