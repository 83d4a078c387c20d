import type { World } from './world.ts';

export interface WorldRequest {
  readonly method: string;
  /** Decoded segments of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly bearer: string | null;
  readonly idempotencyKey: string | null;
  readonly body: unknown;
}

/** The world behind the service; a reset puts another in its place. */
export interface WorldHolder {
  world: World;
}

/** A reply that is text (NDJSON) instead of JSON carries it under this name. */
export const TEXT_BODY = 'text/x-ndjson';
