import {
  isFirebreakError,
  messageOf,
  realClock,
  sleep,
  stopPoint,
  type Log,
} from '../kernel/index.ts';
import type { Settled } from './decide.ts';
import type { Step } from './model.ts';
import type { Holder, StepStore } from './store.ts';

/**
 * recorded: the outcome is in the store. fenced: it is not, and must not be, since the step is no longer ours.
 * refused: the domain's part of the write cannot succeed; the step is still ours.
 */
export type Recorded =
  | { readonly type: 'recorded' }
  | { readonly type: 'fenced' }
  | { readonly type: 'refused'; readonly error: unknown };

export interface RecordParts {
  readonly step: Step;
  readonly holder: Holder;
  readonly settled: Settled;
  readonly steps: StepStore;
  readonly log: Log;
  readonly write: () => Promise<void>;
  /** False once the lease has ended or the step was taken from this node. */
  readonly isOurs: () => boolean;
  /** The store is in doubt; called at each failure that is tried again. */
  readonly onDoubt: () => void;
  /** Outcomes of one lane are written in their order, also when they are written again. */
  readonly previous: Promise<void>;
}

const CONFLICTS_MAX = 5;
const WAIT_MS_MIN = 20;
const WAIT_MS_MAX = 2_000;

/** The store may have room or be back soon; the effect has happened and its outcome must not be lost. */
function isTransient(error: unknown): boolean {
  return (
    isFirebreakError(error, 'store-unavailable') ||
    isFirebreakError(error, 'store-full') ||
    isFirebreakError(error, 'store-busy')
  );
}

/** What a failed write left behind: its reply may have been lost after the commit. */
async function look(parts: RecordParts): Promise<'recorded' | 'ours' | 'lost'> {
  const { step, holder, settled, steps } = parts;
  const row = await steps.standing(step.id);
  if (row === undefined || row.fence !== step.fence) return 'lost';
  if (row.state === 'claimed') {
    return row.node === holder.node && row.epoch === holder.epoch ? 'ours' : 'lost';
  }
  return row.state === settled.state ? 'recorded' : 'lost';
}

async function writeOnce(parts: RecordParts): Promise<unknown> {
  try {
    stopPoint('before-outcome');
    await parts.write();
    stopPoint('after-outcome');
    return undefined;
  } catch (error) {
    return error ?? new Error('nothing was thrown as an error');
  }
}

/** Looks until the store answers. */
async function lookUntilAnswered(parts: RecordParts): Promise<'recorded' | 'ours' | 'lost'> {
  for (let waitMs = WAIT_MS_MIN; parts.isOurs(); waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    try {
      return await look(parts);
    } catch (error) {
      if (!isTransient(error)) return 'lost';
      parts.onDoubt();
      await sleep(realClock, waitMs);
    }
  }
  return 'lost';
}

/** Writes an outcome until it is recorded or known to be refused. The effect is never repeated for this. */
export async function recordOutcome(parts: RecordParts): Promise<Recorded> {
  let conflicts = 0;
  for (let waitMs = WAIT_MS_MIN; parts.isOurs(); waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    const error = await writeOnce(parts);
    if (error === undefined) return { type: 'recorded' };
    if (isFirebreakError(error, 'step-fenced') || isFirebreakError(error, 'store-closed')) {
      return { type: 'fenced' };
    }
    const isConflict = isFirebreakError(error, 'store-conflict');
    if (!isConflict && !isTransient(error)) return { type: 'refused', error };
    if (isConflict) conflicts += 1;
    parts.log.warn(
      { step: parts.step.id, problem: messageOf(error) },
      'an outcome is written again',
    );
    parts.onDoubt();
    if (!isConflict) await sleep(realClock, waitMs);
    await parts.previous;
    const standing = await lookUntilAnswered(parts);
    if (standing === 'recorded') return { type: 'recorded' };
    if (standing === 'lost') return { type: 'fenced' };
    if (conflicts >= CONFLICTS_MAX) return { type: 'refused', error };
  }
  return { type: 'fenced' };
}
