import type { Guarantee, Id, StageName } from '../../kernel/index.ts';

/** Many identities that were asked about at once: taken up in slices, then put to people as a few questions. */
export interface Batch {
  readonly id: Id<'batch'>;
  readonly guarantee: Guarantee;
  readonly reason: string;
  readonly askedBy: string;
  /** The worst first: questions and cuts follow this order. */
  readonly members: readonly Member[];
  /** How many of them have been looked at. */
  readonly taken: number;
  readonly left: readonly LeftOut[];
  /** The questions that they became; null while they are still being taken up. */
  readonly questions: readonly Id<'decision'>[] | null;
}

export interface Member {
  readonly identity: Id<'identity'>;
  /** Null = the identity as a whole. */
  readonly credential: Id<'credential'> | null;
}

/** What a batch cannot cut, and why: it is in no question. */
export interface LeftOut {
  readonly identity: Id<'identity'>;
  readonly why: string;
}

export interface BatchEntryData {
  'batch.opened': { readonly batch: Omit<Batch, 'taken' | 'left' | 'questions'> };
  'batch.taken': {
    readonly batch: Id<'batch'>;
    readonly upTo: number;
    readonly left: readonly LeftOut[];
  };
  'batch.asked': { readonly batch: Id<'batch'>; readonly questions: readonly Id<'decision'>[] };
}

/** Many identities in one incident, asked about as few questions. */
export interface BatchRequest {
  /** Of identities or of single credentials. */
  readonly refs: readonly string[];
  readonly stage: StageName;
  readonly reason: string;
  /** Absent: an incident of its own. */
  readonly incident?: string;
  readonly title?: string;
}

export interface BatchAnswer {
  readonly incident: Id<'incident'>;
  readonly batch: Id<'batch'>;
  readonly identities: number;
  /** What the inventory does not know, or knows several of. */
  readonly unknown: readonly string[];
}

/** How far a batch has come. */
export interface BatchView {
  readonly id: Id<'batch'>;
  readonly stage: StageName;
  readonly reason: string;
  readonly askedBy: string;
  readonly members: number;
  readonly taken: number;
  /** What it cannot cut, and why. */
  readonly left: readonly { readonly identity: string; readonly why: string }[];
  /** What people are asked; null while identities are still being taken up. */
  readonly questions: readonly string[] | null;
}
