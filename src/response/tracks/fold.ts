import { assertNever } from '../../kernel/index.ts';
import type { EvidenceEntryData } from '../evidence/model.ts';
import type { IncidentEntry } from '../incident/entries.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Task, TaskEntryData } from './model.ts';

/** Entries beside the cuts: they change what people see and keep, never what holds. */
export type TrackEntry = Extract<
  IncidentEntry,
  { readonly kind: keyof TaskEntryData | keyof EvidenceEntryData }
>;

export function isOfTracks(entry: IncidentEntry): entry is TrackEntry {
  return (
    entry.kind.startsWith('task.') ||
    entry.kind.startsWith('evidence.') ||
    entry.kind === 'containment.handed-off'
  );
}

export function foldTracks(state: IncidentState, entry: TrackEntry): IncidentState {
  switch (entry.kind) {
    case 'evidence.held': {
      const hold = { by: entry.actor, reason: entry.data.reason, sinceMs: entry.atMs };
      return { ...state, hold };
    }
    case 'evidence.released':
      return { ...state, hold: null };
    case 'evidence.captured':
    case 'evidence.opened':
    case 'evidence.deletion-refused':
    case 'evidence.deleted':
      return state;
    case 'containment.handed-off':
      return { ...state, handOffs: [...state.handOffs, entry.data] };
    case 'task.added': {
      const task = {
        ...entry.data.task,
        state: 'next' as const,
        sinceMs: entry.atMs,
        blockedBy: null,
      };
      return { ...state, tasks: [...state.tasks, task] };
    }
    case 'task.moved': {
      const { task, to } = entry.data;
      return withTask(state, task, { state: to, sinceMs: entry.atMs, blockedBy: null });
    }
    case 'task.blocked': {
      const { task, ...blockedBy } = entry.data;
      return withTask(state, task, { state: 'blocked', sinceMs: entry.atMs, blockedBy });
    }
    default:
      return assertNever(entry);
  }
}

function withTask(state: IncidentState, id: string, change: Partial<Task>): IncidentState {
  return {
    ...state,
    tasks: state.tasks.map((task) => (task.id === id ? { ...task, ...change } : task)),
  };
}
