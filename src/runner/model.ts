import type { Command } from '../store/index.ts';
import type { Id, JsonObject } from '../kernel/index.ts';

/** Lower runs first. A cut goes before a notification, always. */
export const PRIORITY = {
  /** What was accepted and nobody has looked at: while there is some, little else is begun. */
  signal: -1,
  cut: 0,
  proof: 1,
  restore: 2,
  evidence: 3,
  watch: 5,
  notification: 8,
} as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** What is asked of the runner. A timer is a step whose `dueAtMs` lies ahead. */
export interface StepPlan {
  readonly id: Id<'step'>;
  readonly kind: string;
  /** What it belongs to (an incident); steps are listed and cancelled by it. */
  readonly subject: string;
  /**
   * Steps of one lane run one at a time, in the order of their ids: a sequence whose intents are all durable at once.
   * A blocked step holds its lane until it is released or cancelled.
   */
  readonly lane: string | null;
  /** The lane's name was made up for these steps, so nothing can stand before them: saves a look at the store. */
  readonly laneIsNew?: boolean;
  /** The target system; its concurrency limit holds for these steps. */
  readonly target: string | null;
  readonly priority: Priority;
  readonly dueAtMs: number;
  /** The idempotency key that goes with every try of the effect. */
  readonly key: string;
  readonly payload: JsonObject;
}

/**
 * planned: waits for its time or for room. claimed: a node holds it; being claimed is the recorded intent, written
 * before the effect. done, blocked and cancelled are ends; a blocked step can be released again by a person.
 */
export type StepState = 'planned' | 'claimed' | 'done' | 'blocked' | 'cancelled';

export interface Step extends StepPlan {
  readonly state: StepState;
  readonly fence: number;
  /** Tries begun so far, this one included. */
  readonly attempt: number;
  /** How often a node stopped while it held this step; these tries are not counted above. Absent: never. */
  readonly stops?: number;
  /** True when the effect may already have been sent: a try failed without an answer, or another node held it. */
  readonly repeated: boolean;
  /** Latest instant at which an earlier try may have been sent. */
  readonly lastTryAtMs: number | null;
  readonly reason: string | null;
}

/** What a handler says after a try. */
export type Performed =
  | { readonly type: 'done'; readonly result: JsonObject }
  /** Worth repeating. `unknown` = it may have taken effect (timeout, lost reply). */
  | {
      readonly type: 'failed';
      readonly reason: string;
      readonly unknown: boolean;
      readonly retryAfterMs?: number;
    }
  /** Repeating cannot help (a right is missing, the target says no): blocked at once. */
  | { readonly type: 'refused'; readonly reason: string };

/** What the runner makes of it. */
export type StepOutcome =
  | { readonly type: 'done'; readonly result: JsonObject }
  | {
      readonly type: 'retry';
      readonly reason: string;
      readonly dueAtMs: number;
      readonly attempt: number;
    }
  | { readonly type: 'blocked'; readonly reason: string; readonly attempt: number };

export interface StepContext {
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

export interface StepHandler {
  readonly kind: string;
  readonly attemptsMax?: number;
  /** A try that has not answered by then is aborted and counts as unknown. */
  readonly callTimeoutMs?: number | ((step: Step) => number);
  readonly perform: (step: Step, context: StepContext) => Promise<Performed>;
  /**
   * For effects: asked before a repeat. `absent` allows the repeat. Before asking, the runner waits until an
   * earlier call can no longer be in flight, unless the target honours idempotency keys.
   */
  readonly readBack?: (
    step: Step,
    context: StepContext,
  ) => Promise<Performed | { readonly type: 'absent' }>;
  readonly honoursKeys?: (step: Step) => boolean;
  /**
   * Writes the outcome: `settle` holds the runner's own fenced commands, which must be part of the same list as
   * whatever the domain records. Absent: the runner writes `settle` alone.
   */
  readonly record?: (step: Step, outcome: StepOutcome, settle: readonly Command[]) => Promise<void>;
}

/** Commands that belong into the caller's write, and what to call when that write is acknowledged. */
export interface PlannedSteps {
  readonly commands: readonly Command[];
  /** Starts due steps at once on this node and arms timers for the rest. */
  readonly start: () => void;
}

export interface RunnerStatistics {
  /** Calls under way on this node. */
  readonly running: number;
  /** Claimed by this node and not running: without room, or their outcome is being written. */
  readonly waiting: number;
  /** In the whole store, as last seen by this node. */
  readonly blocked: number;
  /** By this node since it started. */
  readonly done: number;
  /** Outcomes of this node that were refused, since the step was no longer its own. */
  readonly fenced: number;
  /** False while the lease of this node does not hold: its steps stand still. */
  readonly holdsLease: boolean;
  /** Lateness of started timers in ms, for metrics. */
  readonly latenessMsMax: number;
}

export interface Runner {
  readonly nodeId: string;
  readonly register: (handler: StepHandler) => void;
  readonly plan: (steps: readonly StepPlan[]) => PlannedSteps;
  /** Cancels steps that have not ended; running ones are aborted when the write is acknowledged. */
  readonly cancel: (stepIds: readonly string[]) => PlannedSteps;
  /** Brings a blocked step back, with a fresh count of tries. */
  readonly release: (stepId: string) => PlannedSteps;
  readonly list: (filter: {
    readonly subject?: string;
    readonly state?: StepState;
  }) => Promise<readonly Step[]>;
  readonly statistics: () => RunnerStatistics;
  readonly start: () => Promise<void>;
  /** Stops taking steps, lets running ones end for `graceMs`, gives the lease back. */
  readonly stop: (graceMs: number) => Promise<void>;
}
