import type { ErrorCode, ErrorFacts } from '../../kernel/index.ts';
import type {
  Command,
  CommandResult,
  Dialect,
  LentStore,
  Row,
  Statement,
} from '../../store/index.ts';
import type { DocumentOptions } from '../contract.ts';
import type { Claim } from './claim.ts';
import type { Staged } from './model.ts';

/** What an import in a thread of its own is given; plain values only. */
export interface ThreadOrder {
  readonly dialect: Dialect;
  readonly nowMsSql: string;
  /** Null = it has the store only through the thread that began it. */
  readonly lent: LentStore | null;
  /** Stays inside the process. */
  readonly fingerprintKey: string;
  readonly claim: Claim;
  readonly options: DocumentOptions;
}

export interface ThreadError {
  /** Null = not one of ours. */
  readonly code: ErrorCode | null;
  readonly facts: ErrorFacts;
  readonly message: string;
}

export type ThreadAnswer =
  | { readonly rows: readonly Row[] }
  | { readonly results: readonly CommandResult[] }
  | { readonly error: ThreadError };

export type ToThread =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array | string }
  | { readonly kind: 'end' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ThreadAnswer };

export type FromThread =
  | { readonly kind: 'query'; readonly id: number; readonly statement: Statement }
  | { readonly kind: 'write'; readonly id: number; readonly commands: readonly Command[] }
  /** It has read a chunk: one more may come. */
  | { readonly kind: 'took' }
  | { readonly kind: 'staged'; readonly staged: Staged }
  | { readonly kind: 'failed'; readonly error: ThreadError };
