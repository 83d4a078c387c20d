/** Time is an argument everywhere; only kernel and app ask the machine for it. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls `fire` once when `atMs` is reached; returns the way to cancel it. */
  readonly timer: (atMs: number, fire: () => void) => () => void;
}

/**
 * setTimeout counts machine time: it does not notice that the clock was set or that the machine slept, it may fire a
 * millisecond early, and beyond 2^31 ms it fires at once. So a long wait looks at the clock again in between.
 */
const RECHECK_MS = 60_000;

export const realClock: Clock = {
  nowMs: () => Date.now(),
  timer: (atMs, fire) => {
    let timeout: NodeJS.Timeout;
    const look = (): void => {
      if (Date.now() >= atMs) fire();
      else arm();
    };
    const arm = (): void => {
      const waitMs = Math.ceil(atMs - Date.now());
      timeout = setTimeout(look, Math.min(RECHECK_MS, Math.max(0, waitMs)));
    };
    arm();
    return () => {
      clearTimeout(timeout);
    };
  },
};

export interface PushableClock extends Clock {
  /** Moves time forward, firing each timer at its own instant and letting its work run in between. */
  readonly advance: (byMs: number) => Promise<void>;
  /** Moves time without firing anything in between: a clock that jumped (also backwards). */
  readonly jump: (byMs: number) => void;
}

interface PendingTimer {
  readonly atMs: number;
  readonly fire: () => void;
}

/** A clock that only a test moves. */
export function createPushableClock(startMs = Date.parse('2026-12-01T03:00:00Z')): PushableClock {
  let currentMs = startMs;
  const pending = new Set<PendingTimer>();
  const takeDue = (untilMs: number): PendingTimer | undefined => {
    let next: PendingTimer | undefined;
    for (const timer of pending) {
      if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    if (next !== undefined) pending.delete(next);
    return next;
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    nowMs: () => currentMs,
    timer: (atMs, fire) => {
      const timer = { atMs, fire };
      pending.add(timer);
      return () => {
        pending.delete(timer);
      };
    },
    advance: async (byMs) => {
      const untilMs = currentMs + byMs;
      for (;;) {
        await settle();
        const timer = takeDue(untilMs);
        if (timer === undefined) break;
        currentMs = Math.max(currentMs, timer.atMs);
        timer.fire();
      }
      currentMs = untilMs;
      await settle();
    },
    jump: (byMs) => {
      currentMs += byMs;
    },
  };
}

/** Resolves after `ms`, or earlier when `signal` aborts: waiting is never an error. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const stop = clock.timer(clock.nowMs() + ms, finish);
    function finish(): void {
      signal?.removeEventListener('abort', finish);
      stop();
      resolve();
    }
    signal?.addEventListener('abort', finish);
  });
}

/** RFC 3339 in UTC with milliseconds, the only form that leaves the system. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
