import type { DecisionKind } from '../../authority/index.ts';
import { GUARANTEES, type Id, isAtLeast, LIMITS } from '../../kernel/index.ts';
import { authoriseCut } from '../containment/decide.ts';
import { startRestore, whyNotRestored } from '../containment/restore.ts';
import { claimed } from '../incident/manual.ts';
import { startRearm } from '../containment/rearm.ts';
import { cutOf, type Draft, subjectOf } from '../incident/draft.ts';
import { decisionOf } from './find.ts';
import type { IncidentDecision } from './model.ts';
import { trackOf } from '../tracks/tracks.ts';
import { isAgreed, standingVotes } from './votes.ts';

/** The same when nobody is there to be told: what cannot be carried out any more is no longer asked. */
export function takeEffectLater(draft: Draft, id: Id<'decision'>): void {
  const { action, state } = decisionOf(draft.state(), id);
  if (state !== 'open' || !isReady(draft, id)) return;
  const refused =
    action.verb === 'restore' ? whyNotRestored(draft.state(), action.identity, action.cause) : null;
  if (refused === null) takeEffect(draft, id);
  else draft.record('decision.expired', { decision: id, why: refused.problem });
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
      for (const id of action.cuts) authoriseAsked(draft, id, { by: 'decision', id: decision.id });
      return;
    case 'act':
      if (action.act === 'rearm') {
        startRearm(draft, decision.id, action.parameters);
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
