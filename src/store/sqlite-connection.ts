// Runs in every thread that has a connection. Types only from elsewhere: a thread must start in a few milliseconds.
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { Row, Value } from './model.ts';
import type { WireError } from './sqlite-protocol.ts';

export interface ConnectionOptions {
  readonly file: string;
  readonly role: 'writer' | 'reader';
  readonly cacheKib: number;
  /** How long it waits for a lock; whoever has others to answer does not wait. */
  readonly busyTimeoutMs: number;
}

export function openConnection({
  file,
  role,
  cacheKib,
  busyTimeoutMs,
}: ConnectionOptions): DatabaseSync {
  const readOnly = role === 'reader';
  const database = new DatabaseSync(file, {
    readOnly,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  if (!readOnly) database.exec('pragma journal_mode = wal; pragma synchronous = full');
  database.exec(`pragma temp_store = memory; pragma cache_size = -${cacheKib}`);
  return database;
}

/** An integer bound as a JavaScript number would arrive as a real: '5.0' in a text, 2.5 for 5 / 2. */
export function toBindable(value: Value): string | number | bigint | null | Uint8Array {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

const PREPARED_MAX = 500;

/** Reads in the thread that asks: no message, no copy, nobody to be woken. */
export class DirectReader {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(options: Omit<ConnectionOptions, 'role'>) {
    this.#database = openConnection({ ...options, role: 'reader' });
  }

  all(sql: string, params: readonly Value[]): readonly Row[] {
    // Columns hold text, numbers, null or bytes: exactly Value.
    return this.#prepare(sql).all(...params.map(toBindable)) as unknown as readonly Row[];
  }

  /** Null when there are more: whoever asked for a few rows must not hold up others with thousands. */
  few(sql: string, params: readonly Value[], rowsMax: number): readonly Row[] | null {
    const rows: Row[] = [];
    for (const row of this.#prepare(sql).iterate(...params.map(toBindable))) {
      if (rows.length === rowsMax) return null;
      // As above.
      rows.push(row as unknown as Row);
    }
    return rows;
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    // A caller that builds endless new texts must not grow the memory.
    if (this.#prepared.size >= PREPARED_MAX) this.#prepared.clear();
    const made = this.#database.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }
}

/** What a statement refuses by itself, already in the words of the caller. */
export class WriteRefused extends Error {
  readonly wire: WireError;
  constructor(wire: WireError) {
    super(wire.code);
    this.wire = wire;
  }
}

const PRIMARY_CODE = 0xff;
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT = 19;
/** One list may be to blame for these (a deferred foreign key, too much data): the others are tried without it. */
const ALONE_CODES = new Set([SQLITE_FULL, SQLITE_CONSTRAINT]);
const CONSTRAINT_KINDS: Readonly<Record<number, string>> = {
  275: 'check',
  787: 'foreign-key',
  1299: 'not-null',
  1555: 'unique',
  2067: 'unique',
  2579: 'unique',
};

function errcodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : 0;
}

export function isFull(error: unknown): boolean {
  return (errcodeOf(error) & PRIMARY_CODE) === SQLITE_FULL;
}

export function isOfOneList(error: unknown): boolean {
  return ALONE_CODES.has(errcodeOf(error) & PRIMARY_CODE);
}

export function toWireError(error: unknown): WireError {
  if (error instanceof WriteRefused) return error.wire;
  const problem = error instanceof Error ? error.message : String(error);
  const errcode = errcodeOf(error);
  switch (errcode & PRIMARY_CODE) {
    case 18: // TOOBIG
    case 20: // MISMATCH
      return { code: 'store-constraint', facts: { problem, kind: 'data' } };
    case SQLITE_CONSTRAINT: {
      const kind = CONSTRAINT_KINDS[errcode] ?? 'other';
      return { code: 'store-constraint', facts: { problem, kind } };
    }
    case SQLITE_FULL:
      return { code: 'store-full', facts: { problem } };
    case 0: // not from SQLite: an argument or a value that has no JavaScript form
    case 1: // ERROR: the text is wrong
    case 21: // MISUSE
    case 25: // RANGE
      return { code: 'internal-invariant', facts: { invariant: `valid SQL (${problem})` } };
    default:
      return { code: 'store-unavailable', facts: { problem: `SQLite: ${problem}` } };
  }
}
