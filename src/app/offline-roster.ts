import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Fetched, loadRoster, type Roster, withCalendars } from '../authority/index.ts';
import { LIMITS, realClock } from '../kernel/index.ts';
import { readText } from './offline.ts';

/** A roster file with the calendar files beside it; addresses are for the server, which keeps the last known answer. */
export function readRoster(file: string): Roster {
  const directory = dirname(resolve(file));
  return withCalendars(loadRoster(readText(file)), realClock.nowMs(), (ical) =>
    readCalendarFile(ical, directory),
  );
}

function readCalendarFile(ical: string, directory: string): Fetched {
  if (/^(?:https:|env:|file:)/u.test(ical)) {
    return { ok: false, problem: 'only a server asks addresses' };
  }
  try {
    const path = resolve(directory, ical);
    const { size, mtimeMs } = statSync(path);
    if (size > LIMITS.calendarBytesMax) return { ok: false, problem: 'it is too large' };
    return { ok: true, text: readFileSync(path, 'utf8'), asOfMs: Math.floor(mtimeMs) };
  } catch {
    return { ok: false, problem: 'it cannot be read' };
  }
}
