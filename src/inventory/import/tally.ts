import { LIMITS } from '../../kernel/index.ts';
import type { RejectedLine } from '../contract.ts';

/** What an import reports, while it runs. */
export interface Tally {
  added: number;
  changed: number;
  unchanged: number;
  gone: number;
  kept: number;
  pending: number;
  rejectedCount: number;
  readonly rejected: RejectedLine[];
}

export function createTally(): Tally {
  const none = { added: 0, changed: 0, unchanged: 0, gone: 0, kept: 0, pending: 0 };
  return { ...none, rejectedCount: 0, rejected: [] };
}

export function reject(tally: Tally, line: number, problem: string): void {
  tally.rejectedCount += 1;
  if (tally.rejected.length < LIMITS.importRejectedNamedMax) tally.rejected.push({ line, problem });
}

/** Lets the event loop breathe: an import of millions shares its thread with lookups and signals. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
