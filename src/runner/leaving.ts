import type { Command, Store } from '../store/index.ts';
import { settledBy, type Settled, type Trace } from './decide.ts';
import type { Step, StepHandler, StepOutcome } from './model.ts';
import { deferStep, settleStep, type Holder } from './store.ts';

/** How a step leaves this node: what becomes of it, and the write that says so. */
export interface Leaving {
  readonly settled: Settled;
  readonly outcome: StepOutcome['type'] | 'deferred';
  readonly write: () => Promise<void>;
}

export interface Leaver {
  readonly step: Step;
  readonly holder: Holder;
  readonly store: Store;
}

async function write({ step, store }: Leaver, commands: readonly Command[]): Promise<void> {
  await store.write(commands, step.lane === null ? undefined : `step:${step.lane}`);
}

export function leavingWith(
  leaver: Leaver,
  outcome: StepOutcome,
  trace: Trace,
  handler: StepHandler | undefined,
): Leaving {
  const { step, holder } = leaver;
  const { repeated, lastTryAtMs } = trace;
  const settled = settledBy(step, outcome, { repeated, lastTryAtMs });
  const settle: readonly Command[] = [settleStep(step, holder, settled)];
  const record = handler?.record;
  return {
    settled,
    outcome: outcome.type,
    write: record === undefined ? () => write(leaver, settle) : () => record(step, outcome, settle),
  };
}

export function leavingBlocked(
  leaver: Leaver,
  reason: string,
  trace: Trace,
  handler: StepHandler | undefined,
): Leaving {
  const { attempt } = leaver.step;
  return leavingWith(leaver, { type: 'blocked', reason, attempt }, trace, handler);
}

/** Not tried: an earlier call may still be in flight. */
export function leavingDeferred(
  leaver: Leaver,
  wait: { readonly dueAtMs: number; readonly lastTryAtMs: number },
): Leaving {
  const { step, holder } = leaver;
  const { dueAtMs, lastTryAtMs } = wait;
  return {
    settled: { state: 'planned', reason: step.reason, repeated: true, dueAtMs, lastTryAtMs },
    outcome: 'deferred',
    write: () => write(leaver, [deferStep(step, holder, wait)]),
  };
}
