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
const ROUNDS = 5;
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
}

interface Comparison {
  readonly times: Readonly<Record<string, Measured>>;
  readonly reachedMedian: number;
}

/** What each side took and answered, round by round; the sides must agree about every node. */
class Answers {
  readonly #values = new Map<string, number[]>();
  readonly #answers = new Map<number, number>();

  async ask({ name, count }: Side, start: number, depthMax: number): Promise<void> {
    const begunMs = performance.now();
    const answer = await count(start, depthMax);
    const tookMs = performance.now() - begunMs;
    const list = this.#values.get(name) ?? [];
    list.push(tookMs);
    this.#values.set(name, list);
    const said = this.#answers.get(start);
    if (said !== undefined && said !== answer) {
      throw new Error(`the sides do not agree about node ${start}: ${said} and ${answer}`);
    }
    this.#answers.set(start, answer);
  }

  result(): Comparison {
    const measured = [...this.#values].map(([name, values]): [string, Measured] => [
      name,
      {
        p50Ms: rounded(median(values), 4),
        p99Ms: rounded(percentile(values, 0.99), 4),
      },
    ]);
    return {
      times: Object.fromEntries(measured),
      reachedMedian: median([...this.#answers.values()]),
    };
  }
}

/** One start after the other, each side in turn: every search finds the caches swept by the others. */
async function inTurns(
  sides: readonly Side[],
  starts: readonly number[],
  depthMax: number,
): Promise<Comparison> {
  const record = new Answers();
  for (const start of starts) {
    for (const side of sides) await record.ask(side, start, depthMax);
  }
  return record.result();
}

/** Each side answers all starts of a round, then the next side: as when somebody works with one of them. */
async function inRounds(
  sides: readonly Side[],
  rounds: readonly (readonly number[])[],
  depthMax: number,
): Promise<Comparison> {
  const record = new Answers();
  for (const [round, starts] of rounds.entries()) {
    for (let place = 0; place < sides.length; place += 1) {
      // Nobody is always first, or always after the same one.
      const side = sides[(place + round) % sides.length];
      if (side === undefined) continue;
      for (const start of starts) await record.ask(side, start, depthMax);
    }
  }
  return record.result();
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

async function compareAll(sides: readonly Side[], starts: () => readonly number[]) {
  const [mine] = sides;
  for (let run = 0; run < WARM_RUNS; run += 1) await mine?.count(run, 3);
  const first = starts();
  for (const start of first.slice(0, FULL_RUNS)) {
    for (const side of sides) await side.count(start, 3);
    await mine?.count(start, 0);
  }
  const rounds = Array.from({ length: ROUNDS }, starts);
  return {
    third: await inRounds(sides, rounds, 3),
    turns: await inTurns(sides, first, 3),
    full: await inTurns(
      sides.filter(({ name }) => name !== 'postgresPlain'),
      first.slice(0, FULL_RUNS),
      0,
    ),
  };
}

type Compared = Awaited<ReturnType<typeof compareAll>>;

function ratiosOf({ third, turns, full }: Compared, slowdown: number) {
  return {
    depth3Postgres: against(third, 'postgres'),
    depth3PostgresPlain: against(third, 'postgresPlain'),
    depth3Duckdb: against(third, 'duckdb'),
    depth3InTurnsPostgres: against(turns, 'postgres'),
    depth3InTurnsPostgresPlain: against(turns, 'postgresPlain'),
    depth3InTurnsDuckdb: against(turns, 'duckdb'),
    fullPostgres: against(full, 'postgres'),
    fullDuckdb: against(full, 'duckdb'),
    slowdown,
  };
}

async function measure(edges: Edges, postgresUrl: string): Promise<BenchResult> {
  const { map } = await openMap(edges);
  const sides = [
    ours(map),
    ...(await openPostgres(postgresUrl, edges)),
    await openDuck(edges),
  ] as const;
  const random = createSeededRandom(3);
  const drawStarts = (): readonly number[] =>
    Array.from({ length: STARTS }, () => randomInteger(random, edges.nodes));
  const compared = await compareAll(sides, drawStarts);
  const { third, turns, full } = compared;
  const starts = drawStarts();
  const { slowdown, ...changes } = await measureSlowdown(edges, map, starts.slice(0, FULL_RUNS));
  const begunMs = performance.now();
  for (const start of starts) map.blastRadius(idOf(start), { depthMax: 3 });
  const depth3WithPathsMs = rounded((performance.now() - begunMs) / starts.length, 3);
  const { nodes, edges: edgeCount, bytes } = map.statistics();
  for (const { close } of sides) await close();
  const ratios = ratiosOf(compared, slowdown);
  const of = (name: string): object => ({
    depth3P50Ms: p50(third, name),
    depth3P99Ms: third.times[name]?.p99Ms,
    depth3InTurnsP50Ms: p50(turns, name),
    fullP50Ms: p50(full, name),
    loadMs: rounded(sides.find((side) => side.name === name)?.loadMs ?? 0, 0),
  });
  const figures = {
    depth3WithPathsMs,
    reachedDepth3: third.reachedMedian,
    reachedFull: full.reachedMedian,
    loadAverage: loadAverage(),
  };
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
      bytes,
      ...ratios,
      ...of('firebreak'),
      ...figures,
      ...changes,
    },
    beside: {
      postgres: of('postgres'),
      postgresPlain: of('postgresPlain'),
      duckdb: of('duckdb'),
    },
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
