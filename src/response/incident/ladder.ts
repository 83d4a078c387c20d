import type { AuthorityResolution } from '../../authority/index.ts';
import { digestOf, GUARANTEES, type Guarantee, type Id, isAtLeast } from '../../kernel/index.ts';
import { authoriseCut } from '../containment/decide.ts';
import { type CutState, isStanding } from '../containment/model.ts';
import {
  capabilityFor,
  firstHold,
  type Hold,
  holdsFor,
  isolationHold,
  lackOf,
  mayBeTriedAgain,
  planCut,
  refusal,
  standsAlready,
} from '../plan/plan.ts';
import { cutOf, type Draft, subjectOf } from './draft.ts';
import { covers } from './standing.ts';
import { isAskedAbout } from './asked.ts';
import { isOpenFor } from './giving-back.ts';
import { openDecision } from '../decisions/open.ts';
import { assignManual } from './manual.ts';
import type { IncidentState, SubjectState } from './model.ts';

/** Stages follow one another: reduced, W1, isolated, W2, revoked. Here is what comes next for one subject. */
export function startContainment(draft: Draft, identity: Id<'identity'>, mayAct: boolean): void {
  const subject = subjectOf(draft, identity);
  const { profile } = subject.resolution;
  const automaticUpTo = mayAct ? subject.resolution.automaticUpTo : null;
  const refused = refusal(subject);
  if (refused !== null) {
    draft.record('subject.held', { identity, why: refused });
    ask(draft, identity, [], 'G4', refused);
    return;
  }
  if (automaticUpTo === null) {
    const why = mayAct ? 'no mandate covers this case' : 'nobody vouches for this signal';
    askForIsolation(draft, identity, why);
    return;
  }
  restrictAtGate(draft, subject, automaticUpTo);
  const isolatesAtOnce = profile === 'hard-stop' && isolationHold(subject, automaticUpTo) !== null;
  const first = isolatesAtOnce ? null : firstHold(subject, automaticUpTo);
  if (first === null && profile === 'restrict-only') {
    askForIsolation(draft, identity, 'there is no reduced stage here');
    return;
  }
  const why = 'stop it from minting, at almost no collateral';
  const begun =
    first === null ? [] : cutAutomatically(draft, identity, holdsFor(subject, first, why));
  if (begun.length === 0) advance(draft, identity, 'there is no reduced stage left here');
}

/** After a restore was voided or an incident came back: what is not held is held again, at once or by asking. */
export function recontain(
  draft: Draft,
  identity: Id<'identity'>,
  mayAct: boolean,
  why: string,
): void {
  const before = draft.state().cuts.length;
  startContainment(draft, identity, mayAct);
  const { cuts } = draft.state();
  const moving = cuts.some((cut) => cut.subject.identity === identity && MOVING.has(cut.status));
  if (cuts.length === before && !moving) askWider(draft, identity, 'G4', why);
}

const MOVING: ReadonlySet<CutState['status']> = new Set([
  'planned',
  'authorised',
  'holding-evidence',
  'recorded',
  'applying',
  'applied',
  'proving',
  'reverting',
]);

/** The exposed credential is denied at once; a mere identity is first only constrained. */
function restrictAtGate(draft: Draft, subject: SubjectState, upTo: Guarantee): void {
  if (!isAtLeast(GUARANTEES, upTo, 'G2')) return;
  const why = `mandate ${subject.resolution.mandate?.id ?? ''}`;
  const exposed = subject.credentials.filter(
    (credential) => credential.exposed && credential.claimed !== true,
  );
  const rows = exposed.length > 0 ? exposed.map((credential) => credential.id) : [null];
  const effect =
    exposed.length > 0 || subject.resolution.profile === 'hard-stop' ? 'deny' : 'constrain';
  for (const credential of rows) {
    draft.effect({ type: 'restrict', identity: subject.identity, credential, effect, why });
  }
  draft.record('restriction.set', { identity: subject.identity, effect, why });
}

