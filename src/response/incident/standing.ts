import { GUARANTEES, isAtLeast, toTimestamp } from '../../kernel/index.ts';
import { type CutState, type CutStatus, isStanding } from '../containment/model.ts';
import type { Standing } from '../model.ts';
import { kills } from '../containment/probe.ts';
import { offersIsolation } from '../plan/plan.ts';
import type { Draft } from './draft.ts';
import type { IncidentState, SubjectState } from './model.ts';

type Bucket = 'held' | 'residual' | 'unproven' | 'pending' | 'blocked' | 'gone';

const BUCKETS: Readonly<Record<CutStatus, Bucket>> = {
  planned: 'pending',
  authorised: 'pending',
  'holding-evidence': 'pending',
  recorded: 'pending',
  applying: 'pending',
  applied: 'pending',
  proving: 'pending',
  proven: 'held',
  irrevocable: 'held',
  residual: 'residual',
  dropped: 'gone',
  restored: 'gone',
  partial: 'blocked',
  blocked: 'blocked',
  failed: 'unproven',
  unproven: 'unproven',
  drifted: 'unproven',
  reverting: 'pending',
  'revert-conflict': 'blocked',
  'restore-failed': 'blocked',
};

/** A stronger cut that holds everything the weaker one was to hold makes its failure harmless. */
export function covers(stronger: CutState, weaker: CutState): boolean {
  if (stronger === weaker || stronger.subject.identity !== weaker.subject.identity) return false;
  if (BUCKETS[stronger.status] !== 'held') return false;
  return (
    holdsAllOf(stronger, weaker) &&
    isAtLeast(GUARANTEES, stronger.order.guarantee, weaker.order.guarantee)
  );
}

/** Revoking what is already isolated: until it is done, the isolation holds. */
function restsOn(held: CutState, revocation: CutState): boolean {
  const isolates = isAtLeast(GUARANTEES, held.order.guarantee, 'G3');
  if (revocation.order.guarantee !== 'G5' || BUCKETS[held.status] !== 'held' || !isolates)
    return false;
  return held.subject.identity === revocation.subject.identity && holdsAllOf(held, revocation);
}

/** It rests and holds, or something that holds makes it needless. */
export function isHolding(cuts: readonly CutState[], cut: CutState): boolean {
  const bucket = BUCKETS[cut.status];
  if (bucket === 'held' || bucket === 'residual') return true;
  return cuts.some((other) => covers(other, cut) || restsOn(other, cut));
}

/** By the target's own names: what was minted under a new name is not held by a cut of the old one. */
function holdsAllOf(held: CutState, other: CutState): boolean {
  const { subject, grain } = held.order;
  if (grain === 'session') return subject.session === other.order.subject.session;
  return grain === 'identity'
    ? subject.identity === other.order.subject.identity
    : subject.credential === other.order.subject.credential;
}

const standings = new WeakMap<IncidentState, Standing>();

/** An identity is as contained as its weakest target; nothing is claimed on the target's word. */
export function standingOf(state: IncidentState): Standing {
  const known = standings.get(state);
  if (known !== undefined) return known;
  const standing = workOut(state);
  standings.set(state, standing);
  return standing;
}

