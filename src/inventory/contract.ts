import type { Id, Secret } from '../kernel/index.ts';
import type { Command } from '../store/index.ts';
import type {
  CredentialKind,
  CredentialRecord,
  EdgeRecord,
  EdgeRelation,
  ExternalRef,
  Found,
  IdentityKind,
  IdentityRecord,
  LookupRef,
  OwnerClaim,
  OwnerRole,
  ThingRecord,
} from './model.ts';

export interface RejectedLine {
  readonly line: number;
  readonly problem: string;
}

/** A snapshot is everything the source knows: what it no longer names is gone. An increment adds and changes. */
export const IMPORT_MODES = ['increment', 'snapshot'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

export interface ImportOptions {
  readonly source: string;
  /** `increment` unless told. */
  readonly mode?: ImportMode;
  /** For snapshots: the share of what the source had that may be gone; 1 = everything. */
  readonly shrinkShareMax?: number;
}

export const IMPORT_FORMATS = ['auto', 'firebreak', 'backstage', 'csv'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface DocumentOptions extends ImportOptions {
  readonly format?: ImportFormat;
  /** For CSV: which column is what; a YAML or JSON text. */
  readonly mapping?: string;
}

export interface ImportReport {
  readonly source: string;
  readonly mode: ImportMode;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** What a snapshot no longer names. */
  readonly gone: number;
  /** What a snapshot no longer names and that is kept, because lines of it could not be read. */
  readonly kept: number;
  /** Edges and claims of this source that wait for a node nobody has named yet. */
  readonly pending: number;
  /** The first ones; `rejectedCount` counts all. */
  readonly rejected: readonly RejectedLine[];
  readonly rejectedCount: number;
  /** The inventory's revision after it. */
  readonly revision: number;
}

export const OWNER_STATES = ['owned', 'orphan', 'departed', 'contested', 'stale'] as const;
export type OwnerState = (typeof OWNER_STATES)[number];

export interface IdentityFilter {
  readonly text?: string;
  readonly kind?: IdentityKind;
  readonly environment?: string;
  readonly ownerState?: OwnerState;
  /** Some credential of it ends before this time. */
  readonly expiresBefore?: string;
  /** No credential of it was seen in use since this time. */
  readonly unusedSince?: string;
  /** At least so many different scopes. */
  readonly scopesMin?: number;
  readonly riskMin?: number;
  /** `false` unless told: those that no source reports any longer are left out. */
  readonly gone?: boolean;
}

export const IDENTITY_ORDERS = ['id', 'risk'] as const;
export type IdentityOrder = (typeof IDENTITY_ORDERS)[number];

export interface PageRequest extends IdentityFilter {
  readonly limit?: number;
  readonly cursor?: string;
  /** `id`, or the highest risk first. */
  readonly sort?: IdentityOrder;
}

/** What a list says of an identity beside its facts: why it stands where it stands. */
export interface ListedFacts {
  readonly risk: number;
  /** The weightiest contribution to the risk, in words; null when nothing contributes. */
  readonly riskReason: string | null;
  readonly ownerState: OwnerState;
}

export interface IdentityPage {
  readonly identities: readonly IdentityRecord[];
  /** By id. */
  readonly listed: ReadonlyMap<string, ListedFacts>;
  /** Give it back to get the next page; null at the end. */
  readonly cursor: string | null;
}

export const FACETS = [
  'kind',
  'environment',
  'ownerState',
  'expiry',
  'lastUse',
  'scopes',
  'risk',
] as const;
export type Facet = (typeof FACETS)[number];

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

/** How many identities there are of each value of each facet, among those that a filter lets through. */
export interface IdentityFacets {
  readonly count: number;
  readonly facets: Readonly<Record<Facet, readonly FacetValue[]>>;
}

/** Who answers for an identity, resolved from its claims. */
export interface EffectiveOwner {
  readonly role: OwnerRole;
  readonly claim: OwnerClaim;
  readonly party: ThingRecord | null;
  /** Every name of the party: id, name, reference texts. Rosters match people by them. */
  readonly names: readonly string[];
  readonly why: string;
  /** The other claims, best first, each with what speaks against it. */
  readonly alternates?: readonly OwnerAlternate[];
}

export interface OwnerAlternate {
  readonly claim: OwnerClaim;
  readonly name: string;
  readonly why: string;
}

export interface OwnerFlag {
  readonly flag: Exclude<OwnerState, 'owned'>;
  /** Null = it holds for the identity as a whole. */
  readonly role: OwnerRole | null;
  readonly why: string;
}

/** Nobody claims it; the map knows who lives around it. Never acted upon, only shown. */
export interface ProposedOwner {
  readonly party: string;
  readonly name: string;
  readonly confidence: number;
  readonly why: string;
}

export interface Ownership {
  readonly owners: readonly EffectiveOwner[];
  /** No claim names a party that exists and is still there. */
  readonly orphan: boolean;
  readonly flags?: readonly OwnerFlag[];
  readonly proposed?: ProposedOwner | null;
}

export interface RiskContribution {
  readonly name:
    | 'exposure'
    | 'privilege-breadth'
    | 'no-rotation'
    | 'no-expiry'
    | 'unused-but-alive'
    | 'orphan'
    | 'shared'
    | 'reaches-critical';
  readonly points: number;
  readonly why: string;
}

/** 0 to 100; the sum of what is named. */
export interface Risk {
  readonly score: number;
  readonly contributions: readonly RiskContribution[];
}

/** Granted and never seen used. */
export interface PrivilegeFinding {
  readonly credential: string;
  readonly unused: readonly string[];
  readonly why: string;
}

/** What only the dependency map knows of an identity. */
export interface Surroundings {
  readonly criticalServices: number;
  readonly shared: boolean;
  /** Identities around it: whoever owns them may own this one too. */
  readonly neighbours?: readonly string[];
}

/** Everything that is derived about an identity. */
export interface Assessment {
  readonly ownership: Ownership;
  readonly risk: Risk;
  readonly privileges: readonly PrivilegeFinding[];
}

/** An edge that one source reports and that has no place yet: one of its ends is not known. */
export interface PendingEdge {
  readonly source: string;
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly since: string;
}

/** What one source says of an identity that no source has described yet. */
export interface PendingClaim {
  readonly source: string;
  readonly ref: string;
  /** The members it speaks of: `owners`. */
  readonly says: readonly string[];
}

export interface SourceState {
  readonly name: string;
  readonly nodes: number;
  readonly edges: number;
  readonly pending: number;
  /** When it last said everything it knows. */
  readonly snapshotAt: string | null;
}

/** A credential that a connector found on a target and that no import has named. */
export interface DiscoveredCredentialOrder {
  /** Given where the ledger already names it; else it follows from the references. */
  readonly id?: Id<'credential'>;
  readonly identity: Id<'identity'>;
  readonly kind: CredentialKind;
  readonly refs: readonly ExternalRef[];
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
  readonly scopes: readonly string[];
  readonly source: string;
}

/** A part of everything the dependency map is made of. */
export interface GraphPart {
  readonly identities: readonly IdentityRecord[];
  readonly credentials: readonly CredentialRecord[];
  readonly things: readonly ThingRecord[];
  readonly edges: readonly EdgeRecord[];
}

/** Edges that one source reports, as numbers: five million objects would take longer than everything else. */
export interface EdgeReports {
  readonly source: string;
  /** For each edge REPORT_NUMBERS of them: first end, relation, second end, basis, confidence in thousandths, observed (ms). */
  readonly numbers: Float64Array;
}

/** A page of it. The ends of reports are named by earlier parts; one that is not named is not there. */
export interface GraphBatch extends GraphPart {
  readonly ids: readonly (readonly [number: number, id: string])[];
  readonly reports: EdgeReports | null;
}

export interface GraphBatches {
  /** What is read may be newer than this revision, never older. */
  readonly revision: number;
  /** About as many as there are. */
  readonly edgeCount: number;
  readonly batches: AsyncIterable<GraphBatch>;
}

/** Everything the dependency map is made of. */
export interface InventoryGraph extends GraphPart {
  readonly revision: number;
}

/** One report of one source. */
export type EdgeKey = Pick<EdgeRecord, 'from' | 'relation' | 'to' | 'source'>;

/** What became different after a revision: what is new or changed as it is now, and what is gone. */
export interface GraphChanges extends GraphPart {
  /** What is read may be newer than this revision, never older. */
  readonly revision: number;
  readonly goneNodes: readonly string[];
  readonly goneEdges: readonly EdgeKey[];
}

/** The door of the word. */
export interface Inventory {
  /**
   * Lines of Firebreak NDJSON, or the objects themselves. Nothing of an import is seen before all of it is there:
   * a process that dies in the middle leaves what was before, and a repeat completes it.
   */
  readonly importRecords: (
    records: AsyncIterable<unknown> | Iterable<unknown>,
    options: ImportOptions,
  ) => Promise<ImportReport>;
  /** The same from the bytes of a file in one of the formats. */
  readonly importDocument: (
    bytes: AsyncIterable<Uint8Array | string>,
    options: DocumentOptions,
  ) => Promise<ImportReport>;
  readonly lookup: (ref: LookupRef) => Promise<Found | null>;
  /** The id of anything that the reference names: also of services, stores, workloads. Else `node-unknown`. */
  readonly idOf: (ref: string) => Promise<string>;
  /** What claims and tags call parties, by name; those that are not known are left out. */
  readonly partyNames: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** As lookup, but nothing found is `identity-unknown`, and several things are `reference-ambiguous`. */
  readonly find: (ref: LookupRef) => Promise<Found>;
  readonly identity: (id: string) => Promise<IdentityRecord | null>;
  readonly credential: (id: string) => Promise<CredentialRecord | null>;
  readonly credentials: (identityId: string) => Promise<readonly CredentialRecord[]>;
  readonly thing: (id: string) => Promise<ThingRecord | null>;
  readonly owners: (identity: IdentityRecord) => Promise<Ownership>;
  /** Owners, risk and unused privileges. */
  readonly assess: (identity: IdentityRecord, around?: Surroundings | null) => Promise<Assessment>;
  readonly list: (page: PageRequest) => Promise<IdentityPage>;
  readonly facets: (filter: IdentityFilter) => Promise<IdentityFacets>;
  readonly sources: () => Promise<readonly SourceState[]>;
  readonly pendingEdges: (limit?: number) => Promise<readonly PendingEdge[]>;
  readonly pendingClaims: (limit?: number) => Promise<readonly PendingClaim[]>;
  /**
   * Commands that belong into the caller's write. The id follows from the references, so a repeat changes nothing;
   * call `recorded()` when the write is acknowledged.
   */
  readonly recordCredential: (order: DiscoveredCredentialOrder) => {
    readonly credential: CredentialRecord;
    readonly commands: readonly Command[];
  };
  readonly recorded: () => void;
  /** The keyed fingerprint of a secret, as `lookup` uses it. */
  readonly fingerprint: (secret: Secret) => string;
  readonly revision: () => Promise<number>;
  readonly graph: () => Promise<InventoryGraph>;
  /** The same in parts, for maps that do not want everything in memory twice. */
  readonly graphBatches: () => Promise<GraphBatches>;
  /** About how many rows a map has to read. */
  readonly graphSize: () => Promise<number>;
  /** Null when that revision is too far back or too much has changed since: read everything then. */
  readonly changesSince: (revision: number) => Promise<GraphChanges | null>;
  /** Called when the inventory may have changed, here or on another node. */
  readonly onChange: (listener: () => void) => () => void;
  /** Resolves when facets and risk of every change are in the lists. */
  readonly indexed: () => Promise<void>;
}
