// A node in a process of its own, to be killed and frozen by tests:
//   node src/runner/node.testing.ts STORE_URL JUDGE_URL LEASE_MS CALL_TIMEOUT_MS NAME STEPS
import { createIds, createLog, present, realClock, systemRandom } from '../kernel/index.ts';
import { openStore } from '../store/index.ts';
import { createRunner } from './runner.ts';
import { createHttpHandler } from './handler.testing.ts';

const [url, judgeUrl, leaseMs, callTimeoutMs, name, count] = process.argv.slice(2);
const clock = realClock;
const store = await openStore(present(url, 'the first argument is the store'), {});
const ids = createIds(clock.nowMs, systemRandom);
const runner = createRunner({
  store,
  clock,
  random: systemRandom,
  ids,
  log: createLog('silent'),
  settings: { leaseMs: Number(leaseMs) },
});
runner.register(
  createHttpHandler(present(judgeUrl, 'the second is the judge'), Number(callTimeoutMs)),
);
await runner.start();
const planned = runner.plan(
  Array.from({ length: Number(count) }, (_, index) => ({
    id: ids.next('step'),
    kind: 'judge',
    subject: present(name, 'the fifth is a name'),
    lane: `${name}-${index % 4}`,
    target: null,
    priority: 0 as const,
    dueAtMs: clock.nowMs(),
    key: `${name}-${index}`,
    payload: {},
  })),
);
await store.write(planned.commands);
process.stdout.write('planned\n');
planned.start();
setInterval(() => {
  process.stdout.write(`${JSON.stringify(runner.statistics())}\n`);
}, 50);
// Ends with the test, however the test ends.
process.stdin.on('close', () => process.exit(0));
process.stdin.resume();
