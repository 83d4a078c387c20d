import type { Chance } from './chance.ts';
import { SPECIES, type Naming, type Species } from './kinds.ts';
import type { CredentialPlan, Environment, IdentityPlan, Service, Team } from './model.ts';
import { claimsFor, OWNERSHIP_SHARES } from './owners.ts';

export const ENVIRONMENT_SHARES = { prod: 0.62, staging: 0.18, dev: 0.14, sandbox: 0.06 } as const;
export const EXPIRY_SHARES = { never: 0.5, later: 0.36, soon: 0.07, over: 0.07 } as const;
export const USE_SHARES = { recent: 0.68, unused: 0.15, unknown: 0.17 } as const;
const WATCH_SHARES = { unwatched: 0.45, all: 0.2, part: 0.35 } as const;
const EXPOSURE_SHARES = { internal: 0.6, public: 0.1, partner: 0.06, unknown: 0.24 } as const;
const ROTATION_SHARES = { '90': 0.4, '30': 0.15, '180': 0.1, none: 0.35 } as const;
export const UNUSED_DAYS = 90;
export const SOON_DAYS = 30;
/** May do anything where it lives. */
const BROAD_SHARE = 0.04;

interface Fate {
  readonly expiry: keyof typeof EXPIRY_SHARES;
  readonly use: keyof typeof USE_SHARES;
  readonly watch: keyof typeof WATCH_SHARES;
}

function expiresInDays({ expiry }: Fate, species: Species, chance: Chance): number | null {
  switch (expiry) {
    case 'never':
      // A certificate always ends.
      return species.credential === 'certificate' ? chance.between(40, 360) : null;
    case 'later':
      return chance.between(SOON_DAYS + 1, species.lifeDays ?? 365);
    case 'soon':
      return chance.between(1, SOON_DAYS);
    case 'over':
      return -chance.between(1, 200);
  }
}

function usedDaysAgo({ use }: Fate, chance: Chance): number | null {
  if (use === 'unknown') return null;
  return use === 'recent' ? chance.between(0, 30) : chance.between(UNUSED_DAYS + 1, 800);
}

function scopesOf({ scopes }: Species, chance: Chance): readonly string[] {
  if (scopes.length === 0) return [];
  const granted = chance.some(scopes, chance.between(2, scopes.length)).toSorted();
  return chance.isSo(BROAD_SHARE) ? [...granted, 'admin:*'] : granted;
}

function usedOf(
  { watch }: Fate,
  granted: readonly string[],
  chance: Chance,
): CredentialPlan['usedScopes'] {
  if (watch === 'unwatched' || granted.length === 0) return null;
  if (watch === 'all') return granted;
  return granted.slice(0, chance.between(0, granted.length - 1));
}

/** Issued by machine, ended within a day: nothing about it is ever old. */
function issuedByMachine(species: Species, refs: readonly string[]): CredentialPlan {
  const { credential: kind } = species;
  const used = { usedDaysAgo: 0.1, scopes: [], usedScopes: null };
  return { kind, refs, ageDays: 0.4, expiresInDays: 0.6, ...used };
}

function credentialOf(
  species: Species,
  refs: readonly string[],
  fate: Fate,
  chance: Chance,
): CredentialPlan {
  if (species.lifeDays === 1) return issuedByMachine(species, refs);
  const ends = expiresInDays(fate, species, chance);
  const used = usedDaysAgo(fate, chance);
  const scopes = scopesOf(species, chance);
  return {
    kind: species.credential,
    refs,
    ageDays: Math.max(used ?? 0, -(ends ?? 0)) + chance.between(1, 300),
    expiresInDays: ends,
    // What has ended was last used before.
    usedDaysAgo: used === null ? null : Math.max(used, -(ends ?? 0)),
    scopes,
    usedScopes: usedOf(fate, scopes, chance),
  };
}

function credentialsOf(
  species: Species,
  naming: Naming,
  fate: Fate,
  chance: Chance,
): readonly CredentialPlan[] {
  const keys = species.keyOf(naming, chance);
  if (species.keyless === true) return [];
  const first = credentialOf(species, keys, fate, chance);
  // Only systems that number their keys have several of one account.
  const again = species.keyOf(naming, chance);
  if (again[0] === keys[0] || species.lifeDays === 1 || !chance.isSo(0.2)) return [first];
  return [first, credentialOf(species, again, { ...fate, use: 'recent' }, chance)];
}

function speciesOf(count: number, chance: Chance): readonly Species[] {
  const shares = Object.fromEntries(SPECIES.map(({ share }, index) => [`${index}`, share]));
  return chance.deal(shares, count).map((index) => SPECIES[Number(index)] ?? chance.pick(SPECIES));
}

/** The many: each on some service, in some environment, with claims, credentials and habits dealt in fixed shares. */
export function draftIdentities(
  services: readonly Service[],
  teams: readonly Team[],
  count: number,
  chance: Chance,
): readonly IdentityPlan[] {
  const species = speciesOf(count, chance);
  const environments = chance.deal<Environment>(ENVIRONMENT_SHARES, count);
  const ownership = chance.deal(OWNERSHIP_SHARES, count);
  const expiry = chance.deal(EXPIRY_SHARES, count);
  const use = chance.deal(USE_SHARES, count);
  const watch = chance.deal(WATCH_SHARES, count);
  const exposure = chance.deal(EXPOSURE_SHARES, count);
  const rotation = chance.deal(ROTATION_SHARES, count);
  const laps = new Map<string, number>();
  return species.map((kind, index): IdentityPlan => {
    const service = chance.pick(services);
    const environment = environments[index] ?? 'prod';
    const place = `${SPECIES.indexOf(kind)} ${service.name} ${environment}`;
    const lap = laps.get(place) ?? 0;
    laps.set(place, lap + 1);
    const naming = kind.nameOf({ service, environment, lap, chance });
    const fate = {
      expiry: expiry[index] ?? 'never',
      use: use[index] ?? 'recent',
      watch: watch[index] ?? 'unwatched',
    };
    const exposed = exposure[index] ?? 'unknown';
    const days = rotation[index] ?? 'none';
    return {
      ...naming,
      kind: kind.kind,
      environment,
      tenant: service.tenant,
      service,
      purpose: `${kind.purpose} (${service.name}, ${environment})`,
      tags: [`service:${service.name}`],
      owners: claimsFor(ownership[index] ?? 'owned', service.team, teams, chance),
      exposure: exposed === 'unknown' ? null : exposed,
      rotationDays: days === 'none' ? null : Number(days),
      operator: service.tenant.operator,
      credentials: credentialsOf(kind, naming, fate, chance),
    };
  });
}
