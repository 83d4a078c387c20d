import { fileURLToPath } from 'node:url';
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
        // Needs the importer of large inventories.
        withMillionIdentities: null,
        starts: TIMES,
        loadAverage: loadAverage(),
      },
      beside: { what: 'a bare Fastify process on the same runtime', ...facts(bare) },
    },
  ];
}

export const start: Bench = {
  name: 'start',
  what: 'from the spawning of the process to its ready line, beside a bare Fastify process',
  run: measure,
};
