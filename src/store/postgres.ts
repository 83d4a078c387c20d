import pg from 'pg';
import {
  FirebreakError,
  LIMITS,
  messageOf,
  randomInteger,
  realClock,
  silentLog,
  sleep,
  systemRandom,
} from '../kernel/index.ts';
import type { Log, Random } from '../kernel/index.ts';
import { createLanes } from './lanes.ts';
import { migrate } from './migrate.ts';
import type { MigrationSession } from './migrate.ts';
import type { Row, Statement, Store } from './model.ts';
import { commitGroup } from './postgres-group.ts';
import { toFailure } from './postgres-errors.ts';
import { connect, inMigration, inTransaction } from './postgres-transaction.ts';
import { gatherReads } from './postgres-reads.ts';
import { NodeWaker } from './postgres-wake.ts';
import { checkStatement, integer, statement } from './statement.ts';
import { createWakeHub } from './wake-hub.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly log?: Log;
  /** Connections for queries and interactive transactions. */
  readonly poolMax?: number;
  /** Groups of writes in flight, each on its own connection. */
  readonly lanes?: number;
  readonly random?: Random;
}

/** Not now(): that is the begin of the transaction, which a group shares. */
const NOW_MS = `(extract(epoch from clock_timestamp()) * 1000)::bigint`;
const VERSION_MIN = 150_000;
const POOL_MAX_DEFAULT = 10;
const LANES_DEFAULT = 2;
const BACKOFF_MS_STEP = 5;

function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'firebreak',
    connectionTimeoutMillis: LIMITS.storeConnectMsMax,
    statement_timeout: LIMITS.statementMsMax,
    idle_in_transaction_session_timeout: LIMITS.transactionMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** What is acknowledged must be on disk, also where the server's default says otherwise; stronger settings stay. */
const DURABLE = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off'`;
/** As in the other dialect, where queries have a connection that cannot write. */
const READ_ONLY = 'set default_transaction_read_only = on';

function createPool(url: string, max: number, setup: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(url),
    max,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it, its types do not say so
    onConnect: async (client) => {
      await client.query(setup);
    },
  });
  const note = (error: Error): void => {
    log.warn({ problem: messageOf(error) }, 'a connection to PostgreSQL was lost');
  };
  // Without these an idle or a busy connection that breaks would end the process.
  pool.on('error', note);
  pool.on('connect', (client) => {
    client.on('error', note);
  });
  return pool;
}

async function query(pool: pg.Pool, command: Statement): Promise<readonly Row[]> {
  checkStatement(command);
  for (let tries = 1; ; tries += 1) {
    const connection = await connect(pool);
    const outcome = await connection.send([command]).finally(connection.release);
    if (!('error' in outcome)) return outcome.results[0]?.rows ?? [];
    const failure = toFailure(outcome.error);
    if (!failure.retry || tries >= LIMITS.transactionAttemptsMax) throw failure.error;
  }
}

async function checkVersion(pool: pg.Pool): Promise<void> {
  const [row] = await query(
    pool,
    statement(`select current_setting('server_version_num')::integer as version`),
  );
  const found = row === undefined ? 0 : integer(row, 'version');
  if (found >= VERSION_MIN) return;
  const problem = `PostgreSQL 15 or later is needed, this is ${Math.floor(found / 10_000)}`;
  throw new FirebreakError('store-unavailable', { problem });
}

interface Pools {
  readonly reading: pg.Pool;
  readonly writing: pg.Pool;
}

async function endPools({ reading, writing }: Pools): Promise<void> {
  await Promise.all([reading.end(), writing.end()]);
}

/** The production store: any number of nodes share it. Behind a pooler it needs session pooling. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { url, log = silentLog, random = systemRandom } = options;
  const laneCount = options.lanes ?? LANES_DEFAULT;
  const pools: Pools = {
    reading: createPool(url, options.poolMax ?? POOL_MAX_DEFAULT, `${READ_ONLY};${DURABLE}`, log),
    writing: createPool(url, laneCount, DURABLE, log),
  };
  try {
    await checkVersion(pools.reading);
  } catch (error) {
    await endPools(pools);
    throw error;
  }
  const counters = { commits: 0, lists: 0, retries: 0 };
  const backOff = (attempt: number): Promise<void> =>
    sleep(realClock, 1 + randomInteger(random, attempt * BACKOFF_MS_STEP));
  const group = { pool: pools.writing, counters, backOff };
  const lanes = createLanes(laneCount, (lists) => commitGroup(group, lists));
  const read = gatherReads(pools.reading, (command) => query(pools.reading, command));
  const hub = createWakeHub(log);
  const waker = new NodeWaker(clientConfig(url), hub, log);
  let closing: Promise<void> | undefined;
  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new FirebreakError('store-closed');
  };
  const close = async (): Promise<void> => {
    await lanes.drained();
    hub.clear();
    await Promise.all([waker.close(), endPools(pools)]);
  };
  return {
    dialect: 'postgres',
    nowMsSql: NOW_MS,
    query: async (command, urgency = 'now') => {
      refuseWhenClosed();
      checkStatement(command);
      return urgency === 'background' ? query(pools.reading, command) : read(command);
    },
    write: async (commands, lane) => {
      refuseWhenClosed();
      commands.forEach(checkStatement);
      return commands.length === 0 ? [] : lanes.write(commands, lane);
    },
    transaction: async (work) => {
      refuseWhenClosed();
      return inTransaction(pools.reading, work, async (attempt) => {
        counters.retries += 1;
        await backOff(attempt);
      });
    },
    wake: (channel) => {
      hub.wake(channel);
      waker.wake(channel);
    },
    onWake: hub.onWake,
    lend: () => null,
    statistics: () => ({ ...counters, waiting: lanes.waiting() }),
    migrate: async (migrations, how) => {
      refuseWhenClosed();
      const exclusive = <Result>(work: (session: MigrationSession) => Promise<Result>) =>
        inMigration(pools.reading, work);
      await migrate({ dialect: 'postgres', nowMsSql: NOW_MS, exclusive }, migrations, how);
    },
    close: () => (closing ??= close()),
  };
}
