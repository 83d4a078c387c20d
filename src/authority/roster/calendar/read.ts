import { LIMITS } from '../../../kernel/index.ts';
import { instantOf } from '../days.ts';
import type { Person, RecurrenceRule, Shift } from '../model.ts';
import { parseRule } from '../rule-text.ts';
import { type RawEvent, readComponents } from './events.ts';
import type { ContentLine } from './lines.ts';
import { CalendarRefused, type CalendarReading, type CalendarWords } from './model.ts';
import { nameReader } from './people.ts';
import {
  type CalendarTime,
  durationOf,
  instantOfTime,
  type Length,
  lengthOf,
  timeOf,
  type Zones,
} from './times.ts';
import { zoneNamed } from './zones.ts';

/** An event with its times understood and its people not yet. */
interface TimedEvent extends Length {
  readonly raw: RawEvent;
  readonly start: CalendarTime;
  readonly rule: RecurrenceRule | null;
  /** The beginning that this event stands in for; null = none. */
  readonly replacesMs: number | null;
  readonly exceptMs: readonly number[];
  readonly moreMs: readonly number[];
}

/**
 * Reads the calendar of an on-call product. What would be understood wrongly is refused, and the caller keeps what it
 * knew; an event of somebody unknown is left out and told.
 */
export function readCalendar(
  text: string,
  words: CalendarWords,
  people: Iterable<Person>,
): CalendarReading {
  try {
    return read(text, words, people);
  } catch (error) {
    if (!(error instanceof CalendarRefused)) throw error;
    return { ok: false, line: error.line, refusal: error.refusal };
  }
}

function read(text: string, words: CalendarWords, people: Iterable<Person>): CalendarReading {
  if (Buffer.byteLength(text) > LIMITS.calendarBytesMax) {
    const problem = `the calendar is larger than ${LIMITS.calendarBytesMax} bytes`;
    throw new CalendarRefused(1, problem, 'Export a shorter time.');
  }
  const { events, places, zone } = readComponents(text);
  const known = new Map<string, string | null>();
  const named = (name: string): string | null => {
    const found = known.get(name) ?? zoneNamed(name, words.zones, places);
    known.set(name, found);
    return found;
  };
  const zones = { zone: words.zone ?? (zone === null ? null : named(zone)) ?? 'UTC', named };
  const timed = latestOf(events).map((event) => timedEvent(event, zones));
  const read_ = nameReader(words.people, people);
  const left: { line: number; why: string }[] = [];
  const shifts = inPreference(timed).flatMap((event) => {
    if (event.raw.cancelled) return [];
    const meant = read_(event.raw.attendees, event.raw.summary);
    if (meant.ok) return meant.people.flatMap((person) => shiftsOf(event, person));
    left.push({ line: event.raw.line, why: meant.why });
    return [];
  });
  if (shifts.length === 0) {
    const problem =
      events.length === 0 ? 'the calendar is empty' : 'no event names somebody of the roster';
    const remedy = 'Check the export, and say who is who under `people` of the source.';
    throw new CalendarRefused(left[0]?.line ?? 1, problem, remedy);
  }
  return { ok: true, shifts, left: left.slice(0, LIMITS.calendarLeftMax), leftCount: left.length };
}

/** Of several versions of one event the newest counts; an instance of its own is an event of its own. */
function latestOf(events: readonly RawEvent[]): readonly RawEvent[] {
  const latest = new Map<string, RawEvent>();
  for (const event of events) {
    const key = `${event.uid}\n${event.properties.get('RECURRENCE-ID')?.value ?? ''}`;
    const before = latest.get(key);
    if (before === undefined || before.sequence <= event.sequence) latest.set(key, event);
  }
  return [...latest.values()];
}

function timedEvent(raw: RawEvent, zones: Zones): TimedEvent {
  const { properties } = raw;
  const startLine = properties.get('DTSTART');
  if (startLine === undefined) {
    throw new CalendarRefused(raw.line, 'an event does not say when it begins', 'Export it again.');
  }
  const start = timeOf(startLine.value, startLine, zones);
  const endLine = properties.get('DTEND');
  const durationLine = properties.get('DURATION');
  const end = endLine === undefined ? null : timeOf(endLine.value, endLine, zones);
  const duration = durationLine === undefined ? null : durationOf(durationLine);
  const ruleLine = properties.get('RRULE');
  const event = { raw, start, ...lengthOf(start, end, duration) };
  if (event.lengthMs > LIMITS.shiftMsMax && ruleLine !== undefined) {
    throw new CalendarRefused(
      raw.line,
      'an event that recurs lasts too long',
      'Let it end sooner.',
    );
  }
  const exception = properties.get('EXRULE');
  if (exception !== undefined) {
    throw new CalendarRefused(exception.line, 'EXRULE is not supported', 'Use EXDATE.');
  }
  return {
    ...event,
    rule: ruleLine === undefined ? null : ruleOf(ruleLine, start.zone),
    replacesMs: replacedMs(properties.get('RECURRENCE-ID'), start, zones),
    exceptMs: listed(raw, 'EXDATE', start, zones),
    moreMs: listed(raw, 'RDATE', start, zones),
  };
}

