import type { DecisionKind } from '../../authority/index.ts';
import { digestOf, type Id } from '../../kernel/index.ts';
import { type CutState, isStanding } from '../containment/model.ts';
import { restoreDigest, voidRestore } from '../containment/restore.ts';
import { cutOf, type Draft, startWatch, subjectOf } from '../incident/draft.ts';
import { plan, recontain } from '../incident/ladder.ts';
import type { Hold } from '../plan/plan.ts';
import { handOn } from './advance.ts';
import { isBarred } from './hearing.ts';
import type { DecisionAction, IncidentDecision, Live, SuspectNamed } from './model.ts';
import { askAgain } from './open.ts';
import { newestRung } from './rungs.ts';

/** What gives something back or lets something go on. */
const LOOSENING: ReadonlySet<DecisionKind> = new Set([
  'restore',
  'resume',
  'rearm',
  'reset-fuse',
  'end-exercise',
]);
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
  if (suspect.kind !== 'person') return;
  const before = draft.entries.length;
  const { name: person } = suspect;
  for (const one of draft.state().decisions) {
    if (one.state === 'open') passOver(draft, one, person, live.get(one.id) ?? null);
    else undoAnswer(draft, one, person);
  }
  if (draft.entries.length > before) draft.record('suspect.considered', { suspect, by });
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
  const loosened = state === 'approved' && LOOSENING.has(kind);
  const heldBack = state === 'rejected' && CONTAINING.has(kind) && decision.decidedBy === person;
  if (!loosened && !heldBack) return;
  const why = `${person} is marked as a suspect`;
  if (action.verb === 'restore') takeBack(draft, action.identity, why);
  draft.record('decision.undone', { decision: decision.id, person, why });
  const asked = action.verb === 'cut' ? plannedAgain(draft, action) : sameAgain(draft, action);
  if (asked === null) return;
  askAgain(draft, decision, { ...asked, why: `asked again: ${why}`, but: [person] });
}

/** What they gave back is held again. */
function takeBack(draft: Draft, identity: Id<'identity'>, why: string): void {
  if (voidRestore(draft, identity, why)) return;
  if (draft.state().status !== 'closed') return;
  draft.record('incident.reopened', { why });
  startWatch(draft, identity);
  recontain(draft, identity, true, why);
}

interface Asked {
  readonly action: DecisionAction;
  readonly digest: string;
}

function sameAgain(draft: Draft, action: DecisionAction): Asked | null {
  if (action.verb === 'act') {
    const { act, parameters } = action;
    return { action, digest: digestOf({ verb: 'act', act, parameters }) };
  }
  if (action.verb !== 'restore') return null;
  const { identity, cause } = action;
  const { digest, plan: restore } = restoreDigest(draft.state(), identity, cause);
  return { action: { ...action, cuts: restore.givesBack }, digest };
}

/** The cuts that were dropped on their word, once more. */
function plannedAgain(
  draft: Draft,
  action: Extract<DecisionAction, { readonly verb: 'cut' }>,
): Asked | null {
  const cuts = action.cuts.flatMap((id) => {
    const cut = cutOf(draft, id);
    if (isStanding(cut)) return [];
    return plan(draft, cut.subject.identity, holdOf(draft, cut), 'again')?.id ?? [];
  });
  if (cuts.length === 0) return null;
  const { guarantee } = action;
  const digests = cuts.map((id) => cutOf(draft, id).digest);
  return { action: { ...action, cuts }, digest: digestOf({ verb: 'cut', guarantee, digests }) };
}

function holdOf(draft: Draft, { order, subject }: CutState): Hold {
  const { credentials } = subjectOf(draft, subject.identity);
  return {
    guarantee: order.guarantee,
    grain: order.grain,
    credential: credentials.find((one) => one.id === subject.credential) ?? null,
    descendantOf: subject.descendantOf,
    depth: 0,
    why: 'asked again',
  };
}