/** Nothing is compared across identities: an incident of a thousand costs a thousand times one of one. */
function workOut(state: IncidentState): Standing {
  const counts = { held: 0, residual: 0, unproven: 0, pending: 0, blocked: 0, gone: 0 };
  let residualUntilMs: number | null = null;
  const cutsOf = Map.groupBy(state.cuts, (cut) => cut.subject.identity);
  for (const cut of state.cuts) {
    const bucket = BUCKETS[cut.status];
    const mine = cutsOf.get(cut.subject.identity) ?? [];
    const harmless = bucket !== 'held' && bucket !== 'residual' && isHolding(mine, cut);
    if (harmless) continue;
    counts[bucket] += 1;
    if (bucket === 'residual')
      residualUntilMs = Math.max(residualUntilMs ?? 0, cut.residualUntilMs ?? 0);
  }
  counts.pending += state.subjects.filter((subject) => subject.window?.name === 'W1').length;
  counts.pending += state.decisions.filter(
    (d) => d.state === 'open' && d.kind === 'contain',
  ).length;
  const beyond = new Set<string>();
  let forgotten = false;
  for (const subject of state.subjects) {
    const mine = cutsOf.get(subject.identity) ?? [];
    if (isBeyondReach(mine, subject)) beyond.add(subject.identity);
    if (!isCared(mine)) forgotten = true;
  }
  counts.blocked += beyond.size;
  for (const { status, decision, identity } of state.manual) {
    if (status === 'withdrawn') continue;
    if (beyond.has(identity) || cutsOf.get(identity)?.some(isIsolating) === true) continue;
    // While it is asked about it is pending already. What a person says was done is never proven.
    if (status === 'claimed') counts.unproven += 1;
    else if (!isOpen(state, decision)) counts.blocked += 1;
  }
  return phrase(counts, residualUntilMs, !forgotten);
}

function isIsolating({ status, order }: CutState): boolean {
  const whole = order.grain === 'identity' && isAtLeast(GUARANTEES, order.guarantee, 'G3');
  return whole && BUCKETS[status] === 'held';
}

function isOpen({ decisions }: IncidentState, id: string): boolean {
  return decisions.some((one) => one.id === id && one.state === 'open');
}

/** The target offers no isolation, so what is left alive can only be stopped by hand. */
function isBeyondReach(cuts: readonly CutState[], subject: SubjectState): boolean {
  if (subject.resolution.profile === 'restrict-only') return false;
  if (offersIsolation(subject)) return false;
  const mine = cuts.filter(isStanding);
  if (mine.length === 0) return false;
  const suspects = [
    ...subject.credentials.filter((one) => one.claimed !== true),
    ...subject.respawns.map((one) => ({ ...one, ref: one.credential })),
  ];
  return (
    subject.wide === true ||
    suspects.some((one) => !mine.some((cut) => kills(cut, one.ref, one.identityRef)))
  );
}

/** The identity whose cuts these are is held, or was given back on purpose. */
function isCared(cuts: readonly CutState[]): boolean {
  return cuts.some(({ status }) => {
    const bucket = BUCKETS[status];
    return bucket === 'held' || bucket === 'residual' || status === 'restored';
  });
}

function phrase(
  counts: Readonly<Record<'held' | 'residual' | 'unproven' | 'pending' | 'blocked', number>>,
  residualUntilMs: number | null,
  allCared: boolean,
): Standing {
  const open = (['unproven', 'pending', 'blocked'] as const).filter((word) => counts[word] > 0);
  const contained = open.length === 0 && allCared && counts.held + counts.residual > 0;
  const residualUntil = residualUntilMs === null ? null : toTimestamp(residualUntilMs);
  const list = open.map((word) => `${counts[word]} ${word}`).join(', ');
  const sentence = !contained
    ? `not contained${list === '' ? '' : `: ${list}`}`
    : residualUntil === null
      ? 'contained'
      : `contained with residual until ${residualUntil.slice(11, 16)}`;
  const { unproven, pending, blocked } = counts;
  return { sentence, contained, residualUntil, unproven, pending, blocked };
}

/** Certainly not contained, seen at the first cut that says so: most steps of a large incident end here. */
function isUnderWay({ cuts }: IncidentState): boolean {
  const open = cuts.find(({ status }) => {
    const bucket = BUCKETS[status];
    return bucket !== 'held' && bucket !== 'residual' && bucket !== 'gone';
  });
  return open !== undefined && !isHolding(cuts, open);
}

/** Puts the one sentence of state on record when it starts or stops saying contained. */
export function recordStanding(draft: Draft): void {
  const state = draft.state();
  if (state.status !== 'open' || state.machine === true) return;
  if (state.said === null && isUnderWay(state)) return;
  const standing = standingOf(state);
  if (standing.contained && state.said !== standing.sentence) {
    draft.record('incident.contained', { sentence: standing.sentence });
  } else if (!standing.contained && state.said !== null) {
    draft.record('incident.uncontained', { sentence: standing.sentence });
  }
}
