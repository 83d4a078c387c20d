export type * from './model.ts';
export { tokenMigrations } from './store.ts';
export { createTokens, type TokenParts } from './tokens.ts';
