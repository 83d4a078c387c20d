import { type Clock, LIMITS } from '../kernel/index.ts';
import { integer, type Row, statement, type Store, text } from '../store/index.ts';
import { type BulkRow, bulk, bulks, type BulkText, inBackground } from './bulk.ts';
import { dueAtMs } from './due.ts';
import { readGraphSize } from './graph-pages.ts';
import { readTouched } from './graph.ts';
import type { CredentialRecord, IdentityRecord } from './model.ts';
import { defaultPolicy, ownersOf, ownerStateOf } from './owners.ts';
import { readParties } from './parties.ts';
import { refText } from './refs.ts';
import { riskOf } from './risk.ts';
import { readCredentialsOf, readNodes, readRevision, recordsOf } from './store.ts';
import {
  aroundOf,
  createSurroundings,
  type FactsOf,
  type MapForInventory,
} from './surroundings.ts';

export interface IndexerParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Null = there is none. */
  readonly map: () => MapForInventory | 'loading' | null;
}

function searchText(record: IdentityRecord): string {
  const parts = [
    record.name,
    record.target,
    record.purpose ?? '',
    record.operator ?? '',
    ...record.tags,
  ];
  return [...parts, ...record.refs.map(refText)].join(' ').toLowerCase();
}

const INSERT = `insert into inventory_index(num, id, search, kind, environment, owner_state, expires_at, used_at, scopes, risk, gone, around, due_at)`;
const REPLACE = `on conflict (num) do update set search = excluded.search, kind = excluded.kind, environment = excluded.environment,
    owner_state = excluded.owner_state, expires_at = excluded.expires_at, used_at = excluded.used_at,
    scopes = excluded.scopes, risk = excluded.risk, gone = excluded.gone, around = excluded.around,
    due_at = excluded.due_at`;
const WRITE: BulkText = {
  types: [
    'int',
    'text',
    'text',
    'text',
    'text',
    'text',
    'int',
    'int',
    'int',
    'int',
    'int',
    'int',
    'int',
  ],
  sql: (rows) => `${INSERT}
  select c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 from ${rows} where true ${REPLACE}`,
  one: `${INSERT} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ${REPLACE}`,
};

function earliest(times: readonly (string | null)[]): number | null {
  const known = times.flatMap((time) => (time === null ? [] : Date.parse(time)));
  return known.length === 0 ? null : Math.min(...known);
}

function latest(times: readonly (string | null)[]): number | null {
  const known = times.flatMap((time) => (time === null ? [] : Date.parse(time)));
  return known.length === 0 ? null : Math.max(...known);
}

interface Described {
  readonly num: number;
  readonly identity: IdentityRecord;
  readonly credentials: readonly CredentialRecord[];
}

async function describe(store: Store, nums: readonly number[]): Promise<readonly Described[]> {
  const nodes = await readNodes(store, nums);
  const numOf = new Map(nodes.map(({ id, num }) => [id, num]));
  const identities = recordsOf(nodes).flatMap((one) => (one.type === 'identity' ? one : []));
  const ids = identities.map(({ id }) => id);
  const byIdentity = new Map<string, CredentialRecord[]>();
  for (const credential of await readCredentialsOf(store, ids)) {
    const list = byIdentity.get(credential.identity) ?? [];
    list.push(credential);
    byIdentity.set(credential.identity, list);
  }
  return identities.map((identity) => ({
    num: numOf.get(identity.id) ?? 0,
    identity,
    credentials: byIdentity.get(identity.id) ?? [],
  }));
}

