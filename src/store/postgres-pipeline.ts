import type { ClientBase, Connection, Submittable } from 'pg';
import { assert, FirebreakError } from '../kernel/index.ts';
import type { Command, CommandResult, Row, Statement, Value } from './model.ts';

/** Distinct texts that one connection keeps prepared. */
const PREPARED_MAX = 500;

interface Field {
  readonly name: string;
  readonly parse: (text: string) => Value;
}

interface Prepared {
  readonly name: string;
  fields: readonly Field[];
}

/** What the server holds for one connection. */
interface ConnectionState {
  readonly prepared: Map<string, Prepared>;
  /** Names of which it is not known whether the server has them. To close what is not there is no error. */
  readonly doubtful: string[];
  lastNumber: number;
}

export interface PipelineResult extends CommandResult {
  /** `INSERT`, `COMMIT`, ...: what the server says that it did. */
  readonly tag: string;
}

export type PipelineOutcome =
  | { readonly results: readonly PipelineResult[] }
  | {
      /** Of the commands before the one that failed. */
      readonly results: readonly PipelineResult[];
      readonly error: unknown;
    };

function parseBytes(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), 'hex');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function parseInteger(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), 'an integer column holds what a number can hold exactly');
  return value;
}

const PARSERS: ReadonlyMap<number, (text: string) => Value> = new Map<
  number,
  (text: string) => Value
>([
  [16, (text) => (text === 't' ? 1 : 0)], // bool
  [17, parseBytes], // bytea
  [20, parseInteger], // int8
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [700, Number], // float4
  [701, Number], // float8
  [1700, Number], // numeric: what sum() makes of int8
]);

function toWire(value: Value): string | Buffer | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The parts of pg's connection that are used here; its published types ask for arguments that it ignores. */
interface Wire {
  readonly stream: { readonly cork: () => void; readonly uncork: () => void };
  readonly parse: (message: { readonly name: string; readonly text: string }) => void;
  readonly bind: (message: {
    readonly statement: string;
    readonly values: readonly (string | Buffer | null)[];
  }) => void;
  readonly describe: (message: { readonly type: 'P' }) => void;
  readonly execute: (message: object) => void;
  readonly close: (message: { readonly type: 'S'; readonly name: string }) => void;
  readonly sync: () => void;
  readonly sendCopyFail: (reason: string) => void;
}

const states = new WeakMap<object, ConnectionState>();

function stateOf(connection: object): ConnectionState {
  const known = states.get(connection);
  if (known !== undefined) return known;
  const made = { prepared: new Map(), doubtful: [], lastNumber: 0 };
  states.set(connection, made);
  return made;
}

const COUNT_AT_END = /(\d+)$/u;

/** Many statements and one Sync in one round trip. */
class Pipeline {
  readonly #commands: readonly (Statement | Command)[];
  readonly #settle: (outcome: PipelineOutcome) => void;
  readonly #results: PipelineResult[] = [];
  /** By text: where in this pipeline it is parsed. */
  readonly #parsedAt = new Map<string, number>();
  #state: ConnectionState | undefined;
  #rows: Row[] = [];
  #ownError: unknown;

  constructor(
    commands: readonly (Statement | Command)[],
    settle: (outcome: PipelineOutcome) => void,
  ) {
    this.#commands = commands;
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    // See Wire.
    const wire = connection as unknown as Wire;
    const state = stateOf(connection);
    this.#state = state;
    wire.stream.cork();
    try {
      this.#closeOld(wire, state);
      for (const [index, command] of this.#commands.entries()) {
        this.#send(wire, state, command, index);
      }
    } catch (error) {
      this.#ownError = error;
    } finally {
      // Always: without it the server would wait for more, and the connection would be lost.
      wire.sync();
      wire.stream.uncork();
    }
  }

