export type * from './model.ts';
export { IDENTITY_KINDS, CREDENTIAL_KINDS, EDGE_RELATIONS } from './model.ts';
