/** The pure core as the simulation uses it. */
export type { RotationCommand } from './decide.ts';
export { choicesOf, decideRotation } from './decide.ts';
export type { RotationEffect } from './draft.ts';
export type { PlannedHandOver, RotationEntry, RotationPlan } from './entries.ts';
export { foldRotationAll } from './fold.ts';
export { holdOf } from './hold.ts';
export type { RotationChoice, RotationState, RotationStepState } from './model.ts';
export type { Observation, SeenUse } from './observe.ts';
export { violationsOf } from './spec.ts';
