import type { Pool } from 'pg';
import type { Row, Statement } from './model.ts';
import { toFailure } from './postgres-errors.ts';
import { connect } from './postgres-transaction.ts';

/** In one round trip: more would let a small reading wait for many others. */
const TOGETHER_MAX = 16;

interface Waiting {
  readonly command: Statement;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
}

async function settleAlone(
  waiting: readonly Waiting[],
  alone: (command: Statement) => Promise<readonly Row[]>,
): Promise<void> {
  await Promise.all(
    waiting.map(async ({ command, resolve, reject }) => {
      await alone(command).then(resolve, reject);
    }),
  );
}

/** What the server has answered counts; what follows a failure was skipped, and is asked again by itself. */
async function readTogether(
  pool: Pool,
  group: readonly Waiting[],
  alone: (command: Statement) => Promise<readonly Row[]>,
): Promise<void> {
  try {
    const connection = await connect(pool);
    const outcome = await connection
      .send(group.map(({ command }) => command))
      .finally(connection.release);
    for (const [place, { rows }] of outcome.results.entries()) group[place]?.resolve(rows);
    await settleAlone(group.slice(outcome.results.length), alone);
  } catch (error) {
    const failure = toFailure(error);
    for (const { reject } of group) reject(failure.error);
  }
}

/**
 * Readings that are asked for in one turn of the event loop share a connection and a round trip: on a busy node the
 * messages cost more than the readings.
 */
export function gatherReads(
  pool: Pool,
  alone: (command: Statement) => Promise<readonly Row[]>,
): (command: Statement) => Promise<readonly Row[]> {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += TOGETHER_MAX) {
      const group = all.slice(at, at + TOGETHER_MAX);
      if (group.length === 1) void settleAlone(group, alone);
      else void readTogether(pool, group, alone);
    }
  };
  return (command) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ command, resolve, reject });
    });
}
