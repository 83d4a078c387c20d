import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { readEvent, retryMs } from './event.ts';

// What happens reaches the screen as entries of the ledger: each says which incident to read again.

export type LiveState = 'connecting' | 'live' | 'lost';

const FLUSH_MS = 250;

let state: LiveState = 'connecting';
const listeners = new Set<() => void>();

function say(next: LiveState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Many entries at once are one refresh; the first one is not kept waiting. */
function createRefresh(client: QueryClient): (incident: string | null) => void {
  const changed = new Set<string>();
  let isWaiting = false;
  const flush = (): void => {
    const ids = [...changed];
    changed.clear();
    if (ids.length === 0) {
      isWaiting = false;
      return;
    }
    void client.invalidateQueries({ queryKey: ['incidents'] });
    void client.invalidateQueries({ queryKey: ['decisions'] });
    for (const id of ids) void client.invalidateQueries({ queryKey: ['incident', id] });
    setTimeout(flush, FLUSH_MS);
  };
  return (incident) => {
    if (incident !== null) changed.add(incident);
    if (isWaiting) return;
    isWaiting = true;
    flush();
  };
}

/** Follows the ledger until it is stopped; what was missed while the line was down is asked for again. */
export function follow(client: QueryClient): () => void {
  const refresh = createRefresh(client);
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let next: number | null = null;
  let failures = 0;
  let isStopped = false;

  const open = (): void => {
    source = new EventSource(next === null ? '/v1/events' : `/v1/events?from=${next}`);
    source.addEventListener('open', () => {
      // After a gap everything on the screen may be old.
      if (failures > 0 || state === 'lost') void client.invalidateQueries();
      failures = 0;
      say('live');
    });
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event = readEvent(data);
      if (event === null) return;
      next = event.position + 1;
      refresh(event.incident);
    });
    source.addEventListener('error', () => {
      failures += 1;
      say('lost');
      // The browser comes back by itself, with the last position, unless it was refused.
      if (source?.readyState !== EventSource.CLOSED || isStopped) return;
      // Tells a session that has ended from a server that is away.
      void client.invalidateQueries({ queryKey: ['me'] });
      retry = setTimeout(open, retryMs(failures));
    });
  };
  open();
  return () => {
    isStopped = true;
    if (retry !== null) clearTimeout(retry);
    source?.close();
    say('connecting');
  };
}
