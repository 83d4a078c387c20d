import { parseArgs } from 'node:util';
import { replayIncident } from './replay.ts';
import { SABOTAGES } from './sabotage.ts';
import { runSimulation } from './simulate.ts';

/** `main.ts --incidents N --seed S [--sabotage NAME]`, or `main.ts --replay SEED` for one incident in full. */
const { values } = parseArgs({
  options: {
    incidents: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    sabotage: { type: 'string' },
    replay: { type: 'string' },
  },
});
const sabotage = SABOTAGES.find((one) => one === values.sabotage);
if (values.sabotage !== undefined && sabotage === undefined) {
  console.error(`--sabotage is one of: ${SABOTAGES.join(', ')}`);
  process.exit(2);
}
if (values.replay !== undefined) {
  console.log(replayIncident(Number(values.replay), sabotage ?? null));
} else {
  const startedMs = performance.now();
  const options = { seed: Number(values.seed), incidents: Number(values.incidents) };
  const result = await runSimulation({
    ...options,
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  const { violations, ...statistics } = result;
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(
    JSON.stringify({ ...options, ...statistics, seconds: Number(seconds.toFixed(1)) }, null, 2),
  );
  const counts: Record<string, number> = {};
  for (const one of violations) {
    const name = `promise ${one.promise}: ${one.what}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  for (const [name, count] of Object.entries(counts)) {
    const first = violations.find((one) => `promise ${one.promise}: ${one.what}` === name);
    console.log(`${count} x ${name} (replay with --replay ${first?.seed ?? ''})`);
  }
  process.exitCode = violations.length > 0 ? 1 : 0;
}
