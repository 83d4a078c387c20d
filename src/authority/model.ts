import type { Authenticity, Confidence, Guarantee, SignalType } from '../kernel/index.ts';
import type { Command } from '../store/index.ts';
import type {
  ActRole,
  Advice,
  Charter,
  ConflictGround,
  Deadline,
  Distinct,
  EvidenceOrder,
  Executor,
  HandOff,
  LegalClock,
  RestoreNeeds,
} from './charter/model.ts';
import type { Adoption, AdoptionStatus } from './adoption/model.ts';
import type { Roster } from './roster/model.ts';
import type { DecisionKind, MandateMode, Profile, Severity } from './words.ts';

export * from './words.ts';

/** What is known when authority is resolved. Null means missing; the charter says what that means. */
export interface AuthorityFacts {
  readonly identity: {
    readonly id: string;
    readonly refs: readonly string[];
    readonly kind: string;
    readonly tags: readonly string[];
    readonly services: readonly string[];
    /** True while nobody can say which services hang on it: then it may be of every class that names one. */
    readonly servicesUnknown?: boolean;
    readonly operator: string | null;
    /** The last that administers its target: protected wherever the charter protects last administrators. */
    readonly lastAdministrator?: boolean | null;
    /** Every name of its effective owners, for seats that are filled from the inventory. */
    readonly owners?: readonly {
      readonly role: 'business' | 'technical';
      readonly names: readonly string[];
    }[];
  };
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly severity: Severity | null;
  readonly signalTypes: readonly SignalType[];
  readonly authenticity: Authenticity;
  readonly confidence: Confidence;
  /** Independent sources that say the same. */
  readonly sources: number;
  /** Last successful rehearsal of this class on this target, and automatic cuts so far, for rehearsal and fuses. */
  readonly rehearsedAt: string | null;
  readonly automaticCuts: readonly { readonly atMs: number; readonly source: string }[];
  readonly signalSource: string;
  /** Services that automatic cuts stop now, this one included; for the fuse `services-down`. Absent: not counted. */
  readonly servicesDown?: readonly { readonly tier: number | null }[];
  /** People and channels that are marked as suspect now. */
  readonly suspects?: { readonly people: readonly string[]; readonly channels: readonly string[] };
  /** What ties a person to this case: looked up for the grounds that the charter names. */
  readonly conflicts?: readonly {
    readonly person: string;
    readonly ground: ConflictGround;
    readonly atMs: number | null;
    readonly why: string;
  }[];
  /** Who has done what in this incident so far; separation is checked on these people. */
  readonly acted?: readonly {
    readonly person: string;
    readonly decision: DecisionKind;
    readonly role: ActRole;
  }[];
  /** Decisions that a person was asked within the time of the fuse `decisions-a-person`. */
  readonly load?: readonly { readonly person: string; readonly asked: number }[];
  /** Present in an exercise: people with an open question of a live incident, whom an exercise does not ask. */
  readonly exercise?: { readonly busyWithLive: readonly string[] };
  /** Channels that do not deliver now. */
  readonly channelsDown?: readonly string[];
  /** Whether the case is material in the sense of the law; absent or null = not known. */
  readonly material?: boolean | null;
  /** When the incident opened; a mandate that ended since then goes on as its `openIncident` says. */
  readonly incidentOpenedAtMs?: number | null;
  /** Whether this identity was a target of the incident while the mandate was still live. */
  readonly targetOpenedAtMs?: number | null;
  /** The clock of the law that this decision runs under, for shares such as half of it; absent = the right's shortest. */
  readonly clockMs?: number | null;
  /** When that clock began; absent = with the decision. */
  readonly clockStartedAtMs?: number | null;
  /** When the decision opened that is resolved again; absent = it would open now. */
  readonly decisionOpenedAtMs?: number | null;
  /** What waiting and what cutting cost; absent = not weighed. */
  readonly stakes?: Stakes;
}

/** The inputs of the threshold, for each stage that the target offers. */
export interface Stakes {
  /** D: damage points a minute of the most valuable reachable thing at this severity. */
  readonly damagePerMinute: number;
  /** Minutes to the next human answer; null = resolution takes it from its own ladder. */
  readonly minutesToAnswer: number | null;
  readonly stages: readonly {
    readonly guarantee: Guarantee;
    /** e: the share of the reach that the stage removes, 0 to 1. */
    readonly removes: number;
    /** c: points a minute of the known and inferred consumers; null = unknown, the maximum of its class. */
    readonly disruptionPerMinute: number | null;
    /** r: minutes to restore, as rehearsed; null = not rehearsed. */
    readonly minutesToRestoreRehearsed: number | null;
    /** Minutes to restore as the target declares them. */
    readonly minutesToRestoreDeclared: number;
  }[];
  /** The most that a minute of any cut of this class costs: what unknown consumers count as. */
  readonly classMaximumPerMinute: number;
  readonly consumers: {
    readonly known: number;
    readonly inferred: number;
    readonly unknown: number;
  };
  readonly mapAgeMs: number | null;
}

