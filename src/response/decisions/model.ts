import type {
  Advice,
  AuthorityResolution,
  DecisionKind,
  Determining,
  Distinct,
  HandOff,
  Holder,
  Skipped,
} from '../../authority/index.ts';
import type { Guarantee, Id, JsonObject } from '../../kernel/index.ts';

export interface AnswersNeeded {
  readonly deciders: number;
  readonly approvers: number;
  /** What two people who agree may not share; a person counts once in any case. */
  readonly distinct?: readonly Distinct[];
}

export interface Vote {
  readonly person: string;
  readonly as: 'decider' | 'approver';
  readonly atMs: number;
  readonly device?: string | null;
  readonly manager?: string | null;
  readonly employer?: string | null;
}

/** `expired`: what was asked no longer is what it was. `undone`: who answered turned out to be a suspect. */
export type DecisionState = 'open' | 'approved' | 'rejected' | 'defaulted' | 'expired' | 'undone';

export type AnswerOutcome = 'approve' | 'reject' | 'advise' | 'acknowledge' | 'hand-over';

/** One rung as it was told or asked: from then on its people stay known, whoever is on shift. */
export interface DecisionRung {
  readonly seat: string;
  readonly people: readonly string[];
  readonly channels: readonly string[];
  readonly warmedAtMs: number | null;
  /** Its clock starts here: when the hand-off commits. Null = only warned so far. */
  readonly openedAtMs: number | null;
  readonly acknowledgeByMs: number | null;
  readonly decideByMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly lastResort: boolean;
}

/** Who comes after the newest rung, as it looked when that one opened. */
export interface NextRung {
  readonly seat: string;
  readonly people: readonly string[];
}

/** What happens by itself, and when: each is null once it has happened or cannot happen any more. */
export interface Dues {
  readonly warm: number | null;
  readonly handOff: number | null;
  /** Asked again. */
  readonly again: number | null;
  /** A reversible stage before anybody has answered. */
  readonly meanwhile: number | null;
  readonly byDefault: number | null;
  /** Advisers are silent from here on. */
  readonly advice: number | null;
}

export interface GivenAdvice {
  readonly person: string;
  readonly as: 'adviser' | 'recommender';
  readonly text: string;
  readonly atMs: number;
}

export type HandOffReason =
  | 'time-passed'
  | 'not-acknowledged'
  | 'channels-failed'
  | 'handed-over'
  | 'not-eligible'
  | 'advisers-silent';

