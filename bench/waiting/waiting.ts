import { fileURLToPath } from 'node:url';
import { reportOf } from '../measure/process.ts';
import { loadAverage, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const COUNT = 10_000;
const CPU_PERCENT_MAX = 2;
const subject = fileURLToPath(new URL('./subject.ts', import.meta.url));

interface Idle {
  readonly cpuPercent: number;
  readonly databaseCpuPercent?: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
}

interface Report {
  readonly nothing: Idle;
  readonly waiting: Idle;
  readonly plannedInMs: number;
}

async function measure({ store, place, databasePid }: Place): Promise<BenchResult> {
  const args = [place, String(COUNT), databasePid === null ? '' : String(databasePid)];
  const report = await reportOf<Report>(subject, args, ['--expose-gc']);
  const { nothing, waiting, plannedInMs } = report;
  return {
    bench: 'waiting',
    bar: `< ${CPU_PERCENT_MAX} % of a core while ${COUNT} deadlines lie ahead`,
    ratio: null,
    ok: waiting.cpuPercent + (waiting.databaseCpuPercent ?? 0) < CPU_PERCENT_MAX,
    ours: {
      store,
      waiting: COUNT,
      plannedInMs,
      ...waiting,
      heapBytesEach: rounded((waiting.heapBytes - nothing.heapBytes) / COUNT, 1),
      loadAverage: loadAverage(),
    },
    beside: { what: 'the same node with nothing waiting', ...nothing },
  };
}

export const waiting: Bench = {
  name: 'waiting',
  what: 'a node that does nothing while 10,000 deadlines lie an hour ahead',
  run: () => onEachStore(measure),
};