async function indexSome(
  { store, clock }: IndexerParts,
  nums: readonly number[],
  factsOf: FactsOf,
): Promise<void> {
  const described = await describe(store, nums);
  const names = described.flatMap(({ identity }) => identity.owners.map(({ party }) => party));
  const parties = await readParties(store, names);
  const nowMs = clock.nowMs();
  const rows = described.map(({ num, identity, credentials }): BulkRow => {
    const claims = parties.resolve(identity.owners);
    const policy = defaultPolicy(nowMs);
    const ownership = ownersOf(claims, parties.byName, policy);
    const facts = factsOf?.(identity.id) ?? null;
    const { score } = riskOf({
      identity,
      credentials,
      orphan: ownership.orphan,
      shared: facts?.shared ?? null,
      criticalServices: facts?.criticalServices ?? null,
      nowMs,
    });
    const isGone = (identity.gone ?? null) !== null;
    const dueMs = dueAtMs({ identity, credentials, claims, parties: parties.byName, ...policy });
    const live = credentials.filter(({ gone }) => (gone ?? null) === null);
    return [
      num,
      identity.id,
      searchText(identity),
      identity.kind,
      identity.environment,
      ownerStateOf(ownership),
      earliest(live.map(({ expiresAt }) => expiresAt)),
      latest(live.map(({ lastUsedAt }) => lastUsedAt)),
      new Set(live.flatMap(({ scopes }) => scopes)).size,
      score,
      isGone ? 1 : 0,
      facts === null ? null : aroundOf(facts),
      isGone ? null : dueMs,
    ];
  });
  if (rows.length > 0) await store.write(bulks(store.dialect, WRITE, rows));
}

const WORDS_OF: BulkText = {
  types: ['int'],
  sql: (rows) =>
    `select n.num, n.word from ${rows} cross join inventory_node n where n.num = rows.c0`,
};

/** The identities that a change is about; null = perhaps all, because a party changed. */
async function identitiesIn(
  store: Store,
  touched: readonly number[],
): Promise<readonly number[] | null> {
  const found = new Set<number>();
  for (let from = 0; from < touched.length; from += LIMITS.inventoryIndexRows) {
    const some = touched.slice(from, from + LIMITS.inventoryIndexRows).map((num) => [num] as const);
    const rows = await store.query(bulk(store.dialect, WORDS_OF, some));
    const of = (word: string): number[] =>
      rows.filter((row) => text(row, 'word') === word).map((row) => integer(row, 'num'));
    if (of('party').length > 0) return null;
    for (const num of of('identity')) found.add(num);
    const credentials = recordsOf(await readNodes(store, of('credential')));
    const ids = credentials.flatMap((one) => (one.type === 'credential' ? [[one.identity]] : []));
    const read: BulkText = {
      types: ['text'],
      sql: (given) => `select n.num from ${given} cross join inventory_node n where n.id = rows.c0`,
    };
    for (const row of await store.query(bulk(store.dialect, read, ids))) {
      found.add(integer(row, 'num'));
    }
  }
  return [...found];
}

async function indexThese(
  parts: IndexerParts,
  nums: readonly number[],
  factsOf: FactsOf,
): Promise<void> {
  for (let from = 0; from < nums.length; from += LIMITS.inventoryIndexRows) {
    await indexSome(parts, nums.slice(from, from + LIMITS.inventoryIndexRows), factsOf);
  }
}

