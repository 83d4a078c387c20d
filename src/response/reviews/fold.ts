import { assertNever } from '../../kernel/index.ts';
import type { IncidentEntry } from '../incident/entries.ts';
import type { Aftermath, HeldTail, Looked, ReviewEntryData, ReviewItem } from './model.ts';

export type ReviewEntry = Extract<IncidentEntry, { readonly kind: keyof ReviewEntryData }>;

export function isOfReviews(entry: IncidentEntry): entry is ReviewEntry {
  return (
    entry.kind.startsWith('review.') ||
    entry.kind.startsWith('long-tail.') ||
    entry.kind === 'incident.waits'
  );
}

export function foldReviews(state: Aftermath, entry: ReviewEntry): Aftermath {
  switch (entry.kind) {
    case 'review.looked':
      return looked(state, entry.data);
    case 'review.judged': {
      const { identity, review, items, as, by, reason, incident } = entry.data;
      const verdict = { as, by, reason, atMs: entry.atMs, incident };
      const isMeant = (one: ReviewItem): boolean =>
        one.identity === identity && one.review === review && items.includes(one.id);
      return {
        ...state,
        items: state.items.map((one) => (isMeant(one) ? { ...one, verdict } : one)),
      };
    }
    case 'long-tail.listed': {
      const added = entry.data.items.map((item) => ({
        ...item,
        sinceMs: entry.atMs,
        holder: null,
        untilMs: null,
        isOverdue: false,
        ended: null,
      }));
      const keys = new Set(added.map((one) => one.key));
      return {
        ...state,
        longTail: [...state.longTail.filter((one) => !keys.has(one.key)), ...added],
      };
    }
    case 'long-tail.taken': {
      const { keys, holder, untilMs } = entry.data;
      return withTail(state, keys, { holder, untilMs, isOverdue: false });
    }
    case 'long-tail.overdue':
      return withTail(state, entry.data.keys, { isOverdue: true });
    case 'long-tail.ended':
      return withTail(state, entry.data.keys, { ended: entry.data.why });
    case 'incident.waits':
      return { ...state, waits: entry.data };
    default:
      return assertNever(entry);
  }
}

function looked(
  state: Aftermath,
  { identity, items, missed }: ReviewEntryData['review.looked'],
): Aftermath {
  const isNew = (one: Looked): boolean =>
    items.some((each) => each.review === one.review && each.id === one.id);
  return {
    ...state,
    items: [
      ...state.items.filter((one) => one.identity !== identity || !isNew(one)),
      // A trace that was not there when it was judged wants another verdict.
      ...items.map((one) => ({ ...one, identity, verdict: null })),
    ],
    missed: [
      ...state.missed.filter((one) => one.identity !== identity),
      ...missed.map((why) => ({ identity, why })),
    ],
    lookedSince: state.lookedSince === null ? null : [...state.lookedSince, identity],
  };
}

function withTail(state: Aftermath, keys: readonly string[], change: Partial<HeldTail>): Aftermath {
  return {
    ...state,
    longTail: state.longTail.map((one) => (keys.includes(one.key) ? { ...one, ...change } : one)),
  };
}
