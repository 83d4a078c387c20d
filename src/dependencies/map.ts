import type { MapSource } from './source.ts';
import { LIMITS, type Log } from '../kernel/index.ts';
import { collateralOf } from './collateral.ts';
import { buildGraph } from './graph.ts';
import type { DependencyMap } from './model.ts';
import { blastRadiusOf } from './reach.ts';

/** Loads the inventory's graph and loads it again when the inventory says that it has changed. */
export async function createDependencyMap(
  inventory: MapSource,
  log: Log,
): Promise<DependencyMap> {
  let graph = buildGraph(await inventory.graph());
  let refreshing: Promise<void> | null = null;
  let again = false;
  const load = async (): Promise<void> => {
    try {
      do {
        again = false;
        if ((await inventory.revision()) !== graph.revision) {
          graph = buildGraph(await inventory.graph());
        }
      } while (again);
    } finally {
      refreshing = null;
    }
  };
  const refresh = (): Promise<void> => {
    if (refreshing === null) refreshing = load();
    else again = true;
    return refreshing;
  };
  const stop = inventory.onChange(() => {
    refresh().catch((error: unknown) => {
      // The answers go on, and say of which revision they are.
      log.warn({ error }, 'the dependency map could not be refreshed');
    });
  });
  return {
    blastRadius: (identityId, options) =>
      blastRadiusOf(graph, identityId, options?.depthMax ?? LIMITS.reachDepthMax),
    collateral: (id) => collateralOf(graph, id),
    servicesOf: (identityId) => collateralOf(graph, identityId).services,
    refresh,
    revision: () => graph.revision,
    stop,
  };
}
