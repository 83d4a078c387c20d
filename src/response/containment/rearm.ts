import {
  digestOf,
  FirebreakError,
  GUARANTEES,
  type Id,
  isAtLeast,
  type JsonObject,
} from '../../kernel/index.ts';
import { cutOf, type Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import { stepFor } from './decide.ts';
import { type CutState, isStanding, mayHaveActed } from './model.ts';

// Letting one leaked credential work again is a verb of its own: two people, never a default, and nothing else comes
// back with it.

/** The cut that the parameters of a rearm name; they are part of the digest that people agree to. */
export function rearmCut(state: IncidentState, parameters: JsonObject): CutState | null {
  const { containment } = parameters;
  return state.cuts.find((cut) => cut.id === containment) ?? null;
}

/** What stands against it, whoever agrees; null = it can be done. */
export function whyNotRearmed(cut: CutState | null): string | null {
  if (cut === null) return 'parameters: containment names a containment of this incident';
  if (cut.order.grain === 'session') return 'what was ended does not come back';
  if (cut.order.grain !== 'credential') return 'it holds a whole identity; restore that instead';
  if (!cut.capability.reversible || cut.inverse === null) return 'it cannot be taken back';
  if (!isStanding(cut) || !mayHaveActed(cut)) return 'it does not hold anything';
  return RESTING.has(cut.status) ? null : `it is ${cut.status}; wait until it has come to rest`;
}

const RESTING: ReadonlySet<CutState['status']> = new Set([
  'proven',
  'residual',
  'unproven',
  'failed',
  'revert-conflict',
  'restore-failed',
]);

export function startRearm(draft: Draft, decision: Id<'decision'>, parameters: JsonObject): void {
  const cut = rearmCut(draft.state(), parameters);
  const problem = whyNotRearmed(cut);
  if (cut === null || problem !== null) {
    throw new FirebreakError('restore-refused', {
      problem: problem ?? 'there is no such containment',
      path: 'See `firebreak incident show` for what holds and why.',
    });
  }
  const { order, inverse } = cut;
  const digest = digestOf({ verb: 'revert', order, inverse, rearmCredential: true });
  const rearm = { rearmCredential: true, isRearm: true };
  draft.record('cut.reverting', { cut: cut.id, decision, digest, ...rearm });
  stepFor(draft, cutOf(draft, cut.id), 'cut.revert');
}

/** It works again: what called it leaked is set aside by those who decided so. */
export function rearmed(draft: Draft, { subject, restore }: CutState): void {
  const { identity, credential } = subject;
  if (restore === null || credential === null) return;
  const by = restore.decision;
  draft.record('exposure.withdrawn', { identity, by, credential });
  const others = draft
    .state()
    .cuts.filter((cut) => cut.subject.credential === credential && isStanding(cut));
  // Something that isolates it was not asked about: the gate goes on denying.
  if (others.some(({ order }) => isAtLeast(GUARANTEES, order.guarantee, 'G3'))) return;
  draft.effect({ type: 'lift', identity, keepCredentials: [], only: credential });
  const why = `rearmed by decision ${by}`;
  draft.record('restriction.lifted', { identity, why });
  if (others.length === 0) return;
  draft.effect({ type: 'restrict', identity, credential, effect: 'constrain', why });
  draft.record('restriction.set', { identity, effect: 'constrain', why });
}
