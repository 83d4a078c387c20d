import { LIMITS } from '../kernel/index.ts';

interface Versioned {
  readonly id: string;
  /** How many entries it was made of: of two states of one thing, the higher one is the newer. */
  readonly ordinal: number;
}

/**
 * States in memory, the least recently kept ones leaving first. INVARIANT: an older state never takes the place of a
 * newer one, whichever order reads and writes come back in: whoever acts on what is here acts on what is written.
 */
export class States<State extends Versioned> {
  readonly #kept = new Map<string, State>();
  readonly #writing = new Map<string, Promise<unknown>>();
  #forgotten = 0;

  get(id: string): State | undefined {
    return this.#kept.get(id);
  }

  /** Gives back the newer one of what was here and what comes. */
  keep(state: State): State {
    const { id } = state;
    const known = this.#kept.get(id);
    const newest = known !== undefined && known.ordinal > state.ordinal ? known : state;
    this.#kept.delete(id);
    this.#kept.set(id, newest);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > LIMITS.incidentsCachedMax && oldest !== undefined) {
      this.#kept.delete(oldest);
    }
    return newest;
  }

  forget(id: string): void {
    this.#kept.delete(id);
    this.#forgotten += 1;
  }

  /** Reads it; what was forgotten meanwhile may have been forgotten for being older than what is written by now. */
  async load(read: () => Promise<State | null>): Promise<State | null> {
    const before = this.#forgotten;
    const state = await read();
    return state === null || this.#forgotten !== before ? state : this.keep(state);
  }

  /** Writes a new state of `id` and keeps it. Writes of one id take turns with each other; whoever calls sees to that. */
  async write(state: State, write: () => Promise<void>): Promise<void> {
    const writing = write().then(() => {
      this.keep(state);
    });
    this.#writing.set(state.id, writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(state.id);
    }
  }

  /** Waits for a write that is under way: its steps may be seen in the store before its state is kept here. */
  async written(id: string): Promise<void> {
    await this.#writing.get(id)?.catch(() => undefined);
  }
}
