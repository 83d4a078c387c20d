import { FirebreakError, messageOf } from '../kernel/index.ts';

export interface Failure {
  readonly error: FirebreakError;
  /** The database asks for the same transaction again. */
  readonly retry: boolean;
  /** This connection is of no more use. */
  readonly reconnect: boolean;
}

const CONSTRAINT_KINDS: Readonly<Record<string, string>> = {
  '23502': 'not-null',
  '23503': 'foreign-key',
  '23505': 'unique',
  '23514': 'check',
};

/** Classes of SQLSTATE that speak about the connection, the server or its operator, not about the statement. */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '3D', '53', '55', '57', '58', 'F0', 'XX']);
/** A standby that took over, a transaction that idled too long, or a pooler that gave us another session. */
const RECONNECT_CODES = new Set(['25006', '25P03', '26000', '42P05']);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

function refused(problem: string, kind: string): FirebreakError {
  return new FirebreakError('store-constraint', { problem, kind });
}

/** The database quotes the offending value, which may be anything. */
function withoutValues(message: string): string {
  return message.replaceAll(/"[^"]*"/gu, '"..."');
}

function fromSqlState(code: string, message: string): FirebreakError {
  if (code === '53100' || /no space left on device/iu.test(message)) {
    return new FirebreakError('store-full', { problem: message });
  }
  const group = code.slice(0, 2);
  if (group === '23') return refused(message, CONSTRAINT_KINDS[code] ?? 'other');
  if (group === '22') return refused(withoutValues(message), 'data');
  if (group === '40') return new FirebreakError('store-conflict', { problem: message });
  if (UNAVAILABLE_CLASSES.has(group) || RECONNECT_CODES.has(code)) {
    return new FirebreakError('store-unavailable', { problem: `PostgreSQL: ${message} (${code})` });
  }
  return new FirebreakError('internal-invariant', { invariant: `valid SQL (${code}: ${message})` });
}

const SQL_STATE = /^[0-9A-Z]{5}$/u;

/** Causes are not kept: their `detail` quotes whole rows. */
export function toFailure(error: unknown): Failure {
  if (error instanceof FirebreakError) return { error, retry: false, reconnect: false };
  const code = codeOf(error);
  const message = messageOf(error);
  // Node's own codes (EPIPE) have that form as well, but come without the severity that PostgreSQL adds.
  const fromServer =
    code !== undefined && SQL_STATE.test(code) && error instanceof Error && 'severity' in error;
  if (!fromServer) {
    const problem = `PostgreSQL: ${message === '' ? (code ?? 'no connection') : message}`;
    return {
      error: new FirebreakError('store-unavailable', { problem }),
      retry: false,
      reconnect: true,
    };
  }
  // A statement that was prepared before the schema changed: a new connection prepares it anew.
  const stale = code === '0A000' && message.startsWith('cached plan');
  return {
    error: fromSqlState(code, message),
    retry: code === '40001' || code === '40P01' || stale,
    reconnect: stale || code.startsWith('57P') || RECONNECT_CODES.has(code),
  };
}
