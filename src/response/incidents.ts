import type { AuthorityResolution } from '../authority/index.ts';
import { type Id, isFirebreakError, LIMITS, stopPoint, toTimestamp } from '../kernel/index.ts';
import { appendCommands, type LedgerEntry } from '../ledger/index.ts';
import type { Command } from '../store/index.ts';
import { decide, type IncidentCommand, type IncidentDecided } from './incident/decide.ts';
import type { EntryKind, IncidentEntry } from './incident/entries.ts';
import { foldAll } from './incident/fold.ts';
import type { IncidentState } from './incident/model.ts';
import { carryOutEffects, type Prepared } from './effects.ts';
import type { ResponseParts } from './parts.ts';
import { incidentCommands } from './store.ts';

/** The shell around the pure core: reads the state, decides, writes entries and effects in one commit. */
export interface Incidents {
  readonly state: (id: string) => Promise<IncidentState | null>;
  /** `more` belongs to the same commit: the runner's fenced outcome of the step that reports here. */
  readonly apply: (
    id: Id<'incident'>,
    command: IncidentCommand,
    actor: string,
    more?: readonly Command[],
  ) => Promise<IncidentDecided>;
}

/** Authority for a subject of an incident, from the facts as they are now. */
export type ResolveAgain = (
  state: IncidentState,
  identity: Id<'identity'>,
) => Promise<AuthorityResolution>;

const CONFLICT_RETRIES = 5;

export function createIncidents(parts: ResponseParts, resolve: ResolveAgain): Incidents {
  const { store, ledger, clock, ids, settings } = parts;
  const cache = new Map<string, IncidentState>();
  const tails = new Map<string, Promise<unknown>>();

  const load = async (id: string): Promise<IncidentState | null> => {
    const cached = cache.get(id);
    if (cached !== undefined) return cached;
    const recorded = await ledger.incidentEntries(id);
    const state = foldAll(
      recorded.map((one) => fromLedger(one.entry)),
      asIncidentId(id),
    );
    if (state !== null) remember(state);
    return state;
  };

  const remember = (state: IncidentState): void => {
    cache.delete(state.id);
    cache.set(state.id, state);
    const [oldest] = cache.keys();
    if (cache.size > LIMITS.incidentsCachedMax && oldest !== undefined) cache.delete(oldest);
  };

  const once = async (
    id: Id<'incident'>,
    command: IncidentCommand,
    actor: string,
    more: readonly Command[],
  ): Promise<IncidentDecided> => {
    const before = await load(id);
    const nowMs = clock.nowMs();
    const decided = decide(id, before, command, { nowMs, ids, settings, actor });
    const prepared = carryOutEffects(parts, decided);
    await write(decided, before, nowMs, prepared, more);
    remember(decided.state);
    prepared.start();
    return decided;
  };

  const write = async (
    decided: IncidentDecided,
    before: IncidentState | null,
    nowMs: number,
    prepared: Prepared,
    more: readonly Command[],
  ): Promise<void> => {
    const changed = decided.entries.length > 0;
    const entries = toLedger(decided, before?.ordinal ?? 0, ids);
    if (changed) stopPoint('before-decision');
    await store.write(
      [
        ...more,
        ...(changed ? incidentCommands(before, decided.state, nowMs) : []),
        ...(changed ? appendCommands(entries) : []),
        ...prepared.commands,
      ],
      decided.state.id,
    );
    if (!changed) return;
    stopPoint('after-decision');
    ledger.written();
  };

  const applyNow = async (
    id: Id<'incident'>,
    command: IncidentCommand,
    actor: string,
    more: readonly Command[],
  ): Promise<IncidentDecided> => {
    let resolvedAgain = false;
    for (let attempt = 1; ; attempt += 1) {
      const ordinal = (await load(id))?.ordinal ?? 0;
      try {
        return await once(id, command, actor, more);
      } catch (error) {
        // What is in memory may be old: another node wrote this incident, or the write is in doubt.
        cache.delete(id);
        if (!isFirebreakError(error, 'store-conflict') || attempt > CONFLICT_RETRIES) throw error;
        const fresh = await load(id);
        if ((fresh?.ordinal ?? 0) !== ordinal) continue;
        // Our base was current: a fuse blew meanwhile, or the step was fenced. Authority is asked again, once.
        if (resolvedAgain || fresh === null) throw error;
        resolvedAgain = true;
        for (const subject of fresh.subjects) {
          const resolution = await resolve(fresh, subject.identity);
          await once(id, { type: 'authority', identity: subject.identity, resolution }, actor, []);
        }
      }
    }
  };

  const apply: Incidents['apply'] = (id, command, actor, more = []) => {
    const tail = tails.get(id) ?? Promise.resolve();
    const next = tail.then(
      () => applyNow(id, command, actor, more),
      () => applyNow(id, command, actor, more),
    );
    tails.set(id, next);
    const forget = (): void => {
      if (tails.get(id) === next) tails.delete(id);
    };
    next.then(forget, forget);
    return next;
  };

  return { state: load, apply };
}

function asIncidentId(id: string): Id<'incident'> {
  // Ids come back from the store as plain text; only this word's own rows are read here.
  return id as Id<'incident'>;
}

function toLedger(
  decided: IncidentDecided,
  firstOrdinal: number,
  ids: ResponseParts['ids'],
): readonly LedgerEntry[] {
  return decided.entries.map((entry, index) => ({
    id: ids.next('entry'),
    at: toTimestamp(entry.atMs),
    kind: entry.kind,
    actor: entry.actor,
    incident: decided.state.id,
    ordinal: firstOrdinal + index,
    // EntryData is plain JSON by construction; the interfaces lack the index signature that JsonObject asks for.
    data: entry.data as unknown as LedgerEntry['data'],
  }));
}

function fromLedger(entry: LedgerEntry): IncidentEntry {
  return {
    // The reverse of toLedger: an incident's entries were all written by it.
    kind: entry.kind as EntryKind,
    atMs: Date.parse(entry.at),
    actor: entry.actor,
    data: entry.data,
  } as unknown as IncidentEntry;
}
