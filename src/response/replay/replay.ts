import {
  type Authority,
  type Charter,
  loadCharter,
  resolveAuthority,
} from '../../authority/index.ts';
import type { Found } from '../../inventory/index.ts';
import {
  assert,
  createIds,
  createSeededRandom,
  type Id,
  LIMITS,
  toTimestamp,
} from '../../kernel/index.ts';
import type { Signal } from '../../signals/index.ts';
import { attribute } from '../attribute.ts';
import { considerFacts, readKnown } from '../facts.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import { incidentIdsOf } from '../store.ts';
import { type Imagined, imagine, type Imagining, passTime } from './clockwork.ts';
import type { ReplayReport, ReplayRequest, ReplayWrong } from './model.ts';
import { createReport, type Replayed } from './report.ts';

const DAY_MS = 86_400_000;

/** INVARIANT: nothing is written. Whatever tries to is a mistake of ours, and stops the replay. */
function readOnly(parts: ResponseParts): ResponseParts {
  const refuse = (): never => {
    assert(false, 'a replay writes nothing');
    throw new Error('unreachable');
  };
  return { ...parts, store: { ...parts.store, write: refuse, transaction: refuse, wake: refuse } };
}

interface Stage {
  readonly parts: ResponseParts;
  readonly charter: Charter;
  readonly imagining: Imagining;
  readonly setNow: (ms: number) => void;
}

type Cuts = readonly { readonly atMs: number; readonly source: string }[];

/** The cut that asks is counted already. */
function isBlown({ fuses }: Charter, cuts: Cuts, atMs: number, source: string): boolean {
  const isOver = (fuse: Charter['fuses']['sameSource'], counted: Cuts): boolean =>
    fuse !== null && counted.filter((one) => one.atMs > atMs - fuse.perMs).length > fuse.limit;
  const same = cuts.filter((cut) => cut.source === source);
  return isOver(fuses.automaticCuts, cuts) || isOver(fuses.sameSource, same);
}

/** The parts as they would have been: this charter in force all the time, its mandates acting, fuses from the replay. */
function stageOf(given: ResponseParts, charter: Charter): Stage {
  let nowMs = 0;
  const cuts: { readonly atMs: number; readonly source: string }[] = [];
  const mandates = charter.mandates.map((mandate) => ({ ...mandate, mode: 'act' as const }));
  const acting: Charter = { ...charter, mandates, effectiveMs: 0 };
  const parts = readOnly(given);
  const { authority } = parts;
  const imagined: Authority = {
    ...authority,
    charter: () => acting,
    record: async (target) => {
      const { rehearsedAt, restoreTimes } = await authority.record(target);
      return { rehearsedAt, restoreTimes, automaticCuts: cuts };
    },
    resolve: (facts, decision) =>
      resolveAuthority(acting, authority.roster(), facts, decision, nowMs),
  };
  const clock = { ...parts.clock, nowMs: () => nowMs };
  return {
    parts: { ...parts, authority: imagined, clock },
    charter,
    imagining: {
      // Ids of their own: they name nothing that exists.
      ids: createIds(() => nowMs, createSeededRandom(1)),
      settings: parts.settings,
      cutAt: (atMs, source) => cuts.push({ atMs, source }),
      isBlown: (atMs, source) => isBlown(charter, cuts, atMs, source),
    },
    setNow: (ms) => {
      nowMs = ms;
    },
  };
}

/** What the mandates of a charter would have done with past signals, and where that would have been wrong. */
export async function replay(
  given: ResponseParts,
  incidents: Incidents,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const endMs = given.clock.nowMs();
  const { charter: text } = request;
  const stage = stageOf(given, text === undefined ? given.authority.charter() : loadCharter(text));
  const signals = await signalsOf(stage, request, endMs - 90 * DAY_MS);
  const told: Replayed[] = [];
  const open = new Map<string, Replayed>();
  let unattributed = 0;
  for (const signal of signals) {
    const atMs = Date.parse(signal.receivedAt);
    passTime(imaginedOf(open.values()), atMs, stage.imagining);
    stage.setNow(atMs);
    const found = await attribute(stage.parts, signal);
    if (found === null) {
      unattributed += 1;
      continue;
    }
    const last = open.get(found.identity.id) ?? null;
    const isOver = last !== null && atMs - last.lastMs > DAY_MS && signal.type !== 'all-clear';
    const before = isOver ? null : last;
    if (before === null && signal.type === 'all-clear') continue;
    const after = await considered(stage, signal, found, before, atMs);
    if (before === null) told.push(after);
    open.set(found.identity.id, after);
  }
  passTime(imaginedOf(told), endMs, stage.imagining);
  for (const one of told) one.wrong.push(...(await restoredAsFalse(given, incidents, one)));
  return createReport(stage, told, { signals, unattributed, endMs });
}

