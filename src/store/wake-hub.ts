import { messageOf } from '../kernel/index.ts';
import type { Log } from '../kernel/index.ts';

/** Listeners of this process. Hints that come together become one call. */
export interface WakeHub {
  readonly wake: (channel: string) => void;
  readonly wakeAll: () => void;
  readonly onWake: (channel: string, listener: () => void) => () => void;
  readonly clear: () => void;
}

export function createWakeHub(log: Log): WakeHub {
  const listeners = new Map<string, Set<() => void>>();
  const pending = new Set<string>();
  const call = (listener: () => void): void => {
    try {
      listener();
    } catch (error) {
      log.error({ problem: messageOf(error) }, 'a wake listener failed');
    }
  };
  const deliver = (): void => {
    const channels = [...pending];
    pending.clear();
    for (const channel of channels) {
      for (const listener of listeners.get(channel) ?? []) call(listener);
    }
  };
  const wake = (channel: string): void => {
    if (!listeners.has(channel)) return;
    // Not a microtask: a listener that wakes itself must not starve the event loop.
    if (pending.size === 0) setImmediate(deliver);
    pending.add(channel);
  };
  return {
    wake,
    wakeAll: () => {
      for (const channel of listeners.keys()) wake(channel);
    },
    onWake: (channel, listener) => {
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set);
      // Its own function, so that one listener may be added twice and removed once.
      const entry = (): void => {
        listener();
      };
      set.add(entry);
      return () => {
        set.delete(entry);
        if (set.size === 0 && listeners.get(channel) === set) listeners.delete(channel);
      };
    },
    clear: () => {
      listeners.clear();
    },
  };
}