export function cutAutomatically(
  draft: Draft,
  identity: Id<'identity'>,
  holds: readonly Hold[],
): readonly CutState['id'][] {
  const planned: CutState['id'][] = [];
  for (const hold of holds) {
    const cut = plan(draft, identity, hold) ?? findAsked(draft, identity, hold);
    if (cut === null) continue;
    const { mandate, charter } = subjectOf(draft, identity).resolution;
    authoriseCut(draft, cut.id, {
      by: 'mandate',
      id: mandate?.id ?? '',
      digest: cut.digest,
      charterRevision: charter.revision,
    });
    const source = draft.state().signals[0]?.source ?? 'unknown';
    draft.effect({ type: 'automatic-cut', cut: cut.id, source });
    planned.push(cut.id);
  }
  if (planned.length > 0) closeAnswered(draft, planned);
  return planned;
}

/** Mandate before right: a cut that a person was asked for is made without waiting once a mandate covers it. */
function findAsked(draft: Draft, identity: Id<'identity'>, hold: Hold): CutState | null {
  const wanted = planCut(subjectOf(draft, identity), hold, draft.facts.ids.next('cut'));
  const found = standsAlready(draft.state().cuts, wanted.digest);
  return found?.status === 'planned' ? found : null;
}

function closeAnswered(draft: Draft, begun: readonly CutState['id'][]): void {
  for (const one of draft.state().decisions) {
    if (one.state !== 'open' || one.action.verb !== 'cut') continue;
    const { cuts } = one.action;
    const answered = cuts.some((cut) => begun.includes(cut));
    if (!answered || cuts.some((cut) => cutOf(draft, cut).status === 'planned')) continue;
    const { id, digest } = one;
    const reason = 'a mandate covers it now';
    const by = 'firebreak';
    draft.record('decision.decided', { decision: id, outcome: 'approved', by, reason, digest });
  }
}

/** Null when such a cut stands, is under way or is not offered. INVARIANT: what Firebreak itself acts as is never planned. */
export function plan(
  draft: Draft,
  identity: Id<'identity'>,
  hold: Hold,
  asked: 'first' | 'again' = 'first',
): CutState | null {
  const subject = subjectOf(draft, identity);
  if (refusal(subject) !== null || capabilityFor(subject, hold) === null) return null;
  const planned = planCut(subject, hold, draft.facts.ids.next('cut'));
  const { cuts } = draft.state();
  const again = asked === 'again' && mayBeTriedAgain(cuts, planned.digest, againMax(draft));
  if (!again && standsAlready(cuts, planned.digest) !== null) return null;
  draft.record('cut.planned', { plan: planned });
  return cutOf(draft, planned.id);
}

function againMax(draft: Draft): number {
  return draft.facts.settings.reapplyMax;
}

/** The next stage after the reduced one, as far as the mandate reaches; else a person is asked. */
export function advance(draft: Draft, identity: Id<'identity'>, why: string): void {
  const subject = subjectOf(draft, identity);
  const { automaticUpTo, profile } = subject.resolution;
  if (profile === 'restrict-only') return;
  const next = automaticUpTo === null ? null : isolationHold(subject, automaticUpTo);
  if (next === null) {
    askForIsolation(draft, identity, `the mandate ends before isolation: ${why}`);
    return;
  }
  if (!subject.credentials.some((credential) => credential.exposed)) {
    const effect = 'deny';
    draft.effect({ type: 'restrict', identity, credential: null, effect, why });
    draft.record('restriction.set', { identity, effect, why });
  }
  cutAutomatically(draft, identity, holdsFor(subject, next, why));
}

export function askForIsolation(draft: Draft, identity: Id<'identity'>, why: string): void {
  const subject = subjectOf(draft, identity);
  const isolation = isolationHold(subject, 'G4');
  const guarantee = isolation ?? firstHold(subject, 'G2');
  const cuts =
    guarantee === null
      ? []
      : holdsFor(subject, guarantee, why).flatMap(
          (hold) => plan(draft, identity, hold, 'again')?.id ?? [],
        );
  if (guarantee !== null && cuts.length > 0) ask(draft, identity, cuts, guarantee, why);
  else if (isolation === null && !isAskedAbout(draft, identity)) {
    const byHand = `${lackOf(subject)}; it has to be done by hand: ${why}`;
    ask(draft, identity, [], 'G4', byHand);
  }
}

