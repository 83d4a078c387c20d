import {
  authorityMigrations,
  type Authority,
  createAuthority,
  type FetchCalendar,
} from '../authority/index.ts';
import type { Connector } from '../connectors/contract.ts';
import { createDependencyMap, type DependencyMap } from '../dependencies/index.ts';
import { createGate, type Gate, gateMigrations } from '../gate/index.ts';
import {
  createInventory,
  type Inventory,
  inventoryMigrations,
  type MapForInventory,
} from '../inventory/index.ts';
import {
  type Clock,
  createIds,
  type IdSource,
  type Log,
  type Random,
  type Secret,
} from '../kernel/index.ts';
import { createLedger, type Ledger, ledgerMigrations, openLedgerKeys } from '../ledger/index.ts';
import {
  createLogNotifier,
  createResponse,
  type Handovers,
  type Notifier,
  type RespondingResponse,
  responseMigrations,
  type ResponseSettings,
  rotationMigrations,
  type RotationSettings,
} from '../response/index.ts';
import {
  createRunner,
  type NodeRunner,
  runnerMigrations,
  type RunnerSettings,
} from '../runner/index.ts';
import {
  createSignals,
  type Signals,
  type SignalSource,
  signalMigrations,
} from '../signals/index.ts';
import type { Migration, Store } from '../store/index.ts';

/** Every table of every word but the edge's own. */
export const ENGINE_MIGRATIONS: readonly Migration[] = [
  ...ledgerMigrations,
  ...runnerMigrations,
  ...inventoryMigrations,
  ...authorityMigrations,
  ...signalMigrations,
  ...gateMigrations,
  ...responseMigrations,
  ...rotationMigrations,
];

export interface EngineOptions {
  /** Open, with its migrations applied. */
  readonly store: Store;
  /** The data directory, for the ledger's key; null on nodes without one. */
  readonly directory: string | null;
  readonly keyPassphrase: Secret | null;
  /** Name of a new ledger. */
  readonly origin?: string;
  readonly custodyKey: Secret;
  readonly fingerprintKey: Secret;
  readonly charter: string;
  readonly roster: string;
  /** Both are the built-in ones: nobody has configured files. */
  readonly isBuiltIn?: boolean;
  /** Adopt both at each start, whatever was adopted before. */
  readonly adoptFiles?: boolean;
  /** Absent: rosters are only what their file says. */
  readonly fetchCalendar?: FetchCalendar;
  readonly sources: readonly SignalSource[];
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly settings: ResponseSettings;
  /** Absent: no consumer is handed a new credential. */
  readonly handovers?: Handovers;
  readonly rotationSettings?: Partial<RotationSettings>;
  /** Absent: pages go to the log. */
  readonly notifier?: Notifier;
  /** Absent: this node has no edge, so nobody has a session here. */
  readonly endSessions?: (person: string) => Promise<void>;
  readonly runnerSettings?: RunnerSettings;
  readonly stalenessPolicy: 'strict' | 'last-known';
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One node without its edge: everything that acts. The server, the stories and the exercises run on this. */
export interface Engine {
  readonly store: Store;
  readonly ids: IdSource;
  readonly ledger: Ledger;
  readonly runner: NodeRunner;
  readonly inventory: Inventory;
  readonly dependencies: DependencyMap;
  readonly authority: Authority;
  readonly signals: Signals;
  readonly gate: Gate;
  readonly response: RespondingResponse;
  readonly start: () => Promise<void>;
  /** Steps end or are given up, what is committed is sealed; the store stays open. */
  readonly stop: (graceMs: number) => Promise<void>;
}

async function noSessions(): Promise<void> {
  await Promise.resolve();
}

export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { store, clock, random, log, custodyKey, fingerprintKey } = options;
  const ids = createIds(clock.nowMs, random);
  const keys = await openLedgerKeys({
    store,
    directory: options.directory,
    passphrase: options.keyPassphrase,
    log,
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  });
  const runner = createRunner({
    store,
    clock,
    random,
    ids,
    log,
    settings: { ...options.runnerSettings, targetCalls: callsOf(options.connectors) },
  });
  const ledger = createLedger({ store, clock, keys, log, nodeId: runner.nodeId });
  // The map stands on the inventory; its lists ask it back, once it is there.
  let map: DependencyMap | null = null;
  let people: Pick<RespondingResponse, 'suspects'> | null = null;
  const inventory = createInventory({
    store,
    ledger,
    clock,
    ids,
    fingerprintKey,
    map: () => mapForInventory(map),
  });
  const [dependencies, authority, gate] = await Promise.all([
    createDependencyMap(inventory, log),
    createAuthority({ ...options, ledger, ids, suspects: () => suspectPeople(people) }),
    createGate({ store, ledger, clock, ids, log, stalenessPolicy: options.stalenessPolicy }),
  ]);
  map = followed(dependencies, inventory);
  const signals = createSignals({
    store,
    ledger,
    clock,
    ids,
    custodyKey,
    fingerprintKey,
    sources: options.sources,
  });
  const { notifier = createLogNotifier(log), endSessions = noSessions } = options;
  const words = { store, ids, ledger, runner, inventory, dependencies, authority, signals, gate };
  const response = createResponse({ ...words, ...options, notifier, endSessions });
  people = response;
  return {
    ...words,
    response,
    start: async () => {
      await ledger.start();
      await runner.start();
      await authority.start();
    },
    stop: async (graceMs) => {
      await runner.stop(graceMs);
      await authority.stop();
      gate.stop();
      dependencies.stop();
      await ledger.sealNow();
      await ledger.stop();
    },
  };
}

/** Nobody signs before the engine is whole. */
async function suspectPeople(
  response: Pick<RespondingResponse, 'suspects'> | null,
): Promise<ReadonlySet<string>> {
  const marked = (await response?.suspects()) ?? [];
  return new Set(marked.flatMap(({ kind, name }) => (kind === 'person' ? [name] : [])));
}

/** What the lists could not take in while the map was read. A store that is closed meanwhile keeps it for the next start. */
function followed(map: DependencyMap, inventory: Inventory): DependencyMap {
  if (!map.isLoaded()) {
    void map
      .loaded()
      .then(inventory.indexed)
      .catch(() => undefined);
  }
  return map;
}

function mapForInventory(map: DependencyMap | null): MapForInventory | 'loading' | null {
  if (map === null || !map.isLoaded()) return map === null ? null : 'loading';
  return {
    refresh: map.refresh,
    factsOf: (id) => ({
      criticalServices: map.reachSummary(id).criticalServiceCount,
      shared: map.sharedUses(id).count > 0,
    }),
    survey: map.survey,
    nodeCount: () => map.statistics().nodes,
  };
}

/** Each target's connector says how many calls it bears at the same time. */
function callsOf(connectors: ReadonlyMap<string, Connector>): (target: string) => number {
  const limits = new Map(
    [...connectors].map(([target, connector]) => [target, connector.describe().concurrentCallsMax]),
  );
  return (target) => limits.get(target) ?? 1;
}
