import { isFirebreakError, stopPoint, type Clock, type Log } from '../kernel/index.ts';
import type { StepRules, Tried } from './decide.ts';
import type { Performed, Step, StepContext, StepHandler } from './model.ts';

export type TryEnd =
  | { readonly type: 'tried'; readonly tried: Tried }
  /** Our own mistake: the handler threw. What it had done by then is unknown. */
  | { readonly type: 'mistake'; readonly reason: string; readonly tried: Tried }
  /** The lease ended before the effect: nothing was sent. */
  | { readonly type: 'lost' };

export interface TryParts {
  readonly step: Step;
  readonly handler: StepHandler;
  readonly rules: StepRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Waits until the lease may act; false when it has ended. */
  readonly mayAct: () => Promise<boolean>;
}

/** Texts of foreign errors may hold anything; what leaves is our code or the class of the error. */
export function mistakeReason(error: unknown): string {
  if (isFirebreakError(error)) return `internal: ${error.code}`;
  return `internal: ${error instanceof Error ? error.name : typeof error}`;
}

/** Calls, and stops waiting after the time limit or when `signal` aborts: then it may have taken effect. */
function callBounded<Answer>(
  parts: TryParts,
  call: (context: StepContext) => Promise<Answer>,
): Promise<Answer | Performed> {
  const { clock, rules, signal } = parts;
  const inner = new AbortController();
  const nowMs = clock.nowMs();
  return new Promise((resolve, reject) => {
    const stopTimer = clock.timer(nowMs + rules.callTimeoutMs, () => {
      giveUp(`no answer within ${rules.callTimeoutMs} ms`);
    });
    signal.addEventListener('abort', onAbort);
    function onAbort(): void {
      giveUp('stopped before an answer came');
    }
    function leave(): void {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
    }
    function giveUp(reason: string): void {
      leave();
      inner.abort();
      resolve({ type: 'failed', reason, unknown: true });
    }
    if (signal.aborted) {
      giveUp('stopped before an answer came');
      return;
    }
    callAsync(call, { signal: inner.signal, nowMs }).finally(leave).then(resolve, reject);
  });
}

/** Makes a rejection of what is thrown before the first await. */
async function callAsync<Answer>(
  call: (context: StepContext) => Promise<Answer>,
  context: StepContext,
): Promise<Answer> {
  return await call(context);
}

function isStoreAway(error: unknown): boolean {
  return (
    isFirebreakError(error, 'store-unavailable') ||
    isFirebreakError(error, 'store-busy') ||
    isFirebreakError(error, 'store-full')
  );
}

function mistake(parts: TryParts, error: unknown, tried: Omit<Tried, 'performed'>): TryEnd {
  const { step, log } = parts;
  if (isStoreAway(error)) {
    // Nothing of the step is wrong: what it had done by then is unknown, and it is tried again.
    const reason = mistakeReason(error);
    return {
      type: 'tried',
      tried: { ...tried, performed: { type: 'failed', reason, unknown: true } },
    };
  }
  log.error({ step: step.id, kind: step.kind, error }, 'a step handler threw');
  const reason = mistakeReason(error);
  return {
    type: 'mistake',
    reason,
    tried: { ...tried, performed: { type: 'failed', reason, unknown: true } },
  };
}

/** Asks first when an earlier try may have taken effect, then performs. */
export async function tryStep(parts: TryParts, readBackFirst: boolean): Promise<TryEnd> {
  const { step, handler, clock } = parts;
  const readBack = handler.readBack;
  if (readBackFirst && readBack !== undefined) {
    const facts = { via: 'read-back', startedAtMs: clock.nowMs(), cleared: false } as const;
    try {
      stopPoint('before-readback');
      const found = await callBounded(parts, (context) => readBack(step, context));
      if (found.type !== 'absent') {
        return { type: 'tried', tried: { ...facts, performed: found } };
      }
    } catch (error) {
      return mistake(parts, error, facts);
    }
  }
  if (!(await parts.mayAct())) return { type: 'lost' };
  const facts = { via: 'perform', startedAtMs: clock.nowMs(), cleared: readBackFirst } as const;
  try {
    stopPoint('before-effect');
    const performed = await callBounded(parts, (context) => handler.perform(step, context));
    stopPoint('after-effect');
    return { type: 'tried', tried: { ...facts, performed } };
  } catch (error) {
    return mistake(parts, error, facts);
  }
}
