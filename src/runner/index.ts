export * from './model.ts';
export { runnerMigrations } from './migrations.ts';
export { createRunner } from './runner.ts';
export type { NodeRunner, RunnerParts, RunnerSettings } from './runner.ts';
export {
  backoffMs,
  compareClaims,
  decideOutcome,
  isUrgent,
  mayActUntil,
  ordinaryPlaces,
  planTry,
  rulesOf,
  settledBy,
  traceOf,
} from './decide.ts';
export type { Settled, StepRules, Trace, Tried, TryPlan } from './decide.ts';
