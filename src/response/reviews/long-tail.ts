import { digestOf, FirebreakError, type Id, type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { Live } from '../decisions/model.ts';
import { openDecision } from '../decisions/open.ts';
import type { Draft } from '../incident/draft.ts';
import { type HeldTail, isLeft } from './model.ts';
import { tailOf } from './look.ts';

export type TailAct =
  | {
      readonly type: 'take';
      /** Empty: all that nobody holds. */
      readonly keys: readonly string[];
      readonly holder: string;
      readonly untilMs: number;
      readonly reason: string;
    }
  | { readonly type: 'end'; readonly keys: readonly string[]; readonly why: string }
  /** Whoever may decide is asked to take over what nobody holds. */
  | { readonly type: 'ask'; readonly live: Live }
  | { readonly type: 'due'; readonly live: Live };

export function changeLongTail(draft: Draft, act: TailAct): void {
  switch (act.type) {
    case 'take':
      take(draft, act);
      return;
    case 'end':
      end(draft, act.keys, act.why);
      return;
    case 'ask':
      askFor(draft, act.live);
      return;
    case 'due':
      due(draft, act.live);
      return;
  }
}

function staying(draft: Draft, keys: readonly string[]): readonly HeldTail[] {
  const { longTail } = draft.state().aftermath;
  if (keys.length === 0) return longTail.filter(isLeft);
  return keys.map((key) => {
    const found = longTail.find((one) => one.key === key && one.ended === null);
    if (found === undefined) throw new FirebreakError('long-tail-unknown', { key });
    return found;
  });
}

function take(draft: Draft, act: Extract<TailAct, { readonly type: 'take' }>): void {
  const { nowMs } = draft.facts;
  const { holder, untilMs, reason } = act;
  if (untilMs <= nowMs || untilMs > nowMs + LIMITS.longTailMsMax) {
    const days = LIMITS.longTailMsMax / 86_400_000;
    throw new FirebreakError('request-invalid', { problem: `until: within the next ${days} days` });
  }
  const keys = staying(draft, act.keys).map((one) => one.key);
  if (keys.length === 0) return;
  const taken = { keys, holder, untilMs, reason };
  draft.record('long-tail.taken', taken, `person:${holder}`);
  draft.effect({ type: 'long-tail-due', dueAtMs: untilMs });
  closeAsked(draft, `${holder} has taken it over`);
}

function end(draft: Draft, wanted: readonly string[], why: string): void {
  const keys = staying(draft, wanted).map((one) => one.key);
  if (keys.length === 0) return;
  draft.record('long-tail.ended', { keys, why });
  closeAsked(draft, 'it is no longer there');
}

/** What was judged since is no longer unreviewed. */
export function endUnreviewed(draft: Draft, identity: Id<'identity'>): void {
  const key = `unreviewed:${identity}`;
  const state = draft.state();
  const isListed = state.aftermath.longTail.some((one) => one.key === key && one.ended === null);
  if (isListed && !tailOf(state, identity).some((one) => one.key === key))
    end(draft, [key], 'all of it was looked at');
}

/** The keys that a question is about; null = it is no question about the long tail. */
export function tailAskedIn({ longTail }: JsonObject): readonly string[] | null {
  if (!Array.isArray(longTail)) return null;
  return longTail.filter((one) => typeof one === 'string');
}

/** Who says yes holds it, for as long as the question said. */
export function takeAsked(draft: Draft, parameters: JsonObject, holder: string): void {
  const { longTail } = draft.state().aftermath;
  const asked = tailAskedIn(parameters) ?? [];
  const keys = longTail
    .filter((one) => one.ended === null && asked.includes(one.key))
    .map((one) => one.key);
  const untilMs = draft.facts.nowMs + LIMITS.longTailMsDefault;
  if (keys.length > 0)
    take(draft, { type: 'take', keys, holder, untilMs, reason: 'asked, and taken over' });
}

/** What somebody has to take over: nobody holds it, or their time is over. */
function wantedOf(draft: Draft): readonly HeldTail[] {
  const { longTail } = draft.state().aftermath;
  return longTail.filter((one) => isLeft(one) || (one.ended === null && one.isOverdue));
}

function askFor(draft: Draft, live: Live): void {
  const items = wantedOf(draft);
  closeAsked(draft, 'what stays has changed');
  if (items.length === 0) return;
  const keys = items.map((one) => one.key).toSorted();
  const parameters = { longTail: keys, what: items.map((one) => one.what) };
  const digest = digestOf({ verb: 'act', act: 'business-continuity', parameters });
  const { decisions } = draft.state();
  if (decisions.some((one) => one.digest === digest && one.state === 'open')) return;
  const things = items.length === 1 ? '1 thing' : `${items.length} things`;
  const [first] = items;
  const what = `take over what stays after containment: ${things}, first ${first?.what ?? ''}`;
  const action = { verb: 'act', act: 'business-continuity', what, parameters } as const;
  const why = items.some((one) => one.isOverdue)
    ? 'the time of whoever held it is over'
    : 'nobody holds it';
  openDecision(draft, {
    kind: 'business-continuity',
    action,
    digest,
    why,
    resolution: live.resolution,
  });
}

/** A question about what is held by now, or gone, or no longer as it was. */
function closeAsked(draft: Draft, why: string): void {
  const keys = wantedOf(draft)
    .map((one) => one.key)
    .toSorted();
  for (const { id, state, action } of draft.state().decisions) {
    if (state !== 'open' || action.verb !== 'act') continue;
    const asked = tailAskedIn(action.parameters);
    if (asked !== null && keys.join() !== asked.join())
      draft.record('decision.expired', { decision: id, why });
  }
}

/** Whoever held it until now has not ended it: it is asked again, of whoever may decide. */
function due(draft: Draft, live: Live): void {
  const { nowMs } = draft.facts;
  const held = draft.state().aftermath.longTail.filter((one) => one.ended === null);
  const over = held.filter((one) => !one.isOverdue && one.untilMs !== null && one.untilMs <= nowMs);
  if (over.length === 0) return;
  draft.record('long-tail.overdue', { keys: over.map((one) => one.key) });
  askFor(draft, live);
}
