import { LIMITS } from '../../../kernel/index.ts';
import { type ContentLine, contentLines, unescapeText } from './lines.ts';
import { CalendarRefused } from './model.ts';

/** The properties of one event, not yet understood. */
export interface RawEvent {
  readonly line: number;
  readonly uid: string;
  readonly sequence: number;
  readonly cancelled: boolean;
  readonly summary: string;
  /** Addresses and names. */
  readonly attendees: readonly string[];
  readonly properties: ReadonlyMap<string, ContentLine>;
  /** EXDATE and RDATE may stand several times. */
  readonly lists: readonly ContentLine[];
}

export interface RawCalendar {
  readonly events: readonly RawEvent[];
  /** Zone names of the file -> the places that their definitions give. */
  readonly places: ReadonlyMap<string, string>;
  /** The zone that the calendar says for all of it. */
  readonly zone: string | null;
}

const NESTED_MAX = 8;

interface Building {
  readonly line: number;
  readonly properties: Map<string, ContentLine>;
  readonly lists: ContentLine[];
  readonly attendees: string[];
}

/** Takes a file apart, within bounds; components that are no events are skipped with all they hold. */
export function readComponents(text: string): RawCalendar {
  const events: RawEvent[] = [];
  const places = new Map<string, string>();
  const open: string[] = [];
  let zone: string | null = null;
  let tzid = '';
  let event: Building | null = null;
  let complete = false;
  for (const line of contentLines(text)) {
    const { name, value } = line;
    if (name === 'BEGIN') {
      open.push(value.toUpperCase());
      if (open[0] !== 'VCALENDAR') throw notCalendar(line.line);
      if (open.length > NESTED_MAX) {
        throw new CalendarRefused(line.line, 'the calendar nests too deeply', 'Export it again.');
      }
      if (open.length === 2) tzid = '';
      if (open.join() === 'VCALENDAR,VEVENT') event = building(line.line, events.length);
      continue;
    }
    if (name === 'END') {
      if (open.pop() !== value.toUpperCase()) {
        throw new CalendarRefused(
          line.line,
          `END:${value.slice(0, 40)} ends nothing that began`,
          'Export it again.',
        );
      }
      complete ||= open.length === 0;
      if (event === null || open.join() !== 'VCALENDAR') continue;
      events.push(finished(event));
      event = null;
      continue;
    }
    const within = open.join();
    if (within === '') throw notCalendar(line.line);
    if (within === 'VCALENDAR' && name === 'X-WR-TIMEZONE') zone = value.trim();
    if (within === 'VCALENDAR,VTIMEZONE' && name === 'TZID') tzid = value;
    if (within === 'VCALENDAR,VTIMEZONE' && name === 'X-LIC-LOCATION') places.set(tzid, value);
    // What stands in an alarm of the event is not of the event.
    if (within === 'VCALENDAR,VEVENT' && event !== null) take(event, line);
  }
  if (!complete || open.length > 0) {
    throw new CalendarRefused(
      1,
      'the calendar ends in the middle, or is none',
      'Fetch or export it again.',
    );
  }
  return { events, places, zone };
}

function notCalendar(line: number): CalendarRefused {
  return new CalendarRefused(
    line,
    'this is not an iCalendar file',
    'Export the schedule as iCalendar (.ics).',
  );
}

function building(line: number, before: number): Building {
  if (before >= LIMITS.calendarEventsMax) {
    const problem = `the calendar has more than ${LIMITS.calendarEventsMax} events`;
    throw new CalendarRefused(line, problem, 'Export a shorter time.');
  }
  return { line, properties: new Map(), lists: [], attendees: [] };
}

function take(event: Building, line: ContentLine): void {
  const { name, value, parameters } = line;
  if (name === 'EXDATE' || name === 'RDATE') {
    event.lists.push(line);
  } else if (name === 'ATTENDEE') {
    if (event.attendees.length >= LIMITS.calendarAttendeesMax) return;
    event.attendees.push(value.replace(/^mailto:/iu, ''));
    const called = parameters.get('CN');
    if (called !== undefined) event.attendees.push(called);
  } else {
    event.properties.set(name, line);
  }
}

function finished({ line, properties, lists, attendees }: Building): RawEvent {
  const value = (name: string): string => properties.get(name)?.value ?? '';
  return {
    line,
    // Without a name an event stands for itself.
    uid: value('UID') === '' ? `line ${line}` : value('UID'),
    sequence: Number.parseInt(value('SEQUENCE'), 10) || 0,
    cancelled: value('STATUS').toUpperCase() === 'CANCELLED',
    summary: unescapeText(value('SUMMARY')).trim(),
    attendees,
    properties,
    lists,
  };
}
