export type { PostgresAccess } from './access.ts';
export { connectPostgres } from './connector.ts';
