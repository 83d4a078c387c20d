import type { MessagePort } from 'node:worker_threads';
import { assert, FirebreakError } from '../kernel/index.ts';
import type { Command, CommandResult, Row, Statement } from './model.ts';
import type {
  ListOutcome,
  NewText,
  WireCommand,
  WireError,
  WireResult,
  WorkerReply,
  WorkerRequest,
} from './sqlite-protocol.ts';
import { translationOf } from './statement.ts';

/** Distinct SQL texts before numbering starts again. */
const TEXTS_MAX = 2_000;

export function toError(error: WireError): FirebreakError {
  return new FirebreakError(error.code, error.facts);
}

const NO_ROWS: readonly Row[] = [];

export function toResult(result: WireResult): CommandResult {
  return typeof result === 'number' ? { count: result, rows: NO_ROWS } : result;
}

type ReplyOf<Kind extends WorkerReply['kind']> = Extract<WorkerReply, { readonly kind: Kind }>;

function expectReply<Kind extends WorkerReply['kind']>(
  reply: WorkerReply,
  kind: Kind,
): ReplyOf<Kind> {
  assert(reply.kind === kind, `the SQLite thread answers ${kind}`);
  // The line before has compared the discriminant, which does not narrow a type parameter.
  return reply as ReplyOf<Kind>;
}

interface Pending {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: FirebreakError) => void;
}

/** What asks a SQLite thread, over its own port or one that was lent. Once dead it stays dead. */
export class Line {
  readonly #post: (request: WorkerRequest) => void;
  /** INVARIANT: the thread answers in order, one reply for each request. */
  readonly #pending: Pending[] = [];
  readonly #textIds = new Map<string, number>();
  #dead: string | undefined;

  constructor(post: (request: WorkerRequest) => void) {
    this.#post = post;
  }

  /** A reply has come. */
  take(message: WorkerReply): void {
    const next = this.#pending.shift();
    if (message.kind === 'failed') next?.reject(toError(message.error));
    else next?.resolve(message);
  }

  /** The reply that comes without a request, before all others. */
  greeted(): Promise<void> {
    return new Promise<WorkerReply>((resolve, reject) =>
      this.#pending.push({ resolve, reject }),
    ).then(() => undefined);
  }

  isDead(): boolean {
    return this.#dead !== undefined;
  }

  pendingCount(): number {
    return this.#pending.length;
  }

  async write(lists: readonly (readonly Command[])[]): Promise<readonly ListOutcome[]> {
    const texts = this.#beginMessage();
    const wire = lists.map((list) => list.map((command) => this.#encode(command, texts)));
    return expectReply(await this.#send({ kind: 'write', texts, lists: wire }), 'outcomes')
      .outcomes;
  }

  async query(statement: Statement): Promise<readonly Row[]> {
    const texts = this.#beginMessage();
    const command = this.#encode(statement, texts);
    return expectReply(await this.#send({ kind: 'query', texts, command }), 'rows').rows;
  }

  /** Inside a transaction that was begun with `order`. */
  async run(command: Command): Promise<CommandResult> {
    const texts = this.#beginMessage();
    const wire = this.#encode(command, texts);
    const reply = await this.#send({ kind: 'run', texts, command: wire });
    return toResult(expectReply(reply, 'result').result);
  }

  async order(kind: 'begin' | 'commit' | 'rollback' | 'close'): Promise<void> {
    await this.#send({ kind });
  }

  async exec(sql: string): Promise<void> {
    await this.#send({ kind: 'exec', sql });
  }

  async hand(port: MessagePort, returned: MessagePort): Promise<void> {
    await this.#send({ kind: 'lend', port, returned });
  }

  /** False when it was dead already. */
  die(problem: string): boolean {
    if (this.#dead !== undefined) return false;
    this.#dead = problem;
    for (const one of this.#pending.splice(0)) {
      one.reject(new FirebreakError('store-unavailable', { problem }));
    }
    return true;
  }

  #send(request: WorkerRequest): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      if (this.#dead !== undefined) {
        reject(new FirebreakError('store-unavailable', { problem: this.#dead }));
        return;
      }
      this.#pending.push({ resolve, reject });
      this.#post(request);
    });
  }

  /** The texts that the worker has not seen. Numbering starts again only here, between messages. */
  #beginMessage(): NewText[] {
    if (this.#textIds.size >= TEXTS_MAX) {
      this.#textIds.clear();
      // A dead worker fails the next request as well, which tells the caller.
      this.#send({ kind: 'forget' }).catch(() => undefined);
    }
    return [];
  }

  #encode(command: Command | Statement, news: NewText[]): WireCommand {
    let textId = this.#textIds.get(command.sql);
    if (textId === undefined) {
      textId = this.#textIds.size;
      this.#textIds.set(command.sql, textId);
      news.push([textId, translationOf(command.sql).sqlite]);
    }
    const { params } = command;
    const rows = 'rows' in command ? (command.rows ?? -1) : -1;
    return 'each' in command && command.each !== undefined
      ? [textId, params, rows, command.each]
      : [textId, params, rows];
  }
}
