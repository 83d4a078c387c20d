import { insertMany, maybeRow, oneRow } from '../store/index.ts';
import { bytes, integer, nullableInteger, statement, text } from '../store/index.ts';
import type { Command, Row, Statement, Store } from '../store/index.ts';
import { LIMITS } from '../kernel/index.ts';
import type { LedgerEntry, SealedEntry } from './model.ts';
import { HASH_BYTES, type Frontier, type Hash, type TreeNode } from './tree.ts';

/** All SQL of the ledger. */

const LEASE_MS = LIMITS.sealLeaseMs;

export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Hash;
  readonly frontier: Frontier;
  readonly note: string;
}

export interface LedgerHead {
  readonly size: number;
  readonly fence: number;
  readonly owner: string | null;
  /** Null while nothing is sealed. */
  readonly checkpoint: StoredCheckpoint | null;
}

export interface UnsealedEntry {
  readonly seq: number;
  readonly leaf: Hash;
}

/** An entry that may not be sealed yet. */
export interface RecordedEntry {
  readonly position: number | null;
  readonly entry: LedgerEntry;
  readonly canonical: string;
}

function packHashes(hashes: readonly Hash[]): Uint8Array {
  return Buffer.concat(hashes);
}

function unpackHashes(packed: Uint8Array): readonly Hash[] {
  const hashes: Hash[] = [];
  for (let from = 0; from < packed.length; from += HASH_BYTES) {
    hashes.push(packed.subarray(from, from + HASH_BYTES));
  }
  return hashes;
}

// Entries

const INSERT_ENTRY =
  'insert into ledger_entry(id, incident, ordinal, kind, actor, at_ms, canonical, leaf) ' +
  'values ($1, $2, $3, $4, $5, $6, $7, $8)';

export function insertEntryCommand(
  entry: LedgerEntry,
  canonical: string,
  leaf: Hash,
  atMs: number,
): Command {
  const { id, incident, ordinal, kind, actor } = entry;
  const params = [id, incident, ordinal, kind, actor, atMs, canonical, leaf];
  return { sql: INSERT_ENTRY, params, rows: 1 };
}

function readRecorded(row: Row): RecordedEntry {
  const canonical = text(row, 'canonical');
  // Only appendCommands writes this column, from a LedgerEntry.
  const entry = JSON.parse(canonical) as LedgerEntry;
  return { position: nullableInteger(row, 'position'), entry, canonical };
}

function readSealed(row: Row): SealedEntry {
  return { ...readRecorded(row), position: integer(row, 'position') };
}

const ENTRY_COLUMNS = 'select position, canonical from ledger_entry';

export async function readSealedEntries(
  store: Store,
  from: number,
  limit: number,
): Promise<readonly SealedEntry[]> {
  const sql = `${ENTRY_COLUMNS} where position >= $1 order by position limit $2`;
  return (await store.query(statement(sql, from, limit))).map(readSealed);
}

export async function readEntriesOfKind(
  store: Store,
  kind: string,
  from: number,
  limit: number,
): Promise<readonly SealedEntry[]> {
  const sql = `${ENTRY_COLUMNS} where kind = $1 and position >= $2 order by position limit $3`;
  return (await store.query(statement(sql, kind, from, limit))).map(readSealed);
}

export async function readIncidentEntries(
  store: Store,
  incident: string,
  fromOrdinal: number,
  limit: number,
): Promise<readonly RecordedEntry[]> {
  const sql = `${ENTRY_COLUMNS} where incident = $1 and ordinal >= $2 order by ordinal limit $3`;
  return (await store.query(statement(sql, incident, fromOrdinal, limit))).map(readRecorded);
}

export async function readEntry(store: Store, id: string): Promise<RecordedEntry | null> {
  const row = maybeRow(await store.query(statement(`${ENTRY_COLUMNS} where id = $1`, id)));
  return row === undefined ? null : readRecorded(row);
}

export interface ExportedRow {
  readonly position: number;
  readonly canonical: string;
  readonly leaf: Hash;
}

