import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FirebreakError, LIMITS, messageOf, silentLog } from '../kernel/index.ts';
import type { Log } from '../kernel/index.ts';
import { createInteractive, withinTime } from './interactive.ts';
import { migrate } from './migrate.ts';
import type { MigrationSession } from './migrate.ts';
import type { Row, Statement, Store, Transaction, Urgency } from './model.ts';
import { Channel } from './sqlite-channel.ts';
import { createPointReader } from './sqlite-point.ts';
import { WriteQueue } from './sqlite-queue.ts';
import { checkStatement } from './statement.ts';
import { createWakeHub } from './wake-hub.ts';

export interface SqliteOptions {
  readonly directory: string;
  readonly log?: Log;
  /** Of 4 KiB. Beyond it the store is full, whatever the disk has left. */
  readonly maxPageCount?: number;
}

const NOW_MS = `cast(round(unixepoch('subsec') * 1000) as integer)`;

function takeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The umask may have taken more away than it should.
  chmodSync(directory, 0o700);
}

const databaseIn = (directory: string): string => join(directory, 'firebreak.db');

/** Held for the life of the process; the operating system frees it after kill -9. */
function takeLock(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    if (busy) throw new FirebreakError('store-locked', { directory });
    throw error;
  }
}

function prepareDirectory(directory: string): DatabaseSync {
  try {
    takeDirectory(directory);
    return takeLock(directory);
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    throw new FirebreakError('store-unavailable', { problem: messageOf(error) }, error);
  }
}

interface Thread {
  readonly get: () => Channel;
  readonly current: () => Channel | undefined;
}

/** Opens a thread when there is none or the last one died. */
function createThread(options: SqliteOptions, role: 'writer' | 'reader', log: Log): Thread {
  const { directory, maxPageCount } = options;
  let channel: Channel | undefined;
  const open = (): Channel => {
    const file = databaseIn(directory);
    const limits = role === 'writer' && maxPageCount !== undefined ? { maxPageCount } : {};
    const opened = new Channel({ file, role, ...limits }, (problem) => {
      log.error({ role, problem }, 'the SQLite thread ended');
    });
    // Its first request fails with the same reason.
    opened.ready.catch(() => undefined);
    return opened;
  };
  return {
    get: () => {
      if (channel === undefined || channel.isDead()) channel = open();
      return channel;
    },
    current: () => channel,
  };
}

/** The readers first: the last connection to close moves the log into the database. */
async function closeThreads(threads: readonly Thread[]): Promise<void> {
  for (const thread of threads) {
    await thread
      .current()
      ?.close()
      .catch(() => undefined);
  }
}

async function inTransaction<Result>(
  writer: Channel,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const interactive = createInteractive((command) => {
    checkStatement(command);
    return writer.run(command);
  });
  const over = new FirebreakError('internal-invariant', { invariant: 'the transaction is open' });
  await writer.order('begin');
  try {
    const result = await withinTime(work(interactive.tx), LIMITS.transactionMsMax, interactive.end);
    interactive.end(over);
    const failure = interactive.failure();
    if (failure !== undefined) throw failure;
    await writer.order('commit');
    return result;
  } catch (error) {
    interactive.end(over);
    // A dead writer has rolled back by dying.
    await writer.order('rollback').catch(() => undefined);
    throw error;
  }
}

async function inMigration<Result>(
  writer: Channel,
  work: (session: MigrationSession) => Promise<Result>,
): Promise<Result> {
  await writer.order('begin');
  try {
    const result = await work({
      query: async (statement) => (await writer.run(statement)).rows,
      exec: (sql) => writer.exec(sql),
    });
    await writer.order('commit');
    return result;
  } catch (error) {
    await writer.order('rollback').catch(() => undefined);
    throw error;
  }
}

interface Threads {
  readonly writer: Thread;
  readonly reader: Thread;
  /** Opened by the first long reading. */
  readonly background: Thread;
}

async function openThreads(options: SqliteOptions, log: Log, lock: DatabaseSync): Promise<Threads> {
  const writer = createThread(options, 'writer', log);
  const reader = createThread(options, 'reader', log);
  const background = createThread(options, 'reader', log);
  try {
    await writer.get().ready;
    // Not awaited: its first query waits for it.
    reader.get();
  } catch (error) {
    await writer.current()?.terminate();
    lock.close();
    throw error;
  }
  return { writer, reader, background };
}

async function query(reader: Thread, statement: Statement): Promise<readonly Row[]> {
  checkStatement(statement);
  const channel = reader.get();
  if (channel.pendingCount() >= LIMITS.groupQueueMax) {
    throw new FirebreakError('store-busy', { limit: LIMITS.groupQueueMax });
  }
  return channel.query(statement);
}

/** The embedded store: one process for each directory, a thread that writes and a thread that reads. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const log = options.log ?? silentLog;
  const lock = prepareDirectory(options.directory);
  const { writer, reader, background } = await openThreads(options, log, lock);
  const file = databaseIn(options.directory);
  const points = createPointReader(file);
  const counters = { commits: 0, lists: 0 };
  const queue = new WriteQueue(writer.get, counters);
  const hub = createWakeHub(log);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await queue.drained();
    hub.clear();
    points.close();
    await closeThreads([background, reader, writer]);
    lock.close();
  };
  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new FirebreakError('store-closed');
  };
  return {
    dialect: 'sqlite',
    nowMsSql: NOW_MS,
    query: async (statement, urgency: Urgency = 'now') => {
      refuseWhenClosed();
      const few = urgency === 'point' ? points.read(statement) : null;
      if (few !== null) return few;
      return query(urgency === 'background' ? background : reader, statement);
    },
    write: async (commands) => {
      refuseWhenClosed();
      if (commands.length === 0) return [];
      return queue.write(commands);
    },
    transaction: async (work) => {
      refuseWhenClosed();
      return queue.exclusive((channel) => inTransaction(channel, work));
    },
    wake: hub.wake,
    onWake: hub.onWake,
    lend: () => {
      refuseWhenClosed();
      const { port, returned } = writer.get().lend();
      return { lent: { file, nowMsSql: NOW_MS, port }, returned };
    },
    statistics: () => ({ ...counters, waiting: queue.waiting(), retries: 0 }),
    migrate: async (migrations, how) => {
      refuseWhenClosed();
      const target = {
        dialect: 'sqlite',
        nowMsSql: NOW_MS,
        exclusive: <Result>(work: (session: MigrationSession) => Promise<Result>) =>
          queue.exclusive((channel) => inMigration(channel, work)),
      } as const;
      await migrate(target, migrations, how);
    },
    close: () => (closing ??= close()),
  };
}
