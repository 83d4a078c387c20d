import {
  type Clock,
  type IdSource,
  LIMITS,
  type Log,
  messageOf,
  present,
  toTimestamp,
} from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { shareReads, type Store } from '../store/index.ts';
import { adoptAtStart, createAdoption, fileDifference, statusOf } from './adoption/adoption.ts';
import type { Adoption, Version } from './adoption/model.ts';
import { createVersions, type Versions } from './adoption/versions.ts';
import { loadCharter } from './charter/charter.ts';
import type { Charter } from './charter/model.ts';
import type { Authority } from './model.ts';
import { type Coverage, createCoverage } from './prover/coverage.ts';
import { resolveAuthority } from './resolution/resolve.ts';
import type { Roster } from './roster/model.ts';
import { checkRosterFits, loadRoster } from './roster/roster.ts';
import { type FetchCalendar, openRosterSync, type RosterSync } from './roster/sync.ts';
import {
  deleteAutomaticCuts,
  insertAutomaticCut,
  readAutomaticCuts,
  type Rehearsed,
  readRehearsed,
  upsertRehearsal,
  upsertRestoreTime,
} from './store.ts';

export interface AuthorityParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log?: Pick<Log, 'info' | 'warn'>;
  /** The text of charter.yaml and of roster.yaml. */
  readonly charter: string;
  readonly roster: string;
  /** Adopt the files at each start, whatever was adopted before: for demonstrations, whose rules are made anew. */
  readonly adoptFiles?: boolean;
  /** Nobody has configured files: what is given holds on a new store only, and nothing can differ from it. */
  readonly isBuiltIn?: boolean;
  /** The prover; a thread of its own unless a test gives another. */
  readonly prove?: Coverage['prove'];
  /** People who are marked as suspect; absent = nobody can be. */
  readonly suspects?: () => Promise<ReadonlySet<string>>;
  /** How the calendars of on-call products are fetched; absent = what is known is all there is. */
  readonly fetchCalendar?: FetchCalendar;
}

const WAKE_CHANNEL = 'charter';

/** What this node goes by now: the rules and the people that were adopted together. */
interface Held {
  version: Version;
  people: RosterSync;
}

interface Files {
  readonly charter: Charter;
  readonly roster: Roster;
}

/** Loads both files, refuses what has holes, and goes by the newest revision that this store has adopted. */
export async function createAuthority(parts: AuthorityParts): Promise<Authority> {
  const { store, clock, log } = parts;
  const file = { charter: loadCharter(parts.charter), roster: loadRoster(parts.roster) };
  checkRosterFits(file.charter, file.roster, parts.charter);
  const versions = createVersions(store, log ?? null);
  await openVersions(parts, versions, file);
  const now = present(versions.at(clock.nowMs()), 'the first version was adopted at the start');
  const held: Held = { version: now, people: await openPeople(parts, now) };
  const { rehearsedOn, readCuts } = sharedReads(parts, held);
  const following = follow(parts, versions, held, () => adoption.complete());
  const adoption: Adoption = createAdoption({
    ...parts,
    suspects: parts.suspects ?? (() => Promise.resolve(new Set())),
    versions,
    prove: parts.prove ?? createCoverage().prove,
    roster: () => held.people.current(),
    announce: async () => {
      await following.refresh();
      store.wake(WAKE_CHANNEL);
    },
  });
  return {
    charter: () => held.version.charter,
    charterAt: async (digest) => {
      // Another node may have adopted it a moment ago.
      if (versions.byDigest(digest) === null) await versions.refresh();
      return versions.byDigest(digest)?.charter ?? null;
    },
    adoption,
    adopted: () => {
      const status = statusOf(held.version, file.charter, file.roster);
      return parts.isBuiltIn === true ? { ...status, fileDiffers: null } : status;
    },
    roster: () => held.people.current(),
    refreshRoster: () => held.people.refresh(),
    ...following,
    record: async (target) => {
      const [{ rehearsedAtMs, restoreTimes }, cuts] = await Promise.all([
        rehearsedOn(target),
        readCuts(),
      ]);
      return {
        rehearsedAt: rehearsedAtMs === null ? null : toTimestamp(rehearsedAtMs),
        restoreTimes,
        automaticCuts: cuts,
      };
    },
    resolve: (facts, decision, pinned = held.version.charter) =>
      resolveAuthority(pinned, held.people.current(), facts, decision, clock.nowMs()),
    resetFuses: (atMs, source = null) => [deleteAutomaticCuts(atMs, source)],
    recordAutomaticCut: (cut) => insertAutomaticCut(cut, held.version.charter.fuses),
    recordRehearsal: ({ target, atMs }) => [upsertRehearsal(target, atMs)],
    recordRestore: (restore) => [upsertRestoreTime(restore)],
  };
}

