export type { ApiParts, ApiSettings, ReadinessCheck } from './parts.ts';
export { createServer, type Server } from './server.ts';
export { createTokens, tokenMigrations, type Caller, type Tokens } from './tokens/index.ts';
export type { Scope } from './contract/index.ts';
