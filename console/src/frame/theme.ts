import { useSyncExternalStore } from 'react';
import { currentMs } from '../clock.ts';
import { ZONE } from '../time.tsx';
import { isNight } from '../times.ts';

export const THEMES = ['by day and night', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'firebreak-theme';
const listeners = new Set<() => void>();

/** Storage may be refused; then the choice lasts as long as the page. */
function stored(): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem(STORED)) ?? THEMES[0];
  } catch {
    return THEMES[0];
  }
}

let chosen: Theme = stored();

function isDark(): boolean {
  if (chosen !== THEMES[0]) return chosen === 'dark';
  return isNight(currentMs(), ZONE) || matchMedia('(prefers-color-scheme: dark)').matches;
}

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light';
}

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // As above.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => chosen,
  );
}
