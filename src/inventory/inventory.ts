import {
  FirebreakError,
  isFirebreakError,
  isId,
  LIMITS,
  type Secret,
  toTimestamp,
} from '../kernel/index.ts';
import { integer, nullableInteger, statement, type Store, text } from '../store/index.ts';
import type {
  Assessment,
  DiscoveredCredentialOrder,
  ImportOptions,
  ImportReport,
  Inventory,
  Ownership,
  SourceState,
} from './contract.ts';
import { atPoint } from './bulk.ts';
import { discoveredCredential } from './discovered.ts';
import { readGraphBatches, readGraphSize } from './graph-pages.ts';
import { readChangesSince, readGraph } from './graph.ts';
import { readPending } from './import/pending.ts';
import type { Claim } from './import/claim.ts';
import { stageDocument } from './import/document.ts';
import type { ImportParts, SourceRecord, Staged } from './import/model.ts';
import { importAll } from './import/run.ts';
import { stage } from './import/stage.ts';
import { dropWaiting, readDescribed, readWaiting } from './import/waiting.ts';
import { createIndexer } from './indexer.ts';
import { ambiguityOf, idOfAny, lookUp } from './lookup.ts';
import type { IdentityRecord, LookupRef } from './model.ts';
import { defaultPolicy, ownersOf, type OwnerVote } from './owners.ts';
import { readParties } from './parties.ts';
import { fingerprintOf, refText } from './refs.ts';
import { riskOf, unusedPrivileges } from './risk.ts';
import { readPage } from './search.ts';
import { readFacets } from './facets.ts';
import {
  readCredential,
  readCredentialsOf,
  readIdentity,
  readNodesById,
  readRevision,
  readThing,
  recordsOf,
} from './store.ts';
import type { MapForInventory } from './surroundings.ts';

const WAKE_CHANNEL = 'inventory';

/** Where a reference leads; never its secret. */
function describe(ref: LookupRef): string {
  if (typeof ref === 'string') return ref.slice(0, LIMITS.refBytesMax);
  return 'secret' in ref ? 'that secret' : refText(ref);
}

