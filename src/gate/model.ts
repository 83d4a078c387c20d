import type {
  Constraint,
  EvaluationRequest,
  EvaluationResponse,
  Restriction,
  RestrictionEffect,
} from '@firebreak/guard';
import type { Command } from '../store/index.ts';

export type {
  Constraint,
  Entity,
  EvaluationReason,
  EvaluationRequest,
  EvaluationResponse,
  Restriction,
  RestrictionEffect,
  StalenessPolicy,
} from '@firebreak/guard';

/** What somebody wants restricted. */
export interface RestrictionOrder {
  readonly identity: string;
  /** Restricts one credential only. */
  readonly credential?: string | null;
  /** Other names of the subject (reference texts, credential ids), so that requests that use them are caught at once. */
  readonly aliases?: readonly string[];
  readonly effect: RestrictionEffect;
  /** Required for `constrain`, refused for the others. */
  readonly constraint?: Constraint;
  readonly incident: string | null;
  readonly reason: string;
  readonly untilMs?: number;
}

/** Which restrictions are lifted: by id, or all of an identity, where wanted only those of one incident. */
export type LiftOrder =
  | { readonly id: string }
  | { readonly identity: string; readonly incident?: string };

/** Commands that belong into the caller's write; `applied(change)` is called when that write is acknowledged. */
export interface RestrictionChange {
  readonly commands: readonly Command[];
  readonly restricted: readonly Restriction[];
  readonly lifted: readonly { readonly id: string; readonly at: string }[];
}

export interface GateStatistics {
  readonly revision: number;
  readonly restrictions: number;
  readonly syncedAtMs: number;
  readonly evaluations: number;
  readonly denials: number;
}

/** The door of the word. */
export interface Gate {
  readonly restrictCommands: (order: RestrictionOrder) => RestrictionChange;
  readonly liftCommands: (order: LiftOrder) => RestrictionChange;
  /** Takes effect in this process at once and tells the other nodes. Call it after the commit, never before. */
  readonly applied: (change: RestrictionChange) => void;
  /** Writes the change with its ledger entry and applies it: for acts outside an incident. */
  readonly restrict: (order: RestrictionOrder, actor: string) => Promise<Restriction>;
  readonly lift: (order: LiftOrder, actor: string) => Promise<readonly string[]>;
  /** In memory; never waits for the store. */
  readonly evaluate: (request: EvaluationRequest) => EvaluationResponse;
  readonly restrictionsOf: (identity: string) => readonly Restriction[];
  readonly list: () => readonly Restriction[];
  /** Changes after a revision, lifted ones included, in order: what a guard needs to catch up. */
  readonly since: (revision: number, limit: number) => Promise<readonly Restriction[]>;
  readonly onChange: (listener: (changed: readonly Restriction[]) => void) => () => void;
  readonly refresh: () => Promise<void>;
  readonly statistics: () => GateStatistics;
  readonly stop: () => void;
}
