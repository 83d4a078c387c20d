import { FirebreakError, type Id } from '../../kernel/index.ts';
import type { Asker } from '../decisions/hearing.ts';
import { rungsOf } from '../decisions/rungs.ts';
import { type Draft, subjectOf } from '../incident/draft.ts';
import { endUnreviewed } from './long-tail.ts';
import type { ReviewItem, ReviewKind, Verdict } from './model.ts';

export interface Judged {
  readonly identity: Id<'identity'>;
  readonly review: ReviewKind;
  readonly items: readonly string[];
  readonly as: Verdict;
  readonly reason: string;
  /** Where it is cut or asked. */
  readonly incident: string | null;
  readonly by: Asker;
  /** Items that this person answers for. */
  readonly owns: readonly string[];
}

/** Somebody has looked. INVARIANT: only who may contain calls something benign, or whose it is. */
export function judge(draft: Draft, given: Judged): void {
  const { identity, review, items, as, reason, incident, by } = given;
  const known = draft
    .state()
    .aftermath.items.filter((one) => one.identity === identity && one.review === review);
  const meant = items.map((id) => known.find((one) => one.id === id) ?? unknownItem(id, review));
  mustBeAllowed(draft, given, meant);
  const open = meant.filter((one) => one.verdict?.as !== as).map((one) => one.id);
  if (open.length === 0) return;
  const person = by.person ?? by.name;
  const data = { identity, review, items: open, as, by: person, reason, incident };
  draft.record('review.judged', data, `person:${person}`);
  endUnreviewed(draft, identity);
}

function unknownItem(item: string, review: ReviewKind): never {
  throw new FirebreakError('review-item-unknown', { item, review });
}

function mustBeAllowed(
  draft: Draft,
  { identity, by, owns }: Judged,
  meant: readonly ReviewItem[],
): void {
  const { resolution } = by.live;
  const { person } = by;
  const isSuspect = person === null || by.live.suspects.people.includes(person);
  const decides =
    person !== null && rungsOf(resolution).some((rung) => rung.people.includes(person));
  if (!isSuspect && (decides || meant.every((one) => owns.includes(one.id)))) return;
  const { holders } = subjectOf(draft, identity).resolution;
  throw new FirebreakError('authority-missing', {
    person: person ?? by.name,
    decision: 'judge what a review lists',
    holder: holders.map((one) => one.person).join(', ') || 'nobody',
    incident: draft.state().id,
  });
}