async function* numbered(
  records: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<readonly SourceRecord[]> {
  let line = 0;
  let batch: SourceRecord[] = [];
  for await (const value of records) {
    line += 1;
    if (typeof value === 'string' && value.trim() === '') continue;
    batch.push({ line, value });
    if (batch.length < LIMITS.importBreathRows) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Within one process imports of one source wait for one another. */
function createTurns(): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).catch(() => undefined).then(work);
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}

export interface InventoryParts extends ImportParts {
  /** The dependency map stands on the inventory; what only it knows comes back through here, once it is there. */
  readonly map?: () => MapForInventory | 'loading' | null;
}

function createListeners(store: Store) {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  store.onWake(WAKE_CHANNEL, tell);
  return {
    recorded: (): void => {
      tell();
      store.wake(WAKE_CHANNEL);
    },
    onChange: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** What waited for identities that are known now is said again by its source. Not within another import's turn. */
async function settleWaiting(
  parts: InventoryParts,
  inTurn: ReturnType<typeof createTurns>,
): Promise<boolean> {
  let isMore = false;
  for (const described of await readDescribed(parts.store)) {
    const { source, records } = described;
    const again: ImportOptions = { source };
    const staging = (claim: Claim): Promise<Staged> =>
      stage(parts, claim, numbered(records), again);
    try {
      await inTurn(source, () => importAll(parts, again, staging));
    } catch (error) {
      // Another node has the source: what waits goes on waiting, until the next import.
      if (isFirebreakError(error, 'import-running')) continue;
      throw error;
    }
    await dropWaiting(parts.store, described);
    isMore = true;
  }
  return isMore;
}

export function createInventory(parts: InventoryParts): Inventory {
  const { store, clock } = parts;
  const { recorded, onChange } = createListeners(store);
  const inTurn = createTurns();
  const indexer = createIndexer({ store, clock, map: parts.map ?? (() => null) });
  const near = { ...parts, store: atPoint(store) };
  const lookup: Inventory['lookup'] = (ref) => lookUp(near, ref);
  const importWith = async (
    options: ImportOptions,
    staging: (claim: Claim) => Promise<Staged>,
  ): Promise<ImportReport> => {
    const report = await inTurn(options.source, () => importAll(parts, options, staging));
    const isMore = await settleWaiting(parts, inTurn);
    recorded();
    // Lists catch up by themselves at their next reading, if this does not get there.
    void indexer.run().catch(() => undefined);
    return isMore ? { ...report, revision: await readRevision(store) } : report;
  };
  return {
    importRecords: (records, options) =>
      importWith(options, (claim) => stage(parts, claim, numbered(records), options)),
    importDocument: (bytes, options) =>
      importWith(options, (claim) => stageDocument(parts, claim, bytes, options)),
    lookup,
    find: async (ref) => {
      const found = await lookup(ref);
      if (found !== null) return found;
      const ambiguity = typeof ref === 'string' ? await ambiguityOf(near, ref, 'identities') : null;
      throw ambiguity ?? new FirebreakError('identity-unknown', { ref: describe(ref) });
    },
    idOf: (ref) => idOfAny(near, ref),
    partyNames: async (names) => {
      const { byName } = await readParties(near.store, names);
      return new Map([...byName].map(([name, party]) => [name, party.name]));
    },
    identity: (id) => readIdentity(near.store, id),
    credential: (id) => readCredential(near.store, id),
    credentials: (identityId) => readCredentialsOf(near.store, [identityId]),
    thing: (id) => readThing(near.store, id),
    owners: (identity) => readOwners(near, identity),
    assess: (identity, around) => assess(near, identity, around ?? null),
    list: async (page) => {
      if (await indexer.isNear()) await indexer.run();
      else void indexer.run().catch(() => undefined);
      return await readPage(parts, page);
    },
    facets: async (filter) => {
      if (await indexer.isNear()) await indexer.run();
      else void indexer.run().catch(() => undefined);
      return await readFacets(parts, filter);
    },
    sources: () => readSources(store),
    pendingEdges: (limit) => readPending(store, limit ?? LIMITS.pageRowsDefault),
    pendingClaims: (limit) => readWaiting(store, limit ?? LIMITS.pageRowsDefault),
    recordCredential: (order: DiscoveredCredentialOrder) => discoveredCredential(parts, order),
    recorded,
    fingerprint: (secret: Secret) => fingerprintOf(parts.fingerprintKey, secret),
    revision: () => readRevision(store),
    graph: () => readGraph(store),
    graphBatches: () => readGraphBatches(store),
    graphSize: () => readGraphSize(store),
    changesSince: (revision) => readChangesSince(store, revision),
    onChange,
    indexed: () => indexer.runWhole(),
  };
}

async function readOwners(
  { store, clock }: Pick<InventoryParts, 'store' | 'clock'>,
  identity: IdentityRecord,
  votes: readonly OwnerVote[] = [],
): Promise<Ownership> {
  const parties = await readParties(
    store,
    identity.owners.map(({ party }) => party),
  );
  const policy = defaultPolicy(clock.nowMs());
  return ownersOf(parties.resolve(identity.owners), parties.byName, policy, votes);
}

/** Whoever owns the identities around it speaks for it; at most a page of them is asked. */
async function votesOf(
  parts: Pick<InventoryParts, 'store' | 'clock'>,
  neighbours: readonly string[],
): Promise<readonly OwnerVote[]> {
  const ids = neighbours.filter((id) => isId('identity', id)).slice(0, LIMITS.pageRowsMax);
  const votes: OwnerVote[] = [];
  for (const record of recordsOf(await readNodesById(parts.store, ids))) {
    if (record.type !== 'identity' || record.owners.length === 0) continue;
    const { owners, orphan } = await readOwners(parts, record);
    const owner = owners.find(({ party }) => party !== null);
    if (orphan || owner?.party === null || owner === undefined) continue;
    votes.push({ party: owner.party.id, name: owner.party.name, why: `one is ${record.name}` });
  }
  return votes;
}

async function assess(
  parts: InventoryParts,
  identity: IdentityRecord,
  around: Parameters<Inventory['assess']>[1] | null,
): Promise<Assessment> {
  const credentials = await readCredentialsOf(parts.store, [identity.id]);
  let ownership = await readOwners(parts, identity);
  if (ownership.orphan && around !== null && (around?.neighbours ?? []).length > 0) {
    ownership = await readOwners(parts, identity, await votesOf(parts, around?.neighbours ?? []));
  }
  const risk = riskOf({
    identity,
    credentials,
    orphan: ownership.orphan,
    shared: around?.shared ?? null,
    criticalServices: around?.criticalServices ?? null,
    nowMs: parts.clock.nowMs(),
  });
  return { ownership, risk, privileges: unusedPrivileges(credentials) };
}

async function readSources(store: Store): Promise<readonly SourceState[]> {
  const rows = await store.query(
    statement(`select o.name, o.nodes, o.edges, o.snapshot_at,
  (select count(*) from inventory_pending p where p.source = o.num and p.since <= o.current)
  + (select count(*) from inventory_waiting w where w.source = o.num and w.since <= o.current) as pending
  from inventory_source o order by o.name`),
  );
  return rows.map((row) => {
    const snapshotAtMs = nullableInteger(row, 'snapshot_at');
    return {
      name: text(row, 'name'),
      nodes: integer(row, 'nodes'),
      edges: integer(row, 'edges'),
      pending: integer(row, 'pending'),
      snapshotAt: snapshotAtMs === null ? null : toTimestamp(snapshotAtMs),
    };
  });
}
