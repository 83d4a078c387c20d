import type { AuthorityResolution } from '../../authority/index.ts';
import { GUARANTEES, type Guarantee, type Id, isAtLeast } from '../../kernel/index.ts';
import { identityOf } from '../containment/restore.ts';
import { cutOf, type Draft, subjectOf } from '../incident/draft.ts';
import { ask, plan } from '../incident/ladder.ts';
import { capabilityOf, holdsFor } from '../plan/plan.ts';
import { authoriseList } from './effect.ts';
import type { IncidentDecision } from './model.ts';

/** A reversible stage before anybody has answered; the question stays open. */
export function actMeanwhile(
  draft: Draft,
  decision: IncidentDecision,
  resolution: AuthorityResolution,
): void {
  const guarantee = resolution.meanwhile?.guarantee ?? null;
  const begun =
    guarantee === null ? [] : begin(draft, decision, guarantee, 'until somebody answers');
  draft.record('decision.meanwhile', {
    decision: decision.id,
    guarantee: begun.length === 0 ? null : guarantee,
    why: begun.length === 0 ? 'nothing to be done meanwhile' : 'nobody has answered yet',
  });
  authoriseList(draft, begun, { by: 'default', id: decision.id });
}

/**
 * Nobody decided in time. INVARIANT: only a reversible stage happens by itself; everything else keeps the state and is
 * asked again. False when there was nothing that could act.
 */
export function actByDefault(
  draft: Draft,
  decision: IncidentDecision,
  resolution: AuthorityResolution,
): boolean {
  const guarantee = resolution.atDeadline?.guarantee ?? null;
  const identity = identityOf(draft.state(), decision);
  const { action } = decision;
  if (guarantee === null || identity === null || action.verb !== 'cut') return false;
  const begun = begin(draft, decision, guarantee, 'nobody decided in time');
  if (begun.length === 0) return false;
  draft.record('decision.defaulted', { decision: decision.id, guarantee });
  authoriseList(draft, begun, { by: 'default', id: decision.id });
  // What the default does not reach is still a question.
  const taken = new Set(begun);
  const left = action.cuts.filter(
    (cut) => !taken.has(cut) && cutOf(draft, cut).status === 'planned',
  );
  const why = `nobody decided in time; the default went as far as ${guarantee}`;
  if (left.length > 0)
    ask(draft, identity, left, action.guarantee, why, {
      resolution,
      afterDefault: true,
      isList: action.identity === undefined,
    });
  return true;
}

/** What was asked, as far as the default reaches; else the default's own stage. */
function begin(
  draft: Draft,
  decision: IncidentDecision,
  guarantee: Guarantee,
  why: string,
): readonly Id<'cut'>[] {
  const { action } = decision;
  const first = identityOf(draft.state(), decision);
  if (action.verb !== 'cut' || decision.kind !== 'contain' || first === null) return [];
  const within = action.cuts.filter((cut) => actsByDefault(draft, cut, guarantee));
  if (within.length > 0) return within;
  const others = action.cuts.map((cut) => cutOf(draft, cut).subject.identity);
  return [...new Set([first, ...others])].flatMap((identity) =>
    planDefault(draft, identity, guarantee, why),
  );
}

function actsByDefault(draft: Draft, id: Id<'cut'>, upTo: Guarantee): boolean {
  const cut = cutOf(draft, id);
  const reaches = isAtLeast(GUARANTEES, upTo, cut.order.guarantee);
  return cut.status === 'planned' && cut.capability.reversible && reaches;
}

/** What was asked is more than the default allows: the default's own stage is taken instead. */
function planDefault(
  draft: Draft,
  identity: Id<'identity'>,
  guarantee: Guarantee,
  why: string,
): readonly Id<'cut'>[] {
  const subject = subjectOf(draft, identity);
  if (capabilityOf(subject, guarantee)?.reversible !== true) return [];
  return holdsFor(subject, guarantee, why).flatMap((hold) => plan(draft, identity, hold)?.id ?? []);
}
