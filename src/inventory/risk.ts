import type { PrivilegeFinding, Risk, RiskContribution } from './contract.ts';
import type { CredentialRecord, IdentityRecord } from './model.ts';

/** What the score is made of. What is not known (null) adds nothing and is never called safe. */
export interface RiskFacts {
  readonly identity: Pick<IdentityRecord, 'exposure' | 'environment' | 'rotationDays' | 'tags'>;
  readonly credentials: readonly Pick<
    CredentialRecord,
    'issuedAt' | 'expiresAt' | 'lastUsedAt' | 'scopes' | 'gone'
  >[];
  readonly orphan: boolean;
  /** Consumers that do not belong together use one credential. */
  readonly shared: boolean | null;
  readonly criticalServices: number | null;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
export const ROTATION_DAYS = 90;
export const UNUSED_DAYS = 90;
const BROAD_SCOPE = /(?:^|[:./_-])(?:\*|admin|root|owner|full|write-all|superuser)(?:$|[:./_-])/iu;

function exposure({ identity }: RiskFacts): RiskContribution | null {
  if (identity.exposure === 'public') {
    return { name: 'exposure', points: 15, why: 'it can be used from anywhere' };
  }
  if (identity.exposure === 'partner') {
    return { name: 'exposure', points: 8, why: 'partners can use it' };
  }
  return null;
}

function breadth({ credentials, identity }: RiskFacts): RiskContribution | null {
  const scopes = new Set(credentials.flatMap((credential) => credential.scopes));
  const broad = [...scopes].find((scope) => BROAD_SCOPE.test(scope));
  const name = 'privilege-breadth';
  if (broad !== undefined || identity.tags.includes('administrator')) {
    return {
      name,
      points: 20,
      why: broad === undefined ? 'it administers its target' : `it holds ${broad}`,
    };
  }
  if (scopes.size < 5) return null;
  return { name, points: scopes.size < 20 ? 8 : 14, why: `it holds ${scopes.size} scopes` };
}

function rotation({ identity, credentials, nowMs }: RiskFacts): RiskContribution | null {
  const allowed = identity.rotationDays ?? ROTATION_DAYS;
  const ages = credentials.flatMap(({ issuedAt }) =>
    issuedAt === null ? [] : [Math.floor((nowMs - Date.parse(issuedAt)) / DAY_MS)],
  );
  const oldest = Math.max(0, ...ages);
  if (oldest <= allowed) return null;
  const points = oldest > 4 * allowed ? 15 : 8;
  return {
    name: 'no-rotation',
    points,
    why: `a credential is ${oldest} days old, ${allowed} are allowed`,
  };
}

function expiry({ credentials }: RiskFacts): RiskContribution | null {
  const endless = credentials.filter(({ expiresAt }) => expiresAt === null).length;
  if (endless === 0) return null;
  return {
    name: 'no-expiry',
    points: 10,
    why: `${endless} of ${credentials.length} credentials never end`,
  };
}

function unused({ credentials, nowMs }: RiskFacts): RiskContribution | null {
  const known = credentials.flatMap(({ lastUsedAt }) => lastUsedAt ?? []);
  if (known.length === 0 || known.length < credentials.length) return null;
  const last = Math.max(...known.map((at) => Date.parse(at)));
  const days = Math.floor((nowMs - last) / DAY_MS);
  if (days <= UNUSED_DAYS) return null;
  return { name: 'unused-but-alive', points: 10, why: `nothing has used it for ${days} days` };
}

function critical({ criticalServices }: RiskFacts): RiskContribution | null {
  if (criticalServices === null || criticalServices === 0) return null;
  const points = Math.min(20, 8 + 4 * criticalServices);
  return {
    name: 'reaches-critical',
    points,
    why:
      criticalServices === 1
        ? 'a critical service is in its reach'
        : `${criticalServices} critical services are in its reach`,
  };
}

/** 0 to 100: the sum of its named contributions. Gone credentials count for nothing. */
export function riskOf(all: RiskFacts): Risk {
  const credentials = all.credentials.filter(({ gone }) => (gone ?? null) === null);
  const facts = { ...all, credentials };
  const contributions = [
    exposure(facts),
    breadth(facts),
    rotation(facts),
    expiry(facts),
    unused(facts),
    all.orphan ? { name: 'orphan' as const, points: 15, why: 'nobody answers for it' } : null,
    all.shared === true
      ? {
          name: 'shared' as const,
          points: 10,
          why: 'consumers that do not belong together share it',
        }
      : null,
    critical(facts),
  ].filter((one) => one !== null);
  const sum = contributions.reduce((total, { points }) => total + points, 0);
  return { score: Math.min(100, sum), contributions };
}

/** Granted and never seen used, where somebody watches use at all. */
export function unusedPrivileges(
  credentials: readonly Pick<CredentialRecord, 'id' | 'scopes' | 'usedScopes' | 'gone'>[],
): readonly PrivilegeFinding[] {
  return credentials.flatMap(({ id, scopes, usedScopes, gone }) => {
    if (usedScopes === undefined || usedScopes === null || (gone ?? null) !== null) return [];
    const used = new Set(usedScopes);
    const unusedScopes = scopes.filter((scope) => !used.has(scope));
    if (unusedScopes.length === 0) return [];
    const why = `${unusedScopes.length} of ${scopes.length} granted scopes were never seen in use`;
    return [{ credential: id, unused: unusedScopes, why }];
  });
}
