import type { CutSubject } from '../../connectors/contract.ts';
import type { CycleBreak, RotationLayerName } from '../../dependencies/index.ts';
import type { HandoverPlace } from '../../handover/index.ts';
import type { Id } from '../../kernel/index.ts';

/** How the old credential stands: dual validity is allowed while it is held, or while nobody suspects it. */
export type Hold =
  /** Its identity is in no open incident. */
  | 'unsuspected'
  /** In an open incident, and no cut of it is in force. */
  | 'unheld'
  | 'held'
  /** Suspended or revoked: whoever used it stands still already. */
  | 'dead';

/** Known by observed use alone. What a person says is only claimed. */
export type Progress = 'pending' | 'delivered' | 'observed-new' | 'old-idle' | 'acknowledged';

export interface HandOver {
  readonly id: string;
  /** Of which step. */
  readonly step: string;
  /** Null: nobody is known to use this credential, and whoever does is waited for all the same. */
  readonly consumer: string | null;
  readonly name: string;
  /** How the target names this consumer when it uses a credential. */
  readonly seenAs: string;
  /** Null: no store is configured, so a person has to hand it over. */
  readonly place: HandoverPlace | null;
  readonly status: 'waiting' | 'writing' | 'delivered' | 'blocked' | 'excused';
  readonly wave: number | null;
  readonly progress: Progress;
  readonly deliveredAtMs: number | null;
  readonly newSeenAtMs: number | null;
  readonly oldSeenAtMs: number | null;
  readonly claimedBy: string | null;
  /** A person decided to go on without it: the old credential stays, or ends all the same. */
  readonly excusedAs: 'leave' | 'retire' | null;
  readonly tries: number;
  readonly reason: string | null;
}

export type StepStatus =
  | 'waiting'
  /** The new secret is being put into custody, or the hold is looked at again. */
  | 'preparing'
  | 'held-up'
  | 'minting'
  | 'minted'
  | 'retiring'
  | 'retired'
  /** The old one was dead before; the new one is in use. */
  | 'renewed'
  /** There is nothing to mint: it goes with the sessions, or is granted again by its consumer. */
  | 'left'
  /** A person decided that the old one stays beside the new one. */
  | 'kept'
  | 'failed';

export interface RotationStepState {
  readonly id: string;
  readonly group: number;
  readonly layer: RotationLayerName;
  readonly target: string;
  readonly identity: string;
  readonly identityName: string;
  readonly name: string;
  /** The target's own names. */
  readonly subject: CutSubject;
  readonly credential: string | null;
  readonly overlap: 'native' | 'twin' | 'none';
  readonly secretFrom: 'caller' | 'target';
  /** Why its target cannot say who has taken the new one. Absent = it can. */
  readonly unseen?: string;
  readonly status: StepStatus;
  readonly hold: Hold;
  /** Of the newest mint: the same label is never minted twice. */
  readonly label: string | null;
  readonly mints: number;
  readonly custody: Id<'custody'> | null;
  readonly replacement: CutSubject | null;
  readonly mintedAtMs: number | null;
  /** The target ends the new one by itself after this time. Absent = it lasts. */
  readonly lifetimeMs?: number;
  readonly expiresAtMs: number | null;
  /** When it is renewed by itself; null once that was done, or stopped. */
  readonly renewAtMs: number | null;
  /** When the old one was ended. */
  readonly endedAtMs: number | null;
  /** Minted, their secrets lost, not retired yet. */
  readonly lost: readonly CutSubject[];
  /** Somebody who is no known consumer used the old one. */
  readonly strangerSeenAtMs: number | null;
  readonly reason: string | null;
}

export type QuestionKind =
  | 'start'
  | 'missing-acknowledgement'
  | 'not-held'
  | 'mint-failed'
  | 'retire-failed'
  | 'hand-over-blocked';

export interface Question {
  readonly number: number;
  readonly kind: QuestionKind;
  /** Hand-overs or steps. */
  readonly about: readonly string[];
  readonly text: string;
  readonly openedAtMs: number;
}

/** `wait` tries again with a new deadline; `leave` lets the old one live for these; `retire` ends it without them. */
export type RotationChoice = 'approve' | 'reject' | 'wait' | 'leave' | 'retire';

export interface DeclaredBreak {
  readonly step: string;
  readonly why: string;
}

export interface RotationState {
  readonly id: Id<'rotation'>;
  readonly ordinal: number;
  readonly incident: Id<'incident'> | null;
  readonly subject: string;
  readonly name: string;
  readonly mode: 'orderly' | 'emergency';
  readonly status: 'asking' | 'running' | 'stopped' | 'cancelled' | 'rejected' | 'done';
  readonly openedAtMs: number;
  readonly openedBy: string;
  readonly reason: string;
  readonly revision: number;
  readonly truncated: boolean;
  readonly cycleBreaks: readonly CycleBreak[];
  readonly breaks: readonly DeclaredBreak[];
  readonly steps: readonly RotationStepState[];
  readonly handOvers: readonly HandOver[];
  readonly wave: {
    readonly number: number;
    readonly handOvers: readonly string[];
    readonly deadlineMs: number;
  } | null;
  readonly wavesPassed: number;
  readonly question: Question | null;
  readonly questions: number;
  /** Only the newest loop of looks goes on. */
  readonly watch: number;
}

export const STEP_ENDS: ReadonlySet<StepStatus> = new Set(['retired', 'renewed', 'left', 'kept']);

export interface RotationSettings {
  /** From the opening of a wave to the last acknowledgement. */
  readonly acknowledgeMs: number;
  /** A consumer has left the old one when it did not use it for so long. */
  readonly quietMs: number;
  /** Between looks at who uses what. */
  readonly observeMs: number;
}

export const ROTATION_SETTINGS: RotationSettings = {
  acknowledgeMs: 900_000,
  quietMs: 120_000,
  observeMs: 10_000,
};
