import type { Id, Secret } from '../kernel/index.ts';
import type { Command } from '../store/index.ts';

export const IDENTITY_KINDS = [
  'service-account',
  'workload-identity',
  'oauth-app',
  'ci-identity',
  'bot-user',
  'certificate-subject',
  'ai-agent',
] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

export const CREDENTIAL_KINDS = [
  'password',
  'api-key',
  'access-token',
  'refresh-token',
  'client-secret',
  'ssh-key',
  'certificate',
  'signing-key',
  'kerberos-key',
] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** A name that another system gives to something: what alerts speak in. */
export interface ExternalRef {
  readonly system: string;
  readonly type: string;
  readonly value: string;
}

export type Basis = 'declared' | 'observed' | 'inferred';
export type OwnerRole = 'business' | 'technical';

export interface OwnerClaim {
  readonly role: OwnerRole;
  /** The party's id. */
  readonly party: string;
  readonly basis: string;
  readonly confidence: number;
  readonly assertedAt: string;
}

export interface IdentityRecord {
  readonly type: 'identity';
  readonly id: Id<'identity'>;
  readonly kind: IdentityKind;
  readonly name: string;
  /** The target system it lives on: the name of a connector's target. */
  readonly target: string;
  readonly refs: readonly ExternalRef[];
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly purpose: string | null;
  /** The party that operates it, when that is not the organisation itself. */
  readonly operator: string | null;
  readonly tags: readonly string[];
  readonly owners: readonly OwnerClaim[];
  readonly source: string;
  readonly observedAt: string;
}

export interface CredentialRecord {
  readonly type: 'credential';
  readonly id: Id<'credential'>;
  /** The identity it proves, by id. */
  readonly identity: Id<'identity'>;
  readonly kind: CredentialKind;
  readonly refs: readonly ExternalRef[];
  /** HMAC of the secret under the server's own key; never the secret. */
  readonly fingerprint: string | null;
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly scopes: readonly string[];
  readonly source: string;
  readonly observedAt: string;
}

/** Stores, workloads, services, resources and parties: what identities connect. */
export interface ThingRecord {
  readonly type: 'store' | 'workload' | 'service' | 'resource' | 'party';
  readonly id: string;
  readonly name: string;
  readonly refs: readonly ExternalRef[];
  readonly environment: string | null;
  readonly tags: readonly string[];
  /** For services: how much hangs on it, 1 is the most. */
  readonly tier: number | null;
  /** For parties: how to reach the person or team. */
  readonly contact: string | null;
  readonly source: string;
  readonly observedAt: string;
}

export const EDGE_RELATIONS = [
  'authenticates',
  'holds',
  'reads',
  'reaches',
  'assumes',
  'mints',
  'runs-as',
  'uses',
  'depends-on',
] as const;
export type EdgeRelation = (typeof EDGE_RELATIONS)[number];

/** `from relation to`: credential authenticates identity, workload uses credential, service depends-on workload. */
export interface EdgeRecord {
  readonly type: 'edge';
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly source: string;
  readonly observedAt: string;
}

export type InventoryRecord = IdentityRecord | CredentialRecord | ThingRecord | EdgeRecord;

/** What a reference found: the identity, and the credential when the reference named one. */
export interface Found {
  readonly identity: IdentityRecord;
  readonly credential: CredentialRecord | null;
  /** The reference that matched. */
  readonly by: ExternalRef | { readonly id: string } | { readonly secret: true };
}

/** `idn_...`, `system:type:value`, a bare value when it is unique, a parsed reference, or the secret itself. */
export type LookupRef = string | ExternalRef | { readonly secret: Secret };

export interface RejectedLine {
  readonly line: number;
  readonly problem: string;
}

export interface ImportReport {
  readonly source: string;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** The first ones; `rejectedCount` counts all. */
  readonly rejected: readonly RejectedLine[];
  readonly rejectedCount: number;
  /** The inventory's revision after it. */
  readonly revision: number;
}

export interface IdentityPage {
  readonly identities: readonly IdentityRecord[];
  /** Give it back to get the next page; null at the end. */
  readonly cursor: string | null;
}

/** Who answers for an identity, resolved from its claims. */
export interface EffectiveOwner {
  readonly role: OwnerRole;
  readonly claim: OwnerClaim;
  readonly party: ThingRecord | null;
  /** Every name of the party: id, name, reference texts. Rosters match people by them. */
  readonly names: readonly string[];
  readonly why: string;
}

export interface Ownership {
  readonly owners: readonly EffectiveOwner[];
  /** No claim names a party that exists. */
  readonly orphan: boolean;
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

/** Everything the dependency map is made of. */
export interface InventoryGraph {
  readonly revision: number;
  readonly identities: readonly IdentityRecord[];
  readonly credentials: readonly CredentialRecord[];
  readonly things: readonly ThingRecord[];
  readonly edges: readonly EdgeRecord[];
}

/** The door of the word. */
export interface Inventory {
  /** Lines of Firebreak NDJSON, or the objects themselves. Batches are durable one by one; a repeat completes them. */
  readonly importRecords: (
    records: AsyncIterable<unknown> | Iterable<unknown>,
    options: { readonly source: string },
  ) => Promise<ImportReport>;
  readonly lookup: (ref: LookupRef) => Promise<Found | null>;
  /** As lookup, but nothing found is `identity-unknown`. */
  readonly find: (ref: LookupRef) => Promise<Found>;
  readonly identity: (id: string) => Promise<IdentityRecord | null>;
  readonly credential: (id: string) => Promise<CredentialRecord | null>;
  readonly credentials: (identityId: string) => Promise<readonly CredentialRecord[]>;
  readonly thing: (id: string) => Promise<ThingRecord | null>;
  readonly owners: (identity: IdentityRecord) => Promise<Ownership>;
  readonly list: (page: {
    readonly limit?: number;
    readonly cursor?: string;
    readonly text?: string;
  }) => Promise<IdentityPage>;
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
  /** Called when the inventory may have changed, here or on another node. */
  readonly onChange: (listener: () => void) => () => void;
}
