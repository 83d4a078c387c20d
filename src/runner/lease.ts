import { isFirebreakError, messageOf, realClock, stopPoint, type Log } from '../kernel/index.ts';
import { mayActUntil } from './decide.ts';
import type { Beat, Holder, StepStore } from './store.ts';

export interface LeaseEvents {
  /** The lease holds again, or anew: what waited for it may go on. */
  readonly renewed: () => void;
  /** Another node took this node's steps; nothing of the old epoch may be written any more. */
  readonly lost: () => void;
  /** Runs with every heartbeat that succeeded. */
  readonly beaten: (beat: Beat) => void;
}

export interface LeaseParts {
  readonly node: string;
  readonly steps: StepStore;
  readonly log: Log;
  readonly leaseMs: number;
  /** A second node on this store can only be a dead one: its process cannot hold the data directory any more. */
  readonly alone: boolean;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly events: LeaseEvents;
}

/** Time for the lease is real, whatever the domain's clock says: the database counts it. */
function after(ms: number, fire: () => void): () => void {
  return realClock.timer(realClock.nowMs() + ms, fire);
}

export class NodeLease {
  readonly #parts: LeaseParts;
  readonly #beatMs: number;
  #holder: Holder | null = null;
  /** The last one held. */
  #epoch = 0;
  #mayActUntilMs = 0;
  #evictFromMs = 0;
  #stopped = false;
  #beating: Promise<void> = Promise.resolve();
  #stopTimer = (): void => undefined;
  #waiting: (() => void)[] = [];

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#beatMs = Math.max(1, Math.round(parts.leaseMs / 3));
  }

  get holder(): Holder | null {
    return this.#holder;
  }

  isHeldBy(holder: Holder): boolean {
    return this.#holder?.epoch === holder.epoch;
  }

  /** True while no other node can believe that this one is gone. */
  mayAct(): boolean {
    return this.#holder !== null && this.#parts.monotonicMs() < this.#mayActUntilMs;
  }

  /** Waits until this very lease may act; false when it has ended. */
  async whenMayAct(holder: Holder): Promise<boolean> {
    while (this.isHeldBy(holder)) {
      if (this.mayAct()) return true;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return false;
  }

  async start(): Promise<void> {
    await this.#acquire();
    await this.#beat(this.#parts.alone ? 'everybody' : 'expired');
    this.#schedule(this.#beatMs);
  }

  /** Lets go of the lease, so that others need not wait for its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    await this.#beating;
    const holder = this.#holder;
    this.#holder = null;
    this.#wake();
    if (holder !== null) await this.#parts.steps.unregister(holder);
  }

  async #acquire(): Promise<void> {
    const { steps, node, leaseMs, monotonicMs } = this.#parts;
    const askedAtMs = monotonicMs();
    const epoch = await steps.register(node, leaseMs, this.#epoch);
    this.#epoch = epoch;
    this.#holder = { node, epoch };
    this.#mayActUntilMs = mayActUntil(askedAtMs, leaseMs);
  }

  #schedule(inMs: number): void {
    if (this.#stopped) return;
    this.#stopTimer = after(inMs, () => {
      this.#beating = this.#beatSafely().then((isWell) => {
        this.#schedule(isWell ? this.#beatMs : this.#beatMs / 4);
      });
    });
  }

  async #beatSafely(): Promise<boolean> {
    const { log, monotonicMs, leaseMs } = this.#parts;
    try {
      if (this.#holder === null) {
        await this.#acquire();
        this.#parts.events.renewed();
      } else {
        await this.#beat(monotonicMs() >= this.#evictFromMs ? 'expired' : 'nobody');
      }
      return true;
    } catch (error) {
      if (isFirebreakError(error, 'store-closed')) this.#stopped = true;
      // When the store was away, every lease has run out: the others get time to renew theirs before they are evicted.
      this.#evictFromMs = monotonicMs() + leaseMs * 2;
      log.warn({ problem: messageOf(error) }, 'the heartbeat of this node was not written');
      return false;
    }
  }

  async #beat(evict: 'nobody' | 'expired' | 'everybody'): Promise<void> {
    const { steps, leaseMs, nowMs, monotonicMs, events, log } = this.#parts;
    const holder = this.#holder;
    if (holder === null) return;
    const askedAtMs = monotonicMs();
    const beat = await steps.beat(holder, { leaseMs, nowMs: nowMs(), evict });
    if (!beat.renewed) {
      log.warn({ ...holder }, 'another node took over: the lease of this node had ended');
      this.#holder = null;
      this.#wake();
      events.lost();
      await this.#acquire();
      events.renewed();
      return;
    }
    const waited = !this.mayAct();
    this.#mayActUntilMs = mayActUntil(askedAtMs, leaseMs);
    if (beat.takenOver > 0) {
      stopPoint('after-takeover');
      log.info({ steps: beat.takenOver }, 'took over the steps of a node that is gone');
    }
    if (waited) {
      this.#wake();
      events.renewed();
    }
    events.beaten(beat);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
