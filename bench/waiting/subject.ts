import { createIds, createLog, realClock, sleep, systemRandom } from '../../src/kernel/index.ts';
import { createLedger, ledgerMigrations, openLedgerKeys } from '../../src/ledger/index.ts';
import { createRunner, PRIORITY, runnerMigrations } from '../../src/runner/index.ts';
import { openStore } from '../../src/store/index.ts';
import { cpuSecondsOfFamily } from '../measure/cpu.ts';
import { rounded } from '../measure/statistics.ts';

/** A node with ledger and runner that has nothing to do, first with nothing waiting, then with deadlines ahead. */
const [place = '', count = '0', databasePid = ''] = process.argv.slice(2);
const IDLE_MS = 10_000;
const SETTLE_MS = 3_000;
const BATCH = 500;
const HOUR_MS = 3_600_000;
const log = createLog('error');
const clock = realClock;
const ids = createIds(clock.nowMs, systemRandom);
const store = await openStore(place.startsWith('postgres') ? place : { sqlite: place }, { log });
await store.migrate([...ledgerMigrations, ...runnerMigrations], { apply: true });
const directory = place.startsWith('postgres') ? null : place;
const keys = await openLedgerKeys({ store, directory, passphrase: null, log });
const runner = createRunner({ store, clock, random: systemRandom, ids, log });
const ledger = createLedger({ store, clock, keys, log, nodeId: runner.nodeId });
runner.register({
  kind: 'bench.deadline',
  perform: () => Promise.resolve({ type: 'done', result: {} }),
});

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function idle(): Promise<Readonly<Record<string, number>>> {
  await sleep(clock, SETTLE_MS);
  const database = (): number => (databasePid === '' ? 0 : cpuSecondsOfFamily(Number(databasePid)));
  const heap = heapBytes();
  const databaseBefore = database();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(clock, IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    cpuPercent: rounded(((user + system) / 1e6 / seconds) * 100),
    ...(databasePid === ''
      ? {}
      : { databaseCpuPercent: rounded(((database() - databaseBefore) / seconds) * 100) }),
    heapBytes: heap,
    residentBytes: process.memoryUsage().rss,
  };
}

async function plan(size: number): Promise<void> {
  const nowMs = clock.nowMs();
  const steps = Array.from({ length: size }, (_, index) => {
    const id = ids.next('step');
    return {
      id,
      kind: 'bench.deadline',
      subject: ids.next('incident'),
      lane: null,
      target: null,
      priority: PRIORITY.cut,
      dueAtMs: nowMs + HOUR_MS + index * 10,
      key: id,
      payload: { decision: ids.next('decision') },
    };
  });
  const planned = runner.plan(steps);
  await store.write(planned.commands);
  planned.start();
}

await ledger.start();
await runner.start();
const nothing = await idle();
const startedAt = performance.now();
for (let left = Number(count); left > 0; left -= BATCH) await plan(Math.min(BATCH, left));
const plannedInMs = rounded(performance.now() - startedAt, 0);
const waiting = await idle();
process.stdout.write(`${JSON.stringify({ nothing, waiting, plannedInMs })}\n`);
