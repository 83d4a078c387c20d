import { FirebreakError, messageOf } from '../kernel/index.ts';
import type { Command, CommandResult, Transaction } from './model.ts';

/** The view that `work` has of its transaction, the same in both dialects. */
export interface Interactive {
  readonly tx: Transaction;
  /** The first failure. A transaction that has failed once commits never, also when `work` swallows the error. */
  readonly failure: () => Error | undefined;
  /** Later calls are refused: they would land in somebody else's transaction. */
  readonly end: (reason: FirebreakError) => void;
}

export function createInteractive(
  execute: (command: Command) => Promise<CommandResult>,
): Interactive {
  let failure: Error | undefined;
  let over: FirebreakError | undefined;
  const run = async (command: Command): Promise<CommandResult> => {
    if (over !== undefined) throw over;
    if (failure !== undefined) throw failure;
    try {
      const result = await execute(command);
      if (command.rows !== undefined && command.rows !== result.count) {
        throw new FirebreakError('store-conflict', { wanted: command.rows, found: result.count });
      }
      return result;
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(messageOf(error));
      throw error;
    }
  };
  return {
    tx: { run, query: async (statement) => (await run(statement)).rows },
    failure: () => failure,
    end: (reason) => {
      over ??= reason;
    },
  };
}

/** Runs `work` until its time is over; the result of late work is dropped. */
export async function withinTime<Result>(
  work: Promise<Result>,
  limitMs: number,
  onLate: (error: FirebreakError) => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const problem = `no end after ${limitMs} ms`;
      const error = new FirebreakError('store-unavailable', { problem });
      onLate(error);
      reject(error);
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