export interface IncidentDecision {
  readonly id: Id<'decision'>;
  readonly kind: DecisionKind;
  readonly state: DecisionState;
  /** The digest of the exact action; an answer that names another digest is refused. */
  readonly digest: string;
  readonly action: DecisionAction;
  readonly right: string | null;
  /** Rules are pinned to this revision; people are live. */
  readonly charter: AuthorityResolution['charter'];
  readonly handOff: HandOff;
  /** Everybody who was asked so far, the newest rung last. */
  readonly holders: readonly Holder[];
  readonly rungs: readonly DecisionRung[];
  readonly next: NextRung | null;
  readonly dues: Dues;
  readonly openedAtMs: number;
  /** When the newest rung's time is over. */
  readonly deadlineMs: number | null;
  readonly askedBy: string;
  /** It goes beyond this cut, which could not be made: once that holds, nobody has to answer. */
  readonly because?: Id<'cut'>;
  /** How many people have to agree: holders of the right, and approvers beside them. */
  readonly needs: AnswersNeeded;
  readonly approvers: readonly Holder[];
  readonly advisers: readonly Holder[];
  /** What the silence of the advisers means; null = nobody is asked for advice. */
  readonly silence: Advice['silence'] | null;
  /** False when advisers were silent and the charter keeps a template for that. */
  readonly ownWords?: boolean;
  readonly advice: readonly GivenAdvice[];
  /** Decided by the quorum of break-glass: somebody has to look at that afterwards. */
  readonly glass?: {
    readonly people: readonly string[];
    readonly reviewByMs: number | null;
    /** What it would have needed without. */
    readonly needed: AnswersNeeded;
  };
  readonly rejectHoldsMs: number;
  /** Between pages when the ladder has come to its end; null = as the settings say. */
  readonly repageMs: number | null;
  /** A rejection binds this digest until then. */
  readonly rejectedUntilMs: number | null;
  /** Who agreed so far; one person counts once. */
  readonly votes: readonly Vote[];
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

/** What exactly is asked. */
export type DecisionAction =
  | {
      readonly verb: 'cut';
      readonly cuts: readonly Id<'cut'>[];
      readonly guarantee: Guarantee;
      /** Whose cuts; a question about what has to be done by hand names none. */
      readonly identity?: Id<'identity'>;
    }
  | {
      readonly verb: 'restore';
      readonly identity: Id<'identity'>;
      readonly cause: RestoreCause;
      readonly cuts: readonly string[];
    }
  /** An act that no connector carries out: of the machine itself, or of people outside. */
  | {
      readonly verb: 'act';
      readonly act: DecisionKind;
      readonly what: string;
      readonly parameters: JsonObject;
    };

/** `false-alarm` gives everything back; `resolved` keeps leaked and minted credentials dead. */
export type RestoreCause = 'false-alarm' | 'resolved';

/**
 * A person whose answers do not count, a channel that carries alerts and never answers, or a source of signals in
 * quarantine: heard, and not believed.
 */
export interface SuspectNamed {
  readonly kind: 'person' | 'channel' | 'source';
  readonly name: string;
}

/** What is true of people now: resolved again at every hand-off and at every answer. */
export interface Live {
  readonly resolution: AuthorityResolution;
  /** People and channels whose answers do not count. */
  readonly suspects: { readonly people: readonly string[]; readonly channels: readonly string[] };
}

export type NewDecision = Omit<
  IncidentDecision,
  'state' | 'votes' | 'decidedBy' | 'reason' | 'advice' | 'rejectedUntilMs'
>;

type OfDecision<Data = object> = { readonly decision: Id<'decision'> } & Data;

/** What the ledger says about decisions. */
export interface DecisionEntryData {
  'decision.opened': {
    readonly decision: NewDecision;
    readonly why: string;
    readonly skipped: readonly Skipped[];
    readonly rules: readonly Determining[];
  };
  'decision.warmed': OfDecision<{ readonly rung: DecisionRung }>;
  'decision.handed-off': OfDecision<{
    readonly from: string | null;
    readonly rung: DecisionRung;
    readonly next: NextRung | null;
    readonly warmAtMs: number | null;
    /** For a rung whose time has no end: when it is asked again. */
    readonly againAtMs: number | null;
    readonly why: HandOffReason;
    readonly skipped: readonly Skipped[];
    readonly rules: readonly Determining[];
  }>;
  'decision.acknowledged': OfDecision<{ readonly person: string; readonly seat: string }>;
  'decision.advised': OfDecision<{ readonly advice: GivenAdvice }>;
  'decision.advice-over': OfDecision<{ readonly means: Advice['silence'] }>;
  'decision.meanwhile': OfDecision<{ readonly guarantee: Guarantee | null; readonly why: string }>;
  'decision.supported': OfDecision<{
    readonly vote: Vote;
    readonly reason: string;
    readonly digest: string;
    /** What the passkey of the voter signed; whoever has an export checks it. */
    readonly assertion?: JsonObject;
  }>;
  'decision.decided': OfDecision<{
    readonly outcome: 'approved' | 'rejected';
    readonly by: string;
    readonly reason: string;
    readonly digest: string;
    readonly holdsUntilMs?: number;
    readonly assertion?: JsonObject;
  }>;
  'decision.defaulted': OfDecision<{ readonly guarantee: Guarantee }>;
  'decision.overdue': OfDecision<{
    readonly againAtMs: number;
    /** Its default was due and nothing of it can act now; the ladder goes on. */
    readonly noDefault?: boolean;
  }>;
  'decision.expired': OfDecision<{ readonly why: string }>;
  'decision.glass-broken': OfDecision<{
    readonly people: readonly string[];
    readonly quorum: number;
    readonly distinct: readonly Distinct[];
    readonly untilMs: number;
    readonly reviewByMs: number | null;
    readonly reason: string;
  }>;
  /** Decided, and nothing in here carries it out: whoever decided it does it. */
  'decision.left-to-people': OfDecision<{ readonly what: string; readonly to: string }>;
  /** The time of a break-glass quorum is over. `heldAgain`: what was given back on its word is taken again. */
  'decision.glass-ended': OfDecision<{ readonly heldAgain: boolean; readonly why: string }>;
  /** Somebody has to look at what break-glass decided, now. */
  'decision.review-due': OfDecision<{ readonly asked: readonly string[] }>;
  'decision.undone': OfDecision<{ readonly person: string; readonly why: string }>;
  'decision.vote-undone': OfDecision<{ readonly person: string; readonly why: string }>;
}
