import { FirebreakError } from './errors.ts';

/** Our own mistake: stops the step it happens in, never the whole response. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new FirebreakError('internal-invariant', { invariant });
}

/** Ends every switch over a closed union. */
export function assertNever(value: never): never {
  throw new FirebreakError('internal-invariant', {
    invariant: `unexpected variant ${JSON.stringify(value)}`,
  });
}

/** A value that cannot be absent here; the message states why. */
export function present<Value>(value: Value | null | undefined, invariant: string): Value {
  assert(value !== null && value !== undefined, invariant);
  return value;
}
