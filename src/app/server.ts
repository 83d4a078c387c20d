import { createServer, createTokens, type Server, type Tokens } from '../api/index.ts';
import { createAuthority, type Authority } from '../authority/index.ts';
import type { Connector } from '../connectors/contract.ts';
import { createDependencyMap, type DependencyMap } from '../dependencies/index.ts';
import { createGate, type Gate } from '../gate/index.ts';
import { createInventory, type Inventory } from '../inventory/index.ts';
import {
  createIds,
  createLog,
  LIMITS,
  messageOf,
  realClock,
  systemRandom,
  type Clock,
  type IdSource,
  type Log,
  type Random,
} from '../kernel/index.ts';
import { createLedger, openLedgerKeys, type Ledger } from '../ledger/index.ts';
import { countCuts, createResponse, type RespondingResponse } from '../response/index.ts';
import { createRunner, type NodeRunner, type RunnerSettings } from '../runner/index.ts';
import { createSignals, type SignalSource, type Signals } from '../signals/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { openConnectors } from './connectors.ts';
import { openServerKeys, type ServerKeys } from './keys.ts';
import { MIGRATIONS } from './migrations.ts';
import { readinessChecks } from './readiness.ts';
import type { ServerSettings } from './settings.ts';
import { writeBootstrapToken } from './bootstrap.ts';
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
  readonly response?: Partial<ServerSettings['response']>;
  readonly runner?: RunnerSettings;
  /** An administrator's token is written there (mode 0600) when the store is new. */
  readonly bootstrapTokenFile?: string;
  /** Also migrates a PostgreSQL store; the embedded one is migrated always. */
  readonly migrate?: boolean;
}

/** Everything that runs, for those who start a server in their own process. */
export interface Parts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly runner: NodeRunner;
  readonly inventory: Inventory;
  readonly dependencies: DependencyMap;
  readonly authority: Authority;
  readonly signals: Signals;
  readonly gate: Gate;
  readonly response: RespondingResponse;
  readonly tokens: Tokens;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly clock: Clock;
  readonly ids: IdSource;
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
  readonly ids: IdSource;
  readonly log: Log;
}

function machineOf(settings: ServerSettings, overrides: Overrides): Machine {
  const { clock = realClock, random = systemRandom } = overrides;
  const log = overrides.log ?? createLog(settings.logLevel);
  return { clock, random, log, ids: createIds(clock.nowMs, random) };
}

async function openLedger(
  settings: ServerSettings,
  { clock, log }: Machine,
  store: Store,
  keys: ServerKeys,
  nodeId: string,
): Promise<Ledger> {
  const signer = await openLedgerKeys({
    store,
    directory: settings.data,
    passphrase: keys.ledgerPassphrase,
    log,
    ...(settings.origin === null ? {} : { origin: settings.origin }),
  });
  return createLedger({ store, clock, keys: signer, log, nodeId });
}

/** The words of the domain, from the lowest to the highest. `undo` takes back what was opened, last first. */
async function openParts(
  settings: ServerSettings,
  overrides: Overrides,
  machine: Machine,
  undo: Undo[],
): Promise<Parts> {
  const { clock, ids, log } = machine;
  const store = await openStore(settings.place, { log });
  undo.push(() => store.close());
  const apply = store.dialect === 'sqlite' || overrides.migrate === true;
  await store.migrate(MIGRATIONS, { apply });
  const { data: directory, master } = settings;
  const keys = await openServerKeys({ store, directory, master, log });
  const { custody: custodyKey, fingerprint: fingerprintKey } = keys;
  const runner = createRunner({
    ...{ store, ...machine },
    ...(overrides.runner === undefined ? {} : { settings: overrides.runner }),
  });
  const ledger = await openLedger(settings, machine, store, keys, runner.nodeId);
  const base = { store, ledger, clock, ids };
  const inventory = createInventory({ ...base, fingerprintKey });
  const dependencies = await createDependencyMap(inventory, log);
  undo.push(dependencies.stop);
  const { charter = settings.charter, roster = settings.roster } = overrides;
  const authority = await createAuthority({ ...base, charter, roster });
  const sources = [...settings.sources, ...(overrides.sources ?? [])];
  const signals = createSignals({ ...base, custodyKey, fingerprintKey, sources });
  const gate = await createGate({ ...base, log, stalenessPolicy: settings.whenStale });
  undo.push(gate.stop);
  const opened = await openConnectors(overrides.connectors ? [] : settings.connectors, clock, log);
  undo.push(opened.stop);
  const connectors = overrides.connectors ?? opened.connectors;
  const domain = { ...base, log, runner, inventory, dependencies, authority, signals, gate };
  const response = createResponse({
    ...{ ...domain, connectors, custodyKey },
    settings: { ...settings.response, ...overrides.response },
  });
  const tokens = createTokens(base);
  undo.push(tokens.stop);
  return { ...domain, response, tokens, connectors };
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
    settings: { publicUrl, trustedProxies },
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
    const { ledger, runner, tokens } = parts;
    await ledger.start();
    undo.push(ledger.stop, ledger.sealNow);
    await runner.start();
    undo.push(() => runner.stop(graceMs));
    if (overrides.bootstrapTokenFile !== undefined) {
      await writeBootstrapToken(overrides.bootstrapTokenFile, tokens, log);
    }
    const server = await openServer(settings, parts);
    undo.push(() => server.close(graceMs));
    const { host, port } = settings;
    await server.listen({ host, port });
    const url = addressOf(server, host);
    if (settings.charterFile === null && overrides.charter === undefined) {
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
