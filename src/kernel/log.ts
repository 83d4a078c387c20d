import pino, { type DestinationStream, type Logger } from 'pino';
import { assert } from './assert.ts';
import { Secret } from './secret.ts';

export type Log = Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * Endings of names that hold secrets in other people's payloads: `token`, `accessToken`, `client_secret`, `x-api-key`.
 * Our own secrets are of type Secret and need no list.
 */
const SUSPICIOUS =
  /(?:authorization|cookies?|passwords?|passwd|pwd|passphrase|secrets?|tokens?|bearer|jwt|(?:api|access|private|signing|encryption)[-_ ]?keys?)$/iu;
const DEPTH_MAX = 8;

export function isSuspicious(name: string): boolean {
  return SUSPICIOUS.test(name);
}

/** Copies a value for the log: secrets by type and by name are replaced, depth is bounded, nothing throws. */
export function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Secret) return String(value);
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  try {
    return redactObject(value, depth);
  } catch {
    return '[unreadable]';
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth + 1);
  if (value instanceof Set) return redact([...value], depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown) => redact(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = value.toJSON();
    return redact(json, depth + 1);
  }
  return redactMembers(value, depth);
}

function redactMembers(value: object, depth: number): Record<string, unknown> {
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [
    name,
    isSuspicious(name) ? '[redacted]' : redact(member, depth + 1),
  ]);
  return Object.fromEntries(members);
}

function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
    ...redactMembers(error, depth),
  };
}

/** One JSON line an event on standard error; standard output belongs to the command's answer. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const log: Log = pino<never>(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are copied by `redact`, which also keeps their facts.
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactMembers(fields, 0),
      },
      hooks: {
        // `log.info('%j', payload)`: what is formatted into the message never meets the formatters above.
        logMethod(args, method) {
          const safe = args.map((value, index) => (index === 0 ? value : redact(value)));
          Reflect.apply(method, this, safe);
        },
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return redactChildren(log);
}

/** pino writes the bindings of a child as they are. Children inherit this method, so it holds for theirs as well. */
function redactChildren(log: Log): Log {
  const child: unknown = Reflect.get(log, 'child');
  assert(typeof child === 'function', 'a log has children');
  Object.defineProperty(log, 'child', {
    value: function createChild(this: Log, bindings: object, options?: object): unknown {
      return Reflect.apply(child, this, [redactMembers(bindings, 0), options]);
    },
  });
  return log;
}

export const silentLog: Log = createLog('silent');