/** How a question differs from the usual one about this subject. */
interface Asking {
  readonly resolution?: AuthorityResolution;
  readonly afterDefault?: boolean;
  /** The cut that could not be made, and that this would go beyond. */
  readonly because?: Id<'cut'>;
  /** About cuts of many identities: the question belongs to none of them alone. */
  readonly isList?: boolean;
}

/**
 * Puts one question to the holders of the right, bound to the digest of exactly these cuts. Null when somebody has said
 * no to exactly this, and that still holds.
 */
export function ask(
  draft: Draft,
  identity: Id<'identity'>,
  cuts: readonly CutState['id'][],
  guarantee: Guarantee,
  why: string,
  asking: Asking = {},
): Id<'decision'> | null {
  const { resolution = subjectOf(draft, identity).resolution, afterDefault = false } = asking;
  const digests = cuts.map((cut) => cutOf(draft, cut).digest);
  const digest = digestOf({ verb: 'cut', guarantee, digests });
  const rejected = bindingRejection(draft.state(), digest, draft.facts.nowMs);
  if (rejected !== null && cuts.length > 0) {
    for (const cut of cuts) draft.record('cut.dropped', { cut, why: rejected });
    return null;
  }
  const id = openDecision(draft, {
    kind: guarantee === 'G5' ? 'revoke' : 'contain',
    digest,
    action: { verb: 'cut', cuts, guarantee, ...(asking.isList === true ? {} : { identity }) },
    resolution,
    why,
    afterDefault,
    ...(asking.because === undefined ? {} : { because: asking.because }),
  });
  if (cuts.length === 0) assignManual(draft, { decision: id, identity, guarantee, resolution });
  return id;
}

/** A rejection binds one digest, and lapses. */
function bindingRejection(
  { decisions }: IncidentState,
  digest: string,
  nowMs: number,
): string | null {
  const rejected = decisions.findLast((one) => one.digest === digest && one.state === 'rejected');
  if (rejected?.rejectedUntilMs == null || rejected.rejectedUntilMs <= nowMs) return null;
  return `${rejected.decidedBy ?? 'somebody'} said no to it: ${rejected.reason ?? ''}`;
}

/** After something was applied: the reduced stage opens W1, so that stopping it can still be weighed. */
export function afterApplied(draft: Draft, cut: CutState): void {
  const subject = subjectOf(draft, cut.subject.identity);
  const reduced = cut.order.guarantee === 'G1' || cut.order.guarantee === 'G2';
  if (!reduced || cut.subject.descendantOf !== null) return;
  openWindowW1(draft, subject, cut);
}

/** Unless this very access is isolated already, or is about to be. */
function openWindowW1(draft: Draft, subject: SubjectState, reduced: CutState): void {
  const { resolution, identity } = subject;
  const further = draft
    .state()
    .cuts.some(
      (one) =>
        one.subject.identity === identity &&
        isStanding(one) &&
        one.authority !== null &&
        isAtLeast(GUARANTEES, one.order.guarantee, 'G3') &&
        one.order.grain !== 'session' &&
        (one.order.grain === 'identity' ||
          one.order.subject.credential === reduced.order.subject.credential),
    );
  if (resolution.profile === 'restrict-only' || subject.window !== null || further) return;
  const untilMs = draft.facts.nowMs + resolution.windowW1Ms;
  draft.record('window.opened', { identity, window: 'W1', untilMs });
  draft.effect({ type: 'window-end', identity, window: 'W1', dueAtMs: untilMs });
}

