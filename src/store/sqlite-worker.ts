// Runs in a worker thread. Types only from elsewhere: it must start in a few milliseconds.
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Row, Value } from './model.ts';
import type {
  ListOutcome,
  NewText,
  WireCommand,
  WireError,
  WireResult,
  WorkerOptions,
  WorkerReply,
  WorkerRequest,
} from './sqlite-protocol.ts';

const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 65_536;

class WriteRefused extends Error {
  readonly wire: WireError;
  constructor(wire: WireError) {
    super(wire.code);
    this.wire = wire;
  }
}

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
  /** `changes` keeps its last value over statements that change no rows. */
  readonly changesRows: boolean;
}

function open(options: WorkerOptions): DatabaseSync {
  const readOnly = options.role === 'reader';
  const database = new DatabaseSync(options.file, {
    readOnly,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  if (!readOnly) database.exec('pragma journal_mode = wal; pragma synchronous = full');
  database.exec(`pragma temp_store = memory; pragma cache_size = -${CACHE_KIB}`);
  if (options.maxPageCount !== undefined) {
    database.exec(`pragma max_page_count = ${options.maxPageCount}`);
  }
  return database;
}

// Set by the thread that started this one, which builds it from this very type.
const database = open(workerData as WorkerOptions);
const texts = new Map<number, string>();
const statements = new Map<number, Prepared>();

function learn(news: readonly NewText[]): void {
  for (const [textId, sql] of news) texts.set(textId, sql);
}

function prepare(textId: number): Prepared {
  const known = statements.get(textId);
  if (known !== undefined) return known;
  const sql = texts.get(textId) ?? '';
  const statement = database.prepare(sql);
  const made = {
    statement,
    returnsRows: statement.columns().length > 0,
    changesRows: /^\s*(?:insert|update|delete|replace|with)\b/iu.test(sql),
  };
  statements.set(textId, made);
  return made;
}

/** An integer bound as a JavaScript number would arrive as a real: '5.0' in a text, 2.5 for 5 / 2. */
function toBindable(value: Value): string | number | bigint | null | Uint8Array {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/**
 * Once for each row. Numbers are bound as they are: a column with the affinity of integers makes integers of them, and
 * five million BigInts would cost more than the rows.
 */
function runEach(textId: number, params: readonly Value[], each: string): WireResult {
  const { statement, returnsRows } = prepare(textId);
  // Made by `bulks` of the caller: lists of plain values.
  const lists = JSON.parse(each) as readonly (readonly Value[])[];
  const rows: Row[] = [];
  let count = 0;
  for (const list of lists) {
    // Columns hold text, numbers, null or bytes: exactly Value.
    if (returnsRows) rows.push(...(statement.all(...list, ...params) as unknown as Row[]));
    else count += Number(statement.run(...list, ...params).changes);
  }
  return returnsRows ? { count: rows.length, rows } : count;
}

function run([textId, params, wanted, each]: WireCommand): WireResult {
  if (each !== undefined) return runEach(textId, params, each);
  const { statement, returnsRows, changesRows } = prepare(textId);
  const bound = params.map(toBindable);
  let count: number;
  let rows: readonly Row[] | undefined;
  if (returnsRows) {
    // Columns hold text, numbers, null or bytes: exactly Value.
    rows = statement.all(...bound) as unknown as readonly Row[];
    count = rows.length;
  } else {
    const { changes } = statement.run(...bound);
    count = changesRows ? Number(changes) : 0;
  }
  if (wanted >= 0 && wanted !== count) {
    throw new WriteRefused({ code: 'store-conflict', facts: { wanted, found: count } });
  }
  return rows === undefined ? count : { count, rows };
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

function toWireError(error: unknown): WireError {
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

function rollback(): void {
  if (database.isTransaction) database.exec('rollback');
}

/** Also for a group that failed as a whole: each list then stands or falls by itself. */
function writeAlone(list: readonly WireCommand[]): ListOutcome {
  try {
    database.exec('begin immediate');
    const results = list.map(run);
    database.exec('commit');
    return { results };
  } catch (error) {
    rollback();
    return { error: toWireError(error) };
  }
}

const savepoint = database.prepare('savepoint list');
const rollbackTo = database.prepare('rollback to list');
const release = database.prepare('release list');

function writeWithin(list: readonly WireCommand[]): ListOutcome {
  savepoint.run();
  try {
    const results = list.map(run);
    release.run();
    return { results };
  } catch (error) {
    // SQLite itself ends the transaction on some errors (a full disk): then nobody in the group was written.
    if (!database.isTransaction || (errcodeOf(error) & PRIMARY_CODE) === SQLITE_FULL) throw error;
    rollbackTo.run();
    release.run();
    return { error: toWireError(error) };
  }
}

function write(lists: readonly (readonly WireCommand[])[]): readonly ListOutcome[] {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) return [writeAlone(only)];
  try {
    database.exec('begin immediate');
    const outcomes = lists.map(writeWithin);
    database.exec('commit');
    return outcomes;
  } catch (error) {
    rollback();
    if (ALONE_CODES.has(errcodeOf(error) & PRIMARY_CODE)) return lists.map(writeAlone);
    const refused = { error: toWireError(error) };
    return lists.map(() => refused);
  }
}

const DONE: WorkerReply = { kind: 'done' };

function answer(request: WorkerRequest): WorkerReply {
  switch (request.kind) {
    case 'write':
      learn(request.texts);
      return { kind: 'outcomes', outcomes: write(request.lists) };
    case 'query': {
      learn(request.texts);
      const result = run(request.command);
      return { kind: 'rows', rows: typeof result === 'number' ? [] : result.rows };
    }
    case 'run':
      learn(request.texts);
      return { kind: 'result', result: run(request.command) };
    case 'exec':
      database.exec(request.sql);
      return DONE;
    case 'begin':
      database.exec('begin immediate');
      return DONE;
    case 'commit':
      database.exec('commit');
      return DONE;
    case 'rollback':
      rollback();
      return DONE;
    case 'forget':
      texts.clear();
      statements.clear();
      return DONE;
    case 'close':
      database.close();
      return DONE;
  }
}

function reply(message: WorkerReply): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (request: WorkerRequest) => {
  try {
    reply(answer(request));
  } catch (error) {
    reply({ kind: 'failed', error: toWireError(error) });
  }
  if (request.kind === 'close') parentPort?.close();
});
reply({ kind: 'ready' });
