import {
  createReadiness,
  type Readiness,
  type ReadyIdentity,
  type ReadyTarget,
} from '../authority/index.ts';
import { type IdentityRecord, refText } from '../inventory/index.ts';
import { LIMITS } from '../kernel/index.ts';
import type { ApiParts } from './parts.ts';

/** Whether each identity could be contained now: worked out when somebody asks, and kept until what it hangs on changes. */
export interface ReadinessReader {
  readonly read: () => Promise<Readiness>;
  /** The last one worked out, for metrics; null = nobody has asked yet. */
  readonly last: () => Readiness | null;
}

type Owners = ReadyIdentity['owners'];

/** The same claims come to the same owners: asked once for each set of claims. */
function ownersReader({ inventory }: ApiParts) {
  const known = new Map<string, Owners>();
  return async (identity: IdentityRecord): Promise<Owners> => {
    const claims = identity.owners.map(({ role, party, basis, confidence, assertedAt }) => [
      role,
      party,
      basis,
      confidence,
      assertedAt,
    ]);
    const key = JSON.stringify(claims);
    const before = known.get(key);
    if (before !== undefined) return before;
    const { owners } = await inventory.owners(identity);
    const found = owners.map(({ role, names }) => ({ role, names }));
    known.set(key, found);
    if (known.size > LIMITS.readinessOwnersKept) known.clear();
    return found;
  };
}

async function targetsOf(parts: ApiParts): Promise<ReadonlyMap<string, ReadyTarget>> {
  const targets = [...(parts.connectors ?? [])].map(async ([target, connector]) => {
    const { rehearsedAt, restoreTimes } = await parts.authority.record(target);
    const guarantees = connector.describe().guarantees;
    const rehearsedAtMs = rehearsedAt === null ? null : Date.parse(rehearsedAt);
    return [target, { guarantees, rehearsedAtMs, restoreTimes }] as const;
  });
  return new Map(await Promise.all(targets));
}

async function workOut(parts: ApiParts): Promise<Readiness> {
  const { authority, inventory, dependencies, clock } = parts;
  const targets = await targetsOf(parts);
  const nowMs = clock.nowMs();
  const readiness = createReadiness({
    charter: authority.charter(),
    roster: authority.roster(),
    nowMs,
    targets,
  });
  const ownersFor = ownersReader(parts);
  let cursor: string | null = null;
  do {
    const page = await inventory.list({
      limit: LIMITS.pageRowsMax,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const identity of page.identities) {
      const { id, kind, tags, operator, environment, jurisdiction, target } = identity;
      const services = dependencies.servicesOf(id) ?? [];
      readiness.add({
        id,
        kind,
        tags,
        operator,
        environment,
        jurisdiction,
        target,
        refs: identity.refs.map(refText),
        services: services.flatMap((service) => [service.id, service.name]),
        owners: await ownersFor(identity),
      });
    }
    ({ cursor } = page);
  } while (cursor !== null);
  return readiness.conclude();
}

export function createReadinessReader(parts: ApiParts): ReadinessReader {
  let kept: {
    readonly key: string;
    readonly atMs: number;
    readonly answer: Promise<Readiness>;
  } | null = null;
  let last: Readiness | null = null;
  let running: Promise<Readiness> | null = null;
  const begin = async (): Promise<Readiness> => {
    try {
      last = await workOut(parts);
      return last;
    } finally {
      running = null;
    }
  };
  return {
    last: () => last,
    read: async () => {
      // A walk takes a while over a large inventory: who asks meanwhile gets the same one, whatever changes.
      if (running !== null) return await running;
      const { authority, inventory, clock } = parts;
      const revision = await inventory.revision();
      const key = `${authority.charter().digest} ${authority.roster().digest} ${revision}`;
      const atMs = clock.nowMs();
      // Who decides changes with the minute; the list changes slowly.
      if (kept !== null && kept.key === key && atMs - kept.atMs < LIMITS.readinessKeptMs) {
        return await kept.answer;
      }
      // Somebody else may have begun while the revision was read.
      running ??= begin();
      const answer = running;
      const mine = { key, atMs, answer };
      kept = mine;
      answer.catch(() => {
        if (kept === mine) kept = null;
      });
      return await answer;
    },
  };
}