/** After a cut came to rest: blocked or failed means something stronger; proven isolation opens W2. */
export function afterSettled(draft: Draft, cut: CutState): void {
  const subject = subjectOf(draft, cut.subject.identity);
  if (!isOpenFor(draft.state(), subject.identity)) return;
  if (cut.status === 'failed' || cut.status === 'blocked') {
    if (draft.state().cuts.some((other) => covers(other, cut))) return;
    stronger(draft, subject, cut);
    return;
  }
  const isolated =
    (cut.status === 'proven' || cut.status === 'residual') &&
    (cut.order.guarantee === 'G3' || cut.order.guarantee === 'G4');
  const isPart = cut.subject.descendantOf !== null || cut.order.grain === 'session';
  if (isolated && !isPart) openWindowW2(draft, subject);
}

function openWindowW2(draft: Draft, subject: SubjectState): void {
  const { identity, resolution } = subject;
  const revoked = draft
    .state()
    .cuts.some(
      (one) => one.subject.identity === identity && isStanding(one) && one.order.guarantee === 'G5',
    );
  const exposed = subject.credentials.some((one) => one.exposed && one.claimed !== true);
  if (revoked || subject.window !== null || resolution.then === null || !exposed) return;
  const untilMs = draft.facts.nowMs + resolution.then.windowMs;
  draft.record('window.opened', { identity, window: 'W2', untilMs });
  draft.effect({ type: 'window-end', identity, window: 'W2', dueAtMs: untilMs });
}

/**
 * The next stronger hold: one more guarantee, then the whole identity, then a person. What is blocked was never tried,
 * and a wider cut meets the same closed door: no automation widens because a target is away.
 */
function stronger(draft: Draft, subject: SubjectState, cut: CutState): void {
  const { identity } = subject;
  const because = { because: cut.id };
  const why = `${cut.order.guarantee} did not hold: ${cut.reason ?? cut.status}`;
  if (subject.window?.name === 'W1') closeWindow(draft, identity, 'advance', why);
  const upTo = subject.resolution.automaticUpTo;
  const next = upTo === null ? null : isolationHold(subject, upTo);
  if (next === null || cut.subject.descendantOf !== null) {
    askWider(draft, identity, cut.order.guarantee, why, because);
    return;
  }
  const reduced = cut.order.guarantee === 'G1' || cut.order.guarantee === 'G2';
  if (cut.status === 'blocked' && !reduced) {
    askWider(draft, identity, cut.order.guarantee, why, because);
    return;
  }
  // A session that would not end says nothing about what carries it: that is cut as narrowly as it can be.
  const holds =
    reduced || cut.order.grain === 'session'
      ? holdsFor(subject, next, why)
      : [
          {
            guarantee: next,
            grain: 'identity' as const,
            credential: null,
            descendantOf: null,
            depth: 0,
            why,
          },
        ];
  const begun = cutAutomatically(draft, identity, holds);
  const standing = draft
    .state()
    .cuts.some(
      (one) =>
        one.subject.identity === identity &&
        one.id !== cut.id &&
        isStanding(one) &&
        one.authority !== null &&
        isAtLeast(GUARANTEES, one.order.guarantee, 'G3'),
    );
  if (begun.length === 0 && !(reduced && standing))
    askWider(draft, identity, cut.order.guarantee, why, because);
}

/** The whole identity, by a person's word: what is left when the narrower cut did not hold. */
export function askWider(
  draft: Draft,
  identity: Id<'identity'>,
  atLeast: Guarantee,
  why: string,
  asking: Asking = {},
): void {
  const subject = subjectOf(draft, identity);
  const guarantee = isolationHold(subject, 'G4') ?? atLeast;
  const hold: Hold = {
    guarantee,
    grain: 'identity',
    credential: null,
    descendantOf: null,
    depth: 0,
    why,
  };
  const wider = plan(draft, identity, hold, 'again');
  // Nothing is left to try: it has to be done by hand, and one question about that is enough.
  if (wider !== null) ask(draft, identity, [wider.id], guarantee, why, asking);
  else if (!isAskedAbout(draft, identity)) ask(draft, identity, [], guarantee, why, asking);
}

export function closeWindow(
  draft: Draft,
  identity: Id<'identity'>,
  exit: 'advance' | 'hold' | 'revert' | 'lapse',
  why: string,
): void {
  const { window } = subjectOf(draft, identity);
  if (window !== null) draft.record('window.closed', { identity, window: window.name, exit, why });
}
