import {
  createDependencyMap,
  type DependencyMap,
  type InventoryChanges,
  type MapSource,
} from '../../src/dependencies/index.ts';
import { createSeededRandom, randomInteger, silentLog } from '../../src/kernel/index.ts';
import { loadAverage, median, percentile, rounded } from '../measure/statistics.ts';
import { withPostgres } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';
import { openDuck, openPostgres, type Side } from './databases.ts';
import { batchesOf, edgeRecord, idOf, makeEdges, type Edges } from './organisation.ts';

const NODES = Number(process.env['FIREBREAK_BENCH_NODES'] ?? 1_000_000);
const PER_NODE = 5;
const STARTS = 60;
const FULL_RUNS = 3;
const WARM_RUNS = 2_000;
const CHANGES = 10_000;
const SLOWDOWN_MAX = 1.3;

/** A map of these edges, and one way to change it. */
async function openMap(edges: Edges) {
  let revision = 1;
  let pending: InventoryChanges | null = null;
  const source: MapSource = {
    revision: () => Promise.resolve(revision),
    onChange: () => () => undefined,
    graph: () => Promise.reject(new Error('this source gives its records in parts')),
    graphBatches: () => Promise.resolve({ revision: 1, batches: batchesOf(edges) }),
    changesSince: () => Promise.resolve(pending),
  };
  const map = await createDependencyMap(source, silentLog);
  const change = async (changes: Omit<InventoryChanges, 'revision'>): Promise<void> => {
    revision += 1;
    pending = { ...changes, revision };
    await map.refresh();
  };
  return { map, change };
}

const depthOf = (depthMax: number): { readonly depthMax?: number } =>
  depthMax === 0 ? {} : { depthMax };

function ours(map: DependencyMap): Side {
  return {
    name: 'firebreak',
    loadMs: map.statistics().loadMs,
    count: (start, depthMax) =>
      Promise.resolve(map.reachSummary(idOf(start), depthOf(depthMax)).reachedCount + 1),
    close: () => Promise.resolve(),
  };
}

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly values: number[];
}

interface Comparison {
  readonly times: Readonly<Record<string, Measured>>;
  readonly reachedMedian: number;
}

/** One start after the other, each side in turn, so that whatever else the machine does hits all alike. */
async function compare(
  sides: readonly Side[],
  starts: readonly number[],
  depthMax: number,
): Promise<Comparison> {
  const values = new Map(sides.map(({ name }): [string, number[]] => [name, []]));
  const counts: number[] = [];
  for (const start of starts) {
    const answers: number[] = [];
    for (const { name, count } of sides) {
      const begunMs = performance.now();
      answers.push(await count(start, depthMax));
      values.get(name)?.push(performance.now() - begunMs);
    }
    if (new Set(answers).size !== 1) {
      throw new Error(`the sides do not agree about node ${start}: ${answers.join(', ')}`);
    }
    counts.push(answers[0] ?? 0);
  }
  const measured = [...values].map(([name, each]): [string, Measured] => [
    name,
    {
      p50Ms: rounded(median(each), 4),
      p99Ms: rounded(percentile(each, 0.99), 4),
      values: each,
    },
  ]);
  return { times: Object.fromEntries(measured), reachedMedian: median(counts) };
}

const p50 = ({ times }: Comparison, name: string): number => times[name]?.p50Ms ?? Number.NaN;
const against = (one: Comparison, name: string): number =>
  rounded(p50(one, name) / p50(one, 'firebreak'), 1);

