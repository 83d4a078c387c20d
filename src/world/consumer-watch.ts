import type { Clock } from '../kernel/index.ts';
import { RESOURCE_DEFAULT } from './data-plane.ts';
import { enforce } from './enforcement.ts';
import type { TargetState } from './target-state.ts';
import type { Workload } from './workloads.ts';

/** A time in which what a running consumer holds would have been refused. */
export interface ConsumerGap {
  readonly workload: string;
  readonly credential: string;
  readonly code: string;
  readonly fromMs: number;
  /** Null: it goes on. */
  readonly untilMs: number | null;
}

export interface ConsumerWatch {
  readonly gaps: () => readonly ConsumerGap[];
  readonly looks: () => number;
  readonly stop: () => void;
}

/**
 * Asks for every running consumer again and again whether what it holds would be let through, whether or not it uses it
 * at that instant: a consumer that works once an hour must not hide an hour without a valid credential.
 */
export function watchConsumers(
  clock: Clock,
  everyMs: number,
  workloads: () => readonly Workload[],
  targetOf: (name: string) => TargetState,
): ConsumerWatch {
  const open = new Map<string, ConsumerGap>();
  const closed: ConsumerGap[] = [];
  let looks = 0;
  const look = (): void => {
    looks += 1;
    const nowMs = clock.nowMs();
    for (const workload of workloads()) {
      const { name, target, credential, running } = workload.status();
      const code = running ? problemOf(targetOf(target), workload) : null;
      const gap = open.get(name);
      if (code === null && gap !== undefined) {
        closed.push({ ...gap, untilMs: nowMs });
        open.delete(name);
      } else if (code !== null && gap === undefined) {
        open.set(name, { workload: name, credential, code, fromMs: nowMs, untilMs: null });
      }
    }
  };
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = clock.timer(clock.nowMs() + everyMs, () => {
      look();
      arm();
    });
  };
  look();
  arm();
  return {
    gaps: () => [...closed, ...open.values()],
    looks: () => looks,
    stop: () => {
      cancel();
    },
  };
}

function problemOf(target: TargetState, workload: Workload): string | null {
  const { credential, action } = workload.status();
  const principal = { type: 'credential' as const, credential };
  const attempt = { action, resource: RESOURCE_DEFAULT, freshProof: false };
  const verdict = enforce(target.spec, target.effective(), principal, attempt, target.nowMs());
  return verdict.allowed ? null : verdict.code;
}
