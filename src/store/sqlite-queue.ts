import { FirebreakError, LIMITS } from '../kernel/index.ts';
import type { Command, CommandResult } from './model.ts';
import type { Channel } from './sqlite-channel.ts';
import { toError, toResult } from './sqlite-line.ts';
import { checkStatement } from './statement.ts';

interface WaitingList {
  readonly kind: 'list';
  readonly commands: readonly Command[];
  readonly resolve: (results: readonly CommandResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Has the writer for itself, behind what came before it. */
interface WaitingExclusive {
  readonly kind: 'exclusive';
  readonly run: () => Promise<void>;
}

export interface Counters {
  commits: number;
  lists: number;
}

/** One batch in flight to the writer; what arrives meanwhile shares the next. */
export class WriteQueue {
  readonly #getWriter: () => Channel;
  readonly #counters: Counters;
  readonly #queue: (WaitingList | WaitingExclusive)[] = [];
  readonly #drains: (() => void)[] = [];
  #running = false;

  constructor(getWriter: () => Channel, counters: Counters) {
    this.#getWriter = getWriter;
    this.#counters = counters;
  }

  write(commands: readonly Command[]): Promise<readonly CommandResult[]> {
    return new Promise((resolve, reject) => {
      commands.forEach(checkStatement);
      this.#enqueue({ kind: 'list', commands, resolve, reject });
    });
  }

  exclusive<Result>(work: (writer: Channel) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve(await work(this.#getWriter()));
        } catch (error) {
          reject(error);
        }
      };
      this.#enqueue({ kind: 'exclusive', run });
    });
  }

  waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running) this.#drains.push(resolve);
      else resolve();
    });
  }

  #enqueue(item: WaitingList | WaitingExclusive): void {
    if (this.#queue.length >= LIMITS.groupQueueMax) {
      throw new FirebreakError('store-busy', { limit: LIMITS.groupQueueMax });
    }
    this.#queue.push(item);
    if (this.#running) return;
    this.#running = true;
    // What arrives in the same turn of the event loop shares the group.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (head.kind === 'list') {
        await this.#commit(this.#takeGroup(head));
      } else {
        this.#queue.shift();
        await head.run();
      }
    }
    this.#running = false;
    for (const drain of this.#drains.splice(0)) drain();
  }

  #takeGroup(first: WaitingList): readonly WaitingList[] {
    const group = [first];
    while (group.length < LIMITS.groupListsMax) {
      const next = this.#queue[group.length];
      if (next?.kind !== 'list') break;
      group.push(next);
    }
    this.#queue.splice(0, group.length);
    return group;
  }

  async #commit(group: readonly WaitingList[]): Promise<void> {
    try {
      const outcomes = await this.#getWriter().write(group.map(({ commands }) => commands));
      this.#counters.commits += 1;
      this.#counters.lists += group.length;
      outcomes.forEach((outcome, index) => {
        if ('error' in outcome) group[index]?.reject(toError(outcome.error));
        else group[index]?.resolve(outcome.results.map(toResult));
      });
    } catch (error) {
      for (const one of group) one.reject(error);
    }
  }
}