async function indexAll(parts: IndexerParts, factsOf: FactsOf): Promise<void> {
  let after = -1;
  for (;;) {
    const rows: readonly Row[] = await parts.store.query(
      statement(
        `select num from inventory_node where num > $1 and word = 'identity' order by num limit $2`,
        after,
        LIMITS.inventoryIndexRows,
      ),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    await indexSome(
      parts,
      rows.map((row) => integer(row, 'num')),
      factsOf,
    );
    after = integer(last, 'num');
  }
}

/** Whoever looks something up must not stand behind the reading of a million records. */
async function forLong(parts: IndexerParts): Promise<IndexerParts> {
  const isLarge = (await readGraphSize(parts.store)) > LIMITS.mapLoadedFirstMax;
  return isLarge ? { ...parts, store: inBackground(parts.store) } : parts;
}

interface Due {
  readonly num: number;
  readonly dueMs: number;
}

/** Identities of which time alone may say something else by now. */
async function readDue(
  { store, clock }: Pick<IndexerParts, 'store' | 'clock'>,
  after: Due,
  limit: number,
): Promise<readonly Due[]> {
  const rows = await store.query(
    statement(
      `select num, due_at from inventory_index where due_at <= $1 and (due_at, num) > ($2, $3)
  order by due_at, num limit $4`,
      clock.nowMs(),
      after.dueMs,
      after.num,
      limit,
    ),
  );
  return rows.map((row) => ({ num: integer(row, 'num'), dueMs: integer(row, 'due_at') }));
}

const FIRST_DUE: Due = { num: -1, dueMs: -1 };

/** A list is as old as its reading, also where nothing has been imported for days. */
async function catchUpWithTime(parts: IndexerParts, map: MapForInventory | null): Promise<void> {
  let after: Due | undefined = FIRST_DUE;
  while (after !== undefined) {
    const due: readonly Due[] = await readDue(parts, after, LIMITS.inventoryIndexRows);
    after = due.at(-1);
    if (after === undefined) return;
    const nums = due.map(({ num }) => num);
    await indexSome(parts, nums, map?.factsOf ?? null);
  }
}

async function bringUp(parts: IndexerParts, map: MapForInventory | null): Promise<void> {
  const { store } = parts;
  const revision = await readRevision(store);
  const indexed = await readRevision(store, 'index');
  if (revision === indexed) return;
  const touched = await readTouched(store, indexed, revision);
  const identities = touched === null ? null : await identitiesIn(store, touched);
  await map?.refresh();
  const isSmall = identities !== null && identities.length <= LIMITS.inventoryIndexReachMax;
  const factsOf = isSmall ? map?.factsOf : (await map?.survey())?.of;
  if (identities === null) await indexAll(await forLong(parts), factsOf ?? null);
  else await indexThese(parts, identities, factsOf ?? null);
  await store.write([
    statement(
      'update inventory_revision set revision = $1 where id = 2 and revision < $1',
      revision,
    ),
    statement(
      'delete from inventory_change where revision <= $1',
      revision - LIMITS.inventoryChangesMax,
    ),
  ]);
}

/** Keeps the facets and the risk of the lists; its place is in the store, so that a restart goes on. */
export interface Indexer {
  /**
   * Resolves when every record that was there at the call is in the lists. What a change means for the risk of others,
   * through the map, follows at once on small maps and in the background on large ones.
   */
  readonly run: () => Promise<void>;
  /** As run, and what follows is there as well. */
  readonly runWhole: () => Promise<void>;
  /** How far behind the lists are; null = perhaps everything. */
  readonly isNear: () => Promise<boolean>;
}

export function createIndexer(parts: IndexerParts): Indexer {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const loadedMap = (): MapForInventory | null => {
    const map = parts.map();
    return map === 'loading' ? null : map;
  };
  const surroundings = createSurroundings({ ...parts, map: loadedMap }, (nums, factsOf) =>
    indexThese(parts, nums, factsOf),
  );
  const begin = async (isWhole: boolean): Promise<void> => {
    try {
      const map = parts.map();
      // Risk without it would stay too low; the lists catch up at their next reading.
      if (map !== 'loading') {
        await bringUp(parts, map);
        await catchUpWithTime(await forLong(parts), map);
      }
      await surroundings.follow(isWhole);
    } finally {
      running = null;
    }
  };
  const run = async (isWhole: boolean): Promise<void> => {
    if (running === null) return await (running = begin(isWhole));
    // What runs may have read its revision already.
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return run(isWhole);
      });
    await next;
    // Whoever waited first may have wanted less.
    if (isWhole) await surroundings.follow(true);
  };
  return {
    run: () => run(false),
    runWhole: () => run(true),
    isNear: async () => {
      const { store } = parts;
      if (parts.map() === 'loading') return false;
      const most = LIMITS.inventoryIndexReachMax;
      if ((await readDue(parts, FIRST_DUE, most + 1)).length > most) return false;
      const [revision, indexed] = [await readRevision(store), await readRevision(store, 'index')];
      if (revision === indexed) return true;
      const touched = await readTouched(store, indexed, revision);
      return touched !== null && touched.length <= LIMITS.inventoryIndexReachMax;
    },
  };
}