/** Full reach with changes pending beside the same map without them, in turns. */
async function measureSlowdown(edges: Edges, plain: DependencyMap, starts: readonly number[]) {
  const { map, change } = await openMap(edges);
  const random = createSeededRandom(5);
  const node = (): number => randomInteger(random, edges.nodes);
  const added = Array.from({ length: CHANGES }, (_, index) => edgeRecord(node(), node(), index));
  const goneEdges = Array.from({ length: CHANGES }, () => {
    const place = randomInteger(random, edges.tails.length);
    return edgeRecord(edges.tails[place] ?? 0, edges.heads[place] ?? 0, place);
  });
  const begunMs = performance.now();
  await change({ edges: added, goneEdges });
  const changeUs = rounded(((performance.now() - begunMs) * 1_000) / (2 * CHANGES));
  const [without, pending]: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round += 1) {
    for (const start of starts) {
      for (const [one, list] of [
        [plain, without],
        [map, pending],
      ] as const) {
        const runMs = performance.now();
        one.reachSummary(idOf(start));
        list.push(performance.now() - runMs);
      }
    }
  }
  const { pendingChanges } = map.statistics();
  map.stop();
  const slowdown = rounded(median(pending) / median(without), 3);
  return { slowdown, pendingChanges, changeUs };
}

const BAR =
  'depth 3 >= 300x PostgreSQL and >= 1,000x DuckDB, full reach >= 100x PostgreSQL, 10 k adds and 10 k removals pending <= 1.3x';

async function measure(edges: Edges, postgresUrl: string): Promise<BenchResult> {
  const { map } = await openMap(edges);
  const mine = ours(map);
  const sides = [mine, await openPostgres(postgresUrl, edges), await openDuck(edges)];
  const random = createSeededRandom(3);
  const starts = Array.from({ length: STARTS }, () => randomInteger(random, edges.nodes));
  for (let run = 0; run < WARM_RUNS; run += 1) await mine.count(run % edges.nodes, 3);
  for (const start of starts.slice(0, 3)) {
    for (const side of sides) await side.count(start, 3);
    await mine.count(start, 0);
  }
  const third = await compare(sides, starts, 3);
  const full = await compare(sides, starts.slice(0, FULL_RUNS), 0);
  const { slowdown, ...changes } = await measureSlowdown(edges, map, starts.slice(0, FULL_RUNS));
  const begunMs = performance.now();
  for (const start of starts) map.blastRadius(idOf(start), { depthMax: 3 });
  const withPathsMs = rounded((performance.now() - begunMs) / starts.length, 3);
  const { nodes, edges: edgeCount, bytes } = map.statistics();
  for (const { close } of sides) await close();
  const ratios = {
    depth3Postgres: against(third, 'postgres'),
    depth3Duckdb: against(third, 'duckdb'),
    fullPostgres: against(full, 'postgres'),
    fullDuckdb: against(full, 'duckdb'),
    slowdown,
  };
  const of = (name: string): object => ({
    depth3P50Ms: p50(third, name),
    depth3P99Ms: third.times[name]?.p99Ms,
    fullP50Ms: p50(full, name),
    loadMs: rounded(sides.find((side) => side.name === name)?.loadMs ?? 0, 0),
  });
  return {
    bench: 'reach',
    bar: BAR,
    ratio: ratios.depth3Postgres,
    ok:
      ratios.depth3Postgres >= 300 &&
      ratios.depth3Duckdb >= 1_000 &&
      ratios.fullPostgres >= 100 &&
      slowdown <= SLOWDOWN_MAX,
    ours: {
      nodes,
      edges: edgeCount,
      ...ratios,
      ...of('firebreak'),
      depth3WithPathsMs: withPathsMs,
      reachedDepth3: third.reachedMedian,
      reachedFull: full.reachedMedian,
      bytes,
      ...changes,
      loadAverage: loadAverage(),
    },
    beside: { postgres: of('postgres'), duckdb: of('duckdb') },
  };
}

export const reach: Bench = {
  name: 'reach',
  what: 'what an attacker reaches, counted in memory, beside recursive queries on the same edges',
  needsComparators: true,
  run: async () => {
    const edges = makeEdges(NODES, PER_NODE, 1);
    const result = await withPostgres(({ place }) => measure(edges, place));
    return result === null ? [] : [result];
  },
};
