import type { DecisionKind, Severity } from '../authority/index.ts';
import type { Id, JsonObject, StageName } from '../kernel/index.ts';
import type { BatchAnswer, BatchRequest, BatchView } from './batch/model.ts';
import type { CutState } from './containment/model.ts';
import type { AnswerOutcome } from './decisions/model.ts';
import type { BundleItem } from './evidence/bundle.ts';
import type { ReplayReport, ReplayRequest } from './replay/model.ts';
import type { Task, TaskOwner, TaskState, TrackName } from './tracks/model.ts';
import type { IncidentDecision, IncidentState, RestoreCause } from './incident/model.ts';
import type { Actor, SuspectView, TimelineEntry } from './actor.ts';
import type { AskedView, BlockedView, CutProbes, TrackProgress } from './overview-model.ts';
import type { ReviewDoor } from './reviews/door.ts';
import type { RotationDoor, RotationSummary } from './rotation/door.ts';

export type { Actor, SuspectView, TimelineEntry } from './actor.ts';
export type * from './overview-model.ts';
export type { BatchAnswer, BatchRequest, BatchView } from './batch/model.ts';

/** The one sentence of state; nothing else is ever said about containment. */
export interface Standing {
  /** `contained` | `contained with residual until 14:05` | `not contained: 2 unproven, 1 pending, 1 blocked` */
  readonly sentence: string;
  readonly contained: boolean;
  readonly residualUntil: string | null;
  readonly unproven: number;
  readonly pending: number;
  readonly blocked: number;
}

export interface IncidentSummary {
  readonly id: Id<'incident'>;
  readonly title: string;
  readonly status: IncidentState['status'];
  readonly severity: Severity;
  readonly standing: Standing;
  readonly openedAt: string;
  readonly identities: readonly {
    readonly id: string;
    readonly name: string;
    readonly target: string;
  }[];
  /** The strongest stage that holds somewhere in it; null = nothing holds yet. */
  readonly stage: StageName | null;
  readonly progress: readonly TrackProgress[];
  readonly blocked: readonly BlockedView[];
  /** The open question whose time is over first. */
  readonly asks: AskedView | null;
}

/** One piece of work on a track: derived from the state, or written down by somebody. */
export interface TaskView {
  /** Null when it is derived: it moves by itself. */
  readonly id: Task['id'] | null;
  readonly from: 'cut' | 'decision' | 'evidence' | 'clock' | 'person' | 'review';
  readonly title: string;
  readonly owner: TaskOwner;
  readonly alternate: TaskOwner | null;
  readonly state: TaskState;
  readonly since: string;
  readonly blockedBy: string | null;
  /** When it is no longer waited for, or when it is due. */
  readonly until: string | null;
}

export interface TrackView {
  readonly track: TrackName;
  readonly tasks: readonly TaskView[];
  readonly done: readonly string[];
  readonly doing: readonly string[];
  readonly blocked: readonly {
    readonly what: string;
    readonly by: string;
    readonly since: string;
  }[];
  readonly next: readonly string[];
}

export interface IncidentView extends IncidentSummary {
  readonly firstSuspectAt: string;
  readonly signals: readonly JsonObject[];
  readonly cuts: readonly CutView[];
  readonly decisions: readonly DecisionView[];
  readonly windows: readonly {
    readonly identity: string;
    readonly window: 'W1' | 'W2';
    readonly until: string;
  }[];
  readonly byHand: readonly ByHandView[];
  readonly batches: readonly BatchView[];
  readonly tracks: readonly TrackView[];
  /** Who was empowered to execute, under what, each time that it changed. */
  readonly handOffs: IncidentState['handOffs'];
  readonly legalHold: EvidenceView['hold'];
  /** Everything is given back, and it is not closed: why. */
  readonly waitsFor: readonly string[];
  /** Rotations that belong to it, newest first. */
  readonly rotations: readonly RotationSummary[];
}

/** What no connector can do. `claimed` is a person's word and proves nothing. */
export interface ByHandView {
  readonly decision: string;
  readonly identity: string;
  readonly guarantee: string;
  readonly to: readonly string[];
  readonly due: string;
  readonly ownSide: JsonObject | null;
  readonly status: 'assigned' | 'overdue' | 'claimed' | 'withdrawn';
  readonly claimedBy: string | null;
}

export interface CutView {
  readonly id: CutState['id'];
  readonly incident: string;
  readonly status: CutState['status'];
  readonly target: string;
  readonly subject: {
    readonly identity: string;
    readonly credential: string | null;
    readonly session: string | null;
  };
  readonly guarantee: string;
  readonly stage: StageName;
  readonly grain: string;
  readonly digest: string;
  readonly authority: JsonObject | null;
  readonly probes: CutProbes;
  readonly reversible: boolean;
  readonly residualUntil: string | null;
  /** A temporary cut asks at this time; it goes on holding. */
  readonly temporaryUntil: string | null;
  readonly descendantOf: string | null;
  readonly reason: string | null;
}

