import type { CredentialRecord, Found, IdentityRecord } from '../inventory/index.ts';
import { toTimestamp } from '../kernel/index.ts';
import type { SealedEntry } from '../ledger/index.ts';
import type { Step } from '../runner/index.ts';
import type {
  IdentityAnswer,
  SealedEntry as SealedEntryAnswer,
  Step as StepAnswer,
  Token,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
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
    source,
    observedAt,
    refs: [...identity.refs],
    tags: [...identity.tags],
  };
}

/** The fingerprint stays inside: it would let others test guesses offline, were the key ever lost. */
export function presentCredential(
  credential: CredentialRecord,
): IdentityAnswer['credentials'][number] {
  const { id, kind, issuedAt, expiresAt, lastUsedAt } = credential;
  const { refs, scopes } = credential;
  return { id, kind, issuedAt, expiresAt, lastUsedAt, refs: [...refs], scopes: [...scopes] };
}

export async function presentFound(
  parts: Pick<ApiParts, 'inventory' | 'gate' | 'response'>,
  { identity }: Pick<Found, 'identity'>,
): Promise<IdentityAnswer> {
  const { inventory, gate, response } = parts;
  const [credentials, ownership, incidents] = await Promise.all([
    inventory.credentials(identity.id),
    inventory.owners(identity),
    response.incidentsOf(identity.id),
  ]);
  return {
    identity: presentIdentity(identity),
    credentials: credentials.map(presentCredential),
    owners: ownership.owners.map(({ role, claim, party, why }) => ({
      role,
      name: party?.name ?? claim.party,
      contact: party?.contact ?? null,
      basis: claim.basis,
      confidence: claim.confidence,
      assertedAt: claim.assertedAt,
      why,
    })),
    orphan: ownership.orphan,
    restrictions: gate.restrictionsOf(identity.id).map((restriction) => ({ ...restriction })),
    incidents: incidents.map((incident) => ({ ...incident })),
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
