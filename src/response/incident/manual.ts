import type { AuthorityResolution } from '../../authority/index.ts';
import { GUARANTEES, type Guarantee, type Id, isAtLeast, LIMITS } from '../../kernel/index.ts';
import { refusal } from '../plan/plan.ts';
import { isOpenFor } from './giving-back.ts';
import { type Draft, subjectOf } from './draft.ts';
import type { ManualCut } from './model.ts';

export interface ByHand {
  readonly decision: Id<'decision'>;
  readonly identity: Id<'identity'>;
  readonly guarantee: Guarantee;
  readonly resolution: AuthorityResolution;
}

/** A cut that no connector can make: whose it is, by when, and what our own side does when they are silent. */
export function assignManual(
  draft: Draft,
  { decision, identity, guarantee, resolution }: ByHand,
): void {
  const { execute = [], holders, ownSideCut } = resolution;
  const executor = execute.find((one) => one.by === 'seat' && one.people.length > 0);
  const doneMs = executor?.by === 'seat' ? executor.doneMs : null;
  const asked = holders.map((one) => one.person);
  const to = executor === undefined ? asked : [...executor.people];
  const dueAtMs = draft.facts.nowMs + (doneMs ?? LIMITS.manualCutMsDefault);
  // INVARIANT: silence never cuts what Firebreak itself needs.
  const isOwn = refusal(subjectOf(draft, identity)) !== null;
  const ownSide = isOwn ? null : (ownSideCut ?? null);
  draft.record('manual.assigned', { decision, identity, guarantee, to, dueAtMs, ownSide });
  draft.effect({ type: 'manual-due', decision, dueAtMs });
}

function manualOf(draft: Draft, decision: string): ManualCut | undefined {
  return draft.state().manual.find((one) => one.decision === decision);
}

/** INVARIANT: what a person says was done is on record as claimed; no probe of ours stands behind it. */
export function claimed(draft: Draft, id: Id<'decision'>): void {
  if (manualOf(draft, id) === undefined) return;
  const decided = draft.state().decisions.find((one) => one.id === id);
  const by = decided?.decidedBy ?? 'nobody';
  draft.record('manual.claimed', { decision: id, by, note: decided?.reason ?? '' });
}

/** Nobody has said that it is done. What the charter lets us cut on our own side is cut now, and they are asked again. */
export function manualDue(draft: Draft, id: Id<'decision'>): void {
  const manual = manualOf(draft, id);
  if (manual?.status !== 'assigned' || !isOpenFor(draft.state(), manual.identity)) return;
  if (manual.dueAtMs > draft.facts.nowMs) {
    draft.effect({ type: 'manual-due', decision: id, dueAtMs: manual.dueAtMs });
    return;
  }
  const { identity, ownSide, to } = manual;
  draft.record('manual.overdue', { decision: id, ownSide });
  if (ownSide !== null) {
    const effect = isAtLeast(GUARANTEES, ownSide.guarantee, 'G3') ? 'deny' : 'constrain';
    const why = `nobody did by hand in time what ${manual.guarantee} asks for`;
    draft.effect({ type: 'restrict', identity, credential: null, effect, why });
    draft.record('restriction.set', { identity, effect, why });
  }
  const isOpen = draft.state().decisions.some((one) => one.id === id && one.state === 'open');
  if (!isOpen || to.length === 0) return;
  draft.effect({
    type: 'page',
    decision: id,
    about: 'again',
    seat: 'by-hand',
    people: to,
    channels: [],
  });
}