/** Which stage the threshold allows at this confidence, and the one sentence that says why. */
export interface Weighed {
  /** The strongest stage whose p* the confidence reaches; null = ask. */
  readonly allows: Guarantee | null;
  readonly confidence: number;
  readonly stages: readonly {
    readonly guarantee: Guarantee;
    readonly threshold: number;
    readonly waitingCosts: number;
    readonly cuttingCosts: number;
  }[];
  readonly sentence: string;
  readonly wouldChangeTheAnswer: readonly string[];
}

/** Why somebody on a rung is passed over. */
export type SkipReason =
  | 'off-shift'
  | 'absent'
  | 'suspect'
  | 'conflict-of-interest'
  | 'separation'
  | 'no-channel'
  | 'over-load'
  /** Of an exercise only: it yields to what is real. */
  | 'live-incident'
  | 'party-contract'
  | 'already-on-ladder'
  | 'nobody';

export interface Skipped {
  readonly seat: string;
  readonly person: string | null;
  readonly reason: SkipReason;
  readonly why: string;
}

/**
 * One rung with its people now. Times count from the opening of the decision when everybody acknowledges and nobody
 * answers: the latest it can be. A missed acknowledgement opens the next rung at that moment.
 */
export interface ResolvedRung {
  readonly seat: string;
  /** Eligible people, the first is asked; empty = the rung is skipped at once and costs no time. */
  readonly people: readonly string[];
  readonly channels: readonly string[];
  readonly warmAfterMs: number;
  readonly opensAfterMs: number;
  /** Null = no acknowledgement is asked for. */
  readonly acknowledgeByMs: number | null;
  /** Null = the rung is skipped, or its share is of a clock that is not known. */
  readonly decideByMs: number | null;
  readonly lastResort: boolean;
  /** Why these people: `Berlin shift until 17:00`. */
  readonly why: string;
  readonly skipped: readonly Skipped[];
}

/** One rule that had a say, in words. */
export interface Determining {
  readonly rule: string;
  readonly effect: string;
  readonly why: string;
}

/** A ceiling that lowered what may happen without being asked. */
export interface Ceiling {
  readonly by:
    | 'mandate'
    | 'profile'
    | 'threshold'
    | 'protected'
    | 'fuse'
    | 'rehearsal'
    | 'authenticity'
    | 'mode';
  readonly to: Guarantee | 'none';
  readonly why: string;
}

export interface Holder {
  readonly seat: string;
  readonly person: string;
}

/** What comes first when a cut would lose something, and how long a cut waits for it. */
export interface EvidenceFirst {
  /** The entry of the charter that says so. */
  readonly tree: string;
  readonly order: EvidenceOrder;
  /** Null = as long as the settings say. */
  readonly fuseMs: number | null;
}

/** Who may decide this now, and what may happen without asking. The value goes to the ledger as it is. */
export interface AuthorityResolution {
  readonly decision: DecisionKind;
  readonly charter: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly classes: readonly string[];
  readonly profile: Profile;
  /** The mandate that covers the case, if any. */
  readonly mandate: { readonly id: string; readonly mode: MandateMode } | null;
  /** The strongest guarantee that may be reached without asking; null = nothing without asking. */
  readonly automaticUpTo: Guarantee | null;
  /** What a shadow mandate would have done. */
  readonly shadowUpTo: Guarantee | null;
  /** W1: between reduced and suspended. W2: before the credential is revoked. */
  readonly windowW1Ms: number;
  readonly then: { readonly guarantee: 'G5'; readonly windowMs: number } | null;
  readonly right: string | null;
  readonly holders: readonly Holder[];
  readonly decideWithinMs: number | null;
  /** What happens by itself when nobody has decided: reversible, or null = keep the state and page again. */
  readonly atDeadline: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
  /** A reversible stage that acts before anybody has answered. */
  readonly meanwhile?: { readonly guarantee: Guarantee; readonly afterMs: number } | null;
  /** Approvals that the right wants besides the decider's own answer. */
  readonly approve?: {
    readonly count: number;
    readonly holders: readonly Holder[];
    readonly distinctFromDecider: boolean;
    /** Asked only for this guarantee and stronger; null or absent = for every one. */
    readonly before?: Guarantee | null;
  } | null;
  /** How many of the holders have to agree; absent = one. */
  readonly quorum?: number;
  /** In what those who make up the quorum differ; absent = they are different people. */
  readonly distinct?: readonly Distinct[];
  /** The rungs in their order, with people, times and who was passed over. */
  readonly ladder?: readonly ResolvedRung[];
  /** True when no rung has anybody and the quorum of break-glass holds the decision. */
  readonly breakGlass?: boolean;
  readonly handOff?: HandOff;
  readonly advise?: (Omit<Advice, 'seats'> & { readonly holders: readonly Holder[] }) | null;
  readonly recommend?: readonly Holder[];
  readonly execute?: readonly ResolvedExecutor[];
  /** What our own side can cut when the party that executes is silent or may not act. */
  readonly ownSideCut?: { readonly guarantee: Guarantee; readonly where: readonly string[] } | null;
  /** Who can keep `then` from happening by saying that it is benign. */
  readonly benignBy?: readonly Holder[];
  /** The source whose signals are to be set aside, because its fuse is blown. */
  readonly quarantineSource?: string | null;
  readonly rejectHoldsMs?: number | null;
  readonly requires?: RestoreNeeds | null;
  readonly clock?: LegalClockReading | null;
  /** The party that owes the act, where the right says so. */
  readonly owedBy?: string | null;
  /** What the deadline keeps, prepares and shows when no stage acts by itself. */
  readonly silence?: Pick<Deadline, 'keep' | 'repageMs' | 'prepare' | 'show' | 'follow'> | null;
  readonly weighed?: Weighed | null;
  /** What a tired person reads, in order. */
  readonly explanation?: readonly string[];
  /** Absent or null = evidence comes first, for as long as the settings say. */
  readonly evidence?: EvidenceFirst | null;
  /** Descendants minted after first-suspect time inherit cuts up to here. */
  readonly inherit: { readonly upTo: Guarantee; readonly limit: number } | null;
  readonly determining: readonly Determining[];
  readonly ceilings: readonly Ceiling[];
}

