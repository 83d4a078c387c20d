export { connectWorld, createWorldConnector } from './connector.ts';
export { readProfile, type WorldProfile } from './profile.ts';
export type { WorldAccess } from './target.ts';
