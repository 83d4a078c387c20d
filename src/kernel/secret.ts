import { inspect } from 'node:util';
import { present } from './assert.ts';

const REDACTED = '[secret]';
/** Values live outside the object, so no serialiser, inspector or spread can reach them. */
const values = new WeakMap<Secret, string>();

/** A value that cannot be printed, serialised or logged. `reveal` is the only way out and is easy to search for. */
export class Secret {
  constructor(value: string) {
    values.set(this, value);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

export function reveal(secret: Secret): string {
  // INVARIANT: no secret is empty by accident; an empty key would sign and verify everything.
  return present(values.get(secret), 'a secret holds a value');
}