function ruleOf(line: ContentLine, zone: string): RecurrenceRule {
  const parsed = parseRule(line.value.trim(), zone);
  if (parsed.ok) return parsed.value;
  const { problem, remedy, allowed } = parsed.refusal;
  throw new CalendarRefused(line.line, problem, remedy, allowed);
}

function replacedMs(
  line: ContentLine | undefined,
  start: CalendarTime,
  zones: Zones,
): number | null {
  if (line === undefined) return null;
  if (line.parameters.has('RANGE')) {
    const remedy = 'End the series, and begin a new one.';
    throw new CalendarRefused(
      line.line,
      'a change of all later instances is not supported',
      remedy,
    );
  }
  return beginning(timeOf(line.value, line, zones), start);
}

/** A date among times means the instance of that day. */
function beginning(time: CalendarTime, start: CalendarTime): number {
  if (!time.isDate || start.isDate) return instantOfTime(time);
  const dayMs = 86_400_000;
  return instantOf(start.zone, time.wallMs + (start.wallMs % dayMs));
}

function listed(raw: RawEvent, name: string, start: CalendarTime, zones: Zones): readonly number[] {
  const times = raw.lists
    .filter((line) => line.name === name)
    .flatMap((line) => line.value.split(',').map((value) => ({ line, value })));
  if (times.length > LIMITS.calendarDatesMax) {
    const problem = `an event lists more than ${LIMITS.calendarDatesMax} dates`;
    throw new CalendarRefused(raw.line, problem, 'Write them as a rule.');
  }
  return times.map(({ line, value }) => beginning(timeOf(value, line, zones), start));
}

/** Changed instances first, then whoever begins last: what was put on top of a base plan wins. */
function inPreference(events: readonly TimedEvent[]): readonly TimedEvent[] {
  const replaced = Map.groupBy(
    events.filter(({ replacesMs }) => replacesMs !== null),
    ({ raw }) => raw.uid,
  );
  const settled = events.map((event) => {
    const instead = event.replacesMs === null ? (replaced.get(event.raw.uid) ?? []) : [];
    const also = instead.flatMap(({ replacesMs }) => replacesMs ?? []);
    const beginsMs = instantOfTime(event.start);
    return { event: { ...event, exceptMs: [...event.exceptMs, ...also] }, beginsMs };
  });
  return settled
    .toSorted(
      (left, right) =>
        Number(right.event.replacesMs !== null) - Number(left.event.replacesMs !== null) ||
        right.beginsMs - left.beginsMs ||
        (left.event.raw.uid < right.event.raw.uid ? -1 : 1),
    )
    .map(({ event }) => event);
}

function shiftsOf(event: TimedEvent, person: string): readonly Shift[] {
  const { start, rule, length, lengthMs, exceptMs } = event;
  if (lengthMs <= 0) return [];
  const once = (fromMs: number, untilMs: number): Shift => ({
    kind: 'exact',
    person,
    fromMs,
    untilMs,
  });
  const fromMs = instantOfTime(start);
  const endOf = (beginMs: number): number => {
    if (length === 'elapsed') return beginMs + lengthMs;
    const wall = Temporal.Instant.fromEpochMilliseconds(beginMs).toZonedDateTimeISO(start.zone);
    return wall.toPlainDateTime().add({ milliseconds: lengthMs }).toZonedDateTime(start.zone)
      .epochMilliseconds;
  };
  const more = event.moreMs.map((beginMs) => once(beginMs, endOf(beginMs)));
  if (rule === null) {
    return exceptMs.includes(fromMs) ? more : [...more, once(fromMs, endOf(fromMs))];
  }
  const wall = new Date(start.wallMs).toISOString().slice(0, 19);
  const series = { person, zone: start.zone, start: wall, length, lengthMs, rule, exceptMs };
  return [...more, { kind: 'recurring', ...series, exceptHolidays: null }];
}
