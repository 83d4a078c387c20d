import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import type { Connector } from '../connectors/contract.ts';
import { connectWorld } from '../connectors/world/index.ts';
import { realClock, reveal, Secret, silentLog } from '../kernel/index.ts';
import type { Scope } from '../api/index.ts';
import type { StorePlace } from '../store/index.ts';
import { cleanUp, createDirectoryForTest } from '../store/testing.ts';
import { createWorld, inventoryLines, serveWorld, type World } from '../world/index.ts';
import { northlakeCharter, NORTHLAKE_ROSTER } from './northlake-charter.ts';
import { resolveSettings, startServer, type Overrides, type RunningServer } from './index.ts';

export const SCANNER = {
  name: 'scanner',
  secret: new Secret('a secret of the scanner'),
  confidenceMax: 'proven',
} as const;

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly body: unknown;
}

export interface ServerForTest extends RunningServer {
  readonly token: string;
  /** As the administrator, unless the headers say otherwise. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Asked>;
  readonly tokenFor: (name: string, scopes: readonly Scope[], person?: string) => Promise<string>;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One member of an answer, however deep: `member(body, 'standing', 'sentence')`. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, name) => Object(inner)[name], value);
}

export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** What a source sends with its body. */
export function signed(body: string, nowMs: number): Readonly<Record<string, string>> {
  const at = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', reveal(SCANNER.secret)).update(`${at}.${body}`).digest('hex');
  return { 'firebreak-source': SCANNER.name, 'firebreak-signature': `t=${at},v1=${mac}` };
}

/** A whole server on a free port, without targets; stopped after the test. */
export async function startForTest(
  place: StorePlace = { sqlite: createDirectoryForTest() },
  overrides: Overrides = {},
): Promise<ServerForTest> {
  const data = typeof place === 'string' ? createDirectoryForTest() : place.sqlite;
  const store = typeof place === 'string' ? place : 'sqlite';
  const settings = resolveSettings({ data, host: '127.0.0.1', port: 0, store });
  const running = await startServer(settings, {
    log: silentLog,
    migrate: true,
    charter: northlakeCharter(Date.now()),
    roster: NORTHLAKE_ROSTER,
    connectors: new Map(),
    sources: [SCANNER],
    ...overrides,
  });
  cleanUp(() => running.stop(500));
  const { tokens } = running.parts;
  const tokenFor: ServerForTest['tokenFor'] = async (name, scopes, person) => {
    const order = { name, scopes, ...(person === undefined ? {} : { person }) };
    return (await tokens.create(order, 'test')).text;
  };
  const token = await tokenFor(`administrator-${Date.now()}`, ['admin'], 'mia');
  const ask: ServerForTest['ask'] = async (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    if (headers.get('authorization') === 'none') headers.delete('authorization');
    const answer = await fetch(`${running.url}${path}`, { ...init, headers, redirect: 'manual' });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
  };
  return { ...running, token, ask, tokenFor };
}

/** The simulated organisation in this process: its targets as connectors, and a way to leak a credential. */
export async function openWorldForTest(seed = 1): Promise<{
  readonly world: World;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly inventory: string;
}> {
  const world = createWorld({ seed, clock: realClock, targets: [{ name: 'ci' }] });
  const served = await serveWorld(world, { port: 0, adminToken: new Secret('of the test') });
  cleanUp(served.close);
  const connectors = new Map<string, Connector>();
  for (const [target, { account }] of world.organisation.targets) {
    const control = world.organisation.controls.get(target);
    const state = world.target(target);
    const controlSecret = new Secret(state.secretOf(control?.credential ?? ''));
    const access = { target, url: served.url, token: new Secret(account.token), controlSecret };
    connectors.set(target, await connectWorld(access));
  }
  const inventory = inventoryLines(world.organisation, { secrets: true });
  return { world, connectors, inventory };
}

export function dataFile({ settings }: RunningServer, name: string): string {
  return join(settings.data, name);
}
