export type * from './model.ts';
export { createGate } from './gate.ts';
export type { GateParts } from './gate.ts';
export { gateMigrations } from './store.ts';
