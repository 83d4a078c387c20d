import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mapReady, sendFile, startServerOn, timed } from '../import/inventory-server.ts';
import { EDGES_EACH, writeExport } from '../import/organisation.ts';
import { startProcess } from '../measure/process.ts';
import { loadAverage, median, percentile, rounded } from '../measure/statistics.ts';
import { withSqlite } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const TIMES = 10;
const BAR_MS = 1_500;
const BAR = '< 1,500 ms to the ready line with an empty store, in the median';
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function startOurs(directory: string): Promise<number> {
  const args = ['serve', '--json', '--data', directory, '--port', '0'];
  const one = await startProcess<{ readonly event: string }>(file('../../src/cli/main.ts'), args);
  await one.stop();
  if (one.ready.event !== 'ready') throw new Error('the first line of serve is not its ready line');
  return one.readyAfterMs;
}

async function startBare(): Promise<number> {
  const one = await startProcess(file('./bare.ts'), []);
  await one.stop();
  return one.readyAfterMs;
}

function facts(ms: readonly number[]): Readonly<Record<string, number>> {
  return { medianMs: rounded(median(ms), 0), slowestMs: rounded(percentile(ms, 1), 0) };
}

async function measure(): Promise<readonly BenchResult[]> {
  const empty: number[] = [];
  const again: number[] = [];
  const bare: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    bare.push(await startBare());
    await withSqlite(async ({ place }) => {
      empty.push(await startOurs(place));
      again.push(await startOurs(place));
    });
  }
  const ours = median(empty);
  return [
    {
      bench: 'start',
      bar: BAR,
      ratio: rounded(ours / median(bare)),
      ok: ours < BAR_MS,
      ours: {
        emptyStore: facts(empty),
        afterKill: facts(again),
        starts: TIMES,
        loadAverage: loadAverage(),
      },
      beside: { what: 'a bare Fastify process on the same runtime', ...facts(bare) },
    },
  ];
}

const IDENTITIES = Number(process.env['FIREBREAK_BENCH_IDENTITIES'] ?? 1_000_000);
const LARGE_TIMES = 3;
const LARGE_BAR_MS = 5_000;

/** Kills the server each time, so that every start is one after a crash. */
async function measureLarge(): Promise<BenchResult> {
  return await withSqlite(async (place) => {
    const file = join(place.place, 'export.ndjson');
    await writeExport(file, { identities: IDENTITIES, changed: 0, holds: 'everything' });
    const first = await startServerOn(place, place.place);
    await sendFile(first, file, 'snapshot');
    await mapReady(first, IDENTITIES);
    await first.stop();
    const ready: number[] = [];
    const map: { readonly seconds: number; readonly cpuSeconds: unknown }[] = [];
    for (let time = 0; time < LARGE_TIMES; time += 1) {
      const server = await startServerOn(place, place.place);
      ready.push(server.readyAfterMs);
      const loaded = await timed(server, place, () => mapReady(server, IDENTITIES));
      map.push({ seconds: rounded(loaded.seconds), cpuSeconds: loaded.facts['cpuSeconds'] });
      await server.stop();
    }
    const ms = median(ready);
    return {
      bench: 'start with a large inventory',
      bar: `< ${LARGE_BAR_MS} ms to the ready line with ${IDENTITIES} identities and ${IDENTITIES * EDGES_EACH} edges, in the median`,
      ratio: null,
      ok: ms < LARGE_BAR_MS,
      ours: {
        ...facts(ready),
        mapReadyLater: map,
        starts: LARGE_TIMES,
        loadAverage: loadAverage(),
      },
      beside: {},
    };
  });
}

export const start: Bench = {
  name: 'start',
  what: 'from the spawning of the process to its ready line, beside a bare Fastify process, and on a store with a million identities',
  run: async () => [...(await measure()), await measureLarge()],
};
