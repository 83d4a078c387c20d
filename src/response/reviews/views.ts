import { digestOf, LIMITS, toTimestamp } from '../../kernel/index.ts';
import { cardsOf, type Member } from '../decisions/cards.ts';
import type { IncidentState } from '../incident/model.ts';
import type { TaskView } from '../model.ts';
import type { TrackName } from '../tracks/model.ts';
import { whyNotClosed } from './closing.ts';
import type { ReviewItemView, ReviewsView, TailView } from './door.ts';
import {
  type HeldTail,
  isLeft,
  type ReviewItem,
  type ReviewKind,
  SIBLING_REVIEWS,
  wantsVerdict,
} from './model.ts';

export function reviewsViewOf(state: IncidentState): ReviewsView {
  const { items, missed, longTail } = state.aftermath;
  const open = items.filter(wantsVerdict);
  const ranked = items.toSorted((a, b) => b.rank - a.rank || a.name.localeCompare(b.name));
  return {
    incident: state.id,
    judged: items.filter((one) => one.verdict !== null).length,
    open: open.length,
    cards: cardsOfReview(open).map(({ title, digest, items: on }) => ({
      title,
      digest,
      items: on.map(({ review, identity, id, name }) => ({ review, identity, id, name })),
    })),
    items: ranked.map(itemViewOf),
    missed,
    longTail: [...residualOf(state), ...longTail.map(tailViewOf)],
    waitsFor: state.status === 'restoring' ? whyNotClosed(state) : [],
  };
}

function itemViewOf({ verdict, ...item }: ReviewItem): ReviewItemView {
  if (verdict === null) return { ...item, verdict };
  const { atMs, ...said } = verdict;
  return { ...item, verdict: { ...said, at: toTimestamp(atMs) } };
}

function tailViewOf(held: HeldTail): TailView {
  const { key, kind, identity, what, holder, ended, sinceMs, untilMs } = held;
  const since = toTimestamp(sinceMs);
  const until = untilMs === null ? null : toTimestamp(untilMs);
  return { key, kind, identity, what, since, holder, until, state: tailStateOf(held), ended };
}

function tailStateOf(held: HeldTail): TailView['state'] {
  if (held.ended !== null) return 'ended';
  if (held.isOverdue) return 'overdue';
  return isLeft(held) ? 'unheld' : 'held';
}

/** Ends by itself: nobody has to hold it, and it is said all the same. */
function residualOf({ cuts }: IncidentState): readonly TailView[] {
  return cuts.flatMap(
    ({ id, status, subject, order, residualUntilMs, appliedAtMs, capability }) => {
      if (status !== 'residual' || residualUntilMs === null) return [];
      const whose = order.subject.credential ?? order.subject.identity;
      const why = capability.residualWhy ?? 'declared by the target';
      return [
        {
          key: `residual:${id}`,
          kind: 'residual' as const,
          identity: subject.identity,
          what: `residual access of ${whose}: ${why}`,
          since: toTimestamp(appliedAtMs ?? residualUntilMs),
          holder: 'firebreak',
          until: toTimestamp(residualUntilMs),
          state: 'held' as const,
          ended: null,
        },
      ];
    },
  );
}

export interface ReviewCard {
  readonly title: string;
  readonly digest: string;
  readonly items: readonly ReviewItem[];
}

/** What an item is known by, across lists and identities. */
export function keyOf({
  identity,
  review,
  id,
}: Pick<ReviewItem, 'identity' | 'review' | 'id'>): string {
  return `${identity} ${review} ${id}`;
}

/** At most as many as one person is asked; a trace that is found later makes another card of it. */
export function cardsOfReview(open: readonly ReviewItem[]): readonly ReviewCard[] {
  const byKey = new Map(open.map((one) => [keyOf(one), one]));
  return cardsOf(open.map(memberOf), LIMITS.cardsMax).map(({ members, digest }) => {
    const items = members.flatMap((one) => byKey.get(one.decision) ?? []);
    const ranked = items.toSorted((a, b) => b.rank - a.rank);
    const words = (of: (one: ReviewItem) => string): string =>
      [...new Set(items.map(of))].toSorted().join(' and ');
    const title = `${words((one) => one.review)}: ${items.length} with ${words((one) => one.trace)}, on ${words((one) => one.target ?? one.kind)}`;
    return { title, digest, items: ranked };
  });
}

const URGENCY = { minted: '1', used: '2', 'not-available': '3', 'nothing-seen': '4' } as const;

function memberOf(item: ReviewItem): Member {
  const { identity, review, trace, seen, target, kind, owner } = item;
  return {
    decision: keyOf(item),
    incident: identity,
    digest: digestOf({ trace, seen }),
    kind: review,
    action: trace,
    right: identity,
    class: target ?? kind,
    seat: owner ?? '',
    severity: URGENCY[trace],
  };
}

export interface ReviewTask {
  readonly track: TrackName;
  readonly title: string;
  readonly state: TaskView['state'];
  readonly blockedBy: string | null;
}

/** Reviews with their progress, and what stays, as pieces of work. */
export function reviewTasksOf({ aftermath, subjects }: IncidentState): readonly ReviewTask[] {
  const groups = Map.groupBy(aftermath.items, ({ identity, review }) => `${identity} ${review}`);
  const tasks = [...groups.values()].flatMap((items): readonly ReviewTask[] => {
    const [first] = items;
    if (first === undefined) return [];
    const name = subjects.find((one) => one.identity === first.identity)?.name ?? first.identity;
    const open = items.filter(wantsVerdict).length;
    const title = `review ${first.review} of ${name}: ${items.length - open} of ${items.length} with a result`;
    const state = open === 0 ? 'done' : 'doing';
    return [{ track: trackOf(first.review), title, state, blockedBy: null }];
  });
  const staying = aftermath.longTail.filter((one) => one.ended === null);
  const left = staying.filter(isLeft);
  if (staying.length === 0) return tasks;
  const track = 'business decisions';
  const title = `long tail: ${staying.length} that stay, ${left.length} without a holder`;
  const isBlocked = left.length > 0;
  const state = isBlocked ? 'blocked' : 'doing';
  const blockedBy = isBlocked ? 'nobody holds it' : null;
  return [...tasks, { track, title, state, blockedBy }];
}

function trackOf(review: ReviewKind): TrackName {
  return SIBLING_REVIEWS.has(review) ? 'identity containment' : 'forensics';
}
