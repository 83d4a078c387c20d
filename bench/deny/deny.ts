import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMsDuring } from '../measure/cpu.ts';
import { type Caller, openCaller } from '../measure/load.ts';
import { startProcess } from '../measure/process.ts';
import { loadAverage, percentile, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';
import { denyAfterSignal, type Lag, pause, type Subject } from './first-deny.ts';

const PER_SECOND = 100;
const SECONDS = 8;
const WARM = 100;
const COUNT = PER_SECOND * SECONDS;
const BAR_MS = 50;
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One signal every 10 ms, whatever has become of the ones before. */
async function flood(subject: Subject, credentials: readonly string[]): Promise<readonly Lag[]> {
  const free: Caller[] = [];
  const startedAt = performance.now();
  return await Promise.all(
    credentials.map(async (credential, index) => {
      const waitMs = startedAt + (index * 1_000) / PER_SECOND - performance.now();
      await pause(waitMs);
      const caller = free.pop() ?? (await openCaller(subject.url));
      const lag = await denyAfterSignal(subject, credential, caller);
      free.push(caller);
      return lag;
    }),
  );
}

async function beside(place: Place, data: string): Promise<BenchResult> {
  const worldArgs = ['--port', '0', '--targets', 'ci', '--identities', String(COUNT + WARM)];
  const world = await startProcess<{ readonly url: string; readonly adminToken: string }>(
    file('../../src/world/main.ts'),
    worldArgs,
  );
  const store = place.store === 'postgres' ? place.place : '';
  const { url, adminToken } = world.ready;
  const server = await startProcess<Subject>(file('./server.ts'), [data, store, url, adminToken]);
  try {
    const subject = server.ready;
    await flood(subject, subject.credentials.slice(0, WARM));
    const measured = await cpuMsDuring({ process: server.pid }, () =>
      flood(subject, subject.credentials.slice(WARM, WARM + COUNT)),
    );
    return judge(place.store, measured.value, measured.cpuMs);
  } finally {
    await server.stop();
    await world.stop();
  }
}

function judge(store: string, lags: readonly Lag[], cpuMs: number): BenchResult {
  const denials = lags.flatMap(({ denyMs }) => denyMs ?? []);
  const accepts = lags.map(({ acceptMs }) => acceptMs);
  const p99 = percentile(denials, 0.99);
  const missing = lags.length - denials.length;
  return {
    bench: 'deny',
    bar: `p99 < ${BAR_MS} ms from the accepted signal to the first deny, ${PER_SECOND} signals/s`,
    ratio: null,
    ok: missing === 0 && p99 < BAR_MS,
    ours: {
      store,
      signals: lags.length,
      neverDenied: missing,
      denyP50Ms: rounded(percentile(denials, 0.5)),
      denyP99Ms: rounded(p99),
      denyMaxMs: rounded(percentile(denials, 1)),
      acceptP50Ms: rounded(percentile(accepts, 0.5)),
      acceptP99Ms: rounded(percentile(accepts, 0.99)),
      questionsP99: percentile(
        lags.map(({ questions }) => questions),
        0.99,
      ),
      serverCpuMsPerIncident: rounded(cpuMs / lags.length),
      loadAverage: loadAverage(),
    },
    beside: {},
  };
}

async function measure(place: Place): Promise<BenchResult> {
  if (place.store === 'sqlite') return await beside(place, place.place);
  const data = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  try {
    return await beside(place, data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export const deny: Bench = {
  name: 'deny',
  what: 'from the accepted signal to the first deny at the gate, over HTTP, while incidents run their course',
  run: () => onEachStore(measure),
};
