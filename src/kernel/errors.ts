import { ERROR_TABLE } from './error-table.ts';

/** The code is API: documents, clients and tests name it. */
export type ErrorCode = keyof typeof ERROR_TABLE;
export type ErrorFacts = Readonly<Record<string, unknown>>;

/** What the caller, the world or we ourselves did wrong: a code, the facts and the next act. */
export class FirebreakError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
  readonly remedy: string;
  /** The HTTP status this becomes at the edge. */
  readonly status: number;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, cause?: unknown) {
    const row = ERROR_TABLE[code];
    super(fill(row.message, facts), cause === undefined ? undefined : { cause });
    this.name = 'FirebreakError';
    this.code = code;
    this.facts = facts;
    this.remedy = fill(row.remedy, facts);
    this.status = row.status;
  }
}

/** `{name}` in a text is replaced by that fact. */
function fill(text: string, facts: ErrorFacts): string {
  return text.replaceAll(/\{(\w+)\}/gu, (whole, name: string) => {
    const fact = facts[name];
    return fact === undefined ? whole : write(fact);
  });
}

/** An error that is being made must not fail over its own facts. */
function write(fact: unknown): string {
  if (typeof fact === 'string') return fact;
  try {
    return JSON.stringify(fact) ?? String(fact);
  } catch {
    return String(fact);
  }
}

export function isFirebreakError(error: unknown, code?: ErrorCode): error is FirebreakError {
  return error instanceof FirebreakError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
