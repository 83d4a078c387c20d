import { LIMITS } from '../kernel/index.ts';
import type { Row, Statement } from './model.ts';
import { DirectReader } from './sqlite-connection.ts';
import { checkStatement, translationOf } from './statement.ts';

const CACHE_KIB = 32_768;

export interface PointReader {
  /** Null = it is for the thread that reads: too much, or this connection cannot now. */
  readonly read: (statement: Statement) => readonly Row[] | null;
  readonly close: () => void;
}

function isShort({ params }: Statement): boolean {
  let length = 0;
  for (const param of params) if (typeof param === 'string') length += param.length;
  return length <= LIMITS.storePointParameterLengthMax;
}

/**
 * A few rows by their key cost some 20 us here. Asked of another thread they cost the waking of two threads, and while an
 * import keeps all cores busy each of these takes milliseconds.
 */
export function createPointReader(file: string): PointReader {
  let reader: DirectReader | null = null;
  return {
    read: (statement) => {
      if (!isShort(statement)) return null;
      checkStatement(statement);
      try {
        // Whoever holds a lock is not waited for here.
        reader ??= new DirectReader({ file, cacheKib: CACHE_KIB, busyTimeoutMs: 0 });
        const { sqlite } = translationOf(statement.sql);
        return reader.few(sqlite, statement.params, LIMITS.storePointRowsMax);
      } catch {
        // The thread that reads tries it again, and its failure has a reason that callers know.
        return null;
      }
    },
    close: () => {
      reader?.close();
    },
  };
}
