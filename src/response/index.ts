export type * from './model.ts';
export type { CutState, CutStatus } from './containment/model.ts';
export type { IncidentState, RestoreCause } from './incident/model.ts';
