export type * from './model.ts';
export type * from './charter-model.ts';
export type * from './roster-model.ts';
export { DECISION_KINDS, SEVERITIES } from './model.ts';
