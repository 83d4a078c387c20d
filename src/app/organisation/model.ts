import type {
  Basis,
  CredentialKind,
  EdgeRelation,
  Exposure,
  IdentityKind,
  OwnerRole,
} from '../../inventory/index.ts';

/** The same settings give the same bytes. */
export interface OrganisationSettings {
  readonly seed: number;
  /** The day on which the organisation is looked at; all ages count from here. */
  readonly atMs: number;
  readonly identities: number;
}

export type Environment = 'prod' | 'staging' | 'dev' | 'sandbox';

export interface Tenant {
  readonly name: string;
  readonly jurisdiction: string;
  /** The provider that runs it, as the charter calls it; null = its own people. */
  readonly operator: string | null;
  readonly account: string;
  readonly zone: string;
}

/** A person, team or vendor, as claims name it. */
export interface Party {
  readonly ref: string;
  readonly name: string;
  readonly isThere: boolean;
}

export interface Team extends Party {
  readonly tenant: Tenant;
  readonly people: readonly Party[];
}

export interface Service {
  readonly name: string;
  readonly domain: string;
  readonly tier: number | null;
  readonly team: Team;
  readonly tenant: Tenant;
  readonly ref: string;
}

export interface OwnerClaimPlan {
  readonly role: OwnerRole;
  readonly party: string;
  readonly basis: string;
  readonly confidence: number;
  readonly ageDays: number;
}

export interface CredentialPlan {
  readonly kind: CredentialKind;
  readonly refs: readonly string[];
  readonly ageDays: number;
  /** From today; null = never. */
  readonly expiresInDays: number | null;
  /** Null = nobody knows. */
  readonly usedDaysAgo: number | null;
  readonly scopes: readonly string[];
  /** Null = nobody watches. */
  readonly usedScopes: readonly string[] | null;
  /** Only where two records have the same one; an obvious example. */
  readonly secret?: string;
}

export interface IdentityPlan {
  readonly ref: string;
  readonly moreRefs?: readonly string[];
  readonly kind: IdentityKind;
  readonly name: string;
  readonly target: string;
  readonly environment: Environment;
  readonly tenant: Tenant;
  readonly service: Service | null;
  readonly purpose: string;
  readonly tags: readonly string[];
  readonly owners: readonly OwnerClaimPlan[];
  readonly exposure: Exposure | null;
  readonly rotationDays: number | null;
  readonly operator: string | null;
  readonly credentials: readonly CredentialPlan[];
}

export interface EdgePlan {
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly basis?: Basis;
  readonly ageDays?: number;
}
