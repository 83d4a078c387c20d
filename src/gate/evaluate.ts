import { assertNever, LIMITS } from '../kernel/index.ts';
import type {
  Constraint,
  EvaluationReason,
  EvaluationRequest,
  EvaluationResponse,
  Restriction,
  RestrictionEffect,
  StalenessPolicy,
} from './model.ts';

/** What one restriction says to one request. */
export interface Verdict {
  readonly decision: boolean;
  readonly reason: EvaluationReason;
  readonly restriction: Restriction | null;
}

const STRENGTH: readonly RestrictionEffect[] = ['deny', 'pause', 'step-up', 'constrain'];

/** Every name the request gives its subject. */
export function namesOf({ subject, context }: EvaluationRequest): readonly string[] {
  const names = [subject.id, `${subject.type}:${subject.id}`];
  for (const place of [subject.properties, context]) {
    const credential = place?.['credential'];
    if (typeof credential === 'string') names.push(credential);
  }
  return names;
}

export function isInForce(restriction: Restriction, nowMs: number): boolean {
  if (restriction.liftedAt !== null) return false;
  return restriction.until === null || nowMs < Date.parse(restriction.until);
}

function passes(constraint: Constraint, request: EvaluationRequest): boolean {
  const { allowActions, denyActions, allowResources } = constraint;
  const action = request.action.name;
  const resource = `${request.resource.type}:${request.resource.id}`;
  if (denyActions !== undefined && denyActions.includes(action)) return false;
  if (allowActions !== undefined && !allowActions.includes(action)) return false;
  return allowResources === undefined || allowResources.includes(resource);
}

function verdictOf(restriction: Restriction, request: EvaluationRequest): Verdict {
  const refused = (reason: EvaluationReason): Verdict => ({ decision: false, reason, restriction });
  switch (restriction.effect) {
    case 'deny':
      return refused('denied');
    case 'pause':
      return refused('paused');
    case 'step-up':
      return refused('step-up-required');
    case 'constrain':
      return passes(restriction.constraint ?? {}, request)
        ? { decision: true, reason: 'inside-constraint', restriction }
        : refused('outside-constraint');
    default:
      return assertNever(restriction.effect);
  }
}

/** Restrictions first: any that refuses decides, the strongest effect names the reason. Policy comes after; none yet. */
export function judge(restrictions: readonly Restriction[], request: EvaluationRequest): Verdict {
  const ordered = restrictions.toSorted(
    (left, right) => STRENGTH.indexOf(left.effect) - STRENGTH.indexOf(right.effect),
  );
  const verdicts = ordered.map((restriction) => verdictOf(restriction, request));
  const refusal = verdicts.find(({ decision }) => !decision);
  return refusal ?? verdicts[0] ?? { decision: true, reason: 'no-restriction', restriction: null };
}

/** INVARIANT: an answer from an old view says so, and lets nothing through where the policy is strict. */
export function answerOf(
  { decision, reason, restriction }: Verdict,
  ageMs: number,
  policy: StalenessPolicy,
  revision: number,
): EvaluationResponse {
  const isStale = ageMs > LIMITS.gateStaleMs;
  const stale = isStale ? { stale: { sinceMs: ageMs, policy } } : {};
  if (isStale && policy === 'strict' && decision)
    return { decision: false, context: { reason: 'stale-view', revision, ...stale } };
  const incident = restriction?.incident ?? null;
  return {
    decision,
    context: {
      reason,
      ...(restriction === null ? {} : { restriction: restriction.id }),
      ...(incident === null ? {} : { incident }),
      revision,
      ...stale,
    },
  };
}
