import type { Pool } from 'pg';
import { FirebreakError, LIMITS, messageOf } from '../kernel/index.ts';
import { createInteractive, withinTime } from './interactive.ts';
import type { MigrationSession } from './migrate.ts';
import type { Command, CommandResult, Statement, Transaction } from './model.ts';
import { checkOut } from './postgres-connection.ts';
import type { CheckedOut } from './postgres-connection.ts';
import { toFailure } from './postgres-errors.ts';
import type { Failure } from './postgres-errors.ts';
import { checkStatement, statement } from './statement.ts';

const BEGIN = statement('begin isolation level serializable read write');
const COMMIT = statement('commit');

/** Wraps a failure so that its `retry` survives the way through `work`. */
class DatabaseRefusal extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

async function sendOne(
  connection: CheckedOut,
  command: Command | Statement,
  note: (failure: Failure) => void,
): Promise<CommandResult & { readonly tag: string }> {
  const outcome = await connection.send([command]);
  if ('error' in outcome) {
    const failure = toFailure(outcome.error);
    note(failure);
    throw failure.error;
  }
  const [result] = outcome.results;
  if (result === undefined)
    throw new FirebreakError('internal-invariant', { invariant: 'a result' });
  return result;
}

async function attempt<Result>(
  connection: CheckedOut,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  let failed: Failure | undefined;
  const send = (command: Command | Statement): ReturnType<typeof sendOne> =>
    sendOne(connection, command, (failure) => {
      failed ??= failure;
    });
  const interactive = createInteractive((command) => {
    checkStatement(command);
    return send(command);
  });
  const over = new FirebreakError('internal-invariant', { invariant: 'the transaction is open' });
  try {
    await send(BEGIN);
    const result = await withinTime(work(interactive.tx), LIMITS.transactionMsMax, (error) => {
      interactive.end(error);
      // A statement of it may still run: this connection cannot be given to anybody else.
      connection.spoil();
    });
    interactive.end(over);
    const failure = interactive.failure();
    if (failure !== undefined) throw failure;
    const { tag } = await send(COMMIT);
    if (tag !== 'COMMIT') {
      connection.spoil();
      throw new FirebreakError('store-unavailable', { problem: `commit answered ${tag}` });
    }
    return result;
  } catch (error) {
    interactive.end(over);
    await connection.rollback();
    if (failed !== undefined) throw new DatabaseRefusal(failed);
    throw error;
  }
}

/** Runs `work` again, from its start, when the database reports a serialisation failure. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (tx: Transaction) => Promise<Result>,
  onRetry: (attempt: number) => Promise<void>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    const connection = await connect(pool);
    try {
      return await attempt(connection, work);
    } catch (error) {
      if (!(error instanceof DatabaseRefusal)) throw error;
      const { failure } = error;
      if (!failure.retry || tries >= LIMITS.transactionAttemptsMax) throw failure.error;
    } finally {
      connection.release();
    }
    await onRetry(tries);
  }
}

export async function connect(pool: Pool): Promise<CheckedOut> {
  try {
    return await checkOut(pool);
  } catch (error) {
    throw toFailure(error).error;
  }
}

/** Any number that nobody else uses for an advisory lock in this database. */
const MIGRATION_LOCK = 0x46_49_52_45;

/**
 * One migration. Read committed, since a serialisable transaction would see the state from before it had the lock; and
 * without the time limit of ordinary statements.
 */
export async function inMigration<Result>(
  pool: Pool,
  work: (session: MigrationSession) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(pool);
  const exec = async (sql: string): Promise<void> => {
    try {
      await connection.client.query(sql);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.reconnect) connection.spoil();
      throw failure.error;
    }
  };
  try {
    await exec('begin isolation level read committed read write');
    await exec('set local statement_timeout = 0');
    await exec('set local idle_in_transaction_session_timeout = 0');
    await exec(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const query = async (command: Statement): Promise<CommandResult['rows']> =>
      (await sendOne(connection, command, () => undefined)).rows;
    const result = await work({ exec, query });
    await exec('commit');
    return result;
  } catch (error) {
    await connection.rollback();
    throw error instanceof FirebreakError
      ? error
      : new FirebreakError('store-unavailable', { problem: messageOf(error) }, error);
  } finally {
    connection.release();
  }
}
