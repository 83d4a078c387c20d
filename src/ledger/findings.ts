import { LIMITS } from '../kernel/index.ts';

/** What can be wrong with an export. The code is API: the command line and tests name it. */
export type FindingCode =
  /** A line that no export holds. */
  | 'malformed'
  /** The content of an entry is not what was hashed. */
  | 'changed'
  | 'missing'
  | 'reordered'
  | 'duplicated'
  /** Entries and their hashes were changed together: the range does not give the signed root. */
  | 'tree-mismatch'
  | 'signature-wrong'
  | 'key-wrong'
  | 'origin-wrong'
  /** The end of the ledger is gone. */
  | 'cut-off'
  /** Entries that no checkpoint covers. */
  | 'uncovered'
  /** Two checkpoints that cannot both be of one ledger. */
  | 'checkpoint-conflict'
  /** What a passkey is said to have signed does not hold. */
  | 'assertion-wrong';

export interface NamedEntry {
  readonly position: number;
  readonly id: string | null;
}

export interface LedgerFinding {
  readonly code: FindingCode;
  /** Line of the export, counted from 1; null where it is about the whole. */
  readonly line: number | null;
  /** The entries it is about, where they can be named. */
  readonly entries: readonly NamedEntry[];
  /** The positions it is about, both ends included; null where there are none. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly message: string;
}

export interface FindingDraft {
  readonly code: FindingCode;
  readonly message: string;
  readonly line?: number;
  readonly entries?: readonly NamedEntry[];
  readonly range?: { readonly from: number; readonly to: number };
}

export interface Findings {
  readonly add: (finding: FindingDraft) => void;
  readonly count: () => number;
  readonly list: () => readonly LedgerFinding[];
}

/** Lists so many and counts the rest: a file that is all wrong must not fill the memory. */
export function createFindings(): Findings {
  const findings: LedgerFinding[] = [];
  let count = 0;
  return {
    add: ({ code, message, line = null, entries = [], range }) => {
      count += 1;
      if (findings.length >= LIMITS.ledgerFindingsMax) return;
      const [first, last] = [entries[0], entries.at(-1)];
      const named =
        first === undefined || last === undefined
          ? null
          : {
              from: Math.min(first.position, last.position),
              to: Math.max(first.position, last.position),
            };
      findings.push({ code, line, entries, range: range ?? named, message });
    },
    count: () => count,
    list: () => findings,
  };
}

export function nameEntry({ position, id }: NamedEntry): string {
  return id === null ? `entry ${position}` : `entry ${position} (${id})`;
}

/** `entry 4`, or `entries 4 to 9`. */
export function nameRange(from: number, to: number): string {
  return from === to ? `entry ${from}` : `entries ${from} to ${to}`;
}
