import type {
  Capabilities,
  CutSubject,
  Grain,
  GuaranteeCapability,
  NarrowHold,
} from '../../connectors/contract.ts';
import { digestOf, GUARANTEES, type Guarantee, type Id, isAtLeast } from '../../kernel/index.ts';
import {
  type CutCapability,
  type CutState,
  type CutSubjectFacts,
  isStanding,
} from '../containment/model.ts';
import type { PlannedCut } from '../incident/entries.ts';
import type { NamedCredential, SubjectState } from '../incident/model.ts';

/** One hold on one subject, before it has an id. */
export interface Hold {
  readonly guarantee: Guarantee;
  readonly grain: Grain;
  readonly credential: NamedCredential | null;
  readonly descendantOf: Id<'cut'> | null;
  readonly depth: number;
  /** Of grain `session`: which one. */
  readonly session?: string;
  /** Absent: until somebody gives it back. */
  readonly forMs?: number;
  readonly why: string;
}

export function capabilityOf(
  subject: SubjectState,
  guarantee: Guarantee,
): GuaranteeCapability | null {
  return subject.capabilities.guarantees.find((one) => one.guarantee === guarantee) ?? null;
}

/** The strongest of `wanted` that the target offers, that it can take back and that is not above `upTo`. */
export function strongest(
  subject: SubjectState,
  wanted: readonly Guarantee[],
  upTo: Guarantee,
): Guarantee | null {
  const offered = wanted.filter(
    (one) => capabilityOf(subject, one)?.reversible === true && isAtLeast(GUARANTEES, upTo, one),
  );
  return offered.toSorted((a, b) => GUARANTEES.indexOf(b) - GUARANTEES.indexOf(a))[0] ?? null;
}

/** What the first act may be: reduced stops minting at almost no collateral; step-up where that is all there is. */
export function firstHold(subject: SubjectState, upTo: Guarantee): Guarantee | null {
  return strongest(subject, ['G1', 'G2'], upTo);
}

/** What takes the access away and can be taken back: suspended, else quarantined. */
export function isolationHold(subject: SubjectState, upTo: Guarantee): Guarantee | null {
  return strongest(subject, ['G3', 'G4'], upTo);
}

/** The same question without which. */
export function offersIsolation({ capabilities }: SubjectState): boolean {
  return capabilities.guarantees.some(
    ({ guarantee, reversible }) => reversible && (guarantee === 'G3' || guarantee === 'G4'),
  );
}

/** Why nothing there can be isolated: a target without a connector is not one that cannot. */
export function lackOf({ target, capabilities }: SubjectState): string {
  return capabilities.guarantees.length === 0
    ? `no connector serves ${target}`
    : `${target} offers no isolation`;
}

/** The narrowest hold the target offers: the named credentials where it can tell them apart, else the identity. */
export function holdsFor(
  subject: SubjectState,
  guarantee: Guarantee,
  why: string,
): readonly Hold[] {
  const base = { guarantee, descendantOf: null, depth: 0, why };
  const narrow =
    subject.wide !== true &&
    capabilityOf(subject, guarantee)?.grain === 'credential' &&
    subject.credentials.length > 0;
  if (!narrow) {
    const all = { ...base, why: `${why}${sharedBy(subject, guarantee, why)}` };
    return [{ ...all, grain: 'identity', credential: null }];
  }
  const vouched = subject.credentials.filter((one) => one.claimed !== true);
  const named = vouched.length > 0 ? vouched : subject.credentials;
  const { shared } = subject;
  const isTold = shared?.way === 'narrow' && isAtLeast(GUARANTEES, guarantee, 'G3');
  const alone = isTold ? `${why}; ${shared.why}` : why;
  return named.map((credential) => ({ ...base, grain: 'credential', credential, why: alone }));
}

/** The narrowest hold is a wide one: what else goes down with it is said, never left to be found out. */
function sharedBy(subject: SubjectState, guarantee: Guarantee, why: string): string {
  const count = subject.knownCredentials.length;
  const isWide = capabilityOf(subject, guarantee)?.grain === 'identity';
  const { shared } = subject;
  if (isWide && shared !== undefined && isAtLeast(GUARANTEES, guarantee, 'G3'))
    return why.endsWith(shared.why) ? '' : `; ${shared.why}`;
  if (!isWide || count < 2) return '';
  return `; ${subject.target} cannot tell the ${count} credentials of ${subject.name} apart: all of them stop`;
}

/**
 * What Firebreak itself needs is never cut by automation or one decider: its own access on the target, its deciders' way
 * to answer, the last administrator of a target. The charter's path for it is carried out by hand.
 */
