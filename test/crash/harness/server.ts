import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CharterChoice,
  northlakeCharter,
  NORTHLAKE_PEOPLE,
  NORTHLAKE_ROSTER,
  resolveSettings,
  startServer,
} from '../../../src/app/index.ts';
import { createLog, type Log, type StopPoint } from '../../../src/kernel/index.ts';
import type { StorePlace } from '../../../src/store/index.ts';
import { textOf } from './http.ts';
import { type Child, startChild } from './process.ts';
import type { World } from './world.ts';

const CLI_MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** They sign; `scanner` and `detector` raise, `owner` says all clear. */
export const SOURCES = ['scanner', 'detector', 'owner'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Windows of less than a second; people who are never too late; fuses that a thousand incidents do not blow. */
const CHARTER: CharterChoice = {
  name: 'crash',
  windows: { isolate: 0.4, revoke: 0.6 },
  patience: { acknowledge: 20, decide: 30 },
  contain: ['ir-lead', 'ciso'],
  cutsPerHour: 1_000_000,
  cutsPerSource: 1_000_000,
  protectedTargets: ['ci'],
};

export interface Installation {
  /** Configuration and, per node, a data directory. */
  readonly directory: string;
  readonly place: StorePlace;
  readonly sourceSecret: string;
  /** Bearer tokens. */
  readonly administrator: string;
  readonly restorer: string;
}

function configuration(world: World): string {
  const sources = SOURCES.map(
    (name) => `  - { name: ${name}, secret: "file:source.secret", confidenceMax: proven }`,
  );
  const connectors = world.targets.map(
    ({ name }) =>
      `  - { target: ${name}, kind: world, url: "${world.url}", token: "file:${name}.token", controlSecret: "file:${name}.control" }`,
  );
  return `server: { host: 127.0.0.1, port: 0 }
keys: { master: "file:master.secret" }
charter: charter.yaml
roster: roster.yaml
sources:
${sources.join('\n')}
connectors:
${connectors.join('\n')}
response:
  probeInterval: PT0.2S
  inconclusive: PT5S
  reprobe: PT10M
  evidenceFuse: PT10S
  watch: PT0.4S
  watchMax: PT6S
  restoreGrace: PT20S
log: { level: warn }
`;
}

function serverOptions(directory: string, place: StorePlace, node: string) {
  return {
    config: join(directory, 'firebreak.yaml'),
    data: typeof place === 'string' ? join(directory, node) : place.sqlite,
    store: typeof place === 'string' ? place : 'sqlite',
  };
}

/** An installation that has moved in: schema, inventory, rehearsals, and the tokens of the people on call. */
export async function install(
  world: World,
  place: StorePlace,
  directory: string,
): Promise<Installation> {
  mkdirSync(directory, { recursive: true });
  const sourceSecret = 'the-sources-of-a-crash-test-sign-with-this';
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), `${text}\n`, { mode: 0o600 });
  };
  write('firebreak.yaml', configuration(world));
  write('charter.yaml', northlakeCharter(Date.now(), CHARTER));
  write('roster.yaml', NORTHLAKE_ROSTER);
  write('master.secret', 'the-master-key-of-a-crash-test');
  write('source.secret', sourceSecret);
  for (const { name, token, controlSecret } of world.targets) {
    write(`${name}.token`, token);
    write(`${name}.control`, controlSecret);
  }
  const log: Log = createLog('silent');
  const settings = resolveSettings(serverOptions(directory, place, 'first'));
  const running = await startServer(settings, { log, migrate: true });
  const { inventory, authority, store, clock, tokens } = running.parts;
  const lines = (await world.inventory()).split('\n').filter((line) => line !== '');
  await inventory.importRecords(lines, { source: 'world' });
  for (const { name: target } of world.targets) {
    await store.write(authority.recordRehearsal({ target, atMs: clock.nowMs() }));
  }
  const tokenOf = async (person: string): Promise<string> =>
    (await tokens.create({ name: person, scopes: ['admin'], person }, 'node:crash-test')).text;
  const administrator = await tokenOf(NORTHLAKE_PEOPLE.responder);
  const restorer = await tokenOf(NORTHLAKE_PEOPLE.restorer);
  await running.stop();
  return { directory, place, sourceSecret, administrator, restorer };
}

export interface ServerProcess {
  /** Null when it was killed before it answered. */
  readonly url: string | null;
  readonly node: string;
  readonly child: Child;
}

/** A real `serve`, as an operator starts it. */
export async function startServe(
  { directory, place }: Installation,
  options: {
    readonly node?: string;
    readonly stopAt?: { readonly point: StopPoint; readonly passage: number };
  } = {},
): Promise<ServerProcess> {
  const { node = 'first', stopAt } = options;
  const { config, data, store } = serverOptions(directory, place, node);
  const args = [CLI_MAIN, 'serve', '--config', config, '--data', data, '--store', store, '--json'];
  const env: Record<string, string> =
    stopAt === undefined ? {} : { FIREBREAK_STOP_AT: `${stopAt.point}:${stopAt.passage}` };
  const child = startChild(args, { env });
  const ready = await child.ready;
  if (ready === null) {
    const ended = await child.ended;
    if (ended !== 'SIGKILL') throw new Error(`serve ended (${ended}): ${child.said().join('\n')}`);
  }
  return { url: ready === null ? null : textOf(ready, 'url'), node, child };
}

/** Ends it in order, so that everything committed is sealed. */
export async function stopServe({ child }: ServerProcess): Promise<void> {
  child.signal('SIGTERM');
  const ended = await child.ended;
  if (ended !== 0)
    throw new Error(`serve did not stop in order (${ended}): ${child.said().join('\n')}`);
}
