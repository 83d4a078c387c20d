import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  createPushableClock,
  FirebreakError,
  isFirebreakError,
  realClock,
  Secret,
  type Clock,
} from '../kernel/index.ts';
import type { TargetChoice } from './model.ts';
import { serveWorld } from './service.ts';
import { createWorld } from './world.ts';

interface Options {
  readonly port: number;
  readonly seed: number;
  readonly clock: 'real' | 'pushed';
  readonly targets: readonly TargetChoice[] | null;
  readonly adminToken: string | null;
  readonly identities: number | null;
  readonly delayMsMax: number | null;
  readonly workloads: boolean;
  readonly dieWithParent: boolean;
}

function usage(problem: string): never {
  throw new FirebreakError('world-usage-wrong', { problem });
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 ? value : usage(`--${name} takes a whole number`);
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '7471' },
      seed: { type: 'string', default: '1' },
      clock: { type: 'string', default: 'real' },
      targets: { type: 'string' },
      identities: { type: 'string' },
      'delay-max-ms': { type: 'string' },
      'admin-token-file': { type: 'string' },
      workloads: { type: 'boolean', default: false },
      'die-with-parent': { type: 'boolean', default: false },
    },
  });
  const { clock } = values;
  if (clock !== 'real' && clock !== 'pushed') usage('--clock is real or pushed');
  const file = values['admin-token-file'];
  const count = (name: 'identities' | 'delay-max-ms'): number | null => {
    const { [name]: text } = values;
    return text === undefined ? null : wholeNumber(text, name);
  };
  return {
    port: wholeNumber(values.port, 'port'),
    seed: wholeNumber(values.seed, 'seed'),
    clock,
    targets: values.targets?.split(',').map((name) => ({ name })) ?? null,
    adminToken: file === undefined ? null : readFileSync(file, 'utf8').trim(),
    identities: count('identities'),
    delayMsMax: count('delay-max-ms'),
    workloads: values.workloads,
    dieWithParent: values['die-with-parent'],
  };
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const given = options.adminToken ?? process.env['FIREBREAK_WORLD_TOKEN'];
  const adminToken = given ?? randomBytes(24).toString('base64url');
  const clock: Clock = options.clock === 'real' ? realClock : createPushableClock();
  const choices = options.targets === null ? {} : { targets: options.targets };
  const size = options.identities === null ? {} : { identities: options.identities };
  const delay = options.delayMsMax === null ? {} : { delayMsMax: options.delayMsMax };
  const world = createWorld({ seed: options.seed, clock, ...choices, ...size, ...delay });
  const served = await serveWorld(world, {
    port: options.port,
    adminToken: new Secret(adminToken),
  });
  if (options.workloads) world.startWorkloads();
  // A token that was made here is told here, once: there is no other way to learn it.
  const made = given === undefined ? { adminToken } : {};
  const ready = { event: 'ready', url: served.url, pid: process.pid, seed: options.seed, ...made };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const stop = (): void => {
    void served.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (options.dieWithParent) {
    process.stdin.once('end', stop).once('close', stop);
    process.stdin.resume();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const text = isFirebreakError(error) ? `${error.message}\n${error.remedy}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 2;
}
