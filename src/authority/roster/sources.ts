import { LIMITS } from '../../kernel/index.ts';
import { readCalendar } from './calendar/read.ts';
import type { Roster, RosterSource, Shift, SyncedRoster } from './model.ts';

// A roster file together with what its calendars say. Pure: who fetches them and keeps them is sync.ts.

/** What is known of one source. */
export interface KnownSource {
  readonly source: RosterSource;
  readonly shifts: readonly Shift[];
  readonly synced: SyncedRoster;
}

/** What a calendar says. */
export type Fetched =
  /** `asOfMs`: how old a file is; absent = it is as it is now. */
  | { readonly ok: true; readonly text: string; readonly asOfMs?: number }
  | { readonly ok: false; readonly problem: string };

export type Understood =
  | { readonly ok: true; readonly shifts: readonly Shift[]; readonly leftCount: number }
  | { readonly ok: false; readonly problem: string };

export function understand(roster: Roster, source: RosterSource, content: string): Understood {
  const reading = readCalendar(content, source, roster.people.values());
  if (reading.ok) return { ok: true, shifts: reading.shifts, leftCount: reading.leftCount };
  const { problem, remedy } = reading.refusal;
  return {
    ok: false,
    problem: `line ${reading.line}: ${problem}. ${remedy}`.slice(0, PROBLEM_MAX),
  };
}

const PROBLEM_MAX = 300;

/** Shifts of calendars go first; those of the file are what is left when a calendar has nobody. */
export function withSources(roster: Roster, known: readonly KnownSource[]): Roster {
  const rosters = new Map(roster.rosters);
  const synced = new Map<string, SyncedRoster[]>();
  for (const one of known.toReversed()) {
    const { roster: name } = one.source;
    rosters.set(name, [...one.shifts, ...(rosters.get(name) ?? [])]);
    synced.set(name, [one.synced, ...(synced.get(name) ?? [])]);
  }
  return { ...roster, rosters, synced };
}

/** A roster file with the calendars at hand, without a server: for whoever asks a charter from its files. */
export function withCalendars(
  roster: Roster,
  nowMs: number,
  read: (ical: string) => Fetched,
): Roster {
  const known = [...(roster.sources?.values() ?? [])].map((source): KnownSource => {
    const fetched = read(source.ical);
    const understood = fetched.ok ? understand(roster, source, fetched.text) : fetched;
    const { name, maxAgeMs } = source;
    if (!fetched.ok || !understood.ok) {
      const problem = understood.ok ? null : understood.problem;
      const synced = { source: name, maxAgeMs, fetchedAtMs: null, problem, leftCount: 0 };
      return { source, shifts: [], synced };
    }
    const { shifts, leftCount } = understood;
    const fetchedAtMs = fetched.asOfMs ?? nowMs;
    return {
      source,
      shifts,
      synced: { source: name, maxAgeMs, fetchedAtMs, problem: null, leftCount },
    };
  });
  return known.length === 0 ? roster : withSources(roster, known);
}

export interface RosterAge {
  readonly roster: string;
  readonly source: string;
  /** Null = the calendar was never read. */
  readonly ageMs: number | null;
  readonly stale: boolean;
  /** For people: `ir-de is last known from pagerduty-ir 14 hours ago (limit 12 hours): it did not answer`. */
  readonly words: string;
}

/** From which calendars a roster is known, and how old that is: every answer that rests on it says so. */
export function rosterAges(roster: Roster, name: string, nowMs: number): readonly RosterAge[] {
  return (roster.synced?.get(name) ?? []).map((synced) => {
    const { source, fetchedAtMs, maxAgeMs, problem } = synced;
    const ageMs = fetchedAtMs === null ? null : Math.max(0, nowMs - fetchedAtMs);
    const stale = ageMs === null || ageMs > maxAgeMs;
    const because = problem === null ? '' : `: ${problem}`;
    const words =
      ageMs === null
        ? `${source} has never been read, so ${name} is only what the roster file says${because}`
        : stale
          ? `${name} is last known from ${source} ${agoOf(ageMs)} (limit ${spanOf(maxAgeMs)})${because}`
          : `${name} is known from ${source} as of ${agoOf(ageMs)}`;
    return { roster: name, source, ageMs, stale, words };
  });
}

function spanOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

function agoOf(ms: number): string {
  return ms < 60_000 ? 'less than a minute ago' : `${spanOf(ms)} ago`;
}

/** An address that opens a calendar to whoever has it does not belong into a file that many read. */
export function looksSecret(address: string): boolean {
  const url = URL.parse(address);
  if (url === null) return true;
  if (url.username !== '' || url.password !== '' || url.search !== '') return true;
  return url.pathname
    .split('/')
    .some((step) => step.length >= LIMITS.secretPathLengthMin && /\d/u.test(step));
}
