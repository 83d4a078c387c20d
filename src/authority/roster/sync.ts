import {
  type Clock,
  digestOf,
  type IdSource,
  type Json,
  LIMITS,
  toTimestamp,
} from '../../kernel/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import type { Roster, RosterSource } from './model.ts';
import { type Fetched, type KnownSource, understand, withSources } from './sources.ts';
import { readSource, readTry, saveSource, saveTry, type StoredSource } from './store.ts';

export interface RosterSyncParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The text of a calendar, bounded in size and time; it fails with words that hold no secret. */
  readonly fetchCalendar: FetchCalendar | null;
}

export type FetchCalendar = (ical: string) => Promise<Fetched>;

/** Rosters from calendars, in the background: an answer never waits for an on-call product. */
export interface RosterSync {
  readonly current: () => Roster;
  /** Asks every source that is due; ends when all have answered or failed. */
  readonly refresh: () => Promise<void>;
  /** Asks again and again until stopped. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** What this node holds of a source. */
interface Held {
  readonly row: StoredSource | null;
  readonly known: KnownSource;
}

/** Begins with what the store knows, so that a node which starts while a source is down has the last known roster. */
export async function openRosterSync(parts: RosterSyncParts, file: Roster): Promise<RosterSync> {
  const { store, clock } = parts;
  const sources = [...(file.sources?.values() ?? [])];
  const held = new Map<string, Held>();
  let current = file;
  const learn = (source: RosterSource, row: StoredSource | null): void => {
    const before = held.get(source.name);
    held.set(source.name, { row, known: knownOf(file, source, row, before ?? null) });
    current = withSources(
      file,
      sources.flatMap(({ name }) => held.get(name)?.known ?? []),
    );
  };
  for (const source of sources) {
    learn(source, await readSource(store, source.name, referenceOf(source)));
  }
  const refreshOne = async (source: RosterSource): Promise<void> => {
    const before = held.get(source.name)?.row ?? null;
    // Another node may have asked meanwhile.
    const tried = await readTry(store, source.name, referenceOf(source));
    const isSame = tried !== null && before !== null && tried.digest === before.digest;
    const row = isSame
      ? { ...before, ...tried }
      : await readSource(store, source.name, referenceOf(source));
    learn(source, isFresh(row, source, clock.nowMs()) ? row : await ask(parts, file, source, row));
  };
  const refresh = async (): Promise<void> => {
    if (parts.fetchCalendar !== null) await Promise.all(sources.map(refreshOne));
  };
  const background = inBackground(
    clock,
    sources.length > 0 && parts.fetchCalendar !== null,
    refresh,
  );
  return { current: () => current, refresh, ...background };
}

/** A calendar that failed is asked again soon. */
function isFresh(row: StoredSource | null, source: RosterSource, nowMs: number): boolean {
  if (row === null || row.triedAtMs > nowMs) return false;
  const everyMs = row.problem === null ? source.everyMs : LIMITS.calendarTurnMs;
  return nowMs - row.triedAtMs < everyMs;
}

/** Addresses may be secrets of their own: only their digest is kept. */
function referenceOf({ ical }: RosterSource): string {
  return digestOf(ical);
}

/** What is stored is read again after a start: the file may name its people differently than when it was fetched. */
function knownOf(
  file: Roster,
  source: RosterSource,
  row: StoredSource | null,
  before: Held | null,
): KnownSource {
  const synced = {
    source: source.name,
    maxAgeMs: source.maxAgeMs,
    fetchedAtMs: row?.fetchedAtMs ?? null,
    problem: row?.problem ?? null,
    leftCount: 0,
  };
  if (row === null || row.content === null) return { source, shifts: [], synced };
  if (before?.row?.digest === row.digest) {
    // The same shifts as objects too: what was computed for them stays.
    const { shifts, synced: last } = before.known;
    return { source, shifts, synced: { ...synced, leftCount: last.leftCount } };
  }
  const understood = understand(file, source, row.content);
  if (!understood.ok) {
    const { problem } = understood;
    return { source, shifts: [], synced: { ...synced, fetchedAtMs: null, problem } };
  }
  const { shifts, leftCount } = understood;
  return { source, shifts, synced: { ...synced, leftCount } };
}

/** One try; how it ended and what changed is written in one commit. */
async function ask(
  parts: RosterSyncParts,
  file: Roster,
  source: RosterSource,
  before: StoredSource | null,
): Promise<StoredSource> {
  const { store, ledger, clock, ids, fetchCalendar } = parts;
  const fetched = (await fetchCalendar?.(source.ical)) ?? { ok: false, problem: 'nobody asks' };
  const understood = fetched.ok ? understand(file, source, fetched.text) : fetched;
  const triedAtMs = clock.nowMs();
  const base = { name: source.name, reference: referenceOf(source), triedAtMs };
  const entry = (kind: string, data: Record<string, Json>): Parameters<Ledger['append']>[0] => [
    {
      id: ids.next('entry'),
      at: toTimestamp(triedAtMs),
      kind,
      actor: 'machine:roster',
      incident: null,
      ordinal: null,
      data: { source: source.name, roster: source.roster, ...data },
    },
  ];
  if (!fetched.ok || !understood.ok) {
    const problem = understood.ok ? '' : understood.problem;
    const { content, digest, fetchedAtMs } = before ?? {
      content: null,
      digest: null,
      fetchedAtMs: null,
    };
    const row = { ...base, content, digest, fetchedAtMs, problem };
    const lastKnownAt = fetchedAtMs === null ? null : toTimestamp(fetchedAtMs);
    const command = before === null ? saveSource(row) : saveTry(row);
    // Told once for each failure that goes on, not at each try.
    if ((before?.problem ?? null) !== null) await store.write([command]);
    else await ledger.append(entry('roster.source-failed', { problem, lastKnownAt }), [command]);
    return row;
  }
  const digest = digestOf(fetched.text);
  const fetchedAtMs = Math.min(triedAtMs, Math.floor(fetched.asOfMs ?? triedAtMs));
  const row = { ...base, content: fetched.text, digest, fetchedAtMs, problem: null };
  const isSame = before?.digest === digest;
  const command = isSame ? saveTry(row) : saveSource(row);
  if (isSame && before.problem === null) {
    await store.write([command]);
    return row;
  }
  const read = { digest, shifts: understood.shifts.length, leftOut: understood.leftCount };
  await ledger.append(entry('roster.synchronised', read), [command]);
  return row;
}

function inBackground(
  clock: Clock,
  isNeeded: boolean,
  refresh: () => Promise<void>,
): Pick<RosterSync, 'start' | 'stop'> {
  let cancel: (() => void) | null = null;
  let stopped = !isNeeded;
  let running: Promise<void> = Promise.resolve();
  const turn = (): void => {
    if (stopped) return;
    // A store that fails now is asked again at the next turn; what is known stays.
    running = refresh().catch(() => undefined);
    void running.then(() => {
      if (!stopped) cancel = clock.timer(clock.nowMs() + LIMITS.calendarTurnMs, turn);
    });
  };
  return {
    start: turn,
    stop: async () => {
      stopped = true;
      cancel?.();
      await running;
    },
  };
}
