import type { AuthorityResolution, Severity } from '../../authority/index.ts';
import type { Capabilities } from '../../connectors/contract.ts';
import type { Found } from '../../inventory/index.ts';
import type { Authenticity, Confidence, Guarantee, Id, SignalType } from '../../kernel/index.ts';
import type { Signal } from '../../signals/index.ts';
import type { Batch } from '../batch/model.ts';
import type { Compromise } from '../plan/compromise.ts';
import type { SharedPlan } from '../plan/shared.ts';
import type { CutState } from '../containment/model.ts';
import type { IncidentDecision } from '../decisions/model.ts';
import type { LegalHold } from '../evidence/model.ts';
import type { Aftermath } from '../reviews/model.ts';
import type { HandOff, Task } from '../tracks/model.ts';

/** One identity on one target inside an incident. */
export interface SubjectState {
  readonly identity: Id<'identity'>;
  readonly name: string;
  readonly target: string;
  /** The target's own name for it. */
  readonly identityRef: string;
  /** Credentials that signals named. */
  readonly credentials: readonly NamedCredential[];
  /** What began it did not say which credential: a credential named later does not narrow what is held. */
  readonly wide?: boolean;
  /** What was compromised: it picks the layer that is cut. Absent = a person asked. */
  readonly compromise?: Compromise;
  /** Why no plan may cut it: what Firebreak and its deciders need to go on. Absent = nothing known. */
  readonly survival?: readonly string[];
  readonly capabilities: Capabilities;
  readonly resolution: AuthorityResolution;
  /** Several use it who do not belong together: how a cut of it goes. Absent = nobody else is known. */
  readonly shared?: SharedPlan;
  /** Sessions that signals named, and what makes them look as they do. */
  readonly sessions?: readonly NamedSession[];
  /** Open when a signal named one, or judged since: any other that looks like it is it again. */
  readonly knownSessions?: readonly string[];
  /** When it became part of the incident: a mandate that has ended since still knew it. */
  readonly sinceMs: number;
  readonly window: WindowState | null;
  /** Credentials known before the first suspect time or already judged; anything else that appears is a respawn. */
  readonly knownCredentials: readonly string[];
  readonly respawns: readonly {
    readonly credential: string;
    readonly atMs: number;
    /** The target's name of the identity it was minted under, when that is not the subject. */
    readonly identityRef?: string;
  }[];
  /** What holds against advancing, if anything: an independent all-clear, or a decider's hold. */
  readonly held: string | null;
}

export interface NamedSession {
  readonly ref: string;
  readonly credential: string | null;
  readonly origin: Readonly<Record<string, string>>;
}

export interface NamedCredential {
  readonly id: Id<'credential'>;
  readonly ref: string;
  /** A signal said that the outside knows it, and nobody has withdrawn that. */
  readonly exposed: boolean;
  readonly custody: Id<'custody'> | null;
  /** The target's name of the identity it belongs to, when that is not the subject: minted under a new name. */
  readonly identityRef?: string;
  /** Who said that it is not exposed after all. */
  readonly withdrawnBy?: Id<'signal'> | Id<'decision'>;
  /** Only an unauthenticated signal names it: it stays dead on a restore, but nothing automatic follows from it. */
  readonly claimed?: boolean;
}

export interface WindowState {
  readonly name: 'W1' | 'W2';
  readonly untilMs: number;
  readonly openedAtMs: number;
}

/** Whether what takes the place of a leaked credential is in use. `none`: nobody asked for one. */
export interface Replacement {
  readonly state: 'none' | 'live' | 'missing';
  readonly why: string;
}

export interface IncidentSignal {
  readonly id: Id<'signal'>;
  readonly type: SignalType;
  readonly source: string;
  readonly authenticity: Authenticity;
  readonly confidence: Confidence;
  readonly occurredAtMs: number;
}

/** Why a subject is held when a source has called it benign. */
export function allClearOf(source: string): string {
  return `all-clear from ${source}`;
}

/** What no connector can do: asked of people, timed, and never counted as proven. */
export interface ManualCut {
  /** The question that it was put with; who says yes to it says that it is done. */
  readonly decision: Id<'decision'>;
  readonly identity: Id<'identity'>;
  readonly guarantee: Guarantee;
  readonly to: readonly string[];
  readonly dueAtMs: number;
  /** What is cut on our own side when nobody has done it by then; null = the charter allows nothing. */
  readonly ownSide: { readonly guarantee: Guarantee; readonly where: readonly string[] } | null;
  /** `withdrawn`: what it was asked for instead of has been done after all. */
  readonly status: 'assigned' | 'overdue' | 'claimed' | 'withdrawn';
  readonly claimedBy: string | null;
}

export type {
  DecisionAction,
  DecisionState,
  IncidentDecision,
  RestoreCause,
  Vote,
} from '../decisions/model.ts';

export type IncidentStatus = 'open' | 'restoring' | 'closed';

/** The fold of an incident's entries: nothing else decides what it is. */
export interface IncidentState {
  readonly id: Id<'incident'>;
  /** Entries folded so far; the next entry gets this ordinal. */
  readonly ordinal: number;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly title: string;
  /** A matter of the machine itself, such as a blown fuse: it has decisions and a record, and is no incident. */
  readonly machine?: boolean;
  readonly openedAtMs: number;
  /** Look-back starts here: what the identity minted since then is suspect. */
  readonly firstSuspectAtMs: number;
  readonly signals: readonly IncidentSignal[];
  readonly subjects: readonly SubjectState[];
  readonly cuts: readonly CutState[];
  readonly manual: readonly ManualCut[];
  readonly decisions: readonly IncidentDecision[];
  /** The last sentence of state that was put on record, while it said contained. */
  readonly said: string | null;
  /** People who took part in deciding containment: they may not restore. */
  readonly containers: readonly string[];
  /** Restores that are being carried out. */
  readonly restoring: readonly Id<'decision'>[];
  /** What people have written down to do; the rest of the tracks is derived. */
  readonly tasks: readonly Task[];
  /** Who was empowered to execute, each time that it changed. */
  readonly handOffs: readonly HandOff[];
  readonly hold: LegalHold | null;
  /** Many identities that were asked about at once. */
  readonly batches: readonly Batch[];
  /** What is looked at beside the cuts, and what stays after them. */
  readonly aftermath: Aftermath;
  /** Null while it is not closed. */
  readonly closedAtMs: number | null;
}

/** A signal with everything that is known about its subject when it is considered. */
export interface Considered {
  readonly signal: Signal;
  readonly found: Found;
  readonly identityRef: string;
  readonly credentialRef: string | null;
  readonly resolution: AuthorityResolution;
  readonly capabilities: Capabilities;
  readonly severity: Severity;
  /** References of every credential the inventory knew when the signal came. */
  readonly knownCredentials: readonly string[];
  readonly compromise?: Compromise;
  /** Its source is in quarantine: heard, and not believed. */
  readonly quarantined?: boolean;
  readonly shared?: SharedPlan;
  /** Sessions that the signal names, and those that are open, where one session can be cut alone. */
  readonly sessions?: readonly NamedSession[];
  readonly knownSessions?: readonly string[];
  /** Tokens of the same grant. */
  readonly family?: readonly NamedCredential[];
  readonly survival?: readonly string[];
}
