import { createIds, createLog, realClock, systemRandom } from '../../src/kernel/index.ts';
import { createRunner, PRIORITY, runnerMigrations } from '../../src/runner/index.ts';
import { openStore } from '../../src/store/index.ts';
import { percentile, rounded } from '../measure/statistics.ts';

/** Measures itself: steps with an effect that costs nothing, and plain inserts, in turns on one store. */
const [place = '', levels = '1'] = process.argv.slice(2);
const ROUNDS = 3;
const ROUND_MS = 2_000;
const log = createLog('error');
const clock = realClock;
const ids = createIds(clock.nowMs, systemRandom);
const store = await openStore(place.startsWith('postgres') ? place : { sqlite: place }, { log });
await store.migrate(
  [
    ...runnerMigrations,
    {
      id: '2026-11-20-zz-bench',
      sql: 'create table bench (id text primary key, body text not null);',
    },
  ],
  { apply: true },
);
const runner = createRunner({ store, clock, random: systemRandom, ids, log });
const recorded = new Map<string, () => void>();

runner.register({
  kind: 'bench.nothing',
  perform: () => Promise.resolve({ type: 'done', result: {} }),
  record: async (step, _outcome, settle) => {
    await store.write(settle);
    recorded.get(step.id)?.();
    recorded.delete(step.id);
  },
});

/** Intent in one commit, effect, outcome in another: until the outcome is durable. */
async function runStep(): Promise<void> {
  const id = ids.next('step');
  const done = new Promise<void>((resolve) => recorded.set(id, resolve));
  const planned = runner.plan([
    {
      id,
      kind: 'bench.nothing',
      subject: id,
      lane: null,
      target: null,
      priority: PRIORITY.cut,
      dueAtMs: clock.nowMs(),
      key: id,
      payload: { of: 'the bench' },
    },
  ]);
  await store.write(planned.commands);
  planned.start();
  await done;
}

async function insertRow(): Promise<void> {
  const params = [ids.next('step'), '{"of":"the bench"}'];
  await store.write([{ sql: 'insert into bench(id, body) values ($1, $2)', params, rows: 1 }]);
}

interface Round {
  readonly count: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly latencies: readonly number[];
}

async function measure(work: () => Promise<void>, concurrent: number): Promise<Round> {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (performance.now() - startedAt < ROUND_MS) {
        const begunAt = performance.now();
        await work();
        latencies.push(performance.now() - begunAt);
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { count: latencies.length, seconds, cpuMs: (user + system) / 1_000, latencies };
}

function summary(rounds: readonly Round[]): Readonly<Record<string, number>> {
  const sum = (pick: (round: Round) => number): number =>
    rounds.reduce((total, round) => total + pick(round), 0);
  const latencies = rounds.flatMap((round) => round.latencies);
  const count = sum((round) => round.count);
  return {
    perSecond: rounded(count / sum((round) => round.seconds), 0),
    p50Ms: rounded(percentile(latencies, 0.5), 3),
    p99Ms: rounded(percentile(latencies, 0.99), 3),
    cpuMsEach: rounded(sum((round) => round.cpuMs) / count, 4),
  };
}

await runner.start();
const report: Record<string, unknown> = {};
for (const concurrent of levels.split(',').map(Number)) {
  await measure(runStep, concurrent);
  await measure(insertRow, concurrent);
  const steps: Round[] = [];
  const inserts: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    inserts.push(await measure(insertRow, concurrent));
    steps.push(await measure(runStep, concurrent));
  }
  report[`c${concurrent}`] = { step: summary(steps), insert: summary(inserts) };
}
process.stdout.write(`${JSON.stringify(report)}\n`);
