import type {
  BlastRadius,
  CheapestCut,
  Collateral,
  DependencyMap,
  Hop,
  Reached,
  SharedUse,
  SharedUses,
} from '../dependencies/index.ts';
import type { Inventory } from '../inventory/index.ts';
import type {
  BlastAnswer,
  CheapestCutAnswer,
  CollateralAnswer,
  SharedUsesAnswer,
} from './contract/index.ts';

// The map answers in ids; people read names.

interface Parts {
  readonly dependencies: Pick<DependencyMap, 'nameOf'>;
  readonly inventory: Pick<Inventory, 'partyNames'>;
}

type Path = BlastAnswer['reached'][number]['path'];
type Named = SharedUsesAnswer['found'][number]['among'][number];

function presentPath({ nameOf }: Parts['dependencies'], path: readonly Hop[]): Path {
  return path.map((hop) => ({ ...hop, fromName: nameOf(hop.from), toName: nameOf(hop.to) }));
}

export function presentBlast({ dependencies }: Parts, found: BlastRadius): BlastAnswer {
  const list = (some: readonly Reached[]): BlastAnswer['reached'] =>
    some.map((one) => ({
      ...one,
      name: dependencies.nameOf(one.id),
      path: presentPath(dependencies, one.path),
    }));
  const { reached, criticalServices, credentials } = found;
  return {
    ...found,
    reached: list(reached),
    criticalServices: list(criticalServices),
    credentials: list(credentials),
  };
}

export function presentCut({ dependencies }: Parts, found: CheapestCut): CheapestCutAnswer {
  return {
    ...found,
    cuts: found.cuts.map(({ id, breaks, closes, ...cut }) => ({
      ...cut,
      id,
      name: dependencies.nameOf(id),
      breaks: { ...breaks, services: [...breaks.services] },
      closes: presentPath(dependencies, closes),
    })),
    openPath: presentPath(dependencies, found.openPath),
  };
}

/** Owners are what tags and claims call them: by the name of the party where it is known. */
async function presentUses(
  { dependencies, inventory }: Parts,
  found: readonly SharedUse[],
): Promise<SharedUsesAnswer['found']> {
  const parties = await inventory.partyNames(found.flatMap(({ owners }) => owners));
  const named = (ids: readonly string[]): Named[] =>
    ids.map((id) => ({ id, name: dependencies.nameOf(id) }));
  return found.map(({ credentials, among, owners, environments, services, ...use }) => ({
    ...use,
    credentials: named(credentials),
    among: named(among),
    owners: [...new Set(owners.map((owner) => parties.get(owner) ?? owner))],
    environments: [...environments],
    services: named(services),
  }));
}

export async function presentShared(parts: Parts, uses: SharedUses): Promise<SharedUsesAnswer> {
  return { ...uses, found: await presentUses(parts, uses.found) };
}

export async function presentCollateral(
  parts: Parts,
  { shared, ...found }: Collateral,
): Promise<CollateralAnswer> {
  const consumers = (some: Collateral['known']): CollateralAnswer['known'] =>
    some.map((one) => ({ ...one, services: [...one.services] }));
  return {
    ...found,
    known: consumers(found.known),
    inferred: consumers(found.inferred),
    unknown: [...found.unknown],
    services: [...found.services],
    tenants: [...found.tenants],
    stages: [...found.stages],
    shared: await presentUses(parts, shared),
  };
}
