import type { DecisionKind } from '../../authority/index.ts';
import type { Id } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import { disbelieve } from '../incident/disbelieve.ts';
import { handOn } from './advance.ts';
import { decisionOf } from './find.ts';
import { isBarred } from './hearing.ts';
import type { IncidentDecision, Live, SuspectNamed } from './model.ts';
import { askAgain } from './open.ts';
import { newestRung } from './rungs.ts';
import { isLoosening, plannedAgain, takeBack } from './take-back.ts';

const CONTAINING: ReadonlySet<DecisionKind> = new Set(['contain', 'revoke']);

/**
 * Somebody turns out to be a suspect. INVARIANT: open rungs skip them, their containing answers stand, their loosening
 * answers are undone and asked again. `live`: what is true now of each decision, by its id.
 */
export function suspectMarked(
  draft: Draft,
  suspect: SuspectNamed,
  by: Id<'decision'> | Id<'signal'>,
  live: ReadonlyMap<string, Live>,
): void {
  const before = draft.entries.length;
  if (suspect.kind === 'source') disbelieve(draft, suspect.name);
  if (suspect.kind === 'person') passOverAll(draft, suspect.name, live);
  if (draft.entries.length > before) draft.record('suspect.considered', { suspect, by });
}

function passOverAll(draft: Draft, person: string, live: ReadonlyMap<string, Live>): void {
  for (const { id } of draft.state().decisions) {
    // As it is by now: undoing an answer before may have closed this question.
    const one = decisionOf(draft.state(), id);
    if (one.state === 'open') passOver(draft, one, person, live.get(id) ?? null);
    else undoAnswer(draft, one, person);
  }
}

function isVoice(decision: IncidentDecision, person: string): boolean {
  return decision.votes.some((vote) => vote.person === person) || decision.decidedBy === person;
}

function passOver(
  draft: Draft,
  decision: IncidentDecision,
  person: string,
  live: Live | null,
): void {
  const { id, kind, votes } = decision;
  if (votes.some((vote) => vote.person === person) && !CONTAINING.has(kind))
    draft.record('decision.vote-undone', { decision: id, person, why: 'is marked as a suspect' });
  const newest = newestRung(decision);
  if (live === null || newest?.people.includes(person) !== true) return;
  if (newest.people.some((one) => !isBarred(one, live))) return;
  handOn(draft, decision, live.resolution, 'not-eligible');
}

function undoAnswer(draft: Draft, decision: IncidentDecision, person: string): void {
  if (!isVoice(decision, person)) return;
  const { kind, state, action } = decision;
  const loosened = state === 'approved' && isLoosening(decision);
  const heldBack = state === 'rejected' && CONTAINING.has(kind) && decision.decidedBy === person;
  if (!loosened && !heldBack) return;
  const why = `${person} is marked as a suspect`;
  const back = takeBack(draft, decision, why);
  draft.record('decision.undone', { decision: decision.id, person, why });
  const asked = action.verb === 'cut' ? plannedAgain(draft, action) : back;
  if (asked === null) return;
  askAgain(draft, decision, { ...asked, why: `asked again: ${why}`, but: [person] });
}
