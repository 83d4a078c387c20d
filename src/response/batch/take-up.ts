import type { Severity } from '../../authority/index.ts';
import {
  GUARANTEES,
  type Guarantee,
  type Id,
  isAtLeast,
  LIMITS,
  present,
} from '../../kernel/index.ts';
import type { CutState } from '../containment/model.ts';
import { type Draft, startWatch, subjectOf } from '../incident/draft.ts';
import type { NewSubject } from '../incident/entries.ts';
import type { SubjectState } from '../incident/model.ts';
import { ask, plan } from '../incident/ladder.ts';
import { firstHold, holdsFor, lackOf, refusal } from '../plan/plan.ts';
import { type Ask, questionsOfBatch } from './questions.ts';
import type { Batch, LeftOut, Member } from './model.ts';

export interface BatchAsked {
  readonly title: string;
  readonly severity: Severity;
  readonly guarantee: Guarantee;
  readonly reason: string;
  readonly members: readonly Member[];
}

/** What is known of a member when it is taken up; or why it is not. */
export type Looked = { readonly subject: NewSubject } | LeftOut;

/** Opens the incident or joins it. Who is on the list is on record before anybody is looked at. */
export function askBatch(draft: Draft, asked: BatchAsked, isNew: boolean): Id<'batch'> {
  const { nowMs, settings, ids, actor } = draft.facts;
  const { title, severity, guarantee, reason, members } = asked;
  if (isNew) {
    const firstSuspectAtMs = nowMs - settings.lookBackMs;
    draft.record('incident.opened', { title, severity, firstSuspectAtMs });
  } else if (draft.state().status === 'closed') {
    draft.record('incident.reopened', { why: reason });
  }
  const id = ids.next('batch');
  draft.record('batch.opened', { batch: { id, guarantee, reason, askedBy: actor, members } });
  draft.effect({ type: 'take-up', batch: id });
  return id;
}

export function batchOf(draft: Draft, id: string): Batch {
  const found = draft.state().batches.find((one) => one.id === id);
  return present(found, `batch ${id} belongs to this incident`);
}

/** Those whose turn it is. One commit holds so few that nobody waits for it. */
export function nextMembers({ members, taken }: Batch): readonly Member[] {
  return members.slice(taken, taken + LIMITS.batchSliceIdentities);
}

/** One slice becomes part of the incident; after the last one people are asked. `from`: where the slice begins. */
export function takeUp(
  draft: Draft,
  id: Id<'batch'>,
  from: number,
  looked: readonly Looked[],
): void {
  const batch = batchOf(draft, id);
  // Somebody else has taken it up, or nobody wants it any more.
  if (batch.taken !== from || batch.questions !== null || draft.state().status === 'closed') return;
  const left = looked.flatMap((one) => takeUpOne(draft, batch, one) ?? []);
  const upTo = from + looked.length;
  draft.record('batch.taken', { batch: id, upTo, left });
  if (upTo < batch.members.length) draft.effect({ type: 'take-up', batch: id });
  else askPeople(draft, batchOf(draft, id));
}

/** Null when its cuts are planned. */
function takeUpOne(draft: Draft, batch: Batch, looked: Looked): LeftOut | null {
  if ('why' in looked) return looked;
  const { subject } = looked;
  const { identity } = subject;
  const why = whyLeft(subject, batch.guarantee);
  if (why !== null) return { identity, why };
  if (!draft.state().subjects.some((one) => one.identity === identity)) {
    const wide = subject.credentials.length === 0;
    draft.record('signal.attributed', { subject: { ...subject, wide }, by: batch.askedBy });
    startWatch(draft, identity);
  }
  const known = withNamed(draft, subject);
  const isDeep = isAtLeast(GUARANTEES, batch.guarantee, 'G3');
  // The first act is always that it cannot mint.
  const first = isDeep ? firstHold(known, 'G2') : null;
  const stages = first === null ? [batch.guarantee] : [first, batch.guarantee];
  const planned = stages.flatMap((guarantee) =>
    holdsFor(known, guarantee, batch.reason).flatMap(
      (hold) => plan(draft, identity, hold, 'again') ?? [],
    ),
  );
  return planned.length > 0 ? null : { identity, why: 'that is cut or asked for already' };
}

/** One that is part of the incident may be on the list for another of its credentials. */
function withNamed(draft: Draft, { identity, credentials }: NewSubject): SubjectState {
  for (const credential of credentials) {
    const isKnown = subjectOf(draft, identity).credentials.some((one) => one.id === credential.id);
    if (!isKnown) draft.record('credential.named', { identity, credential });
  }
  return subjectOf(draft, identity);
}

/** In no question: what cannot be cut would stand in the way of an answer about everything else. */
function whyLeft(subject: NewSubject, guarantee: Guarantee): string | null {
  const { capabilities, target } = subject;
  const known = { ...subject, sinceMs: 0, window: null, respawns: [], held: null };
  const refused = refusal(known);
  if (refused !== null) return refused;
  if (capabilities.guarantees.some((one) => one.guarantee === guarantee)) return null;
  return capabilities.guarantees.length === 0
    ? lackOf(known)
    : `${target} cannot give ${guarantee}`;
}

/** What is asked of it, in the order of its members; a question that stands already is on another list. */
function askPeople(draft: Draft, batch: Batch): void {
  const asked = new Set(
    draft
      .state()
      .decisions.flatMap(({ state, action }) =>
        state === 'open' && action.verb === 'cut' ? action.cuts : [],
      ),
  );
  const open = draft
    .state()
    .cuts.filter(({ id, status }) => status === 'planned' && !asked.has(id));
  const cutsOf = Map.groupBy(open, (cut: CutState) => cut.subject.identity);
  const identities = new Set(batch.members.map(({ identity }) => identity));
  const asks = [...identities].flatMap<Ask>((identity) => {
    const cuts = cutsOf.get(identity);
    return cuts === undefined ? [] : [{ subject: subjectOf(draft, identity), cuts }];
  });
  const questions = questionsOfBatch(asks).flatMap(({ resolution, identity, cuts }) => {
    const why = `${batch.reason} (${countOf(cuts)} of ${identities.size} identities)`;
    const list = { resolution, isList: true };
    return (
      ask(
        draft,
        identity,
        cuts.map(({ id }) => id),
        batch.guarantee,
        why,
        list,
      ) ?? []
    );
  });
  draft.record('batch.asked', { batch: batch.id, questions });
}

function countOf(cuts: readonly CutState[]): number {
  return new Set(cuts.map((cut) => cut.subject.identity)).size;
}
