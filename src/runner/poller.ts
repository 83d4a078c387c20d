import {
  isFirebreakError,
  messageOf,
  realClock,
  stopPoint,
  type Clock,
  type Log,
} from '../kernel/index.ts';
import { PRIORITY, type Priority, type Step } from './model.ts';
import type { Holder, StepStore } from './store.ts';

export interface PollerParts {
  readonly steps: StepStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Null while this node may not act. */
  readonly holder: () => Holder | null;
  /** The priorities for which this node has room. */
  readonly room: () => readonly Priority[];
  readonly claimed: (steps: readonly Step[], holder: Holder) => void;
  /** Nothing is being fetched any more. */
  readonly rested: () => void;
}

/** Timers that fall due within this time are claimed together. */
const SPACING_MS = 10;
const RETRY_MS = 500;

export const PRIORITIES: readonly Priority[] = Object.values(PRIORITY);

/**
 * Fetches due steps from the store: when a timer falls due, when there is room again, when another node hints, and
 * with each heartbeat as the safety net. Between those it does nothing at all.
 */
export class Poller {
  readonly #parts: PollerParts;
  #polling: Promise<void> | null = null;
  #again = false;
  #stopped = true;
  #armedMs = Infinity;
  #disarm = (): void => undefined;
  #polledMs = -Infinity;
  #cancelSoon: (() => void) | null = null;

  constructor(parts: PollerParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#polling !== null || this.#cancelSoon !== null;
  }

  start(): void {
    this.#stopped = false;
    this.poke();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#disarm();
    this.#cancelSoon?.();
    this.#cancelSoon = null;
    await this.#polling;
  }

  /** Polls now; while a poll runs, once more after it. */
  poke(): void {
    if (this.#stopped) return;
    if (this.#polling !== null) {
      this.#again = true;
      return;
    }
    this.#polling = this.#poll().finally(() => {
      this.#polling = null;
      if (!this.#again) {
        this.#parts.rested();
        return;
      }
      this.#again = false;
      this.poke();
    });
  }

  /** Polls shortly; many calls become one poll. */
  pokeSoon(): void {
    if (this.#stopped || this.#cancelSoon !== null) return;
    this.#cancelSoon = realClock.timer(realClock.nowMs() + SPACING_MS, () => {
      this.#cancelSoon = null;
      this.poke();
    });
  }

  /** Makes sure of a poll at that time. */
  arm(dueAtMs: number): void {
    if (this.#stopped || dueAtMs >= this.#armedMs) return;
    this.#disarm();
    this.#armedMs = dueAtMs;
    this.#disarm = this.#parts.clock.timer(Math.max(dueAtMs, this.#polledMs + SPACING_MS), () => {
      this.#armedMs = Infinity;
      this.poke();
    });
  }

  async #poll(): Promise<void> {
    const { steps, clock, log } = this.#parts;
    try {
      await this.#claimWhatFits();
      const afterMs = clock.nowMs();
      this.#polledMs = afterMs;
      const nextMs = await steps.nextDueMs(afterMs);
      if (nextMs !== null) this.arm(nextMs);
    } catch (error) {
      if (isFirebreakError(error, 'store-closed') || this.#stopped) return;
      log.warn({ problem: messageOf(error) }, 'due steps could not be fetched');
      realClock.timer(realClock.nowMs() + RETRY_MS, () => {
        this.poke();
      });
    }
  }

  async #claimWhatFits(): Promise<void> {
    const { steps, clock } = this.#parts;
    for (;;) {
      const holder = this.#parts.holder();
      const priorities = this.#parts.room();
      if (this.#stopped || holder === null || priorities.length === 0) return;
      stopPoint('before-claim');
      const claim = await steps.claim(holder, clock.nowMs(), priorities);
      if (claim.steps.length > 0) this.#parts.claimed(claim.steps, holder);
      if (!claim.more) return;
    }
  }
}
