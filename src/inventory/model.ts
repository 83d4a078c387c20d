import type { Id, Secret } from '../kernel/index.ts';

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
  /** Which import said so. */
  readonly source?: string;
}

/** Which source a fact comes from, and how old it is. */
export interface FactOrigin {
  readonly source: string;
  readonly observedAt: string;
}

/** No source reports it any longer, or the source says that it was ended; kept, because alerts still speak of it. */
export interface Gone {
  readonly at: string;
  readonly source: string;
}

/** What a record that was merged from its sources says beside its facts. */
export interface Merged {
  readonly gone?: Gone | null;
  /** By member name. */
  readonly provenance?: Readonly<Record<string, FactOrigin>>;
  /** Who reports it now. */
  readonly sources?: readonly string[];
}

export const EXPOSURES = ['public', 'partner', 'internal'] as const;
export type Exposure = (typeof EXPOSURES)[number];

export const PARTY_KINDS = ['person', 'team', 'vendor', 'tenant'] as const;
export type PartyKind = (typeof PARTY_KINDS)[number];

export interface IdentityRecord extends Merged {
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
  /** The tenant it belongs to, when there are several. */
  readonly tenant?: string | null;
  /** From where it can be used. */
  readonly exposure?: Exposure | null;
  /** The rotation policy: no credential of it lives longer. */
  readonly rotationDays?: number | null;
  readonly source: string;
  readonly observedAt: string;
}

export interface CredentialRecord extends Merged {
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
  /** How the last use is known. */
  readonly lastUsedBasis?: Basis | null;
  readonly scopes: readonly string[];
  /** Scopes that were seen in use; null = nobody watches. */
  readonly usedScopes?: readonly string[] | null;
  readonly source: string;
  readonly observedAt: string;
}

/** Stores, workloads, services, resources and parties: what identities connect. */
export interface ThingRecord extends Merged {
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
  readonly jurisdiction?: string | null;
  /** For parties. */
  readonly partyKind?: PartyKind | null;
  /** For parties: since when the person or vendor is no longer there. */
  readonly leftAt?: string | null;
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
