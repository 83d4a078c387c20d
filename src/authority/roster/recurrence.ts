import { dayOfMonth, firstDayOf, monthOf, weekdayOf } from './days.ts';
import type { RecurrenceRule } from './model.ts';

/** The days from `fromDay` to before `untilDay` on which a rule that starts on `startDay` takes place, in order. */
export function daysOfRule(
  rule: RecurrenceRule,
  startDay: number,
  fromDay: number,
  untilDay: number,
): readonly number[] {
  // A count counts from the beginning; without one, whole periods before the window are skipped.
  const firstDay = rule.count === null ? Math.max(startDay, fromDay) : startDay;
  const days: number[] = [];
  let counted = 0;
  for (const period of periodsFrom(rule, startDay, firstDay, untilDay)) {
    for (const day of daysIn(rule, startDay, period)) {
      if (day < startDay || day >= untilDay) continue;
      counted += 1;
      if (rule.count !== null && counted > rule.count) return days;
      if (day >= fromDay) days.push(day);
    }
  }
  return days;
}

/** First days of the periods: days, weeks by their first weekday, or months. */
function* periodsFrom(
  rule: RecurrenceRule,
  startDay: number,
  firstDay: number,
  untilDay: number,
): Generator<number> {
  const { every, interval } = rule;
  if (every === 'month') {
    const start = monthOf(startDay);
    const skipped = Math.max(0, Math.floor((monthOf(firstDay) - start) / interval));
    for (let month = start + skipped * interval; ; month += interval) {
      const day = firstDayOf(month);
      if (day >= untilDay) return;
      yield day;
    }
  }
  const start = every === 'day' ? startDay : weekOf(startDay, rule.weekStart);
  const step = every === 'day' ? interval : 7 * interval;
  const skipped = Math.max(0, Math.floor((firstDay - start) / step));
  for (let day = start + skipped * step; day < untilDay; day += step) yield day;
}

function weekOf(day: number, weekStart: number): number {
  return day - ((weekdayOf(day) - weekStart + 7) % 7);
}

function daysIn(rule: RecurrenceRule, startDay: number, period: number): readonly number[] {
  const weekdays = rule.on.map(({ weekday }) => weekday);
  switch (rule.every) {
    case 'day':
      return weekdays.length === 0 || weekdays.includes(weekdayOf(period)) ? [period] : [];
    case 'week': {
      const wanted = weekdays.length === 0 ? [weekdayOf(startDay)] : weekdays;
      return seven(period).filter((day) => wanted.includes(weekdayOf(day)));
    }
    case 'month':
      return daysInMonth(rule, startDay, period);
  }
}

function seven(day: number): readonly number[] {
  return Array.from({ length: 7 }, (_, at) => day + at);
}

/** A day that the month does not have is left out, as the standard says. */
function daysInMonth(rule: RecurrenceRule, startDay: number, first: number): readonly number[] {
  const length = firstDayOf(monthOf(first) + 1) - first;
  if (rule.on.length === 0) {
    const wanted = dayOfMonth(startDay);
    return wanted <= length ? [first + wanted - 1] : [];
  }
  const days = Array.from({ length }, (_, at) => first + at);
  return days.filter((day, at) =>
    rule.on.some(({ weekday, nth }) => {
      if (weekday !== weekdayOf(day)) return false;
      if (nth === null) return true;
      return nth > 0
        ? Math.floor(at / 7) + 1 === nth
        : Math.floor((length - 1 - at) / 7) + 1 === -nth;
    }),
  );
}
