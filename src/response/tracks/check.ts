import type { TrackName } from './model.ts';

/** One piece of work in a plan of all four tracks, and what it waits for before it begins. */
export interface TrackTask {
  readonly id: string;
  readonly track: TrackName;
  readonly waitsFor: readonly Wait[];
}

export interface Wait {
  readonly task: string;
  /** After so long it is no longer waited for; null = until it is there. */
  readonly fuseMs: number | null;
}

export interface Held {
  readonly task: string;
  /** What it waits for in vain: a task of another track, or itself around a circle. */
  readonly by: string;
  readonly why: string;
}

const CONTAINMENT: TrackName = 'identity containment';

/**
 * INVARIANT: however long the other tracks take, and if they never end, each act of containment begins, and none of
 * them has held it longer than the fuse. What a plan does not name is somebody else's work: it may take forever too.
 */
export function heldContainment(plan: readonly TrackTask[], fuseMaxMs: number): readonly Held[] {
  const tasks = new Map(plan.map((task) => [task.id, task]));
  const isOurs = (id: string): boolean => tasks.get(id)?.track === CONTAINMENT;
  const findings: Held[] = [];
  for (const task of plan) {
    if (task.track !== CONTAINMENT) continue;
    for (const { task: by, fuseMs } of task.waitsFor) {
      if (isOurs(by) || (fuseMs !== null && fuseMs <= fuseMaxMs)) continue;
      const bound = fuseMs === null ? 'has no fuse' : `may last ${fuseMs} ms`;
      findings.push({ task: task.id, by, why: `its wait for another track ${bound}` });
    }
    const circle = circleFrom(task.id, tasks);
    if (circle) findings.push({ task: task.id, by: task.id, why: 'it waits for itself' });
  }
  return findings;
}

/** A circle of containment alone, with no fuse on the way out of it. */
function circleFrom(start: string, tasks: ReadonlyMap<string, TrackTask>): boolean {
  const seen = new Set<string>();
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const task = tasks.get(id);
    if (task?.track !== CONTAINMENT) continue;
    for (const wait of task.waitsFor) {
      if (wait.fuseMs !== null) continue;
      if (wait.task === start) return true;
      if (seen.has(wait.task)) continue;
      seen.add(wait.task);
      open.push(wait.task);
    }
  }
  return false;
}
