import { FirebreakError, LIMITS, messageOf } from '../kernel/index.ts';

const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_LIST = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function refuse(problem: string, cause?: unknown): never {
  throw new FirebreakError('json-malformed', { problem }, cause);
}

/** Seen in the bytes, before anything recursive meets them. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isInText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    if (depth > LIMITS.requestDepthMax) refuse(`nested deeper than ${LIMITS.requestDepthMax}`);
  }
}

function refusePrototype(name: string, value: unknown): unknown {
  if (name === '__proto__') refuse('a member is named __proto__');
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    return refuse('it is not UTF-8', error);
  }
}

/** One JSON value from bytes that may hold anything. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) refuse('it is empty');
  checkDepth(bytes);
  const text = decode(bytes);
  try {
    // The reviver costs; only a text that could hold the name pays for it. `\u005f` is an escaped underscore.
    const isSuspect = text.includes('__proto__') || /\\u005f/iu.test(text);
    const value: unknown = isSuspect ? JSON.parse(text, refusePrototype) : JSON.parse(text);
    return value;
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    return refuse(describe(error), error);
  }
}

/** V8 quotes the text around the fault, which may hold a secret; the place is enough. */
function describe(error: unknown): string {
  const place = /at position (?<at>\d+)/u.exec(messageOf(error))?.groups?.['at'];
  return place === undefined ? 'it ends too early or holds something else' : `see byte ${place}`;
}
