import type { StageName } from '../../kernel/index.ts';
import type { Actor } from '../actor.ts';
import type { ReviewKind, TailKind, Trace, Verdict } from './model.ts';

export interface ReviewItemView {
  readonly review: ReviewKind;
  /** Whose compromise it is about. */
  readonly identity: string;
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly target: string | null;
  readonly owner: string | null;
  readonly why: string;
  readonly trace: Trace;
  readonly seen: string;
  readonly rank: number;
  readonly verdict: {
    readonly as: Verdict;
    readonly by: string;
    readonly reason: string;
    readonly at: string;
    readonly incident: string | null;
  } | null;
}

/** Many items as one; an answer to it is bound to the items as they were shown. */
export interface ReviewCardView {
  readonly title: string;
  readonly digest: string;
  readonly items: readonly {
    readonly review: ReviewKind;
    readonly identity: string;
    readonly id: string;
    readonly name: string;
  }[];
}

export interface TailView {
  readonly key: string;
  readonly kind: TailKind | 'residual';
  readonly identity: string;
  readonly what: string;
  readonly since: string;
  readonly holder: string | null;
  readonly until: string | null;
  readonly state: 'unheld' | 'held' | 'overdue' | 'ended';
  readonly ended: string | null;
}

export interface ReviewsView {
  readonly incident: string;
  /** Of those that want a result. */
  readonly judged: number;
  readonly open: number;
  /** What wants a result, at most so many as one person is asked. */
  readonly cards: readonly ReviewCardView[];
  /** The most urgent first. */
  readonly items: readonly ReviewItemView[];
  readonly missed: readonly { readonly identity: string; readonly why: string }[];
  readonly longTail: readonly TailView[];
  /** Why a resolved incident is not closed. */
  readonly waitsFor: readonly string[];
}

export interface JudgeRequest {
  readonly incident: string;
  readonly as: 'benign' | 'cut' | 'ask';
  readonly reason: string;
  /** A card by its digest, or items by their ids. */
  readonly card?: string;
  readonly items?: readonly string[];
  /** Narrows `items` where one thing is on several lists. */
  readonly review?: ReviewKind;
  /** For `cut` and `ask`; `suspend` unless told. */
  readonly stage?: StageName;
}

export interface JudgeAnswer extends ReviewsView {
  /** What could not be cut or asked, and why. */
  readonly refused: readonly { readonly item: string; readonly why: string }[];
}

export interface TailRequest {
  readonly incident: string;
  /** Empty: all that nobody holds. */
  readonly keys: readonly string[];
  readonly reason: string;
}

export interface ReviewDoor {
  readonly reviews: (incident: string) => Promise<ReviewsView>;
  readonly judge: (request: JudgeRequest, actor: Actor) => Promise<JudgeAnswer>;
  /** Whoever asks holds it from now on. */
  readonly takeOver: (
    request: TailRequest & { readonly until: string },
    actor: Actor,
  ) => Promise<ReviewsView>;
  readonly endTail: (request: TailRequest, actor: Actor) => Promise<ReviewsView>;
}
