import { LIMITS, type Clock, type Log } from '../kernel/index.ts';
import type { Command, CommandResult, Store } from '../store/index.ts';
import { appendCommands } from './append.ts';
import { signCheckpoint, type Signer } from './checkpoint.ts';
import { exportLedger } from './export.ts';
import { SEALED, createFeed, type EntryListener } from './feed.ts';
import type { LedgerEntry, SealedEntry } from './model.ts';
import { proveConsistency, proveInclusion } from './proofs.ts';
import type { ConsistencyProof, InclusionProof } from './proofs.ts';
import { createSealer, type SealerStatus } from './sealer.ts';
import { readEntriesOfKind, readEntry, readHead, readIncidentEntries } from './store.ts';
import { countUnsealed, readSealedEntries, type RecordedEntry, type Unsealed } from './store.ts';
import { EMPTY_FRONTIER, frontierRoot, type Hash } from './tree.ts';

export interface LedgerOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** From openLedgerKeys. */
  readonly keys: Signer;
  readonly log: Log;
  readonly nodeId: string;
}

export interface Page {
  readonly from: number;
  readonly limit?: number;
}

export interface LatestCheckpoint {
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
}

export interface Ledger {
  readonly origin: string;
  readonly verifierKey: string;
  /** Entries and the change they describe, in one commit; answers the results of `commands`. */
  readonly append: (
    entries: readonly LedgerEntry[],
    commands?: readonly Command[],
    lane?: string,
  ) => Promise<readonly CommandResult[]>;
  /** For those who put appendCommands into a write of their own: call it when that write is acknowledged. */
  readonly written: () => void;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Seals everything that is committed, before it resolves. */
  readonly sealNow: () => Promise<void>;
  readonly status: () => SealerStatus;
  /** What is committed and not yet in the tree. */
  readonly unsealed: () => Promise<Unsealed>;
  readonly latestCheckpoint: () => Promise<LatestCheckpoint>;
  /** Sealed entries by position. */
  readonly entries: (page: Page) => Promise<readonly SealedEntry[]>;
  readonly entriesOfKind: (kind: string, page: Page) => Promise<readonly SealedEntry[]>;
  /** In the order of their ordinals, sealed or not: what an incident's state folds from. */
  readonly incidentEntries: (
    incident: string,
    page?: Partial<Page>,
  ) => Promise<readonly RecordedEntry[]>;
  readonly entry: (id: string) => Promise<RecordedEntry | null>;
  /** `size` is the tree it is proven in, by default the latest. */
  readonly proof: (position: number, size?: number) => Promise<InclusionProof>;
  readonly consistency: (from: number, to: number) => Promise<ConsistencyProof>;
  /** Every sealed entry from `position` on, gap free, then live; answers how to stop. */
  readonly follow: (position: number, listener: EntryListener) => () => void;
  /** The lines of an export, see export.ts. */
  readonly exportLines: () => AsyncIterable<string>;
}

function pageLimit(page: Partial<Page>): number {
  return Math.min(page.limit ?? LIMITS.pageRowsDefault, LIMITS.pageRowsMax);
}

async function readAllOfIncident(
  store: Store,
  incident: string,
  page: Partial<Page>,
): Promise<readonly RecordedEntry[]> {
  const limit = Math.min(page.limit ?? LIMITS.incidentEntriesMax, LIMITS.incidentEntriesMax);
  return await readIncidentEntries(store, incident, page.from ?? 0, limit);
}

async function readLatest(store: Store, keys: Signer): Promise<LatestCheckpoint> {
  const { checkpoint } = await readHead(store);
  if (checkpoint !== null) return checkpoint;
  const root = frontierRoot(EMPTY_FRONTIER);
  return { size: 0, root, note: signCheckpoint({ size: 0, root, extensions: [] }, keys) };
}

export function createLedger({ store, clock, keys, log, nodeId }: LedgerOptions): Ledger {
  const feed = createFeed({ store, clock, log });
  const onSealed = (): void => {
    feed.advance();
    // Other nodes have followers too.
    if (store.dialect === 'postgres') store.wake(SEALED);
  };
  const sealer = createSealer({ store, clock, signer: keys, log, nodeId, onSealed });
  return {
    origin: keys.origin,
    verifierKey: keys.verifierKey,
    append: async (entries, commands = [], lane) => {
      const results = await store.write([...commands, ...appendCommands(entries)], lane);
      sealer.written();
      return results.slice(0, commands.length);
    },
    written: sealer.written,
    start: async () => {
      feed.start();
      await sealer.start();
    },
    stop: async () => {
      await sealer.stop();
      feed.stop();
    },
    sealNow: sealer.sealNow,
    status: sealer.status,
    unsealed: () => countUnsealed(store, LIMITS.sealBatchMax),
    latestCheckpoint: () => readLatest(store, keys),
    entries: (page) => readSealedEntries(store, page.from, pageLimit(page)),
    entriesOfKind: (kind, page) => readEntriesOfKind(store, kind, page.from, pageLimit(page)),
    incidentEntries: (incident, page = {}) => readAllOfIncident(store, incident, page),
    entry: (id) => readEntry(store, id),
    proof: (position, size) => proveInclusion(store, position, size),
    consistency: (from, to) => proveConsistency(store, from, to),
    follow: feed.follow,
    exportLines: () => exportLedger(store, keys),
  };
}
