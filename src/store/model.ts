import type { MessagePort } from 'node:worker_threads';

/** What can be bound to a parameter and what comes back in a column. Times are integers of milliseconds, JSON is text. */
export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

/**
 * One SQL text for both dialects, in their common subset: `$1, $2, ...` parameters, `insert ... on conflict`,
 * `update ... returning`, `with`. The texts of a word live in that word's store.ts.
 */
export interface Statement {
  readonly sql: string;
  readonly params: readonly Value[];
}

export interface Command extends Statement {
  /** The exact number of rows it must touch; any other number takes the whole list back with `store-conflict`. */
  readonly rows?: number;
  /**
   * A JSON list of lists: the statement runs once for each of them, with its values as the first parameters and
   * `params` after them. One text crosses to the thread that writes. Only the embedded store knows it; PostgreSQL takes
   * a JSON parameter apart by itself.
   */
  readonly each?: string;
  /**
   * Commands of one name run one after the other, on every node: whoever counts or numbers sees what went before. Such
   * names are taken in one order, so that two writes never wait for each other.
   */
  readonly serial?: string;
}

/**
 * `background`: long readings that nobody waits for; who does wait must not stand behind them. `point`: a few rows by
 * their key, for which somebody waits; the embedded store reads them at once, in the thread that asks.
 */
export type Urgency = 'point' | 'now' | 'background';

export interface CommandResult {
  readonly count: number;
  /** Filled by `returning`. */
  readonly rows: readonly Row[];
}

/** An interactive transaction: for rare, careful work. Hot paths use `write`. */
export interface Transaction {
  readonly query: (statement: Statement) => Promise<readonly Row[]>;
  readonly run: (command: Command) => Promise<CommandResult>;
}

export interface Migration {
  /** `2026-11-20-incident`: dated, unique, applied in this order, never edited. */
  readonly id: string;
  /** Statements separated by `;` at line ends. A string serves both dialects. */
  readonly sql: string | { readonly sqlite: string; readonly postgres: string };
}

export type Dialect = 'sqlite' | 'postgres';

export interface StoreStatistics {
  readonly commits: number;
  readonly lists: number;
  readonly waiting: number;
  readonly retries: number;
}

/** What goes to another thread, which makes a store of it with `borrowStore`. */
export interface LentStore {
  readonly file: string;
  readonly nowMsSql: string;
  /** To the thread that writes. */
  readonly port: MessagePort;
}

export interface Loan {
  readonly lent: LentStore;
  /** The thread has ended, and everything that it asked for is written. */
  readonly returned: Promise<void>;
}

export interface Store {
  readonly dialect: Dialect;
  /** SQL for the database's own clock in integer milliseconds: leases must not trust a node's clock. */
  readonly nowMsSql: string;
  /** Sees everything that was acknowledged before the call. */
  readonly query: (statement: Statement, urgency?: Urgency) => Promise<readonly Row[]>;
  /**
   * All or nothing, durable when it resolves. Concurrent lists share commits; a list that fails never harms its
   * neighbours. Lists of one `lane` commit in the order of their calls.
   */
  readonly write: (
    commands: readonly Command[],
    lane?: string,
  ) => Promise<readonly CommandResult[]>;
  /** Serialisable; `work` is run again, from its start, when the database reports a serialisation failure. */
  readonly transaction: <Value>(work: (tx: Transaction) => Promise<Value>) => Promise<Value>;
  /** A hint to every node (at most once, may be lost): something on this channel has changed. */
  readonly wake: (channel: string) => void;
  readonly onWake: (channel: string, listener: () => void) => () => void;
  /**
   * Reading and writing for a thread of its own, so that what it moves does not pass through the thread that answers.
   * Null where the store cannot: the thread has to be answered by the one that began it.
   */
  readonly lend: () => Loan | null;
  readonly statistics: () => StoreStatistics;
  readonly migrate: (
    migrations: readonly Migration[],
    options: { readonly apply: boolean },
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}
