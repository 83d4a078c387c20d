import type { Draft } from '../incident/draft.ts';
import type { CutState } from './model.ts';

/** How long it took until somebody was let in again: what the next cut there is weighed with. */
export function measure(draft: Draft, { order, restore }: CutState): void {
  const { target, guarantee } = order;
  const { nowMs } = draft.facts;
  const tookMs = Math.max(0, nowMs - (restore?.startedAtMs ?? nowMs));
  draft.effect({ type: 'restore-measured', target, guarantee, tookMs });
}
