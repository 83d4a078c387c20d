import type { DecisionKind } from '../../src/authority/index.ts';
import type { CredentialRecord, IdentityRecord } from '../../src/inventory/index.ts';
import type { Authenticity } from '../../src/kernel/index.ts';
import { IDENTITY_REF } from './scenario.ts';

export interface Named {
  readonly credential: CredentialRecord | null;
  readonly ref: string | null;
}

/** Who answers, rightly or not; what lets a leaked credential work again is answered by several. */
export const ANSWERING: Readonly<Partial<Record<DecisionKind, readonly [string, ...string[]]>>> = {
  restore: ['mia', 'mia', 'ira', 'sam'],
  rearm: ['mia', 'ben', 'mia', 'ben', 'sam'],
};
/** Who sits on the rungs, where that is not as for containment. */
export const SEATED: Readonly<Partial<Record<DecisionKind, readonly (readonly string[])[]>>> = {
  restore: [['mia'], ['ira']],
  rearm: [
    ['mia', 'ben'],
    ['mia', 'ben'],
  ],
};
export const AUTHENTICITIES_DRAWN: readonly [Authenticity, ...Authenticity[]] = [
  'signed',
  'bearer',
  'unauthenticated',
];
export const NOBODY: Named = { credential: null, ref: null };

export function identityRecord(id: IdentityRecord['id']): IdentityRecord {
  return {
    type: 'identity',
    id,
    kind: 'ci-identity',
    name: IDENTITY_REF,
    target: 'ci',
    refs: [],
    environment: 'production',
    jurisdiction: null,
    purpose: null,
    operator: null,
    tags: [],
    owners: [],
    source: 'simulation',
    observedAt: '2026-12-01T00:00:00Z',
  };
}

export function credentialRecord(
  id: CredentialRecord['id'],
  identity: IdentityRecord['id'],
): CredentialRecord {
  return {
    type: 'credential',
    id,
    identity,
    kind: 'api-key',
    refs: [],
    fingerprint: null,
    issuedAt: null,
    expiresAt: null,
    lastUsedAt: null,
    scopes: [],
    source: 'simulation',
    observedAt: '2026-12-01T00:00:00Z',
  };
}
