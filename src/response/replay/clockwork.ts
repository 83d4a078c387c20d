import { type Id, LIMITS } from '../../kernel/index.ts';
import type { CutEvent } from '../containment/decide.ts';
import { decide, type IncidentCommand, type IncidentDecided } from '../incident/decide.ts';
import type { Facts } from '../incident/draft.ts';
import type { Effect } from '../incident/effects.ts';
import type { IncidentEntry } from '../incident/entries.ts';
import type { IncidentState } from '../incident/model.ts';

/** One incident that is only thought through: the same core, on a target where every cut works at once. */
export interface Imagined {
  state: IncidentState;
  readonly entries: IncidentEntry[];
  readonly due: { readonly atMs: number; readonly command: IncidentCommand }[];
}

export interface Imagining extends Pick<Facts, 'ids' | 'settings'> {
  /** For the fuses: each cut that automation would have made. */
  readonly cutAt: (atMs: number, source: string) => void;
  /** A fuse that has blown since the cut was planned gives it back to people. */
  readonly isBlown: (atMs: number, source: string) => boolean;
}

export function imagine(
  id: Id<'incident'>,
  before: Imagined | null,
  command: IncidentCommand,
  nowMs: number,
  imagining: Imagining,
): Imagined {
  const { ids, settings } = imagining;
  const facts = { nowMs, ids, settings, actor: 'replay' };
  const decided = decide(id, before?.state ?? null, command, facts);
  const after = before ?? { state: decided.state, entries: [], due: [] };
  after.state = decided.state;
  after.entries.push(...decided.entries);
  for (const effect of decided.effects) follow(after, decided, effect, nowMs, imagining);
  return after;
}

/** Lets time pass up to `untilMs`, for all at once: windows end, cuts take effect and are proven. Nobody answers. */
export function passTime(ones: Iterable<Imagined>, untilMs: number, imagining: Imagining): void {
  const waiting = new Set([...ones].filter(({ due }) => due.length > 0));
  while (waiting.size > 0) {
    const next = earliest(waiting);
    if (next === null || next.due.atMs > untilMs) return;
    if (next.one.entries.length > LIMITS.replayEntriesMax) next.one.due.length = 0;
    if (next.one.due.length === 0) {
      waiting.delete(next.one);
      continue;
    }
    next.one.due.splice(next.one.due.indexOf(next.due), 1);
    imagine(next.one.state.id, next.one, next.due.command, next.due.atMs, imagining);
    if (next.one.due.length === 0) waiting.delete(next.one);
  }
}

interface Next {
  readonly one: Imagined;
  readonly due: Imagined['due'][number];
}

function earliest(ones: Iterable<Imagined>): Next | null {
  let first: Next | null = null;
  for (const one of ones) {
    for (const due of one.due) {
      if (first === null || due.atMs < first.due.atMs) first = { one, due };
    }
  }
  return first;
}

function follow(
  one: Imagined,
  { state }: IncidentDecided,
  effect: Effect,
  nowMs: number,
  { cutAt, isBlown }: Imagining,
): void {
  switch (effect.type) {
    case 'cut-step': {
      const cut = state.cuts.find((other) => other.id === effect.cut);
      const source = state.signals[0]?.source ?? '';
      const stillAutomatic = !isBlown(nowMs, source);
      const event = cut === undefined ? null : answerOf(effect.step, cut, stillAutomatic);
      if (event === null) return;
      const command = { type: 'cut', cut: effect.cut, event } as const;
      one.due.push({ atMs: Math.max(nowMs, effect.dueAtMs), command });
      return;
    }
    case 'window-end': {
      const { identity, window, dueAtMs: atMs } = effect;
      one.due.push({ atMs, command: { type: 'window-end', identity, window } });
      return;
    }
    case 'automatic-cut':
      cutAt(nowMs, effect.source);
      return;
    default:
      // People, gates, watches and timers of questions: nobody is told and nothing is changed.
      return;
  }
}

const SETTLED = new Set(['proven', 'irrevocable']);

/** What a target that does as it is told would answer; null once there is nothing more to learn. */
function answerOf(
  step: Extract<Effect, { readonly type: 'cut-step' }>['step'],
  { capability, status }: IncidentState['cuts'][number],
  stillAutomatic: boolean,
): CutEvent | null {
  switch (step) {
    case 'cut.capture-evidence':
      return { type: 'evidence', captured: [], missed: [] };
    case 'cut.prepare': {
      const inverse = capability.reversible ? {} : null;
      return { type: 'prepared', preImage: {}, inverse, control: true, stillAutomatic };
    }
    case 'cut.apply':
      return { type: 'applied', applied: { state: 'done', raw: {} } };
    case 'cut.probe':
      if (SETTLED.has(status)) return null;
      return {
        type: 'probed',
        probed: {
          observed: 'denied',
          error: null,
          expected: true,
          control: 'works',
          vantage: 'replay',
          method: capability.probeMethod,
        },
      };
    case 'cut.revert':
    case 'cut.restore-probe':
      return null;
  }
}
