import { FirebreakError, LIMITS, sleep, type Clock, type Log } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import type { SealedEntry } from './model.ts';
import { readHead, readSealedEntries } from './store.ts';

/** Called once for each entry, in order; the next one waits until it resolves. */
export type EntryListener = (entry: SealedEntry) => void | Promise<void>;

export interface FeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Feed {
  /** Every sealed entry from `position` on, without gaps, until stopped. Resumable: ask again from the next one. */
  readonly follow: (position: number, listener: EntryListener) => () => void;
  /** Something may have been sealed, here or elsewhere. */
  readonly advance: () => void;
  readonly start: () => void;
  readonly stop: () => void;
}

export const SEALED = 'ledger.sealed';

interface Follower {
  next: number;
  readonly listener: EntryListener;
  readonly ended: AbortController;
}

function createSignal(): { readonly wait: () => Promise<void>; readonly fire: () => void } {
  let current = Promise.withResolvers<void>();
  return {
    wait: () => current.promise,
    fire: () => {
      const { resolve } = current;
      current = Promise.withResolvers<void>();
      resolve();
    },
  };
}

/**
 * One reader for all followers: what was sealed last is read once and handed to everybody from memory; who lags
 * behind reads the store for itself.
 */
class SharedFeed implements Feed {
  readonly #options: FeedOptions;
  readonly #followers = new Set<Follower>();
  readonly #changed = createSignal();
  /** Entries [#end - length, #end); #end is null until somebody follows. */
  #tail: SealedEntry[] = [];
  #end: number | null = null;
  #isLoading = false;
  #isAgain = false;
  #isStopped = false;
  #offWake: () => void = () => undefined;
  #offTimer: () => void = () => undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  readonly start = (): void => {
    this.#isStopped = false;
    this.#offWake = this.#options.store.onWake(SEALED, this.advance);
    this.#poll();
  };

  readonly stop = (): void => {
    this.#isStopped = true;
    this.#offWake();
    this.#offTimer();
    for (const follower of this.#followers) follower.ended.abort();
    this.#changed.fire();
  };

  readonly follow = (position: number, listener: EntryListener): (() => void) => {
    const limit = LIMITS.eventListenersMax;
    if (this.#followers.size >= limit) {
      throw new FirebreakError('ledger-followers-many', { limit });
    }
    const follower = { next: position, listener, ended: new AbortController() };
    this.#followers.add(follower);
    void this.#serve(follower);
    // Nothing was read while nobody followed.
    this.advance();
    return () => {
      follower.ended.abort();
      this.#changed.fire();
    };
  };

  readonly advance = (): void => {
    if (this.#followers.size === 0 || this.#isStopped) return;
    this.#isAgain = true;
    if (!this.#isLoading) void this.#load();
  };

  /** Wake-ups are hints; this makes a lost one harmless. */
  #poll(): void {
    const { clock } = this.#options;
    this.#offTimer = clock.timer(clock.nowMs() + LIMITS.sealIntervalMs, () => {
      this.advance();
      this.#poll();
    });
  }

  async #load(): Promise<void> {
    const { store, log } = this.#options;
    this.#isLoading = true;
    try {
      while (this.#isAgain) {
        this.#isAgain = false;
        const end = await this.#endOfTail();
        const read = await readSealedEntries(store, end, LIMITS.pageRowsMax);
        this.#end = end + read.length;
        this.#tail = [...this.#tail, ...read].slice(-LIMITS.ledgerTailEntriesMax);
        if (read.length === LIMITS.pageRowsMax) this.#isAgain = true;
        if (read.length > 0) this.#changed.fire();
      }
    } catch (error) {
      log.warn({ err: error }, 'new ledger entries cannot be read yet');
    } finally {
      this.#isLoading = false;
    }
  }

  async #serve(follower: Follower): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = follower.ended;
    while (!signal.aborted) {
      // Taken before reading: what is sealed in between fires it.
      const changed = this.#changed.wait();
      try {
        const entries = await this.#read(follower.next);
        if (entries.length === 0) await changed;
        else await this.#hand(follower, entries);
      } catch (error) {
        log.warn({ err: error }, 'the ledger cannot be read for a follower; trying again');
        await sleep(clock, LIMITS.sealIntervalMs, signal);
      }
    }
    this.#followers.delete(follower);
  }

  async #read(next: number): Promise<readonly SealedEntry[]> {
    const end = await this.#endOfTail();
    const first = end - this.#tail.length;
    if (next >= end) return [];
    if (next >= first) return this.#tail.slice(next - first);
    return await readSealedEntries(this.#options.store, next, LIMITS.pageRowsMax);
  }

  async #endOfTail(): Promise<number> {
    if (this.#end !== null) return this.#end;
    const { size } = await readHead(this.#options.store);
    // Another call may have set it while this one was reading.
    return (this.#end ??= size);
  }

  async #hand(follower: Follower, entries: readonly SealedEntry[]): Promise<void> {
    for (const entry of entries) {
      if (follower.ended.signal.aborted) return;
      try {
        await follower.listener(entry);
      } catch (error) {
        this.#options.log.warn({ err: error }, 'a follower of the ledger failed and was let go');
        follower.ended.abort();
        return;
      }
      follower.next = entry.position + 1;
    }
  }
}

export function createFeed(options: FeedOptions): Feed {
  return new SharedFeed(options);
}
