import { LIMITS, type Random } from '../kernel/index.ts';
import {
  type Performed,
  PRIORITY,
  type Step,
  type StepHandler,
  type StepOutcome,
  type StepState,
} from './model.ts';

/** What is known of a kind of step without calling it. */
export interface StepRules {
  readonly attemptsMax: number;
  readonly callTimeoutMs: number;
  /** Asked before a repeat; false for work that may simply be done again, or whose target drops repeats itself. */
  readonly readsBack: boolean;
}

export function rulesOf(handler: StepHandler, step: Step): StepRules {
  return {
    attemptsMax: handler.attemptsMax ?? LIMITS.stepAttemptsMax,
    callTimeoutMs: callTimeoutOf(handler, step),
    readsBack: handler.readBack !== undefined && handler.honoursKeys?.(step) !== true,
  };
}

/** Doubles with each try; half of it is random, so that steps that failed together do not return together. */
export function backoffMs(attempt: number, random: Random): number {
  const whole = Math.min(
    LIMITS.stepBackoffMsMax,
    LIMITS.stepBackoffMsMin * 2 ** Math.min(attempt - 1, 30),
  );
  return Math.round(whole / 2 + (whole / 2) * random());
}

function callTimeoutOf({ callTimeoutMs }: StepHandler, step: Step): number {
  if (typeof callTimeoutMs === 'function') return callTimeoutMs(step);
  return callTimeoutMs ?? LIMITS.targetCallTimeoutMs;
}

export type TryPlan =
  | { readonly type: 'perform' }
  | { readonly type: 'read-back' }
  | { readonly type: 'wait'; readonly dueAtMs: number; readonly lastTryAtMs: number }
  | { readonly type: 'blocked'; readonly reason: string };

/** What a claimed step may do now. `rules` is undefined when no handler serves its kind. */
export function planTry(step: Step, rules: StepRules | undefined, nowMs: number): TryPlan {
  if (rules === undefined) {
    return { type: 'blocked', reason: `no handler for steps of kind ${step.kind}` };
  }
  // A node dies of many things: a step is suspected late, and tried in the end only when the node has lived for a while.
  const { stops = 0 } = step;
  if (stops >= LIMITS.stepStopsMax) {
    return { type: 'blocked', reason: `a node stopped while it held this step (${stops} times)` };
  }
  if (!step.repeated || !rules.readsBack) return { type: 'perform' };
  // A clock that went back must not prolong the wait beyond one call.
  const lastTryAtMs = Math.min(step.lastTryAtMs ?? step.dueAtMs, nowMs);
  const dueAtMs = lastTryAtMs + rules.callTimeoutMs;
  return dueAtMs > nowMs ? { type: 'wait', dueAtMs, lastTryAtMs } : { type: 'read-back' };
}

/** One try as it went. */
export interface Tried {
  /** Which of the two calls gave the answer. */
  readonly via: 'perform' | 'read-back';
  readonly performed: Performed;
  readonly startedAtMs: number;
  /** True when a read-back had just shown that no earlier try took effect. */
  readonly cleared: boolean;
}

export function decideOutcome(
  step: Step,
  rules: StepRules,
  tried: Tried,
  nowMs: number,
  random: Random,
): StepOutcome {
  const { performed } = tried;
  const attempt = step.attempt;
  switch (performed.type) {
    case 'done':
      return { type: 'done', result: performed.result };
    case 'refused':
      return { type: 'blocked', reason: performed.reason, attempt };
    case 'failed': {
      if (attempt >= rules.attemptsMax) {
        return { type: 'blocked', reason: `${performed.reason} (${attempt} tries)`, attempt };
      }
      const asked = Math.min(performed.retryAfterMs ?? 0, LIMITS.stepRetryAfterMsMax);
      const waitMs = Math.max(backoffMs(attempt, random), asked);
      const { repeated, lastTryAtMs } = traceOf(step, tried);
      const clearMs =
        repeated && rules.readsBack && lastTryAtMs !== null ? lastTryAtMs + rules.callTimeoutMs : 0;
      return {
        type: 'retry',
        reason: performed.reason,
        dueAtMs: Math.max(nowMs + waitMs, clearMs),
        attempt,
      };
    }
  }
}

/** What a later holder must know of the tries so far. */
export interface Trace {
  readonly repeated: boolean;
  readonly lastTryAtMs: number | null;
}

/** An answer that says "it did not happen" clears the doubt about this try, never about an earlier one. */
export function traceOf(step: Step, tried: Tried): Trace {
  if (tried.via === 'read-back') {
    // A clock that went back must not leave a try in the future.
    const lastTryAtMs = Math.min(step.lastTryAtMs ?? step.dueAtMs, tried.startedAtMs);
    return { repeated: true, lastTryAtMs };
  }
  const { performed } = tried;
  const unknown = performed.type === 'failed' && performed.unknown;
  const doubted = step.repeated && !tried.cleared;
  return { repeated: doubted || unknown, lastTryAtMs: tried.startedAtMs };
}

/** The columns that an outcome changes. */
export interface Settled extends Trace {
  readonly state: Extract<StepState, 'done' | 'planned' | 'blocked'>;
  readonly dueAtMs: number;
  readonly reason: string | null;
}

export function settledBy(step: Step, outcome: StepOutcome, trace: Trace): Settled {
  switch (outcome.type) {
    case 'done':
      return { ...trace, state: 'done', dueAtMs: step.dueAtMs, reason: null };
    case 'retry':
      return { ...trace, state: 'planned', dueAtMs: outcome.dueAtMs, reason: outcome.reason };
    case 'blocked':
      return { ...trace, state: 'blocked', dueAtMs: step.dueAtMs, reason: outcome.reason };
  }
}

/** The order among steps that could start now: urgency, then age, then birth. */
export function compareClaims(left: Step, right: Step): number {
  if (left.priority !== right.priority) return left.priority - right.priority;
  if (left.dueAtMs !== right.dueAtMs) return left.dueAtMs - right.dueAtMs;
  return left.id < right.id ? -1 : Number(left.id > right.id);
}

/** Cuts, proofs and restores keep places of their own, so that a flood of lesser work cannot delay them. */
export function isUrgent(step: { readonly priority: number }): boolean {
  return step.priority <= LIMITS.stepUrgentPriorityMax;
}

/** Its first effect is what somebody waits for, and costs no call. */
export function isForemost(step: { readonly priority: number }): boolean {
  return step.priority <= PRIORITY.signal;
}

/** Places open to lesser work out of `max`; with a single place there is nothing to keep back. */
export function ordinaryPlaces(max: number): number {
  return Math.max(1, max - Math.ceil(max / 4));
}

/**
 * Until when a node may act on a lease that it asked for at `askedAtMs` of its own monotonic clock. The database
 * counts the lease from a later instant, so the node always stops first; the margin is for the call it is about to send.
 */
export function mayActUntil(askedAtMs: number, leaseMs: number): number {
  return askedAtMs + leaseMs - leaseMs / 6;
}
