import type { Roster, Shift } from './model.ts';

// Shifts are wall time in their zone. A time that does not exist, or exists twice, is read as `compatible` does.

interface WallHours {
  readonly zone: string;
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

function instantOf(zone: string, date: Temporal.PlainDate, time: string): number {
  const wall = date.toPlainDateTime(Temporal.PlainTime.from(time));
  return wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

/** When the period that covers `nowMs` began, or null. Half-open: its end belongs to the next one. */
export function startedAtMs(hours: WallHours, nowMs: number): number | null {
  const local = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(hours.zone);
  const today = local.toPlainDate();
  for (const date of [today, today.subtract({ days: 1 })]) {
    if (!hours.days.includes(date.dayOfWeek)) continue;
    const endDate = hours.to <= hours.from ? date.add({ days: 1 }) : date;
    const startMs = instantOf(hours.zone, date, hours.from);
    if (startMs <= nowMs && nowMs < instantOf(hours.zone, endDate, hours.to)) return startMs;
  }
  return null;
}

export function isOnShift(shift: Shift, nowMs: number): boolean {
  if (shift.kind === 'always') return true;
  if (shift.kind === 'exact') return shift.fromMs <= nowMs && nowMs < shift.untilMs;
  return startedAtMs(shift, nowMs) !== null;
}

export function isAbsent(roster: Roster, person: string, nowMs: number): boolean {
  return roster.absences.some(
    (absence) => absence.person === person && absence.fromMs <= nowMs && nowMs < absence.untilMs,
  );
}

/** The first on the list who is on shift and not absent. */
export function onDuty(roster: Roster, name: string, nowMs: number): string | null {
  const shifts = roster.rosters.get(name) ?? [];
  const found = shifts.find(
    (shift) => isOnShift(shift, nowMs) && !isAbsent(roster, shift.person, nowMs),
  );
  return found?.person ?? null;
}