  #closeOld(wire: Wire, state: ConnectionState): void {
    if (state.prepared.size >= PREPARED_MAX) {
      for (const { name } of state.prepared.values()) state.doubtful.push(name);
      state.prepared.clear();
    }
    for (const name of state.doubtful.splice(0)) wire.close({ type: 'S', name });
  }

  #send(wire: Wire, state: ConnectionState, { sql, params }: Statement, index: number): void {
    const values = params.map(toWire);
    let prepared = state.prepared.get(sql);
    const isNew = prepared === undefined;
    if (prepared === undefined) {
      state.lastNumber += 1;
      prepared = { name: `f${state.lastNumber}`, fields: [] };
      state.prepared.set(sql, prepared);
      this.#parsedAt.set(sql, index);
      wire.parse({ name: prepared.name, text: sql });
    }
    wire.bind({ statement: prepared.name, values });
    // Asked once: the answer belongs to the statement and stays with it.
    if (isNew) wire.describe({ type: 'P' });
    wire.execute({});
  }

  #current(): Prepared | undefined {
    const command = this.#commands[this.#results.length];
    return command === undefined ? undefined : this.#state?.prepared.get(command.sql);
  }

  learnFields(message: {
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  }): void {
    const prepared = this.#current();
    if (prepared === undefined) return;
    prepared.fields = message.fields.map(({ name, dataTypeID }) => ({
      name,
      parse: PARSERS.get(dataTypeID) ?? ((text) => text),
    }));
  }

  takeRow(message: { readonly fields: readonly (string | null)[] }): void {
    // An exception here would end the process: it comes out of the socket.
    try {
      const row: Record<string, Value> = {};
      this.#current()?.fields.forEach(({ name, parse }, index) => {
        const text = message.fields[index] ?? null;
        row[name] = text === null ? null : parse(text);
      });
      this.#rows.push(row);
    } catch (error) {
      this.#ownError ??= error;
    }
  }

  finishCommand(message: { readonly text: string }): void {
    const count = Number(COUNT_AT_END.exec(message.text)?.[1] ?? 0);
    this.#results.push({ count, rows: this.#rows, tag: message.text.split(' ', 1)[0] ?? '' });
    this.#rows = [];
  }

  finishEmpty(): void {
    this.finishCommand({ text: '' });
  }

  refusePaging(): void {
    this.#ownError ??= new FirebreakError('internal-invariant', {
      invariant: 'every row is fetched at once',
    });
  }

  refuseCopy(connection: Connection): void {
    // See Wire.
    (connection as unknown as Wire).sendCopyFail('not supported here');
  }

  dropCopy(): void {
    this.#ownError ??= new FirebreakError('internal-invariant', {
      invariant: 'no statement is a COPY',
    });
  }

  fail(error: unknown): void {
    const failedAt = this.#results.length;
    // The server has skipped what follows the failure; whether it parsed the failed one is unknown.
    for (const [sql, index] of this.#parsedAt) {
      if (index < failedAt) continue;
      const prepared = this.#state?.prepared.get(sql);
      if (prepared !== undefined && index === failedAt) this.#state?.doubtful.push(prepared.name);
      this.#state?.prepared.delete(sql);
    }
    this.#settle({ results: this.#results, error: this.#ownError ?? error });
  }

  finish(): void {
    if (this.#ownError === undefined) this.#settle({ results: this.#results });
    else this.#settle({ results: this.#results, error: this.#ownError });
  }
}

/** In the form that pg calls back: its Submittable, the door that pg-cursor uses. COPY data has no place in a row. */
function toSubmittable(work: Pipeline): Submittable {
  const submittable = {
    submit: work.submit.bind(work),
    handleRowDescription: work.learnFields.bind(work),
    handleDataRow: work.takeRow.bind(work),
    handleCommandComplete: work.finishCommand.bind(work),
    handleEmptyQuery: work.finishEmpty.bind(work),
    handlePortalSuspended: work.refusePaging.bind(work),
    handleCopyInResponse: work.refuseCopy.bind(work),
    handleCopyData: work.dropCopy.bind(work),
    handleError: work.fail.bind(work),
    handleReadyForQuery: work.finish.bind(work),
  };
  return submittable;
}

/** Never rejects. A server that does not answer in time loses the connection, so that nobody waits for ever. */
export function pipeline(
  client: ClientBase,
  commands: readonly (Statement | Command)[],
  limitMs: number,
): Promise<PipelineOutcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      // pg has no public way to cut a connection at once.
      const { connection } = client as unknown as {
        readonly connection: { readonly stream: { readonly destroy: (error: Error) => void } };
      };
      connection.stream.destroy(new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
    const settle = (outcome: PipelineOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    client.query(toSubmittable(new Pipeline(commands, settle)));
  });
}
