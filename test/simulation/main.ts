import { parseArgs } from 'node:util';
import { replayIncident } from './replay.ts';
import { SABOTAGES } from './sabotage.ts';
import { replayCommand, runSimulation, type Statistics } from './simulate.ts';

/**
 * `main.ts --seed S --count M [--from-seed N] [--sabotage NAME]` plays the incidents N to N + M - 1 of the run S;
 * `main.ts --replay SEED` tells one incident in full.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    'from-seed': { type: 'string', default: '0' },
    count: { type: 'string', default: '10000' },
    sabotage: { type: 'string' },
    replay: { type: 'string' },
  },
});
const PROGRESS_EVERY = 10_000;

const sabotage = SABOTAGES.find((one) => one === values.sabotage);
if (values.sabotage !== undefined && sabotage === undefined) {
  console.error(`--sabotage is one of: ${SABOTAGES.join(', ')}`);
  process.exit(2);
}

function tell({ violations, ...statistics }: Statistics): void {
  console.log(JSON.stringify(statistics, null, 2));
  const groups = Map.groupBy(violations, (one) => `promise ${one.promise}: ${one.what}`);
  for (const [name, all] of groups) {
    console.log(`${all.length} x ${name}`);
    console.log(`  ${replayCommand(all[0]?.seed ?? 0)}`);
  }
}

if (values.replay !== undefined) {
  console.log(replayIncident(Number(values.replay), sabotage ?? null));
} else {
  const startedMs = performance.now();
  const result = await runSimulation({
    seed: Number(values.seed),
    from: Number(values['from-seed']),
    incidents: Number(values.count),
    onProgress: (done, violations) => {
      if (done % PROGRESS_EVERY === 0) console.error(`${done} incidents, ${violations} violations`);
    },
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  tell(result);
  const { system, user } = process.cpuUsage();
  const wall = ((performance.now() - startedMs) / 1_000).toFixed(0);
  console.log(`${wall} s, ${((user + system) / 1e6).toFixed(0)} s of processor time`);
  process.exitCode = result.violations.length > 0 ? 1 : 0;
}
