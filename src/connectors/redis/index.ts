export type { Persistence, RedisAccess } from './access.ts';
export { connectRedis } from './connector.ts';
