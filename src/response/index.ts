export type * from './model.ts';
export type { CutState, CutStatus } from './containment/model.ts';
export type { IncidentState, RestoreCause } from './incident/model.ts';
export type { AnswerOutcome } from './decisions/model.ts';
export type { ResponseParts } from './parts.ts';
export { createLogNotifier } from './paging/notifier.ts';
export { createWebhookNotifier } from './paging/webhook.ts';
export type { Delivered, Notifier, Page } from './paging/notifier.ts';
export { createResponse } from './response.ts';
export { verifyBundle } from './evidence/verify.ts';
export type { BundleFinding, BundleReport } from './evidence/verify.ts';
export type * from './reviews/door.ts';
export { TRACKS } from './tracks/model.ts';
export type * from './replay/model.ts';
export type { TaskState, TrackName } from './tracks/model.ts';
export type { RespondingResponse } from './response.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type { ResponseSettings } from './settings.ts';
export { countCuts } from './store.ts';
export { responseMigrations } from './migrations.ts';
export { ROTATION_SETTINGS } from './rotation/index.ts';
export { rotationMigrations } from './rotation/index.ts';
export type {
  HandoverBinding,
  Handovers,
  RotateAnswer,
  RotateRequest,
  RotationChoice,
  RotationDetail,
  RotationSettings,
  RotationSummary,
  RotationView,
} from './rotation/index.ts';
