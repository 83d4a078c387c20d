import { type Id, LIMITS } from '../../kernel/index.ts';
import { isStanding } from '../containment/model.ts';
import { isExposed } from '../containment/restore.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import { type Found, isLeft, type Looked, type TailItem } from './model.ts';

/** A look came back: what is new or has changed goes on record, and once things are given back also what stays. */
export function reviewed(draft: Draft, identity: Id<'identity'>, found: Found): void {
  const state = draft.state();
  if (state.status === 'closed') return;
  const known = state.aftermath.items.filter((one) => one.identity === identity);
  const items = found.items.filter((one) => !known.some((before) => isSame(before, one)));
  draft.record('review.looked', { identity, items, missed: found.missed });
  if (draft.state().status === 'restoring') listTail(draft, identity, found.stays);
}

/** INVARIANT: a look that learned less than the one before does not take back what was seen. */
function isSame(before: Looked, now: Looked): boolean {
  if (before.review !== now.review || before.id !== now.id) return false;
  return WORSE.indexOf(now.trace) <= WORSE.indexOf(before.trace);
}

const WORSE: readonly Looked['trace'][] = ['not-available', 'nothing-seen', 'used', 'minted'];

function listTail(draft: Draft, identity: Id<'identity'>, stays: readonly TailItem[]): void {
  const state = draft.state();
  const now = [...tailOf(state, identity), ...stays];
  const before = state.aftermath.longTail.filter((one) => one.identity === identity);
  const known = new Set(before.filter((one) => one.ended === null).map((one) => one.key));
  const added = now.filter((one) => !known.has(one.key)).slice(0, LIMITS.longTailMax);
  if (added.length > 0) draft.record('long-tail.listed', { items: added });
  const still = new Set(now.map((one) => one.key));
  const gone = [...known].filter((key) => !still.has(key));
  if (gone.length > 0)
    draft.record('long-tail.ended', { keys: gone, why: 'it is no longer there' });
  if (draft.state().aftermath.longTail.some(isLeft)) draft.effect({ type: 'long-tail-ask' });
}

/** What the incident itself knows to stay. */
export function tailOf(state: IncidentState, identity: Id<'identity'>): readonly TailItem[] {
  const name = state.subjects.find((one) => one.identity === identity)?.name ?? identity;
  const kept = state.cuts.filter(
    (cut) =>
      cut.subject.identity === identity &&
      isStanding(cut) &&
      cut.capability.reversible &&
      cut.order.grain === 'credential' &&
      (isExposed(state, cut) || cut.subject.descendantOf !== null),
  );
  const dead = new Set(
    state.cuts
      .filter((cut) => cut.status === 'irrevocable')
      .map((cut) => cut.order.subject.credential),
  );
  const credentials = [...new Set(kept.map((cut) => cut.order.subject.credential ?? ''))];
  return [
    ...credentials
      .filter((ref) => !dead.has(ref))
      .map((ref) => ({
        key: `kept:${identity}:${ref}`,
        kind: 'kept' as const,
        identity,
        what: `${ref} of ${name} is held and not revoked`,
      })),
    ...state.manual
      .filter((one) => one.identity === identity && one.status === 'claimed')
      .map((one) => ({
        key: `by-hand:${one.decision}`,
        kind: 'by-hand' as const,
        identity,
        what: `${one.guarantee} of ${name} was done by hand on ${one.claimedBy ?? 'somebody'}'s word; nothing proves it`,
      })),
    ...unreviewed(state, identity, name),
  ];
}

/** One thing for all that nobody could look at: it is one piece of work. */
function unreviewed(
  { aftermath }: IncidentState,
  identity: Id<'identity'>,
  name: string,
): readonly TailItem[] {
  const left = aftermath.items.filter(
    (one) =>
      one.identity === identity &&
      one.review === 'downstream' &&
      one.trace === 'not-available' &&
      one.verdict === null,
  );
  const missed = aftermath.missed.filter((one) => one.identity === identity);
  if (left.length + missed.length === 0) return [];
  const names = left.slice(0, NAMED).map((one) => one.name);
  const more = left.length > NAMED ? [`${left.length - NAMED} more`] : [];
  const parts = [...names, ...more, ...missed.map((one) => one.why)].join(', ');
  const what = `what trusted ${name} could not be looked at: ${parts}`;
  return [{ key: `unreviewed:${identity}`, kind: 'unreviewed', identity, what }];
}

const NAMED = 5;
