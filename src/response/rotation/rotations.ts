import { type Id, isFirebreakError, LIMITS, stopPoint, toTimestamp } from '../../kernel/index.ts';
import { appendCommands, type LedgerEntry, type RecordedEntry } from '../../ledger/index.ts';
import { PRIORITY, type Priority, type StepPlan } from '../../runner/index.ts';
import type { Command } from '../../store/index.ts';
import type { ResponseParts } from '../parts.ts';
import { States } from '../states.ts';
import { decideRotation, type RotationCommand } from './decide.ts';
import type { RotationDecided, RotationEffect } from './draft.ts';
import type { RotationEntry } from './entries.ts';
import { foldRotationAll } from './fold.ts';
import { ROTATION_SETTINGS, type RotationState } from './model.ts';
import { readRotationVersion, rotationCommand } from './store.ts';

/** The shell around the pure core: reads the state, decides, writes entries and steps in one commit. */
export interface Rotations {
  readonly state: (id: string) => Promise<RotationState | null>;
  readonly recorded: (id: string) => Promise<readonly RecordedEntry[]>;
  readonly apply: (
    id: Id<'rotation'>,
    command: RotationCommand,
    actor: string,
    more?: readonly Command[],
  ) => Promise<RotationDecided>;
}

const CONFLICT_RETRIES = 5;

export function createRotations(parts: ResponseParts): Rotations {
  const states = new States<RotationState>();
  const tails = new Map<string, Promise<unknown>>();
  const settings = { ...ROTATION_SETTINGS, ...parts.rotationSettings };
  const recorded = (id: string): Promise<readonly RecordedEntry[]> =>
    parts.ledger.incidentEntries(id, { limit: LIMITS.incidentEntriesMax });
  const load = (id: string): Promise<RotationState | null> =>
    states.load(async () => {
      const entries = (await recorded(id)).map(({ entry }) => fromLedger(entry));
      return foldRotationAll(entries, asRotationId(id));
    });
  const current = async (id: string): Promise<RotationState | null> => {
    await states.written(id);
    const kept = states.get(id);
    if (kept === undefined) return await load(id);
    if (parts.store.dialect === 'sqlite') return kept;
    return (await readRotationVersion(parts.store, id)) === kept.ordinal ? kept : await load(id);
  };
  const applyNow = async (
    ...[id, command, actor, more = []]: Parameters<Rotations['apply']>
  ): Promise<RotationDecided> => {
    for (let attempt = 1; ; attempt += 1) {
      const before = command.type === 'open' ? null : await current(id);
      try {
        const nowMs = parts.clock.nowMs();
        const decided = decideRotation(id, before, command, { nowMs, settings, actor });
        const planned = parts.runner.plan(
          decided.effects.map((one) => stepOf(parts, decided, one)),
        );
        // Steps that start look at the state, so it has to be the new one by then.
        await states.write(decided.state, async () => {
          await write(parts, decided, before, [...more, ...planned.commands], nowMs);
        });
        planned.start();
        return decided;
      } catch (error) {
        states.forget(id);
        if (!isFirebreakError(error, 'store-conflict') || attempt > CONFLICT_RETRIES) throw error;
        // The step of this command may be another node's by now: then no fresh state will help.
        const version = await readRotationVersion(parts.store, id);
        if (version === (before?.ordinal ?? null)) throw error;
      }
    }
  };
  return {
    recorded,
    state: current,
    apply: (...given) => {
      const [id] = given;
      const run = (): Promise<RotationDecided> => applyNow(...given);
      const next = (tails.get(id) ?? Promise.resolve()).then(run, run);
      tails.set(id, next);
      const forget = (): void => {
        if (tails.get(id) === next) tails.delete(id);
      };
      next.then(forget, forget);
      return next;
    },
  };
}

async function write(
  parts: ResponseParts,
  decided: RotationDecided,
  before: RotationState | null,
  more: readonly Command[],
  nowMs: number,
): Promise<void> {
  const changed = decided.entries.length > 0;
  if (changed) stopPoint('before-decision');
  const own = changed
    ? [
        rotationCommand(before, decided.state, nowMs),
        ...appendCommands(toLedger(parts, decided, before?.ordinal ?? 0)),
      ]
    : [];
  await parts.store.write([...more, ...own], decided.state.id);
  if (!changed) return;
  stopPoint('after-decision');
  parts.ledger.written();
}

const PRIORITIES: Readonly<Record<RotationEffect['type'], Priority>> = {
  prepare: PRIORITY.restore,
  mint: PRIORITY.restore,
  'hand-over': PRIORITY.restore,
  retire: PRIORITY.restore,
  'retire-lost': PRIORITY.restore,
  note: PRIORITY.watch,
  renew: PRIORITY.restore,
  observe: PRIORITY.watch,
  deadline: PRIORITY.watch,
  page: PRIORITY.notification,
};

function stepOf(
  parts: ResponseParts,
  { state }: RotationDecided,
  effect: RotationEffect,
): StepPlan {
  const id = parts.ids.next('step');
  const { type, ...more } = effect;
  const about =
    'step' in effect
      ? effect.step
      : 'handOver' in effect
        ? state.handOvers.find((one) => one.id === effect.handOver)?.step
        : undefined;
  const target = state.steps.find((one) => one.id === about)?.target ?? null;
  return {
    id,
    kind: `rotation.${type}`,
    subject: state.id,
    lane: null,
    // What is noted goes to the inventory, and what is planned is not done yet: both wait for no target.
    target: type === 'note' || type === 'renew' ? null : servedBy(parts, target),
    priority: PRIORITIES[type],
    dueAtMs: 'dueAtMs' in effect ? effect.dueAtMs : parts.clock.nowMs(),
    key: id,
    payload: { rotation: state.id, ...more },
  };
}

function servedBy(parts: ResponseParts, target: string | null): string | null {
  return target !== null && parts.connectors.has(target) ? target : null;
}

function asRotationId(id: string): Id<'rotation'> {
  // Ids come back from the store as plain text; only this word's own rows are read here.
  return id as Id<'rotation'>;
}

/** A rotation is a sequence of its own on the ledger, as an incident is: its id stands where an incident's would. */
function toLedger(
  parts: ResponseParts,
  { entries, state }: RotationDecided,
  firstOrdinal: number,
): readonly LedgerEntry[] {
  return entries.map((entry, index) => ({
    id: parts.ids.next('entry'),
    at: toTimestamp(entry.atMs),
    kind: entry.kind,
    actor: entry.actor,
    incident: state.id,
    ordinal: firstOrdinal + index,
    // Plain JSON by construction; the interfaces lack the index signature that JsonObject asks for.
    data: entry.data as unknown as LedgerEntry['data'],
  }));
}

export function fromLedger(entry: LedgerEntry): RotationEntry {
  const { kind, at, actor, data } = entry;
  // The reverse of toLedger: kind and data were written together.
  return { kind, atMs: Date.parse(at), actor, data } as unknown as RotationEntry;
}