export async function readExportRows(
  store: Store,
  from: number,
  to: number,
  limit: number,
): Promise<readonly ExportedRow[]> {
  const sql =
    'select position, canonical, leaf from ledger_entry ' +
    'where position >= $1 and position < $2 order by position limit $3';
  const rows = await store.query(statement(sql, from, to, limit));
  return rows.map((row) => ({
    position: integer(row, 'position'),
    canonical: text(row, 'canonical'),
    leaf: bytes(row, 'leaf'),
  }));
}

// The tree

/** Hashes of level 0 come from the entries, those of levels 8, 16, 24 from ledger_node. */
export async function readNodes(
  store: Store,
  level: number,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, Hash>> {
  const leaves =
    'select position as idx, leaf as hash from ledger_entry ' +
    'where position >= $1 and position < $2';
  const nodes = 'select idx, hash from ledger_node where level = $3 and idx >= $1 and idx < $2';
  const asked = level === 0 ? statement(leaves, from, to) : statement(nodes, from, to, level);
  const rows = await store.query(asked);
  return new Map(rows.map((row) => [integer(row, 'idx'), bytes(row, 'hash')]));
}

function readCheckpointRow(row: Row): StoredCheckpoint {
  const size = integer(row, 'size');
  return {
    size,
    root: bytes(row, 'root'),
    frontier: { size, hashes: unpackHashes(bytes(row, 'frontier')) },
    note: text(row, 'note'),
  };
}

const CHECKPOINT_COLUMNS = 'select size, root, frontier, note from ledger_checkpoint';

export async function readCheckpoint(store: Store, size: number): Promise<StoredCheckpoint | null> {
  const asked = statement(`${CHECKPOINT_COLUMNS} where size = $1`, size);
  const row = maybeRow(await store.query(asked));
  return row === undefined ? null : readCheckpointRow(row);
}

/** Checkpoints of sizes in (after, to], smallest first. */
export async function readCheckpoints(
  store: Store,
  after: number,
  to: number,
  limit: number,
): Promise<readonly StoredCheckpoint[]> {
  const sql = `${CHECKPOINT_COLUMNS} where size > $1 and size <= $2 order by size limit $3`;
  return (await store.query(statement(sql, after, to, limit))).map(readCheckpointRow);
}

export async function readHead(store: Store): Promise<LedgerHead> {
  const sql =
    'select h.size, h.fence, h.owner, c.root, c.frontier, c.note ' +
    'from ledger_head h left join ledger_checkpoint c on c.size = h.size where h.id = 1';
  const row = oneRow(await store.query(statement(sql)));
  const checkpoint = row['note'] === null ? null : readCheckpointRow(row);
  const owner = row['owner'] === null ? null : text(row, 'owner');
  return { size: integer(row, 'size'), fence: integer(row, 'fence'), owner, checkpoint };
}

// Sealing

/** A sealer that takes over gets a new fence; whoever held the older one cannot write any more. */
export function takeLeaseCommand(store: Store, owner: string, force: boolean): Command {
  const free = force ? '' : ` and (lease_until_ms <= ${store.nowMsSql} or owner = $1)`;
  const sql =
    `update ledger_head set owner = $1, fence = fence + 1, ` +
    `lease_until_ms = ${store.nowMsSql} + $2 where id = 1${free} returning fence`;
  return { sql, params: [owner, LEASE_MS] };
}

export function renewLeaseCommand(store: Store, fence: number): Command {
  const sql =
    `update ledger_head set lease_until_ms = ${store.nowMsSql} + $1 ` +
    `where id = 1 and fence = $2`;
  return { sql, params: [LEASE_MS, fence], rows: 1 };
}

export function releaseLeaseCommand(fence: number): Command {
  return {
    sql: 'update ledger_head set lease_until_ms = 0 where id = 1 and fence = $1',
    params: [fence],
  };
}

export function unsealedStatement(limit: number): Statement {
  const sql = 'select seq, leaf from ledger_entry where position is null order by seq limit $1';
  return statement(sql, limit);
}

/** What is committed and has no place yet. A row that commits later gets a later place, whatever its seq. */
export interface Unsealed {
  readonly count: number;
  /** When the oldest of them was written; null when there are none. */
  readonly oldestAtMs: number | null;
}

/** Sealing keeps this list short; behind a sealer that stands still, counting stops at the limit. */
export async function countUnsealed(store: Store, limit: number): Promise<Unsealed> {
  const sql =
    'select count(*) as waiting, min(at_ms) as oldest from ' +
    '(select at_ms from ledger_entry where position is null order by seq limit $1) as unsealed';
  const row = oneRow(await store.query(statement(sql, limit)));
  return { count: integer(row, 'waiting'), oldestAtMs: nullableInteger(row, 'oldest') };
}

export async function readUnsealed(store: Store, limit: number): Promise<readonly UnsealedEntry[]> {
  const rows = await store.query(unsealedStatement(limit));
  return rows.map((row) => ({ seq: integer(row, 'seq'), leaf: bytes(row, 'leaf') }));
}

export interface Sealing {
  /** The fence under which the tree was read. */
  readonly fence: number;
  /** The fence afterwards: the same for who holds the lease, the next for who takes it with this write. */
  readonly nextFence: number;
  readonly owner: string;
  readonly from: number;
  readonly seqs: readonly number[];
  readonly nodes: readonly TreeNode[];
  readonly checkpoint: StoredCheckpoint;
  readonly atMs: number;
}

/**
 * INVARIANT: the tree cannot fork. The first command moves the head from exactly the size that was built upon, under
 * the fence it was read with; it also locks the row, so a second sealer waits and then finds another size or fence.
 */
export function sealCommands(store: Store, sealing: Sealing): readonly Command[] {
  const { checkpoint, fence, nextFence, owner, from, seqs, nodes, atMs } = sealing;
  const head =
    `update ledger_head set size = $1, owner = $2, fence = $3, ` +
    `lease_until_ms = ${store.nowMsSql} + $4 where id = 1 and size = $5 and fence = $6`;
  const note =
    'insert into ledger_checkpoint(size, root, frontier, note, at_ms) values ($1, $2, $3, $4, $5)';
  const { size, root, frontier } = checkpoint;
  return [
    { sql: head, params: [size, owner, nextFence, LEASE_MS, from, fence], rows: 1 },
    ...placeCommands(from, seqs),
    {
      sql: note,
      params: [size, root, packHashes(frontier.hashes), checkpoint.note, atMs],
      rows: 1,
    },
    ...insertMany(
      'ledger_node',
      ['level', 'idx', 'hash'],
      nodes.map(({ level, index, hash }) => [level, index, hash]),
    ),
  ];
}

/**
 * Written so that no planner can use the index of unsealed entries for it: with many waiting, reading them all for
 * each batch would take forever. Every row is looked up by its seq.
 */
const PLACE =
  'update ledger_entry set position = seq + $1 where seq between $2 and $3 ' +
  'and coalesce(ledger_entry.position, -1) = -1';

/**
 * One command for each run of consecutive seqs: numbers have gaps only where a write was refused or has not committed
 * yet. A list of the seqs in one statement costs PostgreSQL the square of its length.
 */
function placeCommands(from: number, seqs: readonly number[]): readonly Command[] {
  const commands: Command[] = [];
  for (let start = 0; start < seqs.length;) {
    const first = seqs[start] ?? 0;
    let length = 1;
    while (seqs[start + length] === first + length) length += 1;
    const shift = from + start - first;
    commands.push({ sql: PLACE, params: [shift, first, first + length - 1], rows: length });
    start += length;
  }
  return commands;
}

// The key

export async function readKeyDocument(store: Store): Promise<string | null> {
  const row = maybeRow(
    await store.query(statement('select document from ledger_key where id = 1')),
  );
  return row === undefined ? null : text(row, 'document');
}

export function createKeyCommand(document: string): Command {
  const sql = 'insert into ledger_key(id, document) values (1, $1) on conflict (id) do nothing';
  return { sql, params: [document] };
}

export function replaceKeyCommand(old: string, document: string): Command {
  const sql = 'update ledger_key set document = $2 where id = 1 and document = $1';
  return { sql, params: [old, document] };
}
