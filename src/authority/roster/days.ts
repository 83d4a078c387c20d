// Dates as whole numbers of days since 1970-01-01: rules count days, and only the hours of a day need a time zone.

export const DAY_MS = 86_400_000;

/** ISO: Monday is 1. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Months since 1970-01. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

export function dayOfMonth(day: number): number {
  return new Date(day * DAY_MS).getUTCDate();
}

export function firstDayOf(month: number): number {
  return Math.round(Date.UTC(1970, month, 1) / DAY_MS);
}

/** Wall time of a date in a zone, read as `compatible` does where it does not exist or exists twice. */
export function instantOn(zone: string, day: number, minutes: number): number {
  return instantOf(zone, day * DAY_MS + minutes * 60_000);
}

/** `wallMs` is the wall time as if the wall hung in UTC. */
export function instantOf(zone: string, wallMs: number): number {
  if (zone === 'UTC') return wallMs;
  const wall = new Date(wallMs);
  const plain = new Temporal.PlainDateTime(
    wall.getUTCFullYear(),
    wall.getUTCMonth() + 1,
    wall.getUTCDate(),
    wall.getUTCHours(),
    wall.getUTCMinutes(),
    wall.getUTCSeconds(),
  );
  return plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}
