import { useSyncExternalStore } from 'react';

// The console's one clock. Everything else takes a time as an argument, so that it can be tried at any time.

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let ticking: ReturnType<typeof setInterval> | null = null;

/** How far this machine's clock is behind the server's: countdowns follow the server, which decides. */
let aheadMs = 0;

export function currentMs(): number {
  return Date.now() + aheadMs;
}

/** From the `date` of an answer; seconds are enough, and less than that is the way of the answer. */
export function learnServerTime(date: string | null): void {
  if (date === null) return;
  const differenceMs = Date.parse(date) - Date.now();
  if (Number.isFinite(differenceMs)) aheadMs = Math.abs(differenceMs) < 2_000 ? 0 : differenceMs;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    nowMs = currentMs();
    for (const one of listeners) one();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || ticking === null) return;
    clearInterval(ticking);
    ticking = null;
  };
}

/** Now, to the second; what uses it is drawn anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
