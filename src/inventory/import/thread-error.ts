import { FirebreakError, messageOf } from '../../kernel/index.ts';
import type { ThreadError } from './thread-protocol.ts';

export function toThreadError(error: unknown): ThreadError {
  return error instanceof FirebreakError
    ? { code: error.code, facts: error.facts, message: error.message }
    : { code: null, facts: {}, message: messageOf(error) };
}

export function fromThreadError({ code, facts, message }: ThreadError): Error {
  return code === null ? new Error(message) : new FirebreakError(code, facts);
}
