// Pure: a time and now go in, words come out.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `4:12` below an hour and a half, else `3 h`, `2 d`. */
export function countdownOf(leftMs: number): string {
  const left = Math.max(0, leftMs);
  if (left >= 2 * DAY_MS) return `${Math.round(left / DAY_MS)} d`;
  if (left >= 90 * MINUTE_MS) return `${Math.round(left / HOUR_MS)} h`;
  const seconds = Math.floor(left / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function lengthOf(ms: number): string {
  const size = Math.abs(ms);
  if (size < MINUTE_MS) return `${Math.floor(size / 1_000)} s`;
  if (size < 2 * HOUR_MS) return `${Math.floor(size / MINUTE_MS)} min`;
  return size < 2 * DAY_MS ? `${Math.floor(size / HOUR_MS)} h` : `${Math.floor(size / DAY_MS)} d`;
}

/** `in 4 min`, `6 min ago`. */
export function distanceOf(atMs: number, nowMs: number): string {
  const left = atMs - nowMs;
  return left >= 0 ? `in ${lengthOf(left)}` : `${lengthOf(left)} ago`;
}

function dayIn(zone: string, atMs: number): string {
  return new Date(atMs).toLocaleDateString('en-CA', { timeZone: zone });
}

/** `03:07`, or `03:07:22`; with its day when that is not today in this zone. */
export function clockOf(atMs: number, nowMs: number, zone: string, withSeconds = false): string {
  const time = new Date(atMs).toLocaleTimeString('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  });
  const day = dayIn(zone, atMs);
  return day === dayIn(zone, nowMs) ? time : `${day} ${time}`;
}

/** The same instant elsewhere: `02:07 UTC · 03:07 Europe/Berlin`. */
export function elsewhereOf(atMs: number, zones: readonly string[]): string {
  return [...new Set(['UTC', ...zones])]
    .map((zone) => `${clockOf(atMs, atMs, zone, true)} ${zone}`)
    .join(' · ');
}

/** From 1 = just asked to 0 = over. */
export function shareLeft(openedMs: number, deadlineMs: number, nowMs: number): number {
  const whole = deadlineMs - openedMs;
  if (whole <= 0) return 0;
  return Math.min(1, Math.max(0, (deadlineMs - nowMs) / whole));
}

/** The hours in which a screen is dark by itself; the sun is not asked. */
export function isNight(atMs: number, zone: string): boolean {
  const hour = Number(
    new Date(atMs).toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit' }).slice(0, 2),
  );
  return hour >= 19 || hour < 7;
}
