import { assertNever, FirebreakError, LIMITS, toTimestamp } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState, SubjectState } from '../incident/model.ts';
import { heldContainment, type TrackTask } from './check.ts';
import type { HandOff, Task, TaskAct } from './model.ts';

/** What people write down beside what is derived. Never a step of a cut: a cut asks nobody here. */
export function changeTask(draft: Draft, act: TaskAct): void {
  switch (act.type) {
    case 'add': {
      const limit = LIMITS.incidentTasksMax;
      if (draft.state().tasks.length >= limit) {
        throw new FirebreakError('request-invalid', { problem: `an incident has ${limit} tasks` });
      }
      const { track, title, owner, alternate } = act;
      const id = draft.facts.ids.next('task');
      draft.record('task.added', { task: { id, track, title, owner, alternate } });
      return;
    }
    case 'move': {
      const task = taskOf(draft, act.task);
      if (task.state !== act.to) draft.record('task.moved', { task: task.id, to: act.to });
      return;
    }
    case 'block':
      block(draft, act);
      return;
    default:
      assertNever(act);
  }
}

function taskOf(draft: Draft, id: string): Task {
  const task = draft.state().tasks.find((one) => one.id === id);
  if (task === undefined) throw new FirebreakError('task-unknown', { task: id });
  return task;
}

function block(draft: Draft, act: Extract<TaskAct, { readonly type: 'block' }>): void {
  const task = taskOf(draft, act.task);
  const { nowMs, settings } = draft.facts;
  const other = draft.state().tasks.find((one) => one.id === act.by) ?? null;
  const blocked = { by: act.by, other: other?.id ?? null, untilMs: act.untilMs };
  const after = draft
    .state()
    .tasks.map((one) =>
      one.id === task.id ? { ...one, state: 'blocked' as const, blockedBy: blocked } : one,
    );
  const [held] = heldContainment(planOfTasks(after, nowMs), settings.evidenceFuseMs).filter(
    (one) => one.task === task.id,
  );
  if (held !== undefined) {
    const mostUntil = toTimestamp(nowMs + settings.evidenceFuseMs);
    throw new FirebreakError('task-holds-containment', { problem: held.why, until: mostUntil });
  }
  draft.record('task.blocked', { task: task.id, ...blocked });
}

/** What people have written down, as a plan: each wait is for as long as it was given from now. */
export function planOfTasks(tasks: readonly Task[], nowMs: number): readonly TrackTask[] {
  return tasks.map(({ id, track, state, blockedBy }) => ({
    id,
    track,
    waitsFor:
      state !== 'blocked' || blockedBy === null
        ? []
        : [
            {
              task: blockedBy.other ?? blockedBy.by,
              fuseMs: blockedBy.untilMs === null ? null : Math.max(0, blockedBy.untilMs - nowMs),
            },
          ],
  }));
}

/** INVARIANT: whenever who may execute has changed, it is on record in the commit that changed it. */
export function recordHandOffs(draft: Draft, before: IncidentState | null): void {
  const state = draft.state();
  if (state.status !== 'open' || state.machine === true) return;
  // What was open before has on record who could act then; lists of subjects only grow.
  const known = before?.status === 'open' ? before.subjects : [];
  for (const [place, subject] of state.subjects.entries()) {
    if (known[place]?.resolution === subject.resolution) continue;
    const now = handOffOf(state, subject);
    const last = draft.state().handOffs.findLast((one) => one.identity === subject.identity);
    if (last === undefined || !isSame(last, now)) draft.record('containment.handed-off', now);
  }
}

function handOffOf(state: IncidentState, { identity, resolution }: SubjectState): HandOff {
  const { mandate, automaticUpTo, right, holders, charter } = resolution;
  return {
    identity,
    signal: state.signals.findLast((one) => one.type !== 'all-clear')?.id ?? null,
    mandate:
      mandate === null || automaticUpTo === null ? null : { id: mandate.id, upTo: automaticUpTo },
    right,
    holders: holders.map(({ seat, person }) => ({ seat, person })),
    charterRevision: charter.revision,
  };
}

/** Another signal that says the same hands nothing on. */
function isSame(one: HandOff, other: HandOff): boolean {
  const who = ({ mandate, right, holders, charterRevision }: HandOff): string =>
    JSON.stringify([mandate, right, holders, charterRevision]);
  return who(one) === who(other);
}