/** Every signal asks for these, and many signals come at once. */
function sharedReads({ store, clock }: AuthorityParts, held: Held) {
  const rehearsals = new Map<string, () => Promise<Rehearsed>>();
  return {
    rehearsedOn: async (target: string): Promise<Rehearsed> => {
      const known = rehearsals.get(target);
      const read = known ?? shareReads(() => readRehearsed(store, target));
      if (known === undefined) rehearsals.set(target, read);
      return await read();
    },
    readCuts: shareReads(async () => {
      const { fuses } = held.version.charter;
      const longestMs = Math.max(fuses.automaticCuts?.perMs ?? 0, fuses.sameSource?.perMs ?? 0);
      return await readAutomaticCuts(store, clock.nowMs() - longestMs);
    }),
  };
}

/** A file takes effect by itself only where nobody's signature is asked for: on a new store, or after such a charter. */
async function openVersions(parts: AuthorityParts, versions: Versions, file: Files): Promise<void> {
  await versions.refresh();
  const newest = versions.newest();
  const differs = newest === null ? null : fileDifference(newest, file.charter, file.roster);
  if (newest !== null && (differs === null || parts.isBuiltIn === true)) return;
  if (newest === null || newest.charter.signed === null || parts.adoptFiles === true) {
    await adoptAtStart({ ...parts, versions }, { charter: parts.charter, roster: parts.roster });
    await versions.refresh();
    return;
  }
  parts.log?.warn({ remedy: 'firebreak charter adopt FILE' }, differs ?? 'the files differ');
}

async function openPeople(parts: AuthorityParts, version: Version): Promise<RosterSync> {
  const fetchCalendar = parts.fetchCalendar ?? null;
  return await openRosterSync({ ...parts, fetchCalendar }, version.roster);
}

/** Takes up what was adopted here or elsewhere: when told, when it becomes effective, and by looking now and then. */
function follow(
  parts: AuthorityParts,
  versions: Versions,
  held: Held,
  complete: () => Promise<void>,
): Pick<Authority, 'refresh' | 'start' | 'stop'> {
  const { clock, store, log } = parts;
  let isRunning = false;
  let stopTimer = (): void => {};
  let stopWake = (): void => {};
  let turn = Promise.resolve();
  const takeUp = async (): Promise<void> => {
    await versions.refresh();
    const version = present(versions.at(clock.nowMs()), 'a version holds');
    if (version.position === held.version.position) return;
    const people = await openPeople(parts, version);
    const before = held.people;
    // One assignment after the other without a wait: nobody sees new rules with old people.
    held.version = version;
    held.people = people;
    if (isRunning) people.start();
    await before.stop();
  };
  const refresh = (): Promise<void> => {
    turn = turn.then(takeUp, takeUp);
    return turn;
  };
  const look = async (): Promise<void> => {
    try {
      // Apart from the turns: what it adopts takes a turn of its own.
      await Promise.all([refresh(), complete()]);
    } catch (error) {
      log?.warn({ problem: messageOf(error) }, 'adopted charters could not be read');
    }
  };
  const arm = (): void => {
    if (!isRunning) return;
    const nowMs = clock.nowMs();
    const atMs = Math.min(nowMs + LIMITS.charterPollMs, versions.nextAfter(nowMs) ?? Infinity);
    stopTimer = clock.timer(atMs, () => {
      void look();
      arm();
    });
  };
  return {
    refresh,
    start: async () => {
      isRunning = true;
      held.people.start();
      stopWake = store.onWake(WAKE_CHANNEL, () => void look());
      arm();
      await look();
    },
    stop: async () => {
      isRunning = false;
      stopTimer();
      stopWake();
      await turn.catch(() => undefined);
      await held.people.stop();
    },
  };
}

/** In words what these files say otherwise than what this store has adopted last; null = nothing, or nothing was adopted. */
export async function differsFromAdopted(
  store: Store,
  files: { readonly charter: string; readonly roster: string },
): Promise<string | null> {
  const versions = createVersions(store, null);
  await versions.refresh();
  const newest = versions.newest();
  if (newest === null) return null;
  return fileDifference(newest, loadCharter(files.charter), loadRoster(files.roster));
}
