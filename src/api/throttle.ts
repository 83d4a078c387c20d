import { LIMITS, type Clock } from '../kernel/index.ts';

/** Counts failures of somebody in a window; bounded: the one that failed longest ago is forgotten first. */
export interface Throttle {
  /** How long that one has to wait; 0 = go on. */
  readonly waitMs: (who: string, failuresMax: number) => number;
  readonly failed: (who: string) => void;
}

interface Failures {
  readonly sinceMs: number;
  readonly count: number;
}

export function createThrottle(
  clock: Clock,
  windowMs: number = LIMITS.authenticationWindowMs,
  memoryMax: number = LIMITS.authenticationMemoryMax,
): Throttle {
  const failures = new Map<string, Failures>();
  const current = (who: string): Failures | undefined => {
    const known = failures.get(who);
    return known !== undefined && known.sinceMs + windowMs > clock.nowMs() ? known : undefined;
  };
  return {
    waitMs: (who, failuresMax) => {
      const known = current(who);
      if (known === undefined || known.count < failuresMax) return 0;
      return known.sinceMs + windowMs - clock.nowMs();
    },
    failed: (who) => {
      const known = current(who);
      failures.delete(who);
      const [oldest] = failures.keys();
      if (failures.size >= memoryMax && oldest !== undefined) failures.delete(oldest);
      failures.set(who, {
        sinceMs: known?.sinceMs ?? clock.nowMs(),
        count: (known?.count ?? 0) + 1,
      });
    },
  };
}
