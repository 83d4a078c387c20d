import type { Id } from '../../src/kernel/index.ts';
import { type Effect, effectKey } from '../../src/response/incident/testing.ts';
import { PRIORITY, type Step } from '../../src/runner/index.ts';

export type StepToPlan = Pick<Step, 'kind' | 'priority' | 'dueAtMs' | 'payload'> & {
  readonly key?: string;
};

/** What the runner has to do about an effect; null when it is none of its business. */
export function stepOf(effect: Effect, nowMs: number): StepToPlan | null {
  const cutStep = (kind: string, cut: Id<'cut'>, dueAtMs: number): StepToPlan => ({
    kind,
    dueAtMs,
    priority: PRIORITY.cut,
    payload: { cut },
  });
  switch (effect.type) {
    case 'cut-step': {
      const { step, cut, cycle, dueAtMs } = effect;
      const planned = { kind: step, dueAtMs, priority: PRIORITY.cut, payload: { cut, cycle } };
      return step === 'cut.apply' ? { ...planned, key: effectKey(cut, cycle) } : planned;
    }
    case 'watch': {
      const { identity, everyMs, dueAtMs } = effect;
      const payload = { identity, everyMs };
      return { kind: 'subject.watch', dueAtMs, priority: PRIORITY.watch, payload };
    }
    case 'evidence-fuse':
      return cutStep('cut.evidence-fuse', effect.cut, effect.dueAtMs);
    case 'cut-time':
      return cutStep('cut.time-over', effect.cut, effect.dueAtMs);
    case 'manual-due': {
      const { decision, dueAtMs } = effect;
      return { kind: 'manual.due', dueAtMs, priority: PRIORITY.cut, payload: { decision } };
    }
    case 'window-end': {
      const { identity, window, dueAtMs } = effect;
      const payload = { identity, window };
      return { kind: 'window.end', dueAtMs, priority: PRIORITY.cut, payload };
    }
    case 'decision-deadline': {
      const { decision, dueAtMs } = effect;
      const payload = { decision, dueAtMs };
      return { kind: 'decision.deadline', dueAtMs, priority: PRIORITY.cut, payload };
    }
    case 'review': {
      const { identity, dueAtMs } = effect;
      return { kind: 'review.look', dueAtMs, priority: PRIORITY.watch, payload: { identity } };
    }
    case 'evidence-age':
      return {
        kind: 'evidence.age',
        dueAtMs: effect.dueAtMs,
        priority: PRIORITY.watch,
        payload: {},
      };
    case 'page': {
      const { decision, seat } = effect;
      const payload = { decision, seat };
      return { kind: 'decision.page', dueAtMs: nowMs, priority: PRIORITY.notification, payload };
    }
    default:
      return null;
  }
}