export interface DecisionView {
  readonly id: IncidentDecision['id'];
  readonly incident: string;
  readonly kind: string;
  readonly state: string;
  readonly digest: string;
  readonly question: string;
  readonly action: JsonObject;
  readonly right: string | null;
  readonly holders: readonly { readonly seat: string; readonly person: string }[];
  readonly openedAt: string;
  readonly deadline: string | null;
  /** Rules are pinned to the revision under which it was opened; people are live. */
  readonly charter: IncidentDecision['charter'];
  readonly handOff: IncidentDecision['handOff'];
  /** Every rung that was warmed or asked so far. */
  readonly ladder: readonly RungView[];
  readonly next: { readonly seat: string; readonly people: readonly string[] } | null;
  /** What happens by itself next, and when. */
  readonly nextStep: { readonly what: string; readonly at: string } | null;
  /** What the charter lets happen by itself when nobody answers; null = everything stays, and people are asked again. */
  readonly byDefault: { readonly stage: StageName; readonly at: string | null } | null;
  /** The identity that it is about; null = about none. */
  readonly about: { readonly id: string; readonly name: string; readonly target: string } | null;
  /** Of a cut that is asked for. */
  readonly stage: StageName | null;
  /** The cuts that it would let happen, or give back. */
  readonly cuts: readonly string[];
  readonly approvers: readonly { readonly seat: string; readonly person: string }[];
  readonly advisers: readonly { readonly seat: string; readonly person: string }[];
  readonly advice: readonly {
    readonly person: string;
    readonly as: 'adviser' | 'recommender';
    readonly text: string;
    readonly at: string;
  }[];
  readonly rejectedUntil: string | null;
  readonly needs: { readonly deciders: number; readonly approvers: number };
  readonly votes: readonly { readonly person: string; readonly as: string }[];
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

export interface RungView {
  readonly seat: string;
  readonly people: readonly string[];
  readonly channels: readonly string[];
  readonly warmedAt: string | null;
  readonly openedAt: string | null;
  readonly acknowledgeBy: string | null;
  readonly decideBy: string | null;
  readonly acknowledgedBy: string | null;
  readonly lastResort: boolean;
}

export interface ContainmentRequest {
  readonly ref: string;
  readonly stage: StageName;
  readonly reason: string;
  /** A temporary cut: how long. At its end people are asked; it opens nothing by itself. */
  readonly forMs?: number;
  readonly dryRun: boolean;
}

/** What came of asking: cut at once (a right or mandate covered it), or a decision was opened. */
export interface ContainmentAnswer {
  readonly outcome: 'started' | 'asked' | 'dry-run' | 'already';
  readonly incident: string | null;
  readonly containments: readonly CutView[];
  readonly decision: DecisionView | null;
  /** For a dry run: what would be done, under which authority, with which collateral. */
  readonly plan: JsonObject;
}

export interface RestoreRequest {
  /** A containment id, or any reference to an identity. */
  readonly ref: string;
  readonly cause: RestoreCause;
  readonly reason: string;
  /** Also while a replacement that was begun is not live; it is recorded. */
  readonly withoutReplacement?: boolean;
}

export interface RestoreAnswer {
  readonly outcome: 'started' | 'asked';
  readonly incident: string;
  readonly decision: DecisionView;
  readonly givesBack: readonly string[];
  readonly keeps: readonly { readonly containment: string; readonly why: string }[];
}

export interface DecideRequest {
  readonly decision: string;
  readonly outcome: AnswerOutcome;
  readonly reason: string;
  readonly digest: string;
}

export interface HoldRequest {
  readonly incident: string;
  /** Any reference to one of its identities. */
  readonly ref: string;
  readonly reason: string;
}

/** A question that no cut answers: an act of the machine, or towards people outside. */
export interface ActRequest {
  readonly kind: DecisionKind;
  /** Absent = it belongs to no incident. */
  readonly incident?: string;
  readonly parameters: JsonObject;
  readonly reason: string;
}

export interface PrepareGlassRequest {
  readonly person: string;
  /** What the codes lie on or in: two codes from one device are one. */
  readonly device: string;
  readonly count?: number;
}

/** Shown once. */
export interface GlassCodes {
  readonly person: string;
  readonly device: string;
  readonly codes: readonly string[];
}

export interface BreakGlassRequest {
  readonly decision: string;
  readonly codes: readonly string[];
  readonly reason: string;
  readonly digest: string;
}

/** Many questions as one: the answer is bound to the members as they were shown. */
export interface CardView {
  readonly id: string;
  readonly person: string;
  readonly title: string;
  readonly digest: string;
  readonly state: string;
  readonly openedAt: string;
  readonly members: readonly {
    readonly decision: string;
    readonly incident: string;
    readonly digest: string;
  }[];
  readonly outcome: string | null;
  readonly answeredBy: string | null;
  readonly reason: string | null;
}

export interface AnswerCardRequest {
  readonly card: string;
  readonly outcome: 'approve' | 'reject';
  readonly reason: string;
  readonly digest: string;
}

export interface EvidenceView {
  readonly incident: string;
  readonly hold: { readonly by: string; readonly reason: string; readonly since: string } | null;
  readonly items: readonly (BundleItem & {
    readonly id: string | null;
    readonly capturedAt: string | null;
  })[];
  /** Who did what with it, and when. */
  readonly custody: readonly TimelineEntry[];
}

export interface DecisionPage {
  readonly limit: number;
  readonly before?: string;
  readonly state?: string;
  readonly kind?: string;
  readonly incident?: string;
  readonly person?: string;
}

export interface EvidenceDoor {
  readonly evidence: (incident: string) => Promise<EvidenceView>;
  /** The lines of a bundle. Opening it is an entry of its own, written before a byte of it is read. */
  readonly exportEvidence: (
    request: { readonly incident: string; readonly reason: string; readonly size?: number },
    actor: Actor,
  ) => Promise<Iterable<string>>;
  readonly holdEvidence: (
    request: { readonly incident: string; readonly hold: boolean; readonly reason: string },
    actor: Actor,
  ) => Promise<EvidenceView>;
}

export interface TaskRequest {
  readonly incident: string;
  readonly track: TrackName;
  readonly title: string;
  /** A seat of the charter or a person of the roster. */
  readonly owner?: string;
  readonly alternate?: string;
}

/** Where a task of an incident goes: blocked by somebody, perhaps for a time, or on. */
export interface TaskMove {
  readonly incident: string;
  readonly task: string;
  readonly to: TaskState;
  readonly by?: string;
  readonly untilMs?: number;
}

export interface TaskDoor {
  readonly tracks: (incident: string) => Promise<readonly TrackView[]>;
  readonly addTask: (request: TaskRequest, actor: Actor) => Promise<readonly TrackView[]>;
  readonly moveTask: (request: TaskMove, actor: Actor) => Promise<readonly TrackView[]>;
}

/** The door of the word for API and app. Every failure is a FirebreakError. */
export interface Response extends EvidenceDoor, TaskDoor, RotationDoor, ReviewDoor {
  /** What a charter would have done with past signals. Writes nothing. */
  readonly replay: (request: ReplayRequest) => Promise<ReplayReport>;
  readonly incidents: (page: {
    readonly limit: number;
    readonly before?: string;
    readonly status?: string;
  }) => Promise<readonly IncidentSummary[]>;
  readonly incident: (id: string) => Promise<IncidentView>;
  readonly timeline: (id: string) => Promise<readonly TimelineEntry[]>;
  readonly containment: (id: string) => Promise<CutView>;
  readonly decisions: (filter: Partial<DecisionPage>) => Promise<readonly DecisionView[]>;
  /** With everything that happened to it. */
  readonly decision: (
    id: string,
  ) => Promise<DecisionView & { readonly history: readonly TimelineEntry[] }>;
  readonly contain: (request: ContainmentRequest, actor: Actor) => Promise<ContainmentAnswer>;
  readonly askBatch: (request: BatchRequest, actor: Actor) => Promise<BatchAnswer>;
  readonly restore: (request: RestoreRequest, actor: Actor) => Promise<RestoreAnswer>;
  readonly decide: (request: DecideRequest, actor: Actor) => Promise<DecisionView>;
  /** Keeps the next stage from happening by itself: at the end of the window people are asked. */
  readonly hold: (request: HoldRequest, actor: Actor) => Promise<IncidentView>;
  readonly ask: (request: ActRequest, actor: Actor) => Promise<DecisionView>;
  readonly prepareGlass: (request: PrepareGlassRequest, actor: Actor) => Promise<GlassCodes>;
  /** Decides with the codes of as many people as the charter says. */
  readonly breakGlass: (request: BreakGlassRequest, actor: Actor) => Promise<DecisionView>;
  readonly cards: (filter: {
    readonly person?: string;
    readonly state?: string;
  }) => Promise<readonly CardView[]>;
  readonly answerCard: (request: AnswerCardRequest, actor: Actor) => Promise<CardView>;
  readonly suspects: () => Promise<readonly SuspectView[]>;
  /** Incidents an identity is part of, newest first. */
  readonly incidentsOf: (identity: string) => Promise<readonly IncidentSummary[]>;
}
