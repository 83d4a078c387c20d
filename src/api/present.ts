import type { CredentialRecord, IdentityFacets, IdentityRecord } from '../inventory/index.ts';
import { toTimestamp } from '../kernel/index.ts';
import type { SealedEntry } from '../ledger/index.ts';
import type { Step } from '../runner/index.ts';
import type {
  FacetsAnswer,
  IdentityAnswer,
  SealedEntry as SealedEntryAnswer,
  Step as StepAnswer,
  Token,
} from './contract/index.ts';
import type { ApiToken } from './tokens/index.ts';

// What leaves the server: each function names the members that do.

export function presentIdentity(identity: IdentityRecord): IdentityAnswer['identity'] {
  const { id, kind, name, target, environment, jurisdiction, purpose, operator } = identity;
  const { source, observedAt } = identity;
  return {
    id,
    kind,
    name,
    target,
    environment,
    jurisdiction,
    purpose,
    operator,
    tenant: identity.tenant ?? null,
    exposure: identity.exposure ?? null,
    rotationDays: identity.rotationDays ?? null,
    source,
    observedAt,
    sources: [...(identity.sources ?? [])],
    gone: identity.gone ?? null,
    provenance: { ...identity.provenance },
    refs: [...identity.refs],
    tags: [...identity.tags],
  };
}

export function presentFacets({ count, facets }: IdentityFacets): FacetsAnswer {
  const { kind, environment, ownerState, expiry, lastUse, scopes, risk } = facets;
  return {
    count,
    facets: {
      kind: [...kind],
      environment: [...environment],
      ownerState: [...ownerState],
      expiry: [...expiry],
      lastUse: [...lastUse],
      scopes: [...scopes],
      risk: [...risk],
    },
  };
}

/** The fingerprint stays inside: it would let others test guesses offline, were the key ever lost. */
export function presentCredential(
  credential: CredentialRecord,
): IdentityAnswer['credentials'][number] {
  const { id, kind, issuedAt, expiresAt, lastUsedAt } = credential;
  const { refs, scopes } = credential;
  const { lastUsedBasis = null, usedScopes = null } = credential;
  return {
    id,
    kind,
    issuedAt,
    expiresAt,
    lastUsedAt,
    lastUsedBasis,
    refs: [...refs],
    scopes: [...scopes],
    usedScopes: usedScopes === null ? null : [...usedScopes],
    gone: credential.gone ?? null,
  };
}

export function presentStep(step: Step): StepAnswer {
  const { id, kind, subject, target, state, attempt, reason, dueAtMs } = step;
  return { id, kind, subject, target, state, attempt, reason, dueAt: toTimestamp(dueAtMs) };
}

export function presentEntry({ position, entry }: SealedEntry): SealedEntryAnswer {
  const { id, at, kind, actor, incident, ordinal, data } = entry;
  return { position, entry: { id, at, kind, actor, incident, ordinal, data } };
}

export function presentToken(token: ApiToken): Token {
  const { id, name, scopes, person, createdBy, createdAtMs, expiresAtMs, revokedAtMs } = token;
  return {
    id,
    name,
    person,
    createdBy,
    scopes: [...scopes],
    createdAt: toTimestamp(createdAtMs),
    expiresAt: toTimestamp(expiresAtMs),
    revokedAt: revokedAtMs === null ? null : toTimestamp(revokedAtMs),
  };
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
