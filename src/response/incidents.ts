import type { AuthorityResolution } from '../authority/index.ts';
import {
  type Id,
  isFirebreakError,
  LIMITS,
  present,
  stopPoint,
  toTimestamp,
} from '../kernel/index.ts';
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
import { Turns } from './turns.ts';

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

/** One command with what belongs into its commit. */
interface Order {
  readonly command: IncidentCommand;
  readonly actor: string;
  readonly more: readonly Command[];
}

export function createIncidents(parts: ResponseParts, resolve: ResolveAgain): Incidents {
  const shell = new IncidentShell(parts, resolve);
  return {
    newId: () => shell.newId(),
    state: (id) => shell.current(id),
    apply: (id, command, actor, more = []) => shell.apply(id, { command, actor, more }),
  };
}

class IncidentShell {
  readonly #parts: ResponseParts;
  readonly #resolve: ResolveAgain;
  readonly #states = new States<IncidentState>();
  readonly #turns = new Turns<Order, IncidentDecided>({
    alone: (id, order) => this.#alone(asIncidentId(id), order),
    together: (id, orders) => this.#together(asIncidentId(id), orders),
  });
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
  apply(id: Id<'incident'>, order: Order): Promise<IncidentDecided> {
    return this.#turns.take(id, order);
  }

  async #alone(id: Id<'incident'>, order: Order): Promise<IncidentDecided> {
    try {
      return await this.#applyNow(id, order);
    } catch (error) {
      throw causeOf(error);
    }
  }

  /** One commit for all of them; when it is refused because of one, each is tried alone. */
  async #together(
    id: Id<'incident'>,
    orders: readonly Order[],
  ): Promise<readonly IncidentDecided[] | null> {
    const before = await this.#base(id);
    // What opens it is tried by itself: it may meet another that opens one for the same identity.
    if (before === null) return null;
    try {
      return await this.#write(id, before, orders);
    } catch (error) {
      this.#states.forget(id);
      if (isRefused(error)) return null;
      throw error;
    }
  }

  async #applyNow(id: Id<'incident'>, order: Order): Promise<IncidentDecided> {
    let resolvedAgain = false;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#unused.delete(id) ? null : await this.#base(id);
      try {
        return await this.#once(id, before, order);
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
        await this.#resolveAll(fresh, order);
      }
    }
  }

  async #base(id: Id<'incident'>): Promise<IncidentState | null> {
    return this.#states.get(id) ?? (await this.#load(id));
  }

  async #resolveAll(state: IncidentState, { command, actor }: Order): Promise<void> {
    for (const identity of concernedBy(state, command)) {
      const resolution = await this.#resolve(state, identity);
      const before = await this.#base(state.id);
      const resolved = { type: 'authority', identity, resolution } as const;
      await this.#once(state.id, before, { command: resolved, actor, more: [] });
    }
  }

  async #once(
    id: Id<'incident'>,
    before: IncidentState | null,
    order: Order,
  ): Promise<IncidentDecided> {
    const [decided] = await this.#write(id, before, [order]);
    return present(decided, 'one order makes one decision');
  }

  /** Decides one after the other on what the one before it made, and writes all of it in one commit. */
  async #write(
    id: Id<'incident'>,
    before: IncidentState | null,
    orders: readonly Order[],
  ): Promise<readonly IncidentDecided[]> {
    const { clock, ids, settings } = this.#parts;
    const nowMs = clock.nowMs();
    const all: IncidentDecided[] = [];
    const prepared: Prepared[] = [];
    let state = before;
    for (const { command, actor } of orders) {
      // What is left has its own commit: a long one would hold up other incidents.
      if (sizeOf(all) >= LIMITS.incidentEntriesAtOnce) break;
      const decided = decideOn(id, state, command, { nowMs, ids, settings, actor });
      ({ state } = decided);
      all.push(decided);
      prepared.push(carryOutEffects(this.#parts, decided));
    }
    const after = present(state, 'an incident exists once something was decided about it');
    // Steps that start look at the state, so it has to be the new one by then.
    await this.#states.write(after, async () => {
      await this.#commit(before, after, [
        ...orders.slice(0, all.length).flatMap(({ more }) => more),
        ...this.#recording(before, after, all, nowMs),
        ...prepared.flatMap(({ commands }) => commands),
      ]);
    });
    for (const one of prepared) one.start();
    return all;
  }

  /** That there is nothing to do is a decision too: it must not rest on what another node has changed. */
  #stillAt(before: IncidentState): readonly Command[] {
    if (this.#parts.store.dialect === 'sqlite') return [];
    return [versionCommand(before)];
  }

  #recording(
    before: IncidentState | null,
    after: IncidentState,
    all: readonly IncidentDecided[],
    nowMs: number,
  ): readonly Command[] {
    const made = all.flatMap(({ entries }) => entries);
    if (made.length === 0) return before === null ? [] : this.#stillAt(before);
    const entries = toLedger(after.id, made, before?.ordinal ?? 0, this.#parts.ids);
    return [...incidentCommands(before, after, nowMs), ...appendCommands(entries)];
  }

  async #commit(
    before: IncidentState | null,
    after: IncidentState,
    commands: readonly Command[],
  ): Promise<void> {
    const { store, ledger } = this.#parts;
    const changed = after !== before;
    if (changed) stopPoint('before-decision');
    await store.write(commands, after.id);
    if (!changed) return;
    stopPoint('after-decision');
    ledger.written();
  }
}

function sizeOf(all: readonly IncidentDecided[]): number {
  return all.reduce((sum, { entries }) => sum + entries.length, 0);
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

/** Whose authority a command may act under: of one identity where it names one, else of all. */
function concernedBy(
  { subjects, cuts }: IncidentState,
  command: IncidentCommand,
): readonly Id<'identity'>[] {
  const named =
    'identity' in command
      ? command.identity
      : 'cut' in command
        ? cuts.find((one) => one.id === command.cut)?.subject.identity
        : 'considered' in command
          ? command.considered.found.identity.id
          : undefined;
  const all = subjects.map(({ identity }) => identity);
  return named === undefined ? all : all.filter((identity) => identity === named);
}

/** Nothing of the list was written, because of something in it. */
function isRefused(error: unknown): boolean {
  return (
    error instanceof Undecided ||
    isFirebreakError(error, 'store-conflict') ||
    isFirebreakError(error, 'store-constraint') ||
    isFirebreakError(error, 'step-fenced')
  );
}

function causeOf(error: unknown): unknown {
  return error instanceof Undecided ? error.cause : error;
}

function asIncidentId(id: string): Id<'incident'> {
  // Ids come back from the store as plain text; only this word's own rows are read here.
  return id as Id<'incident'>;
}

function toLedger(
  incident: Id<'incident'>,
  made: readonly IncidentEntry[],
  firstOrdinal: number,
  ids: ResponseParts['ids'],
): readonly LedgerEntry[] {
  return made.map((entry, index) => ({
    id: ids.next('entry'),
    at: toTimestamp(entry.atMs),
    kind: entry.kind,
    actor: entry.actor,
    incident,
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
