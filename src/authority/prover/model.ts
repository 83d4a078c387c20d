import type { Json } from '../../kernel/index.ts';
import type { DecisionKind, Severity, SkipReason } from '../model.ts';
import type { Path } from '../charter/document.ts';
import type { Interval } from '../roster/intervals.ts';

export const CHECKS = {
  'rules.one-right': 'exactly one right answers each case',
  'rules.dead-right': 'every right can be the one that answers',
  'rules.monotone': 'a graver case is never treated more slowly or more weakly',
  'rules.acyclic': 'overrides and orElse come to an end',
  'people.rung-staffed': 'every rung has somebody at every minute',
  'people.absence': 'a decision has somebody when people are away',
  'people.suspect':
    'a decision has somebody when its owner, a manager or the last rotator is the suspect',
  'people.separation': 'who decided the one still leaves somebody for the other',
  'people.quorum': 'approvals and quorums can be met',
  'people.load': 'whoever is asked too much has somebody to hand on to',
  'paths.dependency-down':
    'a decision reaches somebody when one channel or what it depends on is down',
  'paths.acknowledge': 'a page arrives in time to be acknowledged',
  'paths.two-independent': 'who has to answer over two channels has two that share nothing',
  'paths.bound': 'the ladder ends within the bound of its class or its clock',
  'paths.executor': 'who executes is not cut off by what is cut',
  'actions.reversible': 'what acts by itself can be taken back on every target in scope',
  'actions.ends': 'the end of a mandate or of a contract leaves no silent hole',
  'actions.protected': 'what is protected has a way to be cut',
  'actions.fuse': 'somebody can reset a blown fuse',
  'actions.rehearsal': 'what a mandate does has been rehearsed',
  'law.adviser': 'an adviser is there before half of a clock of the law has run',
  'law.provider-silent': 'what is owed is decided by who owes it when the provider is silent',
} as const;
export type CheckName = keyof typeof CHECKS;

/** Critical: nobody at all can decide. Gap: a promise of the charter does not hold. Notice: it holds, by its last means. */
export type HoleSeverity = 'critical' | 'gap' | 'notice';

/** The cases that are meant: any of the values of each member. Empty = any. */
export interface CellFacts {
  readonly decision: readonly DecisionKind[];
  readonly class: readonly string[];
  readonly severity: readonly Severity[];
  readonly environment: readonly string[];
  readonly jurisdiction: readonly string[];
}

export interface Refused {
  readonly person: string;
  readonly reason: SkipReason | 'out-of-reach' | 'without';
  readonly why: string;
}

export interface Place {
  readonly file: 'charter' | 'roster';
  readonly path: Path;
}

/** One change of a file that closes the hole; a list path that ends in its length appends. */
export interface Edit extends Place {
  readonly value: Json;
}

/** A hole as the checks find it; `prove` shows it as a counterexample. */
export interface Hole {
  readonly check: CheckName;
  readonly severity: HoleSeverity;
  /** Sorted, disjoint. */
  readonly intervals: readonly Interval[];
  readonly cause: string;
  readonly facts: CellFacts;
  readonly right: string | null;
  /** Counted from 0. */
  readonly rung: number | null;
  readonly seat: string | null;
  readonly refused: readonly Refused[];
  /** Other places that stand on the same people. */
  readonly also: readonly string[];
  readonly at: Place;
  readonly remedy: string;
  readonly edits: readonly Edit[];
  /** Zones whose wall time a reader wants to see. */
  readonly zones: readonly string[];
}

/** A counterexample: when, where, for which cases, because of what, and what would close it. */
export interface Counterexample {
  readonly check: CheckName;
  readonly severity: HoleSeverity;
  /** The first time; half-open. */
  readonly from: string;
  readonly until: string;
  /** Wall times of the first time by zone, `2027-03-14 18:00 to 19:00`. */
  readonly local: Readonly<Record<string, string>>;
  readonly cause: string;
  readonly facts: CellFacts;
  readonly right: string | null;
  readonly rung: number | null;
  readonly seat: string | null;
  readonly refused: readonly Refused[];
  readonly also: readonly string[];
  readonly file: 'charter' | 'roster';
  readonly path: string;
  readonly line: number | null;
  /** How many intervals this stands for, and how long they are together. */
  readonly repeats: number;
  readonly totalMs: number;
  /** All of them, up to a limit. */
  readonly intervals: readonly (readonly [string, string])[];
  readonly remedy: string;
  readonly edits: readonly { readonly file: string; readonly path: string; readonly value: Json }[];
}

export interface Proof {
  readonly from: string;
  readonly until: string;
  readonly charter: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly roster: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly without: readonly string[];
  readonly absent: number;
  readonly gaps: readonly Counterexample[];
  readonly notices: readonly Counterexample[];
  /** Intervals x partitions that were looked at. */
  readonly cells: number;
  readonly checks: Readonly<Record<CheckName, number | null>>;
  /** What could not be judged from the files alone, and what it would take. */
  readonly notChecked: readonly { readonly check: CheckName; readonly why: string }[];
}
