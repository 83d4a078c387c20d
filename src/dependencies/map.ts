import { LIMITS, type Log, monotonicMs } from '../kernel/index.ts';
import { runAtOnce, runInSlices, type Sliced } from './adjacency.ts';
import { collateralOf, servicesHitBy } from './collateral.ts';
import { cheapestCutOf } from './cut.ts';
import { timeOf, type MapGraph } from './graph.ts';
import { applyChanges, compact, GraphBuilder } from './load.ts';
import type { DependencyMap, MapStatistics, Survey } from './model.ts';
import { blastRadiusOf, reachSummaryOf, searchLimits } from './reach.ts';
import { rotationOf } from './rotation.ts';
import { Scratch } from './search.ts';
import { sharedUsesOf } from './shared.ts';
import type { MapSource } from './source.ts';
import { surveyOf } from './survey.ts';

/** Lets requests in between two slices of a build. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

async function loadAll(source: MapSource): Promise<MapGraph> {
  const builder = new GraphBuilder();
  if (source.graphBatches === undefined) {
    const whole = await source.graph();
    builder.add(whole);
    return await runInSlices(builder.finish(whole.revision), pause);
  }
  const { revision, batches } = await source.graphBatches();
  for await (const batch of batches) builder.add(batch);
  return await runInSlices(builder.finish(revision), pause);
}

interface Held {
  graph: MapGraph;
  oldestAt: string | null;
  fullLoads: number;
  compactions: number;
  compacting: Promise<void> | null;
  loadMs: number;
  /** Of the latest revision that somebody asked for. */
  survey: Survey | null;
  surveying: Promise<Survey> | null;
  /** Changes were told of that are not read yet. */
  behind: boolean;
}

function oldestAt(graph: MapGraph): string | null {
  const oldestS = graph.oldestS();
  return oldestS === null ? null : timeOf(oldestS);
}

async function reload(held: Held, source: MapSource): Promise<void> {
  const begunMs = monotonicMs();
  held.graph = await loadAll(source);
  held.oldestAt = oldestAt(held.graph);
  held.fullLoads += 1;
  held.loadMs = Math.round(monotonicMs() - begunMs);
}

/** Folds the overlay into new arrays, in slices; changes wait until it is done, answers do not. */
function foldIn(held: Held, log: Log): void {
  const build = async (work: Sliced<MapGraph>): Promise<void> => {
    try {
      held.graph = await runInSlices(work, pause);
      held.oldestAt = oldestAt(held.graph);
      held.compactions += 1;
    } catch (error) {
      // The overlay still answers; the next change tries again.
      log.warn({ error }, 'the dependency map could not be compacted');
    } finally {
      held.compacting = null;
    }
  };
  held.compacting = build(compact(held.graph));
}

/** What has changed, or everything when the inventory cannot say what. */
async function catchUp(held: Held, source: MapSource, log: Log): Promise<void> {
  if (held.compacting !== null) await held.compacting;
  if ((await source.revision()) === held.graph.revision) return;
  const changes = (await source.changesSince?.(held.graph.revision)) ?? null;
  if (changes === null) {
    await reload(held, source);
    return;
  }
  // A survey stands on one revision. Whoever asked for it hears why it failed.
  while (held.surveying !== null) await held.surveying.catch(() => undefined);
  applyChanges(held.graph, changes);
  if (held.graph.pendingChanges > LIMITS.mapChangesPendingMax) foldIn(held, log);
}

function surveyed(held: Held): Promise<Survey> {
  const { survey, graph } = held;
  if (survey !== null && survey.revision === graph.revision) return Promise.resolve(survey);
  const build = async (): Promise<Survey> => {
    try {
      held.survey = await runInSlices(surveyOf(graph), pause);
      return held.survey;
    } finally {
      held.surveying = null;
    }
  };
  held.surveying ??= build();
  return held.surveying;
}

function statisticsOf(held: Held, scratch: Scratch): MapStatistics {
  const { graph, compactions, fullLoads, loadMs, behind } = held;
  return {
    revision: graph.revision,
    nodes: graph.nodes.count,
    edges: graph.edgeCount,
    pendingChanges: graph.pendingChanges,
    compactions,
    compacting: held.compacting !== null,
    fullLoads,
    loadMs,
    bytes: graph.byteLength() + scratch.byteLength(),
    oldestEdgeAt: held.oldestAt,
    behind,
  };
}

/** Loads the inventory's graph and follows its changes. */
export async function createDependencyMap(source: MapSource, log: Log): Promise<DependencyMap> {
  const scratch = new Scratch();
  const held: Held = {
    graph: runAtOnce(new GraphBuilder().finish(0)),
    oldestAt: null,
    fullLoads: 0,
    compactions: 0,
    compacting: null,
    loadMs: 0,
    survey: null,
    surveying: null,
    behind: false,
  };
  await reload(held, source);
  let refreshing: Promise<void> | null = null;
  let again = false;
  const follow = async (): Promise<void> => {
    try {
      do {
        again = false;
        await catchUp(held, source, log);
      } while (again);
      held.behind = false;
    } finally {
      refreshing = null;
    }
  };
  const refresh = (): Promise<void> => {
    if (refreshing === null) refreshing = follow();
    else again = true;
    return refreshing;
  };
  const stop = source.onChange(() => {
    held.behind = true;
    refresh().catch((error: unknown) => {
      // The answers go on, and say of which revision they are.
      log.warn({ error }, 'the dependency map could not be refreshed');
    });
  });
  return {
    blastRadius: (id, options) => blastRadiusOf(held.graph, scratch, id, searchLimits(options)),
    reachSummary: (id, options) => reachSummaryOf(held.graph, scratch, id, searchLimits(options)),
    collateral: (id, options) => collateralOf(held.graph, id, options),
    rotation: (id) => rotationOf(held.graph, id),
    cheapestCut: (request) => cheapestCutOf(held.graph, scratch, request, { nowMs: monotonicMs }),
    sharedUses: (id) => sharedUsesOf(held.graph, id),
    servicesOf: (identityId) => servicesHitBy(held.graph, identityId),
    survey: () => surveyed(held),
    refresh,
    revision: () => held.graph.revision,
    statistics: () => statisticsOf(held, scratch),
    stop,
  };
}
