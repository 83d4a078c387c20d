import type { AuthorityResolution } from '../authority/index.ts';
import { type Id, isFirebreakError, stopPoint, toTimestamp } from '../kernel/index.ts';
import { appendCommands, type LedgerEntry } from '../ledger/index.ts';
import type { Command } from '../store/index.ts';
import { decide, type IncidentCommand, type IncidentDecided } from './incident/decide.ts';
import type { EntryKind, IncidentEntry } from './incident/entries.ts';
import { fold, foldAll } from './incident/fold.ts';
import type { IncidentState } from './incident/model.ts';
import { carryOutEffects, type Prepared } from './effects.ts';
import type { ResponseParts } from './parts.ts';
import { States } from './states.ts';
import { incidentCommands, readVersion, versionCommand } from './store.ts';

/** The shell around the pure core: reads the state, decides, writes entries and effects in one commit. */
export interface Incidents {
  /** The id of an incident that is about to be opened here: nothing has to be read for it. */
  readonly newId: () => Id<'incident'>;
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
  const shell = new IncidentShell(parts, resolve);
  return {
    newId: () => shell.newId(),
    state: (id) => shell.current(id),
    apply: (id, command, actor, more = []) => shell.apply(id, command, actor, more),
  };
}

class IncidentShell {
  readonly #parts: ResponseParts;
  readonly #resolve: ResolveAgain;
  readonly #states = new States<IncidentState>();
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #unused = new Set<string>();

  constructor(parts: ResponseParts, resolve: ResolveAgain) {
    this.#parts = parts;
    this.#resolve = resolve;
  }

  newId(): Id<'incident'> {
    const id = this.#parts.ids.next('incident');
    this.#unused.add(id);
    return id;
  }

  /** The state as the store has it now: what is in memory counts only while no other node has written since. */
  async current(id: string): Promise<IncidentState | null> {
    await this.#states.written(id);
    const kept = this.#states.get(id);
    if (kept === undefined) return await this.#load(id);
    if (this.#parts.store.dialect === 'sqlite') return kept;
    const version = await readVersion(this.#parts.store, id);
    return version === kept.ordinal ? kept : await this.#catchUp(kept);
  }

  async #catchUp(kept: IncidentState): Promise<IncidentState | null> {
    return await this.#states.load(async () => {
      const recorded = await this.#parts.ledger.incidentEntries(kept.id, { from: kept.ordinal });
      let state = kept;
      for (const { entry } of recorded) state = fold(state, fromLedger(entry), kept.id);
      return state;
    });
  }

  async #load(id: string): Promise<IncidentState | null> {
    return await this.#states.load(async () => {
      const recorded = await this.#parts.ledger.incidentEntries(id);
      const entries = recorded.map((one) => fromLedger(one.entry));
      return foldAll(entries, asIncidentId(id));
    });
  }

  /** Commands of one incident are decided one after the other, each on what the one before it made. */
  apply(
    id: Id<'incident'>,
    command: IncidentCommand,
    actor: string,
    more: readonly Command[],
  ): Promise<IncidentDecided> {
    const tail = this.#tails.get(id) ?? Promise.resolve();
    const run = async (): Promise<IncidentDecided> => {
      try {
        return await this.#applyNow(id, command, actor, more);
      } catch (error) {
        throw causeOf(error);
      }
    };
    const next = tail.then(run, run);
    this.#tails.set(id, next);
    const forget = (): void => {
      if (this.#tails.get(id) === next) this.#tails.delete(id);
    };
    next.then(forget, forget);
    return next;
  }

  async #applyNow(
    id: Id<'incident'>,
    command: IncidentCommand,
    actor: string,
    more: readonly Command[],
  ): Promise<IncidentDecided> {
    let resolvedAgain = false;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#unused.delete(id) ? null : await this.#base(id);
      try {
        return await this.#once(id, before, command, actor, more);
      } catch (error) {
        // What is in memory may be old: another node wrote this incident, or the write is in doubt.
        this.#states.forget(id);
        const isUndecided = error instanceof Undecided;
        const isConflict = isFirebreakError(error, 'store-conflict');
        if ((!isConflict && !isUndecided) || attempt > CONFLICT_RETRIES) throw error;
        const fresh = await this.#load(id);
        if ((fresh?.ordinal ?? 0) !== (before?.ordinal ?? 0)) continue;
        // Our base was current: a fuse blew meanwhile, or the step was fenced. Authority is asked again, once.
        if (isUndecided || resolvedAgain || fresh === null) throw error;
        resolvedAgain = true;
        await this.#resolveAll(fresh, actor);
      }
    }
  }

  async #base(id: Id<'incident'>): Promise<IncidentState | null> {
    return this.#states.get(id) ?? (await this.#load(id));
  }

  async #resolveAll(state: IncidentState, actor: string): Promise<void> {
    for (const { identity } of state.subjects) {
      const resolution = await this.#resolve(state, identity);
      const before = await this.#base(state.id);
      await this.#once(state.id, before, { type: 'authority', identity, resolution }, actor, []);
    }
  }

  async #once(
    id: Id<'incident'>,
    before: IncidentState | null,
    command: IncidentCommand,
    actor: string,
    more: readonly Command[],
  ): Promise<IncidentDecided> {
    const { clock, ids, settings } = this.#parts;
    const nowMs = clock.nowMs();
    const decided = decideOn(id, before, command, { nowMs, ids, settings, actor });
    const prepared = carryOutEffects(this.#parts, decided);
    // Steps that start look at the state, so it has to be the new one by then.
    await this.#states.write(decided.state, async () => {
      await this.#write(decided, before, nowMs, prepared, more);
    });
    prepared.start();
    return decided;
  }

  /** That there is nothing to do is a decision too: it must not rest on what another node has changed. */
  #stillAt(before: IncidentState): readonly Command[] {
    if (this.#parts.store.dialect === 'sqlite') return [];
    return [versionCommand(before)];
  }

  async #write(
    decided: IncidentDecided,
    before: IncidentState | null,
    nowMs: number,
    prepared: Prepared,
    more: readonly Command[],
  ): Promise<void> {
    const { store, ledger, ids } = this.#parts;
    const changed = decided.entries.length > 0;
    const entries = toLedger(decided, before?.ordinal ?? 0, ids);
    if (changed) stopPoint('before-decision');
    await store.write(
      [
        ...more,
        ...(changed ? incidentCommands(before, decided.state, nowMs) : []),
        ...(changed ? appendCommands(entries) : []),
        ...(changed || before === null ? [] : this.#stillAt(before)),
        ...prepared.commands,
      ],
      decided.state.id,
    );
    if (!changed) return;
    stopPoint('after-decision');
    ledger.written();
  }
}

/** A refusal or a mistake on a base that may be old: it counts once the base is known to be current. */
class Undecided extends Error {}

function decideOn(...given: Parameters<typeof decide>): IncidentDecided {
  try {
    return decide(...given);
  } catch (error) {
    throw new Undecided('not decided', { cause: error });
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Undecided ? error.cause : error;
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
