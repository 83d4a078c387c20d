import type { ProbeMethod } from '../../connectors/contract.ts';
import { GUARANTEES, type Id, isAtLeast } from '../../kernel/index.ts';
import type { IncidentState, SubjectState } from '../incident/model.ts';
import { type CutState, isStanding, mayHaveActed } from './model.ts';

/** What kills a credential: a whole identity comes back without the ones it was held for, one credential stays dead. */
export function kills(
  cut: CutState,
  ref: string,
  /** Whose it is by the target's own name; absent = of the identity that the cut is about. */
  identityRef: string = cut.order.subject.identity,
): boolean {
  const { guarantee, grain, subject } = cut.order;
  // Whoever has the credential opens another session.
  if (grain === 'session') return false;
  if (!isAtLeast(GUARANTEES, guarantee, 'G3') || !mayHaveActed(cut)) return false;
  if (grain === 'credential' && subject.credential !== ref) return false;
  // What was minted under a new name does not go down with the old one.
  if (grain === 'identity' && subject.identity !== identityRef) return false;
  if (cut.status === 'restored')
    return grain === 'identity' && cut.restore?.rearmCredential === false;
  return cut.status !== 'dropped' && cut.status !== 'failed' && cut.status !== 'blocked';
}

export interface ProbeMeans {
  readonly method: ProbeMethod;
  /** Where the secret to be tried lies; null without one. */
  readonly custody: Id<'custody'> | null;
}

/**
 * How a cut is tried now. INVARIANT: a cut of a whole identity is never proven with a credential that something else
 * holds or has killed; then the target is asked to try the identity itself.
 */
export function probeMeansOf(state: IncidentState, cut: CutState): ProbeMeans {
  const { custody } = cut.subject;
  if (cut.capability.probeMethod === 'impersonation' || custody === null) {
    return { method: cut.capability.probeMethod, custody: null };
  }
  const triesLeaked = cut.status === 'reverting' && cut.restore?.rearmCredential === false;
  const subject = state.subjects.find((one) => one.identity === cut.subject.identity);
  if (cut.order.grain === 'credential' || triesLeaked || subject === undefined) {
    return { method: 'secret', custody };
  }
  const isOffered = subject.capabilities.probeMethods.includes('impersonation');
  const isMute = isOffered && isHeldElsewhere(state, cut, subject);
  return isMute ? { method: 'impersonation', custody: null } : { method: 'secret', custody };
}

function isHeldElsewhere(state: IncidentState, cut: CutState, subject: SubjectState): boolean {
  const tried = subject.credentials.find((one) => one.custody === cut.subject.custody);
  if (tried === undefined) return false;
  return state.cuts.some((other) => {
    if (other.id === cut.id || other.subject.identity !== cut.subject.identity) return false;
    // A live cut of the same whole identity denies by itself; it says nothing about the credential.
    if (other.order.grain === 'identity') {
      return other.status === 'restored' && kills(other, tried.ref);
    }
    const isSame = other.order.subject.credential === tried.ref;
    return isSame && isStanding(other) && mayHaveActed(other);
  });
}
