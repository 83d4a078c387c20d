import type { Pool } from 'pg';
import { FirebreakError, LIMITS } from '../kernel/index.ts';
import type { WaitingList } from './lanes.ts';
import type { Command, CommandResult, Statement } from './model.ts';
import { checkOut } from './postgres-connection.ts';
import type { CheckedOut } from './postgres-connection.ts';
import { toFailure } from './postgres-errors.ts';
import type { PipelineResult } from './postgres-pipeline.ts';
import { statement } from './statement.ts';

const BEGIN = statement('begin isolation level read committed read write');
const COMMIT = statement('commit');
/** The first key of our advisory locks for serial names; migrations use another. */
const TURNS = 0x66_62;
/** A group that keeps failing is split to the bottom: one list a commit. */
const REFUSALS_MAX = 3;

export interface GroupContext {
  readonly pool: Pool;
  readonly counters: { commits: number; lists: number; retries: number };
  /** Waits before try number `attempt`. */
  readonly backOff: (attempt: number) => Promise<void>;
}

/** Waits for the turn of every serial name before anything else is locked, in one order on every node. */
function turnsOf(commands: readonly Command[]): readonly Statement[] {
  const names = new Set(commands.flatMap(({ serial }) => serial ?? []));
  return [...names]
    .toSorted()
    .map((name) => statement('select pg_advisory_xact_lock($1, hashtext($2))', TURNS, name));
}

type Attempt =
  | { readonly kind: 'committed'; readonly results: readonly (readonly CommandResult[])[] }
  /** Nothing was written, because of this list. */
  | { readonly kind: 'refused'; readonly list: number; readonly error: FirebreakError }
  /** Nothing was written; the commit itself was refused, and it is not known because of which list. */
  | { readonly kind: 'split'; readonly error: FirebreakError }
  | { readonly kind: 'again'; readonly error: FirebreakError }
  /** What became of it is not known, or the database is away. */
  | { readonly kind: 'lost'; readonly error: FirebreakError };

/** `failedAt` counts the commands of the lists; below 0 it was what opens the transaction. */
function toAttempt(failedAt: number, error: unknown, starts: readonly number[]): Attempt {
  const failure = toFailure(error);
  if (failure.retry) return { kind: 'again', error: failure.error };
  if (failure.reconnect || failedAt < 0) return { kind: 'lost', error: failure.error };
  return { kind: 'refused', list: listOf(failedAt, starts), error: failure.error };
}

/** `starts[n]` is the place of list n's first command. */
function listOf(command: number, starts: readonly number[]): number {
  return starts.findLastIndex((start) => start <= command);
}

function firstMismatch(
  commands: readonly Command[],
  results: readonly PipelineResult[],
): { readonly at: number; readonly error: FirebreakError } | undefined {
  for (const [at, { count: found }] of results.entries()) {
    const rows = commands[at]?.rows;
    if (rows !== undefined && rows !== found) {
      return { at, error: new FirebreakError('store-conflict', { wanted: rows, found }) };
    }
  }
  return undefined;
}

async function attempt(connection: CheckedOut, lists: readonly WaitingList[]): Promise<Attempt> {
  const starts: number[] = [];
  const commands: Command[] = [];
  for (const list of lists) {
    starts.push(commands.length);
    commands.push(...list.commands);
  }
  const opening = [BEGIN, ...turnsOf(commands)];
  const sent: readonly (Statement | Command)[] = [...opening, ...commands];
  const outcome = await connection.send(sent);
  const results = outcome.results.slice(opening.length);
  // Before the error: the database went on after a wrong count, and may have failed only because of that.
  const mismatch = firstMismatch(commands, results);
  if (mismatch !== undefined) {
    await connection.rollback();
    return { kind: 'refused', list: listOf(mismatch.at, starts), error: mismatch.error };
  }
  if ('error' in outcome) {
    await connection.rollback();
    return toAttempt(outcome.results.length - opening.length, outcome.error, starts);
  }
  const committed = await connection.send([COMMIT]);
  if ('error' in committed) return commitFailed(committed.error);
  if (committed.results[0]?.tag !== 'COMMIT') {
    const invariant = 'a transaction without a failed statement commits';
    return { kind: 'lost', error: new FirebreakError('internal-invariant', { invariant }) };
  }
  return {
    kind: 'committed',
    results: lists.map((list, index) => {
      const start = starts[index] ?? 0;
      return results.slice(start, start + list.commands.length).map(withoutTag);
    }),
  };
}

function withoutTag({ count, rows }: PipelineResult): CommandResult {
  return { count, rows };
}

function commitFailed(error: unknown): Attempt {
  const failure = toFailure(error);
  if (failure.retry) return { kind: 'again', error: failure.error };
  // A deferred constraint is checked only now.
  const kind = failure.error.code === 'store-constraint' ? 'split' : 'lost';
  return { kind, error: failure.error };
}

async function attemptWithRetries(
  context: GroupContext,
  lists: readonly WaitingList[],
): Promise<Attempt> {
  for (let tries = 1; ; tries += 1) {
    const result = await attemptOnce(context, lists);
    if (result.kind !== 'again') return result;
    if (tries >= LIMITS.transactionAttemptsMax) return { kind: 'split', error: result.error };
    context.counters.retries += 1;
    await context.backOff(tries);
  }
}

async function attemptOnce(context: GroupContext, lists: readonly WaitingList[]): Promise<Attempt> {
  let connection: CheckedOut;
  try {
    connection = await checkOut(context.pool);
  } catch (error) {
    return { kind: 'lost', error: toFailure(error).error };
  }
  try {
    return await attempt(connection, lists);
  } finally {
    connection.release();
  }
}

function rejectAll(lists: readonly WaitingList[], error: FirebreakError): void {
  for (const list of lists) list.reject(error);
}

/**
 * Commits the lists in their order and settles each. A list is refused only against what is committed: when one fails
 * in a group, those before it are committed first, then it is tried alone.
 */
export async function commitGroup(
  context: GroupContext,
  lists: readonly WaitingList[],
  refusals = 0,
): Promise<void> {
  if (lists.length === 0) return;
  const result = await attemptWithRetries(context, lists);
  switch (result.kind) {
    case 'committed':
      context.counters.commits += 1;
      context.counters.lists += lists.length;
      lists.forEach((list, index) => {
        list.resolve(result.results[index] ?? []);
      });
      return;
    case 'lost':
      rejectAll(lists, result.error);
      return;
    case 'refused':
      if (lists.length === 1) rejectAll(lists, result.error);
      else await commitAround(context, lists, result.list, refusals + 1);
      return;
    case 'split':
    case 'again':
      if (lists.length === 1) rejectAll(lists, result.error);
      else await commitEach(context, lists);
      return;
  }
}

async function commitEach(context: GroupContext, lists: readonly WaitingList[]): Promise<void> {
  for (const list of lists) await commitGroup(context, [list]);
}

async function commitAround(
  context: GroupContext,
  lists: readonly WaitingList[],
  bad: number,
  refusals: number,
): Promise<void> {
  if (refusals > REFUSALS_MAX) {
    await commitEach(context, lists);
    return;
  }
  await commitGroup(context, lists.slice(0, bad), refusals);
  await commitGroup(context, lists.slice(bad, bad + 1), refusals);
  await commitGroup(context, lists.slice(bad + 1), refusals);
}
