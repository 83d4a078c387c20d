import type { Id } from '../../kernel/index.ts';
import type { ReviewKind as SiblingReview } from '../plan/compromise.ts';

/** What is looked at beside the cuts: grants like the abused one, and whatever trusted the compromised identity. */
export type ReviewKind = SiblingReview | 'downstream';

/** What connectors and inventory can tell of it since the first suspect time. Silence is only told by who looked. */
export type Trace = 'nothing-seen' | 'used' | 'minted' | 'not-available';

export type Verdict = 'benign' | 'cut' | 'asked';

/** One thing to be looked at, as it was found. */
export interface Looked {
  readonly review: ReviewKind;
  /** Of the inventory. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly target: string | null;
  /** Who is to be asked about it. */
  readonly owner: string | null;
  /** Why it is on the list. */
  readonly why: string;
  readonly trace: Trace;
  /** What the trace was found in, in words. */
  readonly seen: string;
  /** The higher, the sooner it should be judged. */
  readonly rank: number;
}

export interface ReviewItem extends Looked {
  /** Whose compromise it is about. */
  readonly identity: Id<'identity'>;
  readonly verdict: {
    readonly as: Verdict;
    readonly by: string;
    readonly reason: string;
    readonly atMs: number;
    /** Where it is cut or asked. */
    readonly incident: string | null;
  } | null;
}

export type TailKind = 'kept' | 'by-hand' | 'unreviewed' | 'copy' | 'old-credential';

/** What stays after containment, and that somebody has to see through. */
export interface TailItem {
  /** The same thing has the same key, however often it is found. */
  readonly key: string;
  readonly kind: TailKind;
  readonly identity: Id<'identity'>;
  readonly what: string;
}

export interface HeldTail extends TailItem {
  readonly sinceMs: number;
  readonly holder: string | null;
  readonly untilMs: number | null;
  readonly isOverdue: boolean;
  /** Why it is over; null while it stays. */
  readonly ended: string | null;
}

/** What a look found; the rest of it was known. */
export interface Found {
  readonly items: readonly Looked[];
  /** What could not be looked through, in words. */
  readonly missed: readonly string[];
  /** What only the world outside the incident knows to stay: copies, old credentials that a rotation left. */
  readonly stays: readonly TailItem[];
}

export interface ReviewEntryData {
  'review.looked': {
    readonly identity: Id<'identity'>;
    /** New, or no longer as they were. */
    readonly items: readonly Looked[];
    readonly missed: readonly string[];
  };
  'review.judged': {
    readonly identity: Id<'identity'>;
    readonly review: ReviewKind;
    readonly items: readonly string[];
    readonly as: Verdict;
    readonly by: string;
    readonly reason: string;
    readonly incident: string | null;
  };
  'long-tail.listed': { readonly items: readonly TailItem[] };
  'long-tail.taken': {
    readonly keys: readonly string[];
    readonly holder: string;
    readonly untilMs: number;
    readonly reason: string;
  };
  'long-tail.overdue': { readonly keys: readonly string[] };
  'long-tail.ended': { readonly keys: readonly string[]; readonly why: string };
  /** Everything is given back; closing is refused for these reasons. */
  'incident.waits': { readonly for: readonly string[]; readonly closesAs: string };
}

/** The part of an incident that these entries fold to. */
export interface Aftermath {
  readonly items: readonly ReviewItem[];
  readonly missed: readonly { readonly identity: Id<'identity'>; readonly why: string }[];
  readonly longTail: readonly HeldTail[];
  /** Identities that were looked at since the newest restore began; null = that one does not wait for it. */
  readonly lookedSince: readonly Id<'identity'>[] | null;
  readonly waits: { readonly for: readonly string[]; readonly closesAs: string } | null;
}

export const NO_AFTERMATH: Aftermath = {
  items: [],
  missed: [],
  longTail: [],
  lookedSince: null,
  waits: null,
};

export const SIBLING_REVIEWS: ReadonlySet<ReviewKind> = new Set(['same-vendor', 'tenant-wide']);

/**
 * A sibling grant wants a verdict in any case. Downstream only a trace does: where nothing was seen there is nothing to
 * judge, and what could not be looked at stays as long tail.
 */
export function wantsVerdict({ review, trace, verdict }: ReviewItem): boolean {
  if (verdict !== null) return false;
  return SIBLING_REVIEWS.has(review) || trace === 'used' || trace === 'minted';
}

export function isLeft({ ended, holder }: HeldTail): boolean {
  return ended === null && holder === null;
}
