import { type Clock, type IdSource, isFirebreakError, toTimestamp } from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { loadCharter } from './charter/charter.ts';
import type { Charter } from './charter/model.ts';
import type { Authority } from './model.ts';
import { resolveAuthority } from './resolution/resolve.ts';
import { checkRosterFits, loadRoster } from './roster/roster.ts';
import { type FetchCalendar, openRosterSync } from './roster/sync.ts';
import {
  deleteAutomaticCuts,
  insertAutomaticCut,
  insertCharter,
  isAdopted,
  readAutomaticCuts,
  readCharterSource,
  readRehearsal,
  upsertRehearsal,
} from './store.ts';

export interface AuthorityParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The text of charter.yaml and of roster.yaml. */
  readonly charter: string;
  readonly roster: string;
  /** How the calendars of on-call products are fetched; absent = what is known is all there is. */
  readonly fetchCalendar?: FetchCalendar;
}

/** Loads both files, refuses what has holes, and adopts the charter: once for each digest, on the ledger. */
export async function createAuthority(parts: AuthorityParts): Promise<Authority> {
  const { store, clock } = parts;
  const charter = loadCharter(parts.charter);
  const file = loadRoster(parts.roster);
  checkRosterFits(charter, file);
  await adopt(parts, charter);
  const fetchCalendar = parts.fetchCalendar ?? null;
  const roster = await openRosterSync({ ...parts, fetchCalendar }, file);
  const { fuses } = charter;
  const longestMs = Math.max(fuses.automaticCuts?.perMs ?? 0, fuses.sameSource?.perMs ?? 0);
  return {
    charter: () => charter,
    roster: roster.current,
    refreshRoster: roster.refresh,
    start: roster.start,
    stop: roster.stop,
    record: async (target) => {
      const [rehearsedAtMs, cuts] = await Promise.all([
        readRehearsal(store, target),
        readAutomaticCuts(store, clock.nowMs() - longestMs),
      ]);
      return {
        rehearsedAt: rehearsedAtMs === null ? null : toTimestamp(rehearsedAtMs),
        automaticCuts: cuts.map(({ atMs, source }) => ({ at: toTimestamp(atMs), source })),
      };
    },
    resolve: (facts, decision, pinned = charter) =>
      resolveAuthority(pinned, roster.current(), facts, decision, clock.nowMs()),
    charterAt: createRevisions(store, charter),
    resetFuses: (atMs) => [deleteAutomaticCuts(atMs)],
    recordAutomaticCut: (cut) => insertAutomaticCut(cut, fuses),
    recordRehearsal: ({ target, atMs }) => [upsertRehearsal(target, atMs)],
  };
}

/** Adopted revisions by their digest; what is on record once never changes. */
function createRevisions(
  store: Store,
  current: Charter,
): (digest: string) => Promise<Charter | null> {
  const known = new Map<string, Charter>([[current.digest, current]]);
  return async (digest) => {
    const kept = known.get(digest);
    if (kept !== undefined) return kept;
    const source = await readCharterSource(store, digest);
    if (source === null) return null;
    const charter = loadCharter(source);
    known.set(digest, charter);
    return charter;
  };
}

async function adopt(parts: AuthorityParts, charter: Charter): Promise<void> {
  const { store, ledger, clock, ids } = parts;
  if (await isAdopted(store, charter.digest)) return;
  const atMs = clock.nowMs();
  const { id, revision, digest } = charter;
  const entry = {
    id: ids.next('entry'),
    at: toTimestamp(atMs),
    kind: 'charter.adopted',
    actor: 'machine:start',
    incident: null,
    ordinal: null,
    data: { charter: id, revision, digest },
  };
  const adopted = { digest, charter: id, revision, source: parts.charter, atMs };
  try {
    await ledger.append([entry], [insertCharter(adopted)]);
  } catch (error) {
    // Another node was first.
    if (isFirebreakError(error, 'store-conflict') && (await isAdopted(store, digest))) return;
    throw error;
  }
}
