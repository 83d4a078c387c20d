import { createServer, createTokens, type Server, type Tokens } from '../api/index.ts';
import type { Connector } from '../connectors/contract.ts';
import {
  createLog,
  LIMITS,
  messageOf,
  realClock,
  systemRandom,
  type Clock,
  type Log,
  type Random,
} from '../kernel/index.ts';
import { createPeople, type People, type ProviderSettings } from '../people/index.ts';
import { countCuts, createWebhookNotifier, type Notifier } from '../response/index.ts';
import type { RunnerSettings } from '../runner/index.ts';
import type { SignalSource } from '../signals/index.ts';
import { openStore } from '../store/index.ts';
import { writeBootstrapToken } from './bootstrap.ts';
import { createFetchCalendar } from './calendar-source.ts';
import { openConnectors } from './connectors.ts';
import { findConsole } from './console.ts';
import { createEngine, type Engine } from './engine.ts';
import { openServerKeys } from './keys.ts';
import { MIGRATIONS } from './migrations.ts';
import { createRules } from './people-rules.ts';
import { readinessChecks } from './readiness.ts';
import type { ServerSettings } from './settings.ts';
import { STARTER_ID } from './starter-charter.ts';
import { packageVersion } from './version.ts';

/** What tests, demo and benches put in the place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** In the place of the configured ones. */
  readonly connectors?: ReadonlyMap<string, Connector>;
  /** Added to the configured ones. */
  readonly sources?: readonly SignalSource[];
  readonly charter?: string;
  readonly roster?: string;
  /** Adopt both at each start: the demo makes its rules anew. */
  readonly adoptFiles?: boolean;
  readonly response?: Partial<ServerSettings['response']>;
  readonly runner?: RunnerSettings;
  readonly providers?: readonly ProviderSettings[];
  /** An administrator's token is written there (mode 0600) when the store is new. */
  readonly bootstrapTokenFile?: string;
  /** Also migrates a PostgreSQL store; the embedded one is migrated always. */
  readonly migrate?: boolean;
}

