import type { Authority } from '../authority/index.ts';
import type { Connector } from '../connectors/contract.ts';
import type { DependencyMap } from '../dependencies/index.ts';
import type { Gate } from '../gate/index.ts';
import type { Inventory } from '../inventory/index.ts';
import type { Clock, IdSource, Log, Secret } from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Runner } from '../runner/index.ts';
import type { Signals } from '../signals/index.ts';
import type { Store } from '../store/index.ts';
import type { Notifier } from './paging/notifier.ts';
import type { RotationSettings } from './rotation/model.ts';
import type { Handovers } from './rotation/handovers.ts';
import type { ResponseSettings } from './settings.ts';

/** What response is made of; app puts it together. */
export interface ResponseParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly runner: Runner;
  readonly inventory: Inventory;
  readonly dependencies: DependencyMap;
  readonly authority: Authority;
  readonly signals: Signals;
  readonly gate: Gate;
  /** By target name. */
  readonly connectors: ReadonlyMap<string, Connector>;
  /** How people are told that something is theirs to decide. */
  readonly notifier: Notifier;
  /** Ends every session and token of a person who is marked as a suspect; a repeat is harmless. */
  readonly endSessions: (person: string) => Promise<void>;
  /** Encrypts evidence at rest. */
  readonly custodyKey: Secret;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly settings: ResponseSettings;
  /** Absent: nobody reads a credential from a store that Firebreak may write. */
  readonly handovers?: Handovers;
  readonly rotationSettings?: Partial<RotationSettings>;
}
