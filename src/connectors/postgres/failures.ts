import { ConnectorFailure } from '../contract.ts';
import { Refusal, Silence } from './session.ts';

/** SQLSTATE classes that speak of the server or the connection, not of the statement. */
const AWAY = new Set(['08', '53', '57', '58', 'XX', '25']);
const AGAIN = new Set(['40001', '40P01', '55P03']);
const DENIED = '42501';
const RETRY_AFTER_MS = 1_000;

/** What a failed call means. The server rolls back what it refused, so a refusal had no effect. */
export function failureOf(error: unknown, grant?: string): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  if (error instanceof Silence) {
    return new ConnectorFailure(error.mayHaveActed ? 'unknown' : 'transient', error.message);
  }
  if (!(error instanceof Refusal)) {
    return new ConnectorFailure('unknown', 'the call failed');
  }
  const said = `PostgreSQL: ${error.message} (${error.code})`;
  if (error.code === DENIED) {
    return new ConnectorFailure('refused', said, grant === undefined ? {} : { grant });
  }
  if (error.code === '53300') {
    return new ConnectorFailure('rate-limited', said, { retryAfterMs: RETRY_AFTER_MS });
  }
  if (AGAIN.has(error.code) || AWAY.has(error.code.slice(0, 2))) {
    return new ConnectorFailure('transient', said);
  }
  return new ConnectorFailure('refused', said);
}

export function isDenied(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === DENIED;
}

export function isLocked(error: unknown): boolean {
  return error instanceof Refusal && error.code === '55P03';
}
