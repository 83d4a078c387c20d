import type { DecisionKind } from '../../authority/index.ts';
import { GUARANTEES, type Id, isAtLeast, LIMITS } from '../../kernel/index.ts';
import { authoriseCut } from '../containment/decide.ts';
import { startRestore, whyNotRestored } from '../containment/restore.ts';
import { claimed } from '../incident/manual.ts';
import { rearmCut, startRearm, whyNotRearmed } from '../containment/rearm.ts';
import { cutOf, type Draft, subjectOf } from '../incident/draft.ts';
import { decisionOf } from './find.ts';
import type { DecisionAction, IncidentDecision } from './model.ts';
import { tailAskedIn, takeAsked } from '../reviews/long-tail.ts';
import { trackOf } from '../tracks/tracks.ts';
import { isAgreed, standingVotes } from './votes.ts';

/** The same when nobody is there to be told: what cannot be carried out any more is no longer asked. */
export function takeEffectLater(draft: Draft, id: Id<'decision'>): void {
  const { action, state } = decisionOf(draft.state(), id);
  if (state !== 'open' || !isReady(draft, id)) return;
  const problem = whyNotNow(draft, action);
  if (problem === null) takeEffect(draft, id);
  else draft.record('decision.expired', { decision: id, why: problem });
}

function whyNotNow(draft: Draft, action: DecisionAction): string | null {
  const state = draft.state();
  if (action.verb === 'restore')
    return whyNotRestored(state, action.identity, action.cause)?.problem ?? null;
  if (action.verb === 'cut' || action.act !== 'rearm') return null;
  return whyNotRearmed(rearmCut(state, action.parameters));
}

function isReady(draft: Draft, id: Id<'decision'>): boolean {
  const decision = decisionOf(draft.state(), id);
  if (decision.state !== 'open' || !isAgreed(decision, draft.facts.nowMs)) return false;
  return decision.handOff !== 'exclusive' || decision.dues.advice === null;
}

/**
 * Carries out what enough people agree on, in the same commit: that is what makes an approval single use. What leaves
 * the house or gives something back waits for its advisers, as long as the charter says; a cut never does.
 */
export function takeEffect(draft: Draft, id: Id<'decision'>): void {
  const decision = decisionOf(draft.state(), id);
  const { nowMs } = draft.facts;
  if (!isReady(draft, id)) return;
  const last = standingVotes(decision, nowMs).at(-1);
  const by = last?.person ?? 'nobody';
  const { digest } = decision;
  const reason = decision.reason ?? 'agreed';
  const decided = { decision: id, outcome: 'approved', by, reason, digest } as const;
  draft.record('decision.decided', decided, `person:${by}`);
  carryOut(draft, decision);
}

function carryOut(draft: Draft, decision: IncidentDecision): void {
  const { action } = decision;
  switch (action.verb) {
    case 'restore':
      startRestore(draft, decision.id, action.identity, action.cause);
      return;
    case 'cut':
      if (action.cuts.length === 0) claimed(draft, decision.id);
      authoriseList(draft, action.cuts, { by: 'decision', id: decision.id });
      return;
    case 'act':
      if (action.act === 'rearm') {
        startRearm(draft, decision.id, action.parameters);
        return;
      }
      if (tailAskedIn(action.parameters) !== null) {
        takeAsked(draft, action.parameters, decisionOf(draft.state(), decision.id).decidedBy ?? '');
        return;
      }
      if (!BY_MACHINE.has(action.act)) {
        leaveToPeople(draft, decision, action.what);
        return;
      }
      draft.effect({
        type: 'act',
        decision: decision.id,
        act: action.act,
        parameters: action.parameters,
      });
      return;
  }
}

/** Carried out in the commit that decides. */
const BY_MACHINE: ReadonlySet<DecisionKind> = new Set(['mark-suspect', 'reset-fuse']);

/** INVARIANT: that something was decided never reads as if it had happened: it stands as a task until somebody says so. */
function leaveToPeople(draft: Draft, { id, kind }: IncidentDecision, what: string): void {
  const to = decisionOf(draft.state(), id).decidedBy ?? 'nobody';
  draft.record('decision.left-to-people', { decision: id, what, to });
  const { machine, tasks } = draft.state();
  if (machine === true || tasks.length >= LIMITS.incidentTasksMax) return;
  const task = {
    id: draft.facts.ids.next('task'),
    track: trackOf(kind),
    title: `${what}, as decided`,
    owner: { seat: null, person: to },
    alternate: null,
  };
  draft.record('task.added', { task });
}

interface ListAuthority {
  readonly by: 'decision' | 'default';
  readonly id: Id<'decision'>;
}

/** All of them, the first ones in this commit: what is decided of a thousand must not hold up everybody else. */
export function authoriseList(
  draft: Draft,
  cuts: readonly Id<'cut'>[],
  authority: ListAuthority,
): void {
  const end = endOfSlice(draft, cuts);
  for (const id of cuts.slice(0, end)) authoriseAsked(draft, id, authority);
  const rest = cuts.slice(end);
  const { id: decision, by } = authority;
  if (rest.length > 0) draft.effect({ type: 'carry-on', decision, by, cuts: rest });
}

/** Cuts of one identity stay together: what is reduced and what is isolated must not wait for each other. */
function endOfSlice(draft: Draft, cuts: readonly Id<'cut'>[]): number {
  let identities = 0;
  let last = '';
  for (const [place, id] of cuts.entries()) {
    const { identity } = cutOf(draft, id).subject;
    if (identity === last) continue;
    last = identity;
    identities += 1;
    if (identities > LIMITS.batchSliceIdentities) return place;
  }
  return cuts.length;
}

/** The rest of a list, as it was decided. */
export interface CarriedOn {
  readonly decision: Id<'decision'>;
  readonly by: ListAuthority['by'];
  readonly cuts: readonly Id<'cut'>[];
}

/** INVARIANT: no slice begins under a decision that was taken back, or in an incident that is over. */
export function carryOn(draft: Draft, { decision: id, by, cuts }: CarriedOn): void {
  const { state: said } = decisionOf(draft.state(), id);
  const isOver = said === 'undone' || said === 'rejected' || said === 'expired';
  if (isOver || draft.state().status === 'closed') return;
  authoriseList(draft, cuts, { by, id });
}

export function authoriseAsked(
  draft: Draft,
  id: Id<'cut'>,
  authority: { readonly by: 'decision' | 'default'; readonly id: string },
): void {
  const cut = cutOf(draft, id);
  if (cut.status !== 'planned') return;
  const { charter } = subjectOf(draft, cut.subject.identity).resolution;
  authoriseCut(draft, id, { ...authority, digest: cut.digest, charterRevision: charter.revision });
  const { identity, credential } = cut.subject;
  const effect = isAtLeast(GUARANTEES, cut.order.guarantee, 'G3') ? 'deny' : 'constrain';
  const why = `${authority.by} ${authority.id}`;
  draft.effect({ type: 'restrict', identity, credential, effect, why });
  draft.record('restriction.set', { identity, effect, why });
}

export function dropAsked(draft: Draft, decision: IncidentDecision, reason: string): void {
  if (decision.action.verb !== 'cut') return;
  for (const id of decision.action.cuts) {
    if (cutOf(draft, id).status === 'planned')
      draft.record('cut.dropped', { cut: id, why: reason });
  }
}
