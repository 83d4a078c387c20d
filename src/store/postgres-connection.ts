import type { Pool, PoolClient } from 'pg';
import { LIMITS } from '../kernel/index.ts';
import type { Command, Statement } from './model.ts';
import { toFailure } from './postgres-errors.ts';
import { pipeline } from './postgres-pipeline.ts';
import type { PipelineOutcome } from './postgres-pipeline.ts';
import { statement } from './statement.ts';

const ROLLBACK = statement('rollback');
/** The server's own time limit fires first; this one is for a server or a network that says nothing more. */
const SILENCE_MS_MAX = LIMITS.statementMsMax + LIMITS.storeConnectMsMax;

/** A connection for one piece of work; given back once, broken ones are not used again. */
export interface CheckedOut {
  readonly client: PoolClient;
  readonly send: (commands: readonly (Statement | Command)[]) => Promise<PipelineOutcome>;
  readonly rollback: () => Promise<void>;
  /** After this the pool replaces the connection. */
  readonly spoil: () => void;
  readonly release: () => void;
}

export async function checkOut(pool: Pool): Promise<CheckedOut> {
  const client = await pool.connect();
  let spoiled = false;
  const send = async (commands: readonly (Statement | Command)[]): Promise<PipelineOutcome> => {
    const outcome = await pipeline(client, commands, SILENCE_MS_MAX);
    if ('error' in outcome && toFailure(outcome.error).reconnect) spoiled = true;
    return outcome;
  };
  return {
    client,
    send,
    rollback: async () => {
      if (spoiled) return;
      const outcome = await send([ROLLBACK]);
      if ('error' in outcome) spoiled = true;
    },
    spoil: () => {
      spoiled = true;
    },
    release: () => {
      client.release(spoiled);
    },
  };
}