/** Who carries it out; nobody = it has to be done by what `onSilence` says, at once. */
export type ResolvedExecutor = Executor & {
  readonly people: readonly string[];
  readonly skipped: readonly Skipped[];
};

export interface LegalClockReading {
  readonly from: LegalClock['from'];
  readonly due: readonly {
    readonly regulator: string;
    readonly jurisdiction: string | null;
    readonly elapsedMs: number | null;
    readonly businessDays: number | null;
  }[];
}

/** What kind of mistake it is, for programs; the words are for people. */
export type ProblemCode =
  /** The text itself: not UTF-8, not YAML, too large or too deep. */
  | 'encoding'
  | 'yaml'
  | 'size'
  /** The form: a name, a word or a value that is not wanted there. */
  | 'unknown-key'
  | 'unknown-word'
  | 'missing'
  | 'form'
  /** The meaning. */
  | 'unknown-name'
  | 'repeated'
  | 'cycle'
  | 'overlap'
  | 'incomplete'
  | 'nobody'
  | 'irreversible'
  | 'unbounded'
  | 'impossible'
  | 'calendar'
  | 'contradiction';

/** One thing wrong with a charter or roster, where it stands, and what would be right. */
export interface CharterProblem {
  readonly line: number;
  readonly column: number;
  readonly code: ProblemCode;
  /** `rights[2].decide[0].seat` */
  readonly path: string;
  readonly problem: string;
  readonly allowed: readonly string[];
  readonly remedy: string;
}

/** What authority itself has on record for a case: for fuses and the freshness of rehearsals. */
export interface AuthorityRecord {
  readonly rehearsedAt: string | null;
  /** What giving back took on this target, by stage, the last time that it was done and tried. */
  readonly restoreTimes: RestoreTimes;
  readonly automaticCuts: AuthorityFacts['automaticCuts'];
}

/** Stage -> milliseconds. */
export type RestoreTimes = ReadonlyMap<Guarantee, number>;

export interface RestoreMeasured {
  readonly target: string;
  readonly guarantee: Guarantee;
  readonly tookMs: number;
  readonly atMs: number;
}

/** The door of the word. */
export interface Authority {
  /** The newest adopted revision that is effective. */
  readonly charter: () => Charter;
  /** Proposals of new revisions, and their signatures. */
  readonly adoption: Adoption;
  /** What holds, and whether the files on disk say something else. */
  readonly adopted: () => AdoptionStatus;
  /** Looks for revisions that other nodes have adopted. */
  readonly refresh: () => Promise<void>;
  /** As the file and the calendars last said. */
  readonly roster: () => Roster;
  /** Asks the calendars that are due, now. */
  readonly refreshRoster: () => Promise<void>;
  /** Asks them in the background until `stop`; no answer waits for it. Adopts first what a node that died has left signed. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Read it before `resolve` and spread it into the facts. */
  readonly record: (target: string) => Promise<AuthorityRecord>;
  /** Pure over the current charter and roster, at the clock's now. */
  readonly resolve: (
    facts: AuthorityFacts,
    decision: DecisionKind,
    /** The rules of another revision: an open decision keeps those it was opened under. */
    pinned?: Charter,
  ) => AuthorityResolution;
  /** A revision that was adopted here; null when this digest never was. */
  readonly charterAt: (digest: string) => Promise<Charter | null>;
  /** Commands that make the fuses count from now on; every cut so far stays on the ledger. */
  readonly resetFuses: (atMs: number, source?: string | null) => readonly Command[];
  /**
   * Commands that belong into the write which plans an automatic cut; they fail with `store-conflict` when a fuse was
   * blown meanwhile: read the record and resolve again.
   */
  readonly recordAutomaticCut: (cut: {
    readonly cut: string;
    readonly incident: string;
    readonly source: string;
    readonly atMs: number;
  }) => readonly Command[];
  readonly recordRehearsal: (rehearsal: {
    readonly target: string;
    readonly atMs: number;
  }) => readonly Command[];
  readonly recordRestore: (restore: RestoreMeasured) => readonly Command[];
}
