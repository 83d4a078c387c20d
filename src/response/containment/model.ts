import type { EvidenceFirst } from '../../authority/index.ts';
import type { CutOrder, ProbeMethod } from '../../connectors/contract.ts';
import type { Id, JsonObject } from '../../kernel/index.ts';
import type { VantageTally } from './vantage.ts';

/** Where one cut stands. The console, the API and the ledger use these words. */
export type CutStatus =
  | 'planned'
  | 'authorised'
  | 'holding-evidence'
  | 'recorded'
  | 'applying'
  | 'applied'
  | 'proving'
  | 'proven'
  | 'dropped'
  | 'partial'
  | 'blocked'
  | 'failed'
  | 'unproven'
  | 'residual'
  | 'drifted'
  | 'reverting'
  | 'revert-conflict'
  | 'restored'
  | 'restore-failed'
  | 'irrevocable';

/** What a cut acts under: a mandate that people signed, a decision, or the default of a right at its deadline. */
export interface CutAuthority {
  readonly by: 'mandate' | 'decision' | 'default';
  readonly id: string;
  /** The digest of the exact action it was given for. */
  readonly digest: string;
  readonly charterRevision: number;
}

/** Why this credential may be tried, and how. */
export interface CutSubjectFacts {
  /** Our ids. */
  readonly identity: Id<'identity'>;
  readonly credential: Id<'credential'> | null;
  /** A credential that the outside knows: it stays dead when the cut is taken back. */
  readonly leaked: boolean;
  /** The secret of it, in custody, so that the dead credential can really be tried. */
  readonly custody: Id<'custody'> | null;
  /** The cut whose subject minted this one. */
  readonly descendantOf: Id<'cut'> | null;
  readonly depth: number;
}

export interface CutCapability {
  readonly propagationMs: number;
  readonly reversible: boolean;
  readonly residualMs: number;
  readonly residualWhy: string | null;
  readonly probeMethod: ProbeMethod;
}

export interface CutState {
  readonly id: Id<'cut'>;
  readonly status: CutStatus;
  readonly order: CutOrder;
  readonly digest: string;
  readonly subject: CutSubjectFacts;
  readonly capability: CutCapability;
  readonly evidenceWanted: boolean;
  /** Absent: it comes first, for as long as the settings say. */
  readonly evidence?: EvidenceFirst;
  readonly authority: CutAuthority | null;
  readonly preImage: JsonObject | null;
  readonly inverse: JsonObject | null;
  /** The positive control worked before the cut. */
  readonly controlBefore: boolean;
  readonly attempts: number;
  /** The entry that put its pre-image on record: what was cut later has seen what this one made. */
  readonly orderedAs: number | null;
  readonly appliedAtMs: number | null;
  readonly probes: ProbeTally;
  readonly residualUntilMs: number | null;
  /** A temporary cut: how long from when it is applied. At its end it asks; it never opens by itself. */
  readonly forMs: number | null;
  readonly endsAtMs: number | null;
  /** Why it is blocked, failed, unproven, drifted, dropped or in conflict. */
  readonly reason: string | null;
  readonly restore: RestoreProgress | null;
}

export interface ProbeTally {
  readonly count: number;
  /** Expected denials in a row with a working control. */
  readonly denials: number;
  readonly firstDenialAtMs: number | null;
  readonly lastAtMs: number | null;
  /** By where it was tried from, since it was applied. */
  readonly from?: readonly VantageTally[];
}

export interface RestoreProgress {
  readonly decision: Id<'decision'>;
  readonly rearmCredential: boolean;
  /** One credential is let work again by itself: no restore of the identity, and nothing else is given back. */
  readonly isRearm: boolean;
  readonly startedAtMs: number;
  readonly revertedAtMs: number | null;
  readonly probes: number;
}

/** True once an apply was ordered: then something of it may be on the target, whatever was reported since. */
export function mayHaveActed(cut: CutState): boolean {
  return cut.attempts > 0;
}

/** What it takes hold of, as people read it. */
export function namedIn({ subject }: CutOrder): string {
  if (subject.session !== undefined) return `session ${subject.session} of ${subject.identity}`;
  return subject.credential ?? subject.identity;
}

/** Dropped before it acted, or taken back: no longer part of what holds. */
const GONE: ReadonlySet<CutStatus> = new Set(['dropped', 'restored']);

export function isStanding(cut: CutState): boolean {
  return !GONE.has(cut.status);
}

export const NO_PROBES: ProbeTally = {
  count: 0,
  denials: 0,
  firstDenialAtMs: null,
  lastAtMs: null,
};
