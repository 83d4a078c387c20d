import type { Clock, Random } from '../kernel/index.ts';
import type { Reply } from './model.ts';

export const FAULT_KINDS = [
  /** The call takes `delayMs`, and its effect comes at the end: after the caller has given up. */
  'slow',
  /** 500 before anything happened; the caller cannot know. */
  'error',
  /** 500 after it happened. */
  'error-after-effect',
  /** 503 that says that nothing was applied. */
  'not-applied',
  /** It happens, the answer never arrives. */
  'lost-reply',
  'rate-limit',
  /** Of several sessions or credentials only some are done. */
  'partial',
  /** Connections are cut; nothing happens. */
  'outage',
  /** An entrance that never heard of any cut: whoever comes through it is let in. */
  'unenforced',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultSpec {
  /** A target's name, or * for all. */
  readonly target: string;
  readonly plane: 'control' | 'data' | 'any';
  /** A verb of the control plane, `state` and the other reads, an action of the data plane, or *. */
  readonly operation: string;
  readonly kind: FaultKind;
  /** Befalls only those who come from there, by the beginning of what the log calls it. */
  readonly source?: string;
  readonly delayMs?: number;
  readonly retryAfterMs?: number;
  /** Ends after so many hits. */
  readonly count?: number;
  /** Of each matching call; 1 unless told. */
  readonly probability?: number;
  /** Ends after so long. */
  readonly forMs?: number;
}

export interface Fault extends FaultSpec {
  readonly id: string;
  readonly hits: number;
  readonly untilMs: number | null;
}

export interface Faults {
  readonly add: (spec: FaultSpec) => Fault;
  readonly list: () => readonly Fault[];
  readonly remove: (id: string) => boolean;
  readonly clear: () => void;
  /** The fault that befalls this call, if one does; it counts as a hit. */
  readonly strike: (
    target: string,
    plane: 'control' | 'data',
    operation: string,
    source?: string,
  ) => Fault | null;
}

export function createFaults(clock: Clock, random: Random): Faults {
  let faults: Fault[] = [];
  let added = 0;
  const matches = (
    fault: Fault,
    target: string,
    plane: string,
    operation: string,
    source: string,
  ): boolean =>
    source.startsWith(fault.source ?? '') &&
    (fault.target === '*' || fault.target === target) &&
    (fault.plane === 'any' || fault.plane === plane) &&
    (fault.operation === '*' || fault.operation === operation) &&
    (fault.untilMs === null || clock.nowMs() < fault.untilMs) &&
    (fault.count === undefined || fault.hits < fault.count);
  return {
    add: (spec) => {
      added += 1;
      const untilMs = spec.forMs === undefined ? null : clock.nowMs() + spec.forMs;
      const fault: Fault = { ...spec, id: `fault-${added}`, hits: 0, untilMs };
      faults.push(fault);
      return fault;
    },
    list: () => faults,
    remove: (id) => {
      const before = faults.length;
      faults = faults.filter((fault) => fault.id !== id);
      return faults.length < before;
    },
    clear: () => {
      faults = [];
    },
    strike: (target, plane, operation, source = '') => {
      if (faults.length === 0) return null;
      const index = faults.findIndex((fault) => matches(fault, target, plane, operation, source));
      const fault = faults[index];
      if (fault === undefined) return null;
      if (fault.probability !== undefined && random() >= fault.probability) return null;
      const hit = { ...fault, hits: fault.hits + 1 };
      faults[index] = hit;
      return hit;
    },
  };
}

const DROPPED: Reply = { status: 0, body: {}, drop: true };
/** Whether somebody came or somebody asked what would happen if. */
const LET_IN: Reply = {
  status: 200,
  body: { outcome: 'allowed', tries: [{ as: 'credential', allowed: true, code: null }] },
};
const DELAY_MS_DEFAULT = 5_000;
const RETRY_AFTER_MS_DEFAULT = 2_000;

function failure(
  status: number,
  code: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return { status, body: { error: code, ...more } };
}

/** Runs a call under a fault. Only a slow call waits; everything else answers at once. */
export function underFault(
  fault: Fault | null,
  clock: Clock,
  act: (partial: boolean) => Reply,
): Reply | Promise<Reply> {
  if (fault === null) return act(false);
  switch (fault.kind) {
    case 'slow':
      return new Promise((resolve) => {
        const atMs = clock.nowMs() + (fault.delayMs ?? DELAY_MS_DEFAULT);
        clock.timer(atMs, () => {
          resolve(act(false));
        });
      });
    case 'error':
      return failure(500, 'target-error');
    case 'error-after-effect':
      act(false);
      return failure(500, 'target-error');
    case 'not-applied':
      return failure(503, 'target-busy', { applied: false });
    case 'lost-reply':
      act(false);
      return DROPPED;
    case 'rate-limit': {
      const retryAfterMs = fault.retryAfterMs ?? RETRY_AFTER_MS_DEFAULT;
      return { ...failure(429, 'rate-limited', { retryAfterMs }), retryAfterMs };
    }
    case 'partial':
      return act(true);
    case 'outage':
      return DROPPED;
    case 'unenforced':
      return LET_IN;
  }
}