/** Everything that runs, for those who start a server in their own process. */
export interface Parts extends Engine {
  readonly tokens: Tokens;
  readonly people: People;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningServer {
  /** Where it listens, such as http://localhost:7470. */
  readonly url: string;
  readonly settings: ServerSettings;
  readonly parts: Parts;
  readonly server: Server;
  /** Stops taking requests, lets what was begun end, seals, closes the store. Safe to call twice. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

type Undo = () => unknown;

interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

function machineOf(settings: ServerSettings, overrides: Overrides): Machine {
  const { clock = realClock, random = systemRandom } = overrides;
  const log = overrides.log ?? createLog(settings.logLevel);
  return { clock, random, log };
}

/** The store, the engine on it, and who may speak. `undo` takes back what was opened, last first. */
async function openParts(
  settings: ServerSettings,
  overrides: Overrides,
  machine: Machine,
  undo: Undo[],
): Promise<Parts> {
  const { clock, log } = machine;
  const { data: directory, master, origin } = settings;
  const store = await openStore(settings.place, { log });
  undo.push(() => store.close());
  const apply = store.dialect === 'sqlite' || overrides.migrate === true;
  await store.migrate(MIGRATIONS, { apply });
  const keys = await openServerKeys({ store, directory, master, log });
  const opened = await openConnectors(overrides.connectors ? [] : settings.connectors, clock, log);
  undo.push(opened.stop);
  const connectors = overrides.connectors ?? opened.connectors;
  let edge: Edge | null = null;
  const engine = await createEngine({
    ...machine,
    store,
    endSessions: async (person) => await endAllOf(edge, person),
    directory,
    keyPassphrase: keys.ledgerPassphrase,
    custodyKey: keys.custody,
    fingerprintKey: keys.fingerprint,
    charter: overrides.charter ?? settings.charter,
    roster: overrides.roster ?? settings.roster,
    adoptFiles: overrides.adoptFiles === true,
    isBuiltIn: hasNoCharter(settings, overrides),
    fetchCalendar: createFetchCalendar({ directory: settings.rosterDirectory }),
    sources: [...settings.sources, ...(overrides.sources ?? [])],
    connectors,
    settings: { ...settings.response, ...overrides.response },
    handovers: settings.handovers,
    rotationSettings: settings.rotation,
    stalenessPolicy: settings.whenStale,
    ...pagingOf(settings, clock),
    ...(origin === null ? {} : { origin }),
    ...(overrides.runner === undefined ? {} : { runnerSettings: overrides.runner }),
  });
  const { ids, ledger } = engine;
  const tokens = createTokens({ store, ledger, clock, ids });
  const rules = createRules(engine.authority, engine.response);
  const peopleParts = { store, ledger, clock, ids, log, rules, key: keys.people };
  const people = createPeople(peopleParts, overrides.providers ?? settings.providers);
  edge = { tokens, people };
  undo.push(tokens.stop);
  return { ...engine, tokens, people, connectors, clock, log };
}

type Edge = Pick<Parts, 'tokens' | 'people'>;

/** A suspect is signed in nowhere, and no token speaks for them. */
async function endAllOf(edge: Edge | null, person: string): Promise<void> {
  const by = 'machine:suspicion';
  await edge?.tokens.endAllOf(person, by);
  await edge?.people.sessions.endAll(person, by);
}

function pagingOf({ paging }: ServerSettings, clock: Clock): { readonly notifier?: Notifier } {
  if (paging === null) return {};
  const { webhook: url, secret } = paging;
  return { notifier: createWebhookNotifier({ url, secret, clock }) };
}

function hasNoCharter(settings: ServerSettings, overrides: Overrides): boolean {
  return settings.charterFile === null && overrides.charter === undefined;
}

async function openServer(settings: ServerSettings, parts: Parts): Promise<Server> {
  const { store, response } = parts;
  const { publicUrl, trustedProxies } = settings;
  return await createServer({
    ...parts,
    version: packageVersion(),
    follow: response.follow,
    readiness: readinessChecks(parts),
    storeStatistics: store.statistics,
    cutCounts: () => countCuts(store),
    settings: { publicUrl, trustedProxies, consoleDirectory: findConsole() },
  });
}

async function takeBack(undo: Undo[], log: Log): Promise<void> {
  for (const step of undo.splice(0).toReversed()) {
    try {
      await step();
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'something did not stop in order');
    }
  }
}

function addressOf(server: Server, host: string): string {
  const address = server.app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Starts everything, in the order in which it stands on each other; what fails takes back what was begun. */
export async function startServer(
  settings: ServerSettings,
  overrides: Overrides = {},
): Promise<RunningServer> {
  const machine = machineOf(settings, overrides);
  const { log } = machine;
  const undo: Undo[] = [];
  let graceMs: number = LIMITS.stopGraceMs;
  try {
    const parts = await openParts(settings, overrides, machine, undo);
    const { tokens } = parts;
    // Also after a start that failed half way: what is stopped twice stays stopped.
    undo.push(() => parts.stop(graceMs));
    await parts.start();
    if (overrides.bootstrapTokenFile !== undefined) {
      await writeBootstrapToken(overrides.bootstrapTokenFile, tokens, log);
    }
    const server = await openServer(settings, parts);
    undo.push(() => server.close(graceMs));
    const { host, port } = settings;
    await server.listen({ host, port });
    const url = addressOf(server, host);
    if (parts.authority.charter().id === STARTER_ID) {
      log.warn('no charter is configured: one person decides everything, nothing acts by itself');
    }
    log.info({ url, store: parts.store.dialect, data: settings.data }, 'Firebreak is ready');
    let stopping: Promise<void> | null = null;
    const stop = (withinMs: number = graceMs): Promise<void> => {
      graceMs = withinMs;
      return (stopping ??= takeBack(undo, log));
    };
    return { url, settings, parts, server, stop };
  } catch (error) {
    await takeBack(undo, log);
    throw error;
  }
}
