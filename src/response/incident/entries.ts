import type { AuthorityResolution, EvidenceFirst } from '../../authority/index.ts';
import type { CutOrder, Probed } from '../../connectors/contract.ts';
import type { Guarantee, Id, JsonObject } from '../../kernel/index.ts';
import type { CutAuthority, CutCapability, CutSubjectFacts } from '../containment/model.ts';
import type { VantageTally } from '../containment/vantage.ts';
import type { BatchEntryData } from '../batch/model.ts';
import type { DecisionEntryData, SuspectNamed } from '../decisions/model.ts';
import type { EvidenceEntryData } from '../evidence/model.ts';
import type { ReviewEntryData } from '../reviews/model.ts';
import type { TaskEntryData } from '../tracks/model.ts';
import type {
  IncidentSignal,
  IncidentState,
  ManualCut,
  NamedCredential,
  NamedSession,
  SubjectState,
} from './model.ts';

export interface PlannedCut {
  readonly id: Id<'cut'>;
  readonly order: CutOrder;
  readonly digest: string;
  readonly subject: CutSubjectFacts;
  readonly capability: CutCapability;
  readonly evidenceWanted: boolean;
  /** Absent: it comes first, for as long as the settings say. */
  readonly evidence?: EvidenceFirst;
  /** Absent: until somebody gives it back. */
  readonly forMs?: number;
  readonly why: string;
}

export type NewSubject = Omit<SubjectState, 'sinceMs' | 'window' | 'respawns' | 'held'>;
type OfCut<Data = object> = { readonly cut: Id<'cut'> } & Data;
type OfManual<Data> = { readonly decision: Id<'decision'> } & Data;
type OfIdentity<Data = object> = { readonly identity: Id<'identity'> } & Data;

