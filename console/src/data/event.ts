const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

/** Position and incident of an event, or null when it is none of ours. */
export function readEvent(
  text: string,
): { readonly position: number; readonly incident: string | null } | null {
  try {
    const value: unknown = JSON.parse(text);
    const position: unknown = Object(value)['position'];
    const incident: unknown = Object(Object(value)['entry'])['incident'];
    if (typeof position !== 'number') return null;
    return { position, incident: typeof incident === 'string' ? incident : null };
  } catch {
    return null;
  }
}

/** Twice as long after each failure, within bounds. */
export function retryMs(failures: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.max(0, failures - 1));
}
