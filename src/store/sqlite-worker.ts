// Runs in a worker thread. Little from elsewhere: it must start in a few milliseconds.
import type { StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Row, Value } from './model.ts';
import {
  isFull,
  isOfOneList,
  openConnection,
  toBindable,
  toWireError,
  WriteRefused,
} from './sqlite-connection.ts';
import type {
  ListOutcome,
  NewText,
  WireCommand,
  WireResult,
  WorkerOptions,
  WorkerReply,
  WorkerRequest,
} from './sqlite-protocol.ts';

const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 65_536;

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
  /** `changes` keeps its last value over statements that change no rows. */
  readonly changesRows: boolean;
}

// Set by the thread that started this one, which builds it from this very type.
const options = workerData as WorkerOptions;
const database = openConnection({
  ...options,
  cacheKib: CACHE_KIB,
  busyTimeoutMs: BUSY_TIMEOUT_MS,
});
if (options.maxPageCount !== undefined) {
  database.exec(`pragma max_page_count = ${options.maxPageCount}`);
}

/** Whoever sends commands numbers its own texts. */
class Line {
  readonly #texts = new Map<number, string>();
  readonly #statements = new Map<number, Prepared>();

  learn(news: readonly NewText[]): void {
    for (const [textId, sql] of news) this.#texts.set(textId, sql);
  }

  forget(): void {
    this.#texts.clear();
    this.#statements.clear();
  }

  prepare(textId: number): Prepared {
    const known = this.#statements.get(textId);
    if (known !== undefined) return known;
    const sql = this.#texts.get(textId) ?? '';
    const statement = database.prepare(sql);
    const made = {
      statement,
      returnsRows: statement.columns().length > 0,
      changesRows: /^\s*(?:insert|update|delete|replace|with)\b/iu.test(sql),
    };
    this.#statements.set(textId, made);
    return made;
  }
}

/**
 * Once for each row. Numbers are bound as they are: a column with the affinity of integers makes integers of them, and
 * five million BigInts would cost more than the rows.
 */
function runEach(
  { statement, returnsRows }: Prepared,
  params: readonly Value[],
  each: string,
): WireResult {
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

function run(line: Line, [textId, params, wanted, each]: WireCommand): WireResult {
  const prepared = line.prepare(textId);
  if (each !== undefined) return runEach(prepared, params, each);
  const { statement, returnsRows, changesRows } = prepared;
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

function rollback(): void {
  if (database.isTransaction) database.exec('rollback');
}

/** Also for a group that failed as a whole: each list then stands or falls by itself. */
function writeAlone(line: Line, list: readonly WireCommand[]): ListOutcome {
  try {
    database.exec('begin immediate');
    const results = list.map((command) => run(line, command));
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

function writeWithin(line: Line, list: readonly WireCommand[]): ListOutcome {
  savepoint.run();
  try {
    const results = list.map((command) => run(line, command));
    release.run();
    return { results };
  } catch (error) {
    // SQLite itself ends the transaction on some errors (a full disk): then nobody in the group was written.
    if (!database.isTransaction || isFull(error)) throw error;
    rollbackTo.run();
    release.run();
    return { error: toWireError(error) };
  }
}

function write(line: Line, lists: readonly (readonly WireCommand[])[]): readonly ListOutcome[] {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) return [writeAlone(line, only)];
  try {
    database.exec('begin immediate');
    const outcomes = lists.map((list) => writeWithin(line, list));
    database.exec('commit');
    return outcomes;
  } catch (error) {
    rollback();
    if (isOfOneList(error)) return lists.map((list) => writeAlone(line, list));
    const refused = { error: toWireError(error) };
    return lists.map(() => refused);
  }
}

const DONE: WorkerReply = { kind: 'done' };

function answer(line: Line, request: WorkerRequest): WorkerReply {
  switch (request.kind) {
    case 'write':
      line.learn(request.texts);
      return { kind: 'outcomes', outcomes: write(line, request.lists) };
    case 'query': {
      line.learn(request.texts);
      const result = run(line, request.command);
      return { kind: 'rows', rows: typeof result === 'number' ? [] : result.rows };
    }
    case 'run':
      line.learn(request.texts);
      return { kind: 'result', result: run(line, request.command) };
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
      line.forget();
      return DONE;
    case 'lend':
      lend(request.port, request.returned);
      return DONE;
    case 'close':
      database.close();
      return DONE;
  }
}

function take(line: Line, request: WorkerRequest, reply: (message: WorkerReply) => void): void {
  try {
    reply(answer(line, request));
  } catch (error) {
    reply({ kind: 'failed', error: toWireError(error) });
  }
}

/** What other threads send while a transaction is open waits: it is no part of it. */
const held: (() => void)[] = [];

function takeHeld(): void {
  if (database.isOpen && database.isTransaction) return;
  for (const one of held.splice(0)) one();
}

function lend(port: MessagePort, returned: MessagePort): void {
  const line = new Line();
  const orderly = (work: () => void): void => {
    held.push(work);
    takeHeld();
  };
  port.on('message', (request: WorkerRequest) => {
    orderly(() => {
      take(line, request, (message) => port.postMessage(message));
    });
  });
  // Behind everything that was sent.
  port.on('close', () => {
    orderly(() => {
      returned.close();
    });
  });
  // The thread ends with its own port.
  port.unref();
  returned.unref();
}

const own = new Line();
const reply = (message: WorkerReply): void => parentPort?.postMessage(message);

parentPort?.on('message', (request: WorkerRequest) => {
  take(own, request, reply);
  takeHeld();
  if (request.kind === 'close') parentPort?.close();
});
reply({ kind: 'ready' });
