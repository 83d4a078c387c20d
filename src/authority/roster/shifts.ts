import { lastBegun } from './intervals.ts';
import type { Shift } from './model.ts';
import { type Hours, periodsOf } from './periods.ts';

/** When the period that covers `nowMs` began, or null. Half-open: its end belongs to the next one. */
export function startedAtMs(hours: Hours, nowMs: number): number | null {
  const started = lastBegun(periodsOf(hours, nowMs, nowMs + 1), nowMs);
  return started?.fromMs ?? null;
}

export function isOnShift(shift: Shift, nowMs: number): boolean {
  return startedAtMs(shift, nowMs) !== null;
}

export {
  type DutyCandidate,
  dutyCandidates,
  type DutyInterval,
  dutyIntervals,
  isAbsent,
  onDuty,
} from './duty.ts';
export { boundariesOf, type Hours, periodsOf } from './periods.ts';
