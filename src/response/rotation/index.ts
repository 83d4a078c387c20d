export type {
  RotateAnswer,
  RotateRequest,
  RotationDetail,
  RotationDoor,
  RotationSummary,
  RotationView,
} from './door.ts';
export { createRotationDoor } from './asking.ts';
export { ROTATION_SETTINGS, type RotationChoice, type RotationSettings } from './model.ts';
export type { HandoverBinding, Handovers } from './handovers.ts';
export { createRotations, type Rotations } from './rotations.ts';
export { readReplacement } from './live.ts';
export { rotationStepHandlers } from './steps.ts';
export { listRotationIds, rotationMigrations } from './store.ts';
