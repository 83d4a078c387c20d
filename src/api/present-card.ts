import type { DependencyMap } from '../dependencies/index.ts';
import type { Assessment, CredentialRecord, Found, IdentityRecord } from '../inventory/index.ts';
import type { Card, IdentityAnswer } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { presentCredential, presentIdentity } from './present.ts';

type CardParts = Pick<ApiParts, 'inventory' | 'gate' | 'response' | 'dependencies'>;

/** How far around an identity its neighbours are asked who owns them. */
const NEIGHBOUR_DEPTH = 3;

function neighboursOf(
  map: DependencyMap,
  id: string,
  consumers: readonly { id: string }[],
): readonly string[] {
  const reached = map.blastRadius(id, { depthMax: NEIGHBOUR_DEPTH }).reached;
  const around = [...consumers, ...reached.filter(({ kind }) => kind === 'identity')];
  return around.map((one) => one.id).filter((one) => one !== id);
}

const isThere = ({ gone }: CredentialRecord): boolean => (gone ?? null) === null;

function extreme(times: readonly (string | null)[], which: 'first' | 'last'): string | null {
  const sorted = times.flatMap((time) => time ?? []).toSorted();
  return (which === 'first' ? sorted.at(0) : sorted.at(-1)) ?? null;
}

function reachOf(map: DependencyMap, id: string): Card['reach'] {
  if (!map.isLoaded()) return null;
  const { reachedCount, reachesProduction, criticalServiceCount } = map.reachSummary(id);
  return { reachedCount, reachesProduction, criticalServiceCount };
}

/** Where all words meet: what is derived about one identity, in numbers and names. */
function cardOf(
  { dependencies }: CardParts,
  identity: IdentityRecord,
  credentials: readonly CredentialRecord[],
  assessment: Assessment,
): Card {
  const collateral = dependencies.collateral(identity.id);
  const consumers = [...collateral.known, ...collateral.inferred];
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
    services: collateral.services.map(({ id, name, tier }) => ({ id, name, tier })),
    flags: (ownership.flags ?? []).map(({ flag, role, why }) => ({ flag, role, why })),
    proposedOwner: ownership.proposed ?? null,
    risk: { score: risk.score, contributions: [...risk.contributions] },
    privileges: privileges.map(({ credential, unused, why }) => ({
      credential,
      unused: [...unused],
      why,
    })),
    map: dependencies.isLoaded() ? 'ready' : 'loading',
    reach: reachOf(dependencies, identity.id),
    collateral: {
      known: collateral.known.length,
      inferred: collateral.inferred.length,
      unknown: collateral.unknown.reduce((sum, { count }) => sum + count, 0),
      services: collateral.services.length,
      tierMin: collateral.tierMin,
    },
  };
}

async function assess(
  { inventory, dependencies }: CardParts,
  identity: IdentityRecord,
): Promise<Assessment> {
  if (!dependencies.isLoaded()) return await inventory.assess(identity, null);
  const { known, inferred } = dependencies.collateral(identity.id);
  return await inventory.assess(identity, {
    criticalServices: dependencies.reachSummary(identity.id).criticalServiceCount,
    shared: dependencies.sharedUses(identity.id).count > 0,
    neighbours: neighboursOf(dependencies, identity.id, [...known, ...inferred]),
  });
}

export async function presentFound(
  parts: CardParts,
  { identity }: Pick<Found, 'identity'>,
): Promise<IdentityAnswer> {
  const { inventory, gate, response } = parts;
  const [credentials, assessment, incidents] = await Promise.all([
    inventory.credentials(identity.id),
    assess(parts, identity),
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
    card: cardOf(parts, identity, credentials, assessment),
  };
}
