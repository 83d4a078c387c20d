import { createPushableClock, type Clock, type PushableClock } from '../../../src/kernel/index.ts';

export type Duration = `${number} ms` | `${number} s` | `${number} min` | `${number} h`;

const UNITS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;

export function msOf(duration: Duration): number {
  const [amount, unit] = duration.split(' ');
  // The type lets nothing else through.
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** A pushed clock that knows when its next timer falls due, so that time moves from one event to the next. */
export interface StoryClock extends PushableClock {
  /** Infinity when nothing is waiting. */
  readonly nextMs: () => number;
}

export function createStoryClock(): StoryClock {
  const clock = createPushableClock();
  const waiting = new Set<{ readonly atMs: number }>();
  return {
    ...clock,
    timer: (atMs, fire) => {
      const entry = { atMs };
      waiting.add(entry);
      const stop = clock.timer(atMs, () => {
        waiting.delete(entry);
        fire();
      });
      return () => {
        waiting.delete(entry);
        stop();
      };
    },
    nextMs: () => {
      let next = Infinity;
      for (const { atMs } of waiting) next = Math.min(next, atMs);
      return next;
    },
  };
}

/** The clock of one node: what it waits for dies with it. */
export function clockOfNode(clock: Clock, isAlive: () => boolean): Clock {
  return {
    nowMs: clock.nowMs,
    timer: (atMs, fire) =>
      clock.timer(atMs, () => {
        if (isAlive()) fire();
      }),
  };
}
