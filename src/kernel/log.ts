import pino, { type DestinationStream, type Logger } from 'pino';
import { Secret } from './secret.ts';

export type Log = Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Names that hold secrets in other people's payloads. Our own secrets are of type Secret and need no list. */
const SUSPICIOUS =
  /^(authorization|cookie|set-cookie|password|secret|token|api[-_]?key|private[-_]?key)$/iu;
const DEPTH_MAX = 8;

/** Copies a value for the log: secrets by type and by name are replaced, depth is bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Secret) return '[secret]';
  if (value === null || typeof value !== 'object') return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    copy[key] = SUSPICIOUS.test(key) ? '[redacted]' : redact(member, depth + 1);
  }
  return copy;
}

function redactError(error: Error, depth: number): unknown {
  const facts = Object.fromEntries(
    Object.entries(error).map(([k, v]) => [k, redact(v, depth + 1)]),
  );
  return { name: error.name, message: error.message, stack: error.stack, ...facts };
}

/** One JSON line an event on standard error; standard output belongs to the command's answer. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

export const silentLog: Log = createLog('silent');
