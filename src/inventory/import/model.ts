import type { Clock, IdSource, Secret } from '../../kernel/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import type { Command, CommandResult, Store } from '../../store/index.ts';
import type { Rows } from '../bulk.ts';
import type { DocumentOptions, ImportMode } from '../contract.ts';
import type { NodeDraft } from '../schema.ts';
import type { Claim } from './claim.ts';
import type { EdgeRun } from './edge-run.ts';
import type { Names } from './names.ts';
import type { SeenEdges, SeenNodes } from './seen.ts';
import type { Tally } from './tally.ts';

export interface ImportParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly fingerprintKey: Secret;
}

/** One thing a source says, with the line it stands on: a text of NDJSON, an object, or what is wrong with it. */
export interface SourceRecord {
  readonly line: number;
  readonly value?: unknown;
  readonly problem?: string;
}

/** What reading a source needs; it can be in another thread. */
export interface StagingParts {
  readonly store: Rows;
  readonly fingerprintKey: Secret;
}

export type StagingOptions = Pick<DocumentOptions, 'mode' | 'shrinkShareMax'>;

/** Everything of an import is written and nobody sees it yet. */
export interface Staged {
  readonly tally: Tally;
  readonly nodesAdded: number;
  readonly edgesAdded: number;
  readonly pendingAdded: number;
  /** Numbers of the nodes it is about; null = more than a change record names. */
  readonly touched: readonly number[] | null;
}

/** One import under way. */
export interface ImportRun {
  readonly parts: StagingParts;
  readonly store: Rows;
  readonly claim: Claim;
  readonly mode: ImportMode;
  readonly shrinkShareMax: number;
  readonly tally: Tally;
  readonly names: Names;
  readonly seen: SeenNodes;
  /** Null where nothing can be gone. */
  readonly seenEdges: SeenEdges | null;
  readonly edges: EdgeRun;
  nodesAdded: number;
  edgesAdded: number;
  pendingAdded: number;
  /** One list at a time is on its way while the next one is made. */
  readonly write: (
    commands: readonly Command[],
    done?: (results: readonly CommandResult[]) => void,
  ) => Promise<void>;
  readonly written: () => Promise<void>;
  readonly touch: (num: number) => void;
  /** Null = more than a change record names. */
  readonly touched: () => readonly number[] | null;
}

export interface NumberedNode extends NumberedDraft<NodeDraft> {
  /** What its references are looked up by; built once, a text is asked for many times. */
  readonly keys: readonly string[];
}

export interface NumberedDraft<Drafted> {
  readonly line: number;
  readonly draft: Drafted;
}
