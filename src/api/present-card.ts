import type { DependencyMap, Nearby } from '../dependencies/index.ts';
import type { Assessment, CredentialRecord, Found, IdentityRecord } from '../inventory/index.ts';
import { LIMITS } from '../kernel/index.ts';
import type { Card, IdentityAnswer } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { presentCredential, presentIdentity } from './present.ts';

type CardParts = Pick<ApiParts, 'inventory' | 'gate' | 'response' | 'dependencies'>;

/** What of an identity only the map knows, as much as a card shows; null while the map is read. */
interface Around {
  readonly nearby: Nearby;
  readonly reach: NonNullable<Card['reach']>;
  readonly neighbours: readonly string[];
}

/** Whoever looks somebody up waits for it: it takes a millisecond or two on any map, and says when that was too little. */
function aroundOf(map: DependencyMap, id: string): Around | null {
  if (!map.isLoaded()) return null;
  const nearby = map.nearby(id);
  // A small map is searched whole, however slow the machine is.
  const isLarge = map.statistics().nodes > LIMITS.mapLoadedFirstMax;
  const { cardReachMsMax: timeMsMax, cardReachDepthMax: depthMax } = LIMITS;
  const found = map.reachSummary(id, isLarge ? { timeMsMax, depthMax } : {});
  const { reached } = map.blastRadius(id, { depthMax: NEIGHBOUR_DEPTH });
  const around = [...nearby.consumers, ...reached].filter(({ kind }) => kind === 'identity');
  return {
    nearby,
    reach: {
      reachedCount: found.reachedCount,
      reachesProduction: found.reachesProduction,
      criticalServiceCount: found.criticalServiceCount,
      isPart: found.cutShort !== null,
    },
    neighbours: around.map((one) => one.id).filter((one) => one !== id),
  };
}

/** How far around an identity its neighbours are asked who owns them. */
const NEIGHBOUR_DEPTH = 2;

const isThere = ({ gone }: CredentialRecord): boolean => (gone ?? null) === null;

function extreme(times: readonly (string | null)[], which: 'first' | 'last'): string | null {
  const sorted = times.flatMap((time) => time ?? []).toSorted();
  return (which === 'first' ? sorted.at(0) : sorted.at(-1)) ?? null;
}

/** Where all words meet: what is derived about one identity, in numbers and names. */
function cardOf(
  identity: IdentityRecord,
  credentials: readonly CredentialRecord[],
  assessment: Assessment,
  around: Around | null,
): Card {
  const { known, inferred, unknown, consumers, services, tierMin, isPart, ...freshness } =
    around?.nearby ?? NOT_LOADED;
  const live = credentials.filter(isThere);
  const { ownership, risk, privileges } = assessment;
  return {
    environment: identity.environment,
    scopes: [...new Set(live.flatMap(({ scopes }) => scopes))].toSorted(),
    expiresAt: extreme(
      live.map(({ expiresAt }) => expiresAt),
      'first',
    ),
    lastUsedAt: extreme(
      live.map(({ lastUsedAt }) => lastUsedAt),
      'last',
    ),
    workloads: consumers
      .filter(({ kind }) => kind === 'workload')
      .map(({ id, name }) => ({ id, name })),
    services: services.map(({ id, name, tier }) => ({ id, name, tier })),
    flags: (ownership.flags ?? []).map(({ flag, role, why }) => ({ flag, role, why })),
    proposedOwner: ownership.proposed ?? null,
    risk: { score: risk.score, contributions: [...risk.contributions] },
    privileges: privileges.map(({ credential, unused, why }) => ({
      credential,
      unused: [...unused],
      why,
    })),
    map: around === null ? 'loading' : 'ready',
    reach: around?.reach ?? null,
    collateral: { known, inferred, unknown, services: services.length, tierMin, isPart },
    ...freshness,
  };
}

/** Nothing is known yet, which is not the same as nothing there. */
const NOT_LOADED: Nearby = {
  known: 0,
  inferred: 0,
  unknown: 1,
  consumers: [],
  services: [],
  tierMin: null,
  isPart: true,
  revision: 0,
  oldestEdgeAt: null,
};

async function assess(
  { inventory, dependencies }: CardParts,
  identity: IdentityRecord,
  around: Around | null,
): Promise<Assessment> {
  if (around === null) return await inventory.assess(identity, null);
  return await inventory.assess(identity, {
    criticalServices: around.reach.criticalServiceCount,
    shared: dependencies.sharedUses(identity.id).count > 0,
    neighbours: around.neighbours,
  });
}

export async function presentFound(
  parts: CardParts,
  { identity }: Pick<Found, 'identity'>,
): Promise<IdentityAnswer> {
  const { inventory, gate, response, dependencies } = parts;
  const around = aroundOf(dependencies, identity.id);
  const [credentials, assessment, incidents] = await Promise.all([
    inventory.credentials(identity.id),
    assess(parts, identity, around),
    response.incidentsOf(identity.id),
  ]);
  const { ownership } = assessment;
  return {
    identity: presentIdentity(identity),
    credentials: credentials.map(presentCredential),
    owners: ownership.owners.map(({ role, claim, party, why, alternates }) => ({
      role,
      name: party?.name ?? claim.party,
      contact: party?.contact ?? null,
      basis: claim.basis,
      confidence: claim.confidence,
      assertedAt: claim.assertedAt,
      why,
      alternates: (alternates ?? []).map((one) => ({ name: one.name, why: one.why })),
    })),
    orphan: ownership.orphan,
    restrictions: gate.restrictionsOf(identity.id).map((restriction) => ({ ...restriction })),
    incidents: incidents.map((incident) => ({ ...incident })),
    card: cardOf(identity, credentials, assessment, around),
  };
}