function imaginedOf(ones: Iterable<Replayed>): readonly Imagined[] {
  return [...ones].map((one) => one.imagined);
}

async function considered(
  { parts, imagining }: Stage,
  signal: Signal,
  found: Found,
  before: Replayed | null,
  atMs: number,
): Promise<Replayed> {
  const known = await readKnown(parts, found.identity);
  const state = before?.imagined.state ?? null;
  const facts = await considerFacts(parts, signal, found, known, state);
  const id = before?.imagined.state.id ?? imagining.ids.next('incident');
  const command = { type: 'consider', considered: facts } as const;
  const imagined = imagine(id, before?.imagined ?? null, command, atMs, imagining);
  passTime([imagined], atMs, imagining);
  const one: Replayed = before ?? {
    found,
    imagined,
    signals: [],
    wrong: [],
    firstMs: atMs,
    lastMs: atMs,
  };
  one.signals.push(signal);
  one.lastMs = atMs;
  const cutMs = firstCutMs(one.imagined);
  if (signal.type === 'all-clear' && cutMs !== null) {
    const at = toTimestamp(atMs);
    one.wrong.push({ at, by: signal.source, why: 'all-clear', afterMs: atMs - cutMs });
  }
  return one;
}

function firstCutMs({ entries }: Imagined): number | null {
  return entries.find(({ kind }) => kind === 'cut.applied')?.atMs ?? null;
}

/** What people did in truth: they gave the identity back because the alarm was false. */
async function restoredAsFalse(
  parts: ResponseParts,
  incidents: Incidents,
  { found, imagined, firstMs }: Replayed,
): Promise<readonly ReplayWrong[]> {
  const cutMs = firstCutMs(imagined);
  if (cutMs === null) return [];
  const ids = await incidentIdsOf(parts.store, found.identity.id, LIMITS.pageRowsDefault);
  const states = await Promise.all(ids.map(async (id: string) => await incidents.state(id)));
  return states.flatMap((state) => {
    if (state === null || Math.abs(state.openedAtMs - firstMs) > DAY_MS) return [];
    return state.decisions.flatMap(({ action, state: now, openedAtMs, decidedBy }) => {
      const isFalse = action.verb === 'restore' && action.cause === 'false-alarm';
      if (!isFalse || now !== 'approved' || openedAtMs < cutMs) return [];
      const at = toTimestamp(openedAtMs);
      const why = 'given-back-as-false-alarm' as const;
      return [{ at, by: decidedBy ?? 'somebody', why, afterMs: openedAtMs - cutMs }];
    });
  });
}

async function signalsOf(
  { parts, imagining }: Stage,
  { signals, sinceMs }: ReplayRequest,
  defaultMs: number,
): Promise<readonly Signal[]> {
  if (signals === undefined) return await stored(parts, sinceMs ?? defaultMs);
  return signals
    .filter(({ occurredAt }) => Date.parse(occurredAt) >= (sinceMs ?? 0))
    .map((signal, index) => ({
      ...signal,
      id: imagining.ids.next('signal') as Id<'signal'>, // names nothing that exists
      key: String(index),
      custody: null,
      fingerprint: null,
      receivedAt: signal.occurredAt,
      detail: {},
    }))
    .toSorted((one, other) => Date.parse(one.receivedAt) - Date.parse(other.receivedAt));
}

/** Oldest first. */
async function stored({ signals }: ResponseParts, sinceMs: number): Promise<readonly Signal[]> {
  const found: Signal[] = [];
  let before: string | undefined;
  while (found.length < LIMITS.replaySignalsMax) {
    const limit = LIMITS.pageRowsMax;
    const page = await signals.list(before === undefined ? { limit } : { limit, before });
    found.push(...page.filter(({ receivedAt }) => Date.parse(receivedAt) >= sinceMs));
    const last = page.at(-1);
    if (last === undefined || Date.parse(last.receivedAt) < sinceMs) break;
    before = last.id;
  }
  return found.toReversed();
}
