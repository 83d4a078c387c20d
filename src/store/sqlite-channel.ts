import { Worker } from 'node:worker_threads';
import { assert, FirebreakError, messageOf } from '../kernel/index.ts';
import type { Command, CommandResult, Row, Statement } from './model.ts';
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
import { translationOf } from './statement.ts';

type ReplyOf<Kind extends WorkerReply['kind']> = Extract<WorkerReply, { readonly kind: Kind }>;

/** One worker thread. Once dead it stays dead; the store starts another. */
export interface Channel {
  readonly isDead: () => boolean;
  readonly pendingCount: () => number;
  readonly ready: Promise<void>;
  readonly order: (kind: 'begin' | 'commit' | 'rollback' | 'close') => Promise<void>;
  readonly exec: (sql: string) => Promise<void>;
  readonly write: (lists: readonly (readonly Command[])[]) => Promise<readonly ListOutcome[]>;
  readonly query: (statement: Statement) => Promise<readonly Row[]>;
  /** Inside a transaction that was begun with `order`. */
  readonly run: (command: Command) => Promise<CommandResult>;
  readonly terminate: () => Promise<void>;
}

/** Distinct SQL texts before numbering starts again. */
const TEXTS_MAX = 2_000;

export function toError(error: WireError): FirebreakError {
  return new FirebreakError(error.code, error.facts);
}

interface Pending {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: FirebreakError) => void;
}

/** The published form is JavaScript; sources run as they are. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./sqlite-worker.${extension}`, import.meta.url);
}

export function openChannel(options: WorkerOptions, onDeath: (problem: string) => void): Channel {
  // INVARIANT: the worker answers in order, first `ready`, then one reply for each request.
  const pending: Pending[] = [];
  const textIds = new Map<string, number>();
  let dead: string | undefined;
  let closing = false;
  const worker = new Worker(workerUrl(), { workerData: options, execArgv: [] });
  const ready = new Promise<WorkerReply>((resolve, reject) => pending.push({ resolve, reject }));
  const die = (problem: string): void => {
    if (dead !== undefined) return;
    dead = problem;
    for (const one of pending.splice(0)) {
      one.reject(new FirebreakError('store-unavailable', { problem }));
    }
    if (!closing) onDeath(problem);
  };
  worker.on('message', (message: WorkerReply) => {
    const next = pending.shift();
    if (message.kind === 'failed') next?.reject(toError(message.error));
    else next?.resolve(message);
  });
  worker.on('error', (error) => {
    die(`the SQLite thread failed: ${messageOf(error)}`);
  });
  worker.on('exit', (code) => {
    die(`the SQLite thread ended with code ${code}`);
  });
  const send = (request: WorkerRequest): Promise<WorkerReply> =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) {
        reject(new FirebreakError('store-unavailable', { problem: dead }));
        return;
      }
      if (request.kind === 'close') closing = true;
      pending.push({ resolve, reject });
      worker.postMessage(request);
    });
  const encoder = (news: NewText[]): ((command: Command | Statement) => WireCommand) => {
    if (textIds.size >= TEXTS_MAX) {
      textIds.clear();
      // A dead worker fails the next request as well, which tells the caller.
      send({ kind: 'forget' }).catch(() => undefined);
    }
    return createEncoder(textIds, news);
  };
  return {
    isDead: () => dead !== undefined,
    pendingCount: () => pending.length,
    ready: ready.then(() => undefined),
    order: async (kind) => {
      await send({ kind });
    },
    exec: async (sql) => {
      await send({ kind: 'exec', sql });
    },
    write: async (lists) => {
      const texts: NewText[] = [];
      const encode = encoder(texts);
      const wire = lists.map((list) => list.map(encode));
      return expectReply(await send({ kind: 'write', texts, lists: wire }), 'outcomes').outcomes;
    },
    query: async (statement) => {
      const texts: NewText[] = [];
      const command = encoder(texts)(statement);
      return expectReply(await send({ kind: 'query', texts, command }), 'rows').rows;
    },
    run: async (command) => {
      const texts: NewText[] = [];
      const wire = encoder(texts)(command);
      return toResult(
        expectReply(await send({ kind: 'run', texts, command: wire }), 'result').result,
      );
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function expectReply<Kind extends WorkerReply['kind']>(
  reply: WorkerReply,
  kind: Kind,
): ReplyOf<Kind> {
  assert(reply.kind === kind, `the SQLite thread answers ${kind}`);
  // The line before has compared the discriminant, which does not narrow a type parameter.
  return reply as ReplyOf<Kind>;
}

const NO_ROWS: readonly Row[] = [];

export function toResult(result: WireResult): CommandResult {
  return typeof result === 'number' ? { count: result, rows: NO_ROWS } : result;
}

/** Built once for each message, so that numbering can only start again between messages. */
function createEncoder(
  textIds: Map<string, number>,
  news: NewText[],
): (command: Command | Statement) => WireCommand {
  return (command) => {
    let textId = textIds.get(command.sql);
    if (textId === undefined) {
      textId = textIds.size;
      textIds.set(command.sql, textId);
      news.push([textId, translationOf(command.sql).sqlite]);
    }
    return [textId, command.params, 'rows' in command ? (command.rows ?? -1) : -1];
  };
}
