import type { Id } from '../kernel/index.ts';

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
