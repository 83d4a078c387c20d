import type { Guarantee, Id } from '../../kernel/index.ts';

export const TRACKS = [
  'identity containment',
  'communications',
  'forensics',
  'business decisions',
] as const;
export type TrackName = (typeof TRACKS)[number];

/** A seat as it was filled when the task was given, or a person by name. */
export interface TaskOwner {
  readonly seat: string | null;
  readonly person: string | null;
}

export type TaskState = 'next' | 'doing' | 'blocked' | 'done';

/** What somebody has written down to do. Everything else on a track is derived. */
export interface Task {
  readonly id: Id<'task'>;
  readonly track: TrackName;
  readonly title: string;
  readonly owner: TaskOwner;
  readonly alternate: TaskOwner | null;
  readonly state: TaskState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  readonly blockedBy: TaskBlock | null;
}

export interface TaskBlock {
  /** Another task, a person, a party: in words. */
  readonly by: string;
  readonly other: Id<'task'> | null;
  /** When it is no longer waited for; null = until it is there. */
  readonly untilMs: number | null;
}

/** Detection has said what it knows; from here on these may execute. */
export interface HandOff {
  readonly identity: Id<'identity'>;
  readonly signal: Id<'signal'> | null;
  /** What the machine may do by itself, and under what. */
  readonly mandate: { readonly id: string; readonly upTo: Guarantee } | null;
  /** Who decides whatever goes beyond it. */
  readonly right: string | null;
  readonly holders: readonly { readonly seat: string; readonly person: string }[];
  readonly charterRevision: number;
}

export interface TaskEntryData {
  'task.added': {
    readonly task: Pick<Task, 'id' | 'track' | 'title' | 'owner' | 'alternate'>;
  };
  'task.moved': { readonly task: Id<'task'>; readonly to: 'next' | 'doing' | 'done' };
  'task.blocked': { readonly task: Id<'task'> } & TaskBlock;
  'containment.handed-off': HandOff;
}

export type TaskAct =
  | ({ readonly type: 'add' } & Pick<Task, 'track' | 'title' | 'owner' | 'alternate'>)
  | { readonly type: 'move'; readonly task: string; readonly to: 'next' | 'doing' | 'done' }
  | {
      readonly type: 'block';
      readonly task: string;
      readonly by: string;
      readonly untilMs: number | null;
    };
