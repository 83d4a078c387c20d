import type { RecurrenceRule, Roster, Shift } from './model.ts';

// The definition of who has a roster at an instant, as short and as slow as it can be. Tests compare it with what runs.

type Zoned = Temporal.ZonedDateTime;

function dates(now: Zoned, back: number): readonly Temporal.PlainDate[] {
  const today = now.toPlainDate();
  return Array.from({ length: back + 2 }, (_, days) => today.add({ days: 1 }).subtract({ days }));
}

function takesPlace(
  rule: RecurrenceRule,
  start: Temporal.PlainDate,
  date: Temporal.PlainDate,
): boolean {
  if (Temporal.PlainDate.compare(date, start) < 0) return false;
  const named = rule.on.some(({ weekday, nth }) => {
    if (weekday !== date.dayOfWeek) return false;
    if (nth === null) return true;
    return nth > 0
      ? Math.ceil(date.day / 7) === nth
      : Math.ceil((date.daysInMonth - date.day + 1) / 7) === -nth;
  });
  const monday = (one: Temporal.PlainDate): Temporal.PlainDate =>
    one.subtract({ days: (one.dayOfWeek - rule.weekStart + 7) % 7 });
  const months = (one: Temporal.PlainDate): number => one.year * 12 + one.month;
  switch (rule.every) {
    case 'day':
      return start.until(date).days % rule.interval === 0 && (rule.on.length === 0 || named);
    case 'week':
      return (
        (monday(start).until(monday(date)).days / 7) % rule.interval === 0 &&
        (rule.on.length === 0 ? date.dayOfWeek === start.dayOfWeek : named)
      );
    case 'month':
      return (
        (months(date) - months(start)) % rule.interval === 0 &&
        (rule.on.length === 0 ? date.day === start.day : named)
      );
  }
}

function isCounted(
  rule: RecurrenceRule,
  start: Temporal.PlainDate,
  date: Temporal.PlainDate,
): boolean {
  let places = 0;
  for (let day = start; Temporal.PlainDate.compare(day, date) <= 0; day = day.add({ days: 1 })) {
    if (takesPlace(rule, start, day)) places += 1;
  }
  return places <= (rule.count ?? Infinity);
}

function recurs(shift: Extract<Shift, { kind: 'recurring' }>, nowMs: number, now: Zoned): boolean {
  const first = Temporal.PlainDateTime.from(shift.start);
  const start = first.toPlainDate();
  return dates(now, Math.ceil(shift.lengthMs / 86_400_000) + 1).some((date) => {
    const { rule } = shift;
    if (!(rule === null ? date.equals(start) : takesPlace(rule, start, date))) return false;
    if (rule?.count != null && !isCounted(rule, start, date)) return false;
    const begin = date.toPlainDateTime(first.toPlainTime());
    const fromMs = begin.toZonedDateTime(shift.zone).epochMilliseconds;
    const end = begin.add({ milliseconds: shift.lengthMs }).toZonedDateTime(shift.zone);
    const untilMs = shift.length === 'wall' ? end.epochMilliseconds : fromMs + shift.lengthMs;
    if (shift.exceptMs.includes(fromMs) || fromMs > (rule?.untilMs ?? Infinity)) return false;
    if (shift.daysOff?.has(date.toString()) === true) return false;
    return fromMs <= nowMs && nowMs < untilMs;
  });
}

export function isOnShiftBySpec(shift: Shift, nowMs: number): boolean {
  if (shift.kind === 'always') return true;
  if (shift.kind === 'exact') return shift.fromMs <= nowMs && nowMs < shift.untilMs;
  const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(shift.zone);
  if (shift.kind === 'recurring') return recurs(shift, nowMs, now);
  const { zone, from, to } = shift;
  return dates(now, 1).some((date) => {
    if (!shift.days.includes(date.dayOfWeek)) return false;
    if (shift.daysOff?.has(date.toString()) === true) return false;
    const last = to <= from ? date.add({ days: 1 }) : date;
    const [begin, end] = [date.toPlainDateTime(from), last.toPlainDateTime(to)].map(
      (wall) => wall.toZonedDateTime(zone).epochMilliseconds,
    );
    return (begin ?? 0) <= nowMs && nowMs < (end ?? 0);
  });
}

export function onDutyBySpec(roster: Roster, name: string, nowMs: number): string | null {
  const runs = (one: { readonly fromMs: number; readonly untilMs: number }): boolean =>
    one.fromMs <= nowMs && nowMs < one.untilMs;
  const present = (person: string): boolean =>
    !roster.absences.some((absence) => absence.person === person && runs(absence));
  const overrides = roster.overrides
    .filter((override) => override.roster === name && runs(override) && present(override.person))
    .toSorted((left, right) => right.fromMs - left.fromMs);
  const whole = overrides.find(({ replaces }) => (replaces ?? null) === null);
  if (whole !== undefined) return whole.person;
  for (const shift of roster.rosters.get(name) ?? []) {
    if (!isOnShiftBySpec(shift, nowMs)) continue;
    const instead = overrides.find(({ replaces }) => replaces === shift.person);
    if (instead !== undefined) return instead.person;
    if (present(shift.person)) return shift.person;
  }
  return null;
}
