import { DAY_MS, dateOf, dayOf, instantOf, instantOn, weekdayOf } from './days.ts';
import { type Interval } from './intervals.ts';
import type { Shift } from './model.ts';
import { daysOfRule } from './recurrence.ts';

// When a shift runs. Wall time needs the time zone database, which is slow, so each stretch of time is computed once for
// a shift and kept as long as the shift itself.

/** The hours of a leg that follows the sun, or of a weekly shift. */
export interface WallHours {
  readonly zone: string;
  readonly days: readonly number[];
  readonly from: string;
  /** Not after `from` = ends on the next day. */
  readonly to: string;
  readonly daysOff?: ReadonlySet<string>;
}

export type Hours = WallHours | Shift;
type Wall = WallHours | Exclude<Shift, { kind: 'always' | 'exact' }>;

/** About twelve days: long enough to be worth keeping, short enough to be computed at once. */
const STRETCH_MS = 2 ** 30;
/** Stretches kept for one shift: a year for the prover, and some. */
const STRETCHES_KEPT = 64;
/** No zone is further from UTC than this. */
const OFFSET_MS_MAX = DAY_MS;

const kept = new WeakMap<object, Map<number, readonly Interval[]>>();

/** The periods that overlap the window, in the order of their beginnings, whole and not cut to it. */
export function periodsOf(hours: Hours, fromMs: number, untilMs: number): readonly Interval[] {
  if ('kind' in hours && hours.kind === 'always') return [{ fromMs: -Infinity, untilMs: Infinity }];
  if ('kind' in hours && hours.kind === 'exact') {
    return hours.fromMs < untilMs && fromMs < hours.untilMs ? [hours] : [];
  }
  const periods: Interval[] = [];
  const first = Math.floor((fromMs - longestMs(hours)) / STRETCH_MS);
  for (let stretch = first; stretch * STRETCH_MS < untilMs; stretch += 1) {
    for (const period of beginningIn(hours, stretch)) {
      if (period.fromMs < untilMs && fromMs < period.untilMs) periods.push(period);
    }
  }
  return periods;
}

/** Where the shift or leg begins or ends, sorted, from `fromMs` on and before `untilMs`. */
export function boundariesOf(hours: Hours, fromMs: number, untilMs: number): readonly number[] {
  // One that ends exactly where the window begins has its end in it.
  const edges = periodsOf(hours, fromMs - 1, untilMs).flatMap((one) => [one.fromMs, one.untilMs]);
  const inside = edges.filter((edge) => fromMs <= edge && edge < untilMs);
  return [...new Set(inside)].toSorted((left, right) => left - right);
}

function longestMs(hours: Wall): number {
  // A wall day is up to an hour or so longer than its hours.
  return 'lengthMs' in hours ? hours.lengthMs + DAY_MS : 2 * DAY_MS;
}

function beginningIn(hours: Wall, stretch: number): readonly Interval[] {
  const stretches = kept.get(hours) ?? new Map<number, readonly Interval[]>();
  kept.set(hours, stretches);
  const known = stretches.get(stretch);
  if (known !== undefined) return known;
  if (stretches.size >= STRETCHES_KEPT) stretches.clear();
  const fromMs = stretch * STRETCH_MS;
  const untilMs = fromMs + STRETCH_MS;
  const fromDay = Math.floor((fromMs - OFFSET_MS_MAX) / DAY_MS);
  const untilDay = Math.ceil((untilMs + OFFSET_MS_MAX) / DAY_MS);
  const all =
    'start' in hours ? recurring(hours, fromDay, untilDay) : weekly(hours, fromDay, untilDay);
  const found = all
    .filter((one) => fromMs <= one.fromMs && one.fromMs < untilMs && one.fromMs < one.untilMs)
    .toSorted((left, right) => left.fromMs - right.fromMs);
  stretches.set(stretch, found);
  return found;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function weekly(hours: WallHours, fromDay: number, untilDay: number): readonly Interval[] {
  const { zone, from, to, days, daysOff } = hours;
  const periods: Interval[] = [];
  for (let day = fromDay; day < untilDay; day += 1) {
    if (!days.includes(weekdayOf(day)) || daysOff?.has(dateOf(day)) === true) continue;
    periods.push({
      fromMs: instantOn(zone, day, minutesOf(from)),
      untilMs: instantOn(zone, to <= from ? day + 1 : day, minutesOf(to)),
    });
  }
  return periods;
}

function recurring(
  shift: Extract<Shift, { kind: 'recurring' }>,
  fromDay: number,
  untilDay: number,
): readonly Interval[] {
  const { zone, start, rule, lengthMs, daysOff } = shift;
  const startDay = dayOf(start.slice(0, 10));
  const timeMs = Date.parse(`${start}Z`) - startDay * DAY_MS;
  const once = fromDay <= startDay && startDay < untilDay ? [startDay] : [];
  const days = rule === null ? once : daysOfRule(rule, startDay, fromDay, untilDay);
  const except = new Set(shift.exceptMs);
  return days
    .filter((day) => daysOff?.has(dateOf(day)) !== true)
    .map((day) => {
      const wallMs = day * DAY_MS + timeMs;
      const fromMs = instantOf(zone, wallMs);
      const elapsed = shift.length === 'elapsed';
      return { fromMs, untilMs: elapsed ? fromMs + lengthMs : instantOf(zone, wallMs + lengthMs) };
    })
    .filter(({ fromMs }) => !except.has(fromMs) && fromMs <= (rule?.untilMs ?? Infinity));
}
