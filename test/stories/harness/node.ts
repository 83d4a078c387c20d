import type { Connector } from '../../../src/connectors/contract.ts';
import { createEngine, type Engine } from '../../../src/app/index.ts';
import {
  type Clock,
  createSeededRandom,
  realClock,
  Secret,
  silentLog,
  sleep,
  type Log,
} from '../../../src/kernel/index.ts';
import {
  DEFAULT_SETTINGS,
  type Handovers,
  type Notifier,
  type ResponseSettings,
  type RotationSettings,
} from '../../../src/response/index.ts';
import type { SignalSource } from '../../../src/signals/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { clockOfNode, type StoryClock } from './clock.ts';
import { createLife, mortalConnector, mortalHandovers, mortalStore, type Life } from './mortal.ts';

/** What every node of a story has in common. */
export interface Installation {
  readonly store: Store;
  readonly clock: StoryClock;
  readonly directory: string;
  /** What the next node is started with: a file may have changed. */
  charter: string;
  readonly roster: string;
  readonly adoptFiles: boolean;
  readonly notifier: Notifier;
  readonly sources: readonly SignalSource[];
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly settings: Partial<ResponseSettings>;
  readonly handovers?: Handovers;
  readonly rotationSettings?: Partial<RotationSettings>;
  readonly log?: Log;
}

export interface StoryNode {
  readonly life: Life;
  readonly engine: Engine;
}

/** Of a node that dies: on PostgreSQL another one waits for its end, and that time is real. */
const LEASE_MS = 900;

let seed = 1;

export async function startStoryNode(
  installation: Omit<Installation, 'clock'> & { readonly clock: Clock },
): Promise<StoryNode> {
  const { store, clock, directory, charter, roster, notifier, sources, connectors } = installation;
  const life = createLife();
  const engine = await createEngine({
    store: mortalStore(store, life),
    directory,
    keyPassphrase: null,
    custodyKey: new Secret('c'.repeat(32)),
    fingerprintKey: new Secret('f'.repeat(32)),
    charter,
    roster,
    adoptFiles: installation.adoptFiles,
    notifier,
    sources,
    connectors: new Map(
      [...connectors].map(([target, connector]) => [target, mortalConnector(connector, life)]),
    ),
    settings: { ...DEFAULT_SETTINGS, ...installation.settings },
    stalenessPolicy: 'strict',
    ...(installation.rotationSettings && { rotationSettings: installation.rotationSettings }),
    ...(installation.handovers && { handovers: mortalHandovers(installation.handovers, life) }),
    clock: clockOfNode(clock, life.isAlive),
    random: createSeededRandom(seed++),
    log: installation.log ?? silentLog,
    ...(store.dialect === 'sqlite' ? {} : { runnerSettings: { leaseMs: LEASE_MS } }),
  });
  await engine.start();
  return { life, engine };
}

/** Until another node may believe that a dead one is gone. */
export async function outliveLease(store: Store): Promise<void> {
  if (store.dialect === 'postgres') await sleep(realClock, LEASE_MS * 2);
}
