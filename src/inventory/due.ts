import type { CredentialRecord, IdentityRecord, OwnerClaim, ThingRecord } from './model.ts';
import { ROTATION_DAYS, UNUSED_DAYS } from './risk.ts';

const DAY_MS = 86_400_000;

export interface DueFacts {
  readonly identity: Pick<IdentityRecord, 'rotationDays'>;
  readonly credentials: readonly Pick<CredentialRecord, 'issuedAt' | 'lastUsedAt' | 'gone'>[];
  readonly claims: readonly Pick<OwnerClaim, 'party' | 'assertedAt'>[];
  readonly parties: ReadonlyMap<string, ThingRecord>;
  readonly staleAfterMs: number;
  readonly nowMs: number;
}

/** The first moment at which `days` have passed whole and one more has begun to count. */
const after = (fromMs: number, days: number): number => fromMs + (Math.floor(days) + 1) * DAY_MS;

/**
 * When time alone may next say something else of an identity's risk or owners; null = never. Every threshold of `riskOf`
 * and `ownersOf` that looks at the clock is named here, and a property test holds them together.
 */
export function dueAtMs(facts: DueFacts): number | null {
  const { identity, claims, parties, nowMs } = facts;
  const allowed = identity.rotationDays ?? ROTATION_DAYS;
  const credentials = facts.credentials.filter(({ gone }) => (gone ?? null) === null);
  const times = [
    ...credentials.flatMap(({ issuedAt }) => {
      const issuedMs = issuedAt === null ? Number.NaN : Date.parse(issuedAt);
      return [after(issuedMs, allowed), after(issuedMs, 4 * allowed)];
    }),
    ...credentials.map(({ lastUsedAt }) =>
      lastUsedAt === null ? Number.NaN : after(Date.parse(lastUsedAt), UNUSED_DAYS),
    ),
    ...claims.map(({ assertedAt }) => Date.parse(assertedAt) + facts.staleAfterMs + 1),
    ...claims.map(({ party }) => {
      const leftAt = parties.get(party)?.leftAt;
      return typeof leftAt === 'string' ? Date.parse(leftAt) : Number.NaN;
    }),
  ];
  // Not a number: no such time is known.
  const ahead = times.filter((time) => time > nowMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