/** Kind of entry -> what it carries. The incident is the fold of these, so they carry all that it is. */
export interface EntryData
  extends DecisionEntryData, EvidenceEntryData, TaskEntryData, BatchEntryData, ReviewEntryData {
  'incident.opened': {
    readonly title: string;
    readonly severity: IncidentState['severity'];
    readonly firstSuspectAtMs: number;
    readonly machine?: boolean;
  };
  'suspect.considered': {
    readonly suspect: SuspectNamed;
    readonly by: Id<'decision'> | Id<'signal'>;
  };
  'source.quarantined': { readonly source: string; readonly by: Id<'signal'> };
  'incident.reopened': {
    readonly why: string;
    /** Whose giving back is over; that of others goes on. Absent: of all. */
    readonly identity?: Id<'identity'>;
  };
  'incident.contained': { readonly sentence: string };
  'incident.uncontained': { readonly sentence: string };
  'incident.restoring': {
    readonly decision: Id<'decision'>;
    /** It is looked once more at what trusted it before the incident may close. */
    readonly looks?: boolean;
  };
  'incident.closed': { readonly why: string };
  'signal.attached': { readonly signal: IncidentSignal };
  'signal.attributed': { readonly subject: NewSubject; readonly by: string };
  'exposure.recorded': OfIdentity<{
    readonly credential: Id<'credential'>;
    readonly custody: Id<'custody'> | null;
    readonly claimed?: boolean;
  }>;
  'credential.named': OfIdentity<{ readonly credential: NamedCredential }>;
  'session.named': OfIdentity<{ readonly session: NamedSession }>;
  'session.respawned': OfIdentity<{
    readonly cut: Id<'cut'>;
    readonly session: string;
    readonly since: string;
  }>;
  'exposure.withdrawn': OfIdentity<{
    readonly by: Id<'signal'> | Id<'decision'>;
    /** Absent: of all its credentials. */
    readonly credential?: Id<'credential'>;
  }>;
  'manual.assigned': OfManual<{
    readonly identity: Id<'identity'>;
    readonly guarantee: Guarantee;
    readonly to: readonly string[];
    readonly dueAtMs: number;
    readonly ownSide: ManualCut['ownSide'];
  }>;
  /** Somebody says that it is done. INVARIANT: that is claimed, and never proves anything. */
  'manual.claimed': OfManual<{ readonly by: string; readonly note: string }>;
  'manual.withdrawn': OfManual<{ readonly why: string }>;
  'manual.overdue': OfManual<{ readonly ownSide: ManualCut['ownSide'] }>;
  'authority.resolved': OfIdentity<{
    readonly resolution: AuthorityResolution;
    readonly wide?: boolean;
    readonly survival?: readonly string[];
  }>;
  'subject.held': OfIdentity<{ readonly why: string }>;
  /** What held it is no longer believed. */
  'subject.released': OfIdentity<{ readonly why: string }>;
  'window.opened': OfIdentity<{ readonly window: 'W1' | 'W2'; readonly untilMs: number }>;
  'window.closed': OfIdentity<{
    readonly window: 'W1' | 'W2';
    readonly exit: 'advance' | 'hold' | 'revert' | 'lapse';
    readonly why: string;
  }>;
  'respawn.found': OfIdentity<{
    readonly credential: Id<'credential'>;
    readonly ref: string;
    readonly issuedAt: string;
    readonly mintedBy: string | null;
    readonly identityRef?: string;
  }>;
  'restriction.set': OfIdentity<{ readonly effect: 'deny' | 'constrain'; readonly why: string }>;
  'restriction.lifted': OfIdentity<{ readonly why: string }>;
  'cut.planned': { readonly plan: PlannedCut };
  'cut.authorised': OfCut<{ readonly authority: CutAuthority }>;
  'cut.returned': OfCut<{ readonly which: string }>;
  'cut.dropped': OfCut<{ readonly why: string }>;
  'cut.holding-evidence': OfCut<{ readonly fuseUntilMs: number }>;
  'cut.recorded': OfCut<{
    readonly captured: readonly { readonly name: string; readonly sha256: string }[];
    readonly missed: readonly string[];
    readonly burnt: boolean;
  }>;
  'cut.applying': OfCut<{
    readonly preImage: JsonObject;
    readonly inverse: JsonObject | null;
    readonly key: string;
    readonly controlBefore: boolean;
    readonly attempt: number;
  }>;
  'cut.applied': OfCut<{ readonly rawSha256: string; readonly already: boolean }>;
  'cut.partial': OfCut<{
    readonly done: readonly string[];
    readonly notDone: readonly string[];
    readonly unknown: readonly string[];
  }>;
  'cut.blocked': OfCut<{ readonly reason: string; readonly doing: string }>;
  'cut.probed': OfCut<{ readonly probed: Probed; readonly triedAtMs?: number }>;
  'cut.proven': OfCut<{
    readonly probes: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly vantage: string;
    readonly method: string;
    /** Each vantage with its count; one that could not be reached says why. */
    readonly vantages?: readonly VantageTally[];
  }>;
  'cut.irrevocable': OfCut<{ readonly probes: number }>;
  'cut.residual': OfCut<{ readonly untilMs: number; readonly why: string }>;
  'cut.unproven': OfCut<{ readonly why: string }>;
  'cut.failed': OfCut<{ readonly evidence: string }>;
  'cut.drifted': OfCut<{
    readonly evidence: string;
    /** Who undid it, as the target's own log says; null when it does not say, or when it was ourselves. */
    readonly by?: string | null;
  }>;
  'cut.reverting': OfCut<{
    readonly decision: Id<'decision'>;
    readonly digest: string;
    readonly rearmCredential: boolean;
    readonly isRearm?: boolean;
  }>;
  /** The time of a temporary cut is over: it holds on, and people are asked. */
  'cut.time-over': OfCut;
  'cut.reverted': OfCut<{ readonly rawSha256: string }>;
  'cut.restore-probed': OfCut<{ readonly probed: Probed }>;
  'cut.restored': OfCut<{
    readonly access: 'given-back' | 'leaked-stays-dead' | 'held-by-another-cut';
    readonly probes: number;
  }>;
  'cut.revert-conflict': OfCut<{ readonly difference: JsonObject }>;
  'cut.restore-failed': OfCut<{ readonly reason: string }>;
}
export type EntryKind = keyof EntryData;

/** One entry of an incident, not yet on the ledger. */
export type IncidentEntry = {
  readonly [Kind in EntryKind]: {
    readonly kind: Kind;
    readonly atMs: number;
    readonly actor: string;
    readonly data: EntryData[Kind];
  };
}[EntryKind];
