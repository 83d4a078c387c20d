import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '../connectors/contract.ts';
import { connectWorld } from '../connectors/world/index.ts';
import { realClock, reveal, Secret } from '../kernel/index.ts';
import type { SignalSource } from '../signals/index.ts';
import { writePrivate } from './bootstrap.ts';
import { DEMO_PEOPLE, DEMO_ROSTER, demoCharter } from './demo/charter.ts';
import { startWorldProcess, type WorldProcess } from './demo/world-process.ts';
import { startServer, type Overrides, type RunningServer } from './server.ts';
import type { ServerSettings } from './settings.ts';

export interface DemoOptions {
  readonly worldPort: number;
  readonly seed: number;
}

export interface DemoServer extends RunningServer {
  readonly world: WorldProcess;
  /** They sign with HMAC; the secrets are new at each start. */
  readonly sources: readonly (SignalSource & { readonly secret: Secret })[];
  /** For the command line: an administrator token of the person on call, in a file of mode 0600. */
  readonly tokenFile: string;
  /** Works once. */
  readonly signInUrl: string;
}

export const DEMO_SOURCES = ['scanner', 'detector', 'owner'] as const;
const TOKEN_NAME = 'demo-administrator';
const ACTOR = 'node:demo';

function drawSources(): DemoServer['sources'] {
  return DEMO_SOURCES.map((name) => ({
    name,
    secret: new Secret(randomBytes(32).toString('base64url')),
    confidenceMax: 'proven' as const,
  }));
}

async function connectAll(world: WorldProcess): Promise<ReadonlyMap<string, Connector>> {
  const targets = await world.targets();
  const opened = targets.map(async ({ name, token, controlSecret }) => {
    const access = { target: name, url: world.url, token, controlSecret };
    return [name, await connectWorld(access)] as const;
  });
  return new Map(await Promise.all(opened));
}

/** Each rehearsed just now: the demo shows what automation does, not how it earns that. */
async function recordRehearsals({ parts }: RunningServer): Promise<void> {
  const atMs = parts.clock.nowMs();
  const commands = [...parts.connectors.keys()].flatMap((target) => [
    ...parts.authority.recordRehearsal({ target, atMs }),
  ]);
  await parts.store.write(commands);
}

async function renewToken({ parts, settings }: RunningServer): Promise<string> {
  const { tokens } = parts;
  const old = (await tokens.list()).filter(
    ({ name, revokedAtMs }) => name === TOKEN_NAME && revokedAtMs === null,
  );
  for (const { id } of old) await tokens.revoke(id, ACTOR);
  const person = DEMO_PEOPLE.responder;
  const created = await tokens.create({ name: TOKEN_NAME, scopes: ['admin'], person }, ACTOR);
  const file = join(settings.data, 'demo-token');
  writePrivate(file, `${created.text}\n`);
  return file;
}

function writeSources(settings: ServerSettings, sources: DemoServer['sources']): void {
  for (const { name, secret } of sources) {
    writePrivate(join(settings.data, `demo-source-${name}`), `${reveal(secret)}\n`);
  }
}

/** A server on the simulated organisation: its world as a process of its own, its inventory, its charter. */
export async function startDemoServer(
  settings: ServerSettings,
  options: DemoOptions,
  overrides: Overrides = {},
): Promise<DemoServer> {
  const world = await startWorldProcess({ port: options.worldPort, seed: options.seed });
  try {
    const sources = drawSources();
    const { clock = realClock } = overrides;
    const running = await startServer(settings, {
      charter: demoCharter(clock.nowMs()),
      roster: DEMO_ROSTER,
      connectors: await connectAll(world),
      ...overrides,
      sources: [...sources, ...(overrides.sources ?? [])],
    });
    const { inventory, tokens } = running.parts;
    const lines = (await world.inventory()).split('\n');
    await inventory.importRecords(lines, { source: 'world' });
    await recordRehearsals(running);
    mkdirSync(settings.data, { recursive: true, mode: 0o700 });
    writeSources(settings, sources);
    const tokenFile = await renewToken(running);
    const code = await tokens.createSignInCode(DEMO_PEOPLE.responder, ['admin']);
    const stop = async (graceMs?: number): Promise<void> => {
      await running.stop(graceMs);
      world.stop();
    };
    const signInUrl = `${running.url}/sign-in?code=${code}`;
    return { ...running, stop, world, sources, tokenFile, signInUrl };
  } catch (error) {
    world.stop();
    throw error;
  }
}
