import type { Authority } from '../authority/index.ts';
import type { Connector } from '../connectors/contract.ts';
import type { DependencyMap } from '../dependencies/index.ts';
import type { Gate } from '../gate/index.ts';
import type { Inventory } from '../inventory/index.ts';
import type { Clock, IdSource, Log } from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { People } from '../people/index.ts';
import type { Response } from '../response/index.ts';
import type { Runner, PlannedSteps } from '../runner/index.ts';
import type { Signal, Signals } from '../signals/index.ts';
import type { StoreStatistics } from '../store/index.ts';
import type { Tokens } from './tokens/index.ts';

/** One thing that must hold before requests are worth sending here. Null = it holds, else what is wrong. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<string | null>;
  /** Shown, and no reason to send requests elsewhere. */
  readonly isOptional?: boolean;
}

/** What the edge stands on; app puts it together. */
export interface ApiParts {
  readonly version: string;
  readonly ledger: Ledger;
  readonly runner: Runner;
  readonly inventory: Inventory;
  readonly dependencies: DependencyMap;
  /** By target: what each can take hold of; without it a cut card says what the map alone knows. */
  readonly connectors?: ReadonlyMap<string, Pick<Connector, 'describe' | 'inventory'>>;
  readonly authority: Authority;
  readonly signals: Signals;
  readonly gate: Gate;
  readonly response: Response;
  /** Steps that begin the response to a signal; they go into the write that accepts it. */
  readonly follow: (signal: Signal) => PlannedSteps | null;
  readonly tokens: Tokens;
  readonly people: People;
  readonly readiness: readonly ReadinessCheck[];
  readonly storeStatistics: () => StoreStatistics;
  /** For metrics: cuts by their state. */
  readonly cutCounts: () => Promise<Readonly<Record<string, number>>>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly settings: ApiSettings;
}

export interface ApiSettings {
  /** Where people and clients reach this server, without a slash at its end; null = as they asked. */
  readonly publicUrl: string | null;
  /** Believe x-forwarded-for of these proxies only: addresses or networks. */
  readonly trustedProxies: readonly string[];
  /** Where the built console lies; null = there is none, and its pages say how to build it. */
  readonly consoleDirectory: string | null;
}
