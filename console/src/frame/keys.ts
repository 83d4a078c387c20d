import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** One key, or `g n` for one after the other. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

let active: readonly Shortcut[] = [];
const listeners = new Set<() => void>();

function change(next: readonly Shortcut[]): void {
  active = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** What can be pressed on this screen now: the help shows exactly this. */
export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => active);
}

/** Adds shortcuts while the component is shown. */
export function useKeys(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  const names = shortcuts.map(({ keys }) => keys).join(' , ');
  useEffect(() => {
    const own = latest.current.map(({ keys, does }) => ({
      keys,
      does,
      run: () => latest.current.find((one) => one.keys === keys)?.run(),
    }));
    change([...active, ...own]);
    return () => {
      change(active.filter((one) => !own.includes(one)));
    };
  }, [names]);
}

const PREFIX = 'g';
const PREFIX_MS = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName))
  );
}

/** One listener for the whole console. Keys that are typed into a field, or with a modifier, are not ours. */
export function listenToKeys(): () => void {
  let prefixUntil = 0;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('[role=dialog]') !== null) return;
    const pressed = event.timeStamp < prefixUntil ? `${PREFIX} ${event.key}` : event.key;
    prefixUntil = 0;
    const found = active.findLast(({ keys }) => keys === pressed);
    if (found !== undefined) {
      event.preventDefault();
      found.run();
    } else if (event.key === PREFIX) prefixUntil = event.timeStamp + PREFIX_MS;
  };
  document.addEventListener('keydown', onKey);
  return () => {
    document.removeEventListener('keydown', onKey);
  };
}
