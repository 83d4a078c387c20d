import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode, ErrorFacts } from '../kernel/index.ts';
import type { Row, Value } from './model.ts';

/** Between the main thread and a SQLite worker: plain values, SQL texts sent once and then named by number. */
export interface WorkerOptions {
  readonly file: string;
  readonly role: 'writer' | 'reader';
  readonly maxPageCount?: number;
}

/** Text number, parameters, wanted rows (-1: any), rows as JSON that it runs for. */
export type WireCommand = readonly [
  textId: number,
  params: readonly Value[],
  rows: number,
  each?: string,
];
export type NewText = readonly [textId: number, sql: string];

export type WorkerRequest =
  | {
      readonly kind: 'write';
      readonly texts: readonly NewText[];
      readonly lists: readonly (readonly WireCommand[])[];
    }
  | { readonly kind: 'query'; readonly texts: readonly NewText[]; readonly command: WireCommand }
  | { readonly kind: 'run'; readonly texts: readonly NewText[]; readonly command: WireCommand }
  | { readonly kind: 'exec'; readonly sql: string }
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'forget' }
  /** Another thread writes through `port`; `returned` is closed when it has ended and all of it is written. */
  | { readonly kind: 'lend'; readonly port: MessagePort; readonly returned: MessagePort }
  | { readonly kind: 'close' };

/** The count alone when there are no rows: most results are that. */
export type WireResult = number | { readonly count: number; readonly rows: readonly Row[] };
export interface WireError {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
}
export type ListOutcome =
  | { readonly results: readonly WireResult[] }
  | { readonly error: WireError };

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly ListOutcome[] }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'result'; readonly result: WireResult }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: WireError };
