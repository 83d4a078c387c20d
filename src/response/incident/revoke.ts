import type { AuthorityResolution } from '../../authority/index.ts';
import { type Id, LIMITS } from '../../kernel/index.ts';
import { capabilityOf, type Hold } from '../plan/plan.ts';
import { type Draft, subjectOf } from './draft.ts';
import { ask, closeWindow, cutAutomatically, plan } from './ladder.ts';
import type { IncidentDecision, SubjectState } from './model.ts';

export interface ReplacementMissing {
  readonly why: string;
  /** Who may revoke, now. */
  readonly resolution: AuthorityResolution;
}

/** What the mandate revokes; nothing where credentials cannot be told apart: that is never done without a person. */
function holdsOf(subject: SubjectState): readonly Hold[] {
  const offered = capabilityOf(subject, 'G5');
  if (subject.resolution.then === null || offered?.grain !== 'credential') return [];
  return subject.credentials
    .filter((credential) => credential.exposed && credential.claimed !== true)
    .map((credential) => ({
      guarantee: 'G5',
      grain: 'credential',
      credential,
      descendantOf: null,
      depth: 0,
      why: 'exposed, and nobody objected within W2',
    }));
}

/** W2 lapsed uncontested and the mandate says what then: the exposed credentials never work again. */
export function revokeExposed(draft: Draft, identity: Id<'identity'>): void {
  cutAutomatically(draft, identity, holdsOf(subjectOf(draft, identity)));
}

/**
 * INVARIANT: nothing is revoked by itself while the replacement that people began is missing: what never works again
 * cannot be gone back to. Whoever may revoke is asked once; until then W2 stays open, and the suspension holds.
 */
export function waitsFor(
  draft: Draft,
  identity: Id<'identity'>,
  { why, resolution }: ReplacementMissing,
): boolean {
  const subject = subjectOf(draft, identity);
  const holds = holdsOf(subject);
  if (holds.length === 0) return false;
  const asked = askedSince(draft, subject);
  if (asked?.state === 'approved') return false;
  if (asked?.state === 'rejected') {
    closeWindow(draft, identity, 'hold', `the replacement is not live, and nobody revokes without`);
    return true;
  }
  if (asked === undefined) {
    const cuts = holds.flatMap((hold) => plan(draft, identity, hold)?.id ?? []);
    const text = `the replacement is not live (${why}); revoke all the same?`;
    if (cuts.length > 0) ask(draft, identity, cuts, 'G5', text, { resolution });
  }
  const dueAtMs = draft.facts.nowMs + LIMITS.replacementLookMs;
  draft.effect({ type: 'window-end', identity, window: 'W2', dueAtMs });
  return true;
}

/** The question about this very window, if it was put. */
function askedSince(
  draft: Draft,
  { identity, window }: SubjectState,
): IncidentDecision | undefined {
  return draft
    .state()
    .decisions.findLast(
      ({ kind, action, openedAtMs }) =>
        kind === 'revoke' &&
        action.verb === 'cut' &&
        action.identity === identity &&
        openedAtMs >= (window?.openedAtMs ?? 0),
    );
}
