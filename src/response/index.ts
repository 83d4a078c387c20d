export type * from './model.ts';
export type { CutState, CutStatus } from './containment/model.ts';
export type { IncidentState, RestoreCause } from './incident/model.ts';
export type { ResponseParts } from './parts.ts';
export { createResponse } from './response.ts';
export type { RespondingResponse } from './response.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type { ResponseSettings } from './settings.ts';
export { countCuts, responseMigrations } from './store.ts';
