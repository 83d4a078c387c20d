import { FirebreakError } from '../kernel/index.ts';
import type { LentStore, Store } from './model.ts';
import { DirectReader, toWireError } from './sqlite-connection.ts';
import { Line, toError, toResult } from './sqlite-line.ts';
import type { WorkerReply } from './sqlite-protocol.ts';
import { checkStatement, translationOf } from './statement.ts';

const CACHE_KIB = 65_536;
const BUSY_TIMEOUT_MS = 5_000;

/** As much of a store as a thread of its own needs: it reads by itself, and asks the thread that writes. */
export type BorrowedStore = Pick<Store, 'dialect' | 'nowMsSql' | 'query' | 'write'>;

export function borrowStore({ file, nowMsSql, port }: LentStore): BorrowedStore {
  const line = new Line((request) => {
    port.postMessage(request);
  });
  port.on('message', (reply: WorkerReply) => {
    line.take(reply);
  });
  port.on('close', () => {
    line.die('the SQLite thread ended');
  });
  let reader: DirectReader | null = null;
  return {
    dialect: 'sqlite',
    nowMsSql,
    query: async (statement) => {
      checkStatement(statement);
      try {
        reader ??= new DirectReader({ file, cacheKib: CACHE_KIB, busyTimeoutMs: BUSY_TIMEOUT_MS });
        return reader.all(translationOf(statement.sql).sqlite, statement.params);
      } catch (error) {
        throw toError(toWireError(error));
      }
    },
    write: async (commands) => {
      commands.forEach(checkStatement);
      if (commands.length === 0) return [];
      const [outcome] = await line.write([commands]);
      if (outcome === undefined)
        throw new FirebreakError('internal-invariant', { invariant: 'each list has an outcome' });
      if ('error' in outcome) throw toError(outcome.error);
      return outcome.results.map(toResult);
    },
  };
}
