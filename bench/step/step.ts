import { fileURLToPath } from 'node:url';
import { reportOf } from '../measure/process.ts';
import { loadAverage, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const CONCURRENT = [1, 64];
const subject = fileURLToPath(new URL('./subject.ts', import.meta.url));

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsEach: number;
}
type Report = Readonly<Record<string, { readonly step: Figures; readonly insert: Figures }>>;

async function measure({ store, place }: Place): Promise<BenchResult> {
  const report = await reportOf<Report>(subject, [place, CONCURRENT.join(',')]);
  const busiest = report[`c${CONCURRENT.at(-1) ?? 0}`];
  const of = (side: 'step' | 'insert'): Record<string, Figures> =>
    Object.fromEntries(Object.entries(report).map(([name, cell]) => [name, cell[side]]));
  return {
    bench: 'step',
    bar: 'none; the ratio is plain commits for each durable step at 64 concurrent, which needs two of them',
    ratio:
      busiest === undefined ? null : rounded(busiest.insert.perSecond / busiest.step.perSecond),
    ok: true,
    ours: { store, ...of('step'), loadAverage: loadAverage() },
    beside: { what: 'one inserted row, committed, on the same store', ...of('insert') },
  };
}

export const step: Bench = {
  name: 'step',
  what: 'a durable step without an effect (intent, outcome) beside a plain insert',
  run: () => onEachStore(measure),
};
