import { DAY_MS, instantOf } from '../days.ts';
import { wallMsOf } from '../rule-text.ts';
import type { ContentLine } from './lines.ts';
import { CalendarRefused } from './model.ts';

/** A time as it stands in a calendar. */
export interface CalendarTime {
  /** As if the wall hung in UTC. */
  readonly wallMs: number;
  readonly zone: string;
  readonly isDate: boolean;
}

/** What times are read with: the zone of the calendar, and the meaning of zone names. */
export interface Zones {
  readonly zone: string;
  readonly named: (name: string) => string | null;
}

const TIME = /^(?<date>\d{8})(?:T(?<time>\d{6})(?<utc>Z)?)?$/iu;

export function timeOf(text: string, line: ContentLine, zones: Zones): CalendarTime {
  const groups = TIME.exec(text.trim())?.groups;
  const wallMs = wallMsOf(groups?.['date'] ?? '', groups?.['time'] ?? '000000');
  if (groups === undefined || wallMs === null) {
    const problem = `${line.name} is not a date or a time that exists`;
    throw new CalendarRefused(line.line, problem, 'Write 20261102 or 20261102T090000Z.');
  }
  const isDate = groups['time'] === undefined;
  if (groups['utc'] !== undefined) return { wallMs, zone: 'UTC', isDate };
  const tzid = line.parameters.get('TZID');
  if (tzid === undefined) return { wallMs, zone: zones.zone, isDate };
  const zone = zones.named(tzid);
  if (zone === null) {
    const problem = `the calendar names a time zone that is not known: ${tzid.slice(0, 60)}`;
    throw new CalendarRefused(
      line.line,
      problem,
      'Say which one it is under `zones` of the source.',
    );
  }
  return { wallMs, zone, isDate };
}

export function instantOfTime({ zone, wallMs }: CalendarTime): number {
  return instantOf(zone, wallMs);
}

export interface Length {
  readonly lengthMs: number;
  readonly length: 'wall' | 'elapsed';
}

/** Days follow the wall, hours the clock. */
export function durationOf(line: ContentLine): Length {
  const pattern =
    /^\+?P(?:(?<w>\d{1,4})W|(?:(?<d>\d{1,5})D)?(?:T(?:(?<h>\d{1,6})H)?(?:(?<m>\d{1,6})M)?(?:(?<s>\d{1,8})S)?)?)$/iu;
  const groups = pattern.exec(line.value.trim())?.groups;
  if (groups === undefined) {
    throw new CalendarRefused(line.line, 'DURATION is not a length of time', 'Write PT12H or P1D.');
  }
  const number = (name: string): number => Number(groups[name] ?? 0);
  const daysMs = (number('w') * 7 + number('d')) * DAY_MS;
  const hoursMs = (number('h') * 3_600 + number('m') * 60 + number('s')) * 1_000;
  return { lengthMs: daysMs + hoursMs, length: daysMs > 0 ? 'wall' : 'elapsed' };
}

/** Of an event without an end, a date lasts for its day and a time for nothing. */
export function lengthOf(
  start: CalendarTime,
  end: CalendarTime | null,
  duration: Length | null,
): Length {
  if (end === null) {
    return duration ?? { lengthMs: start.isDate ? DAY_MS : 0, length: 'wall' };
  }
  if (end.zone === start.zone) return { lengthMs: end.wallMs - start.wallMs, length: 'wall' };
  return { lengthMs: instantOfTime(end) - instantOfTime(start), length: 'elapsed' };
}