export function refusal(subject: SubjectState): string | null {
  return subject.identityRef === subject.capabilities.actsAs
    ? `Firebreak acts as ${subject.identityRef} on ${subject.target}; cutting it is carried out by hand (break-glass)`
    : (subject.survival?.[0] ?? null);
}

export function planCut(subject: SubjectState, hold: Hold, id: Id<'cut'>): PlannedCut {
  const capability = capabilityFor(subject, hold);
  const { evidence } = subject.resolution;
  const identity = hold.credential?.identityRef ?? subject.identityRef;
  const orderSubject: CutSubject =
    hold.grain === 'credential' && hold.credential !== null
      ? { identity, credential: hold.credential.ref }
      : { identity, ...(hold.session === undefined ? {} : { session: hold.session }) };
  const order = {
    target: subject.target,
    subject: orderSubject,
    guarantee: hold.guarantee,
    grain: hold.grain,
    parameters: {},
  };
  return {
    id,
    order,
    digest: digestOf({ verb: 'cut', order }),
    subject: subjectFacts(subject, hold),
    capability: cutCapability(subject, capability, hold),
    // Reduced access leaves sessions and logs alone; from G3 on something is lost.
    evidenceWanted: isAtLeast(GUARANTEES, hold.guarantee, 'G3') && hold.descendantOf === null,
    ...(evidence == null ? {} : { evidence }),
    // What cannot be taken back is never temporary.
    ...(hold.forMs === undefined || capability?.reversible !== true ? {} : { forMs: hold.forMs }),
    why: hold.why,
  };
}

function narrowFor({ capabilities }: SubjectState, { grain }: Hold): NarrowHold | null {
  return capabilities.holds?.find((one) => one.grain === grain) ?? null;
}

export function offersHold({ holds = [] }: Capabilities, grain: NarrowHold['grain']): boolean {
  return holds.some((one) => one.grain === grain);
}

/** What the target offers for this hold, beside the guarantees or as one of them. */
export function capabilityFor(
  subject: SubjectState,
  hold: Hold,
): Pick<GuaranteeCapability, 'propagationMs' | 'reversible' | 'residual'> | null {
  if (hold.grain !== 'session') return capabilityOf(subject, hold.guarantee);
  const narrow = narrowFor(subject, hold);
  // Nothing is taken that would have to be given back.
  return narrow === null ? null : { propagationMs: narrow.propagationMs, reversible: true };
}

/** The credential that a probe tries: the one that is cut, else one of the identity that the outside knows. */
function triedCredential(subject: SubjectState, hold: Hold): NamedCredential | null {
  if (hold.grain === 'session') return null;
  return (
    hold.credential ??
    subject.credentials.find((one) => one.custody !== null) ??
    subject.credentials[0] ??
    null
  );
}

function subjectFacts(subject: SubjectState, hold: Hold): CutSubjectFacts {
  const tried = triedCredential(subject, hold);
  return {
    identity: subject.identity,
    credential: hold.credential?.id ?? null,
    leaked: hold.credential?.exposed === true || hold.descendantOf !== null,
    custody: tried?.custody ?? null,
    descendantOf: hold.descendantOf,
    depth: hold.depth,
  };
}

function cutCapability(
  subject: SubjectState,
  capability: ReturnType<typeof capabilityFor>,
  hold: Hold,
): CutCapability {
  const secretKnown = (triedCredential(subject, hold)?.custody ?? null) !== null;
  const methods = subject.capabilities.probeMethods;
  return {
    propagationMs: capability?.propagationMs ?? 0,
    reversible: capability?.reversible ?? false,
    residualMs: capability?.residual?.forMs ?? 0,
    residualWhy: capability?.residual?.why ?? null,
    probeMethod:
      narrowFor(subject, hold)?.probeMethod ??
      (secretKnown || !methods.includes('impersonation') ? 'secret' : 'impersonation'),
  };
}

/** A cut with the same digest that still stands or is under way makes another one needless. */
export function standsAlready(cuts: readonly CutState[], digest: string): CutState | null {
  return cuts.find((cut) => cut.digest === digest && isStanding(cut)) ?? null;
}

/** Tried and did not hold: the same cut may be asked for again, a few times. */
export function mayBeTriedAgain(
  cuts: readonly CutState[],
  digest: string,
  timesMax: number,
): boolean {
  const same = cuts.filter((cut) => cut.digest === digest && isStanding(cut));
  return (
    same.length <= timesMax &&
    same.every((cut) => cut.status === 'failed' || cut.status === 'blocked')
  );
}
