export type * from './model.ts';
export { HandoverFailure } from './model.ts';
export { createEnvFileStore } from './env-file.ts';
export { createPgpassStore } from './pgpass.ts';
