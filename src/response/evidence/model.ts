import type { Id } from '../../kernel/index.ts';

/** While it is set nothing of the evidence is deleted; what happens to the identity does not depend on it. */
export interface LegalHold {
  readonly by: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** One stored item: what the ledger says of it is all that stays once it is deleted. */
export interface EvidenceRef {
  readonly id: Id<'evidence'>;
  readonly cut: Id<'cut'>;
  readonly name: string;
  readonly sha256: string;
}

export interface CapturedItems {
  readonly captured: readonly { readonly name: string; readonly sha256: string }[];
  /** `name: why`; what the target cannot give is on record too. */
  readonly missed: readonly string[];
}

/** Chain of custody: everything that happens to evidence after it was captured for a cut. */
export interface EvidenceEntryData {
  /** Beside a cut that did not wait for it, or after its fuse had burnt. */
  'evidence.captured': { readonly cut: Id<'cut'> } & CapturedItems;
  'evidence.opened': { readonly items: readonly Id<'evidence'>[]; readonly reason: string };
  'evidence.held': { readonly reason: string };
  'evidence.released': { readonly reason: string };
  'evidence.deletion-refused': { readonly why: string };
  'evidence.deleted': { readonly items: readonly EvidenceRef[]; readonly why: string };
}

export type EvidenceAct =
  | {
      readonly type: 'open';
      readonly items: readonly Id<'evidence'>[];
      readonly reason: string;
    }
  | { readonly type: 'hold'; readonly reason: string }
  | { readonly type: 'release'; readonly reason: string }
  /** Its time to be kept may be over. */
  | { readonly type: 'age'; readonly items: readonly EvidenceRef[] };
