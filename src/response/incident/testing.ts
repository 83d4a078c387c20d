/** The pure core as the simulation and other tests outside this folder use it. */
export { probeMeansOf } from '../containment/probe.ts';
export { planRestore } from '../containment/restore.ts';
export type { CutEvent } from '../containment/decide.ts';
export type { CutState, CutStatus } from '../containment/model.ts';
export type { RestoreEvent } from '../containment/restore.ts';
export { effectKey } from '../containment/decide.ts';
export type { ResponseSettings } from '../settings.ts';
export { mayClaim } from '../spec.ts';
export type { IncidentCommand, IncidentDecided } from './decide.ts';
export { decide } from './decide.ts';
export type { CutStep, Effect } from './effects.ts';
export { CUT_STEPS } from './effects.ts';
export type { IncidentEntry } from './entries.ts';
export { fold, foldAll } from './fold.ts';
export type { Considered, IncidentState, IncidentDecision, RestoreCause } from './model.ts';
export { standingOf } from './standing.ts';
