import { setTimeout as sleep } from 'node:timers/promises';
import { FirebreakError, LIMITS, type Log, monotonicMs } from '../kernel/index.ts';
import { runAtOnce, runInSlices, type Sliced } from './adjacency.ts';
import { collateralOf, servicesHitBy } from './collateral.ts';
import { cheapestCutOf } from './cut.ts';
import { timeOf, type MapGraph } from './graph.ts';
import { applyChanges, compact, GraphBuilder } from './load.ts';
import type {
  Collateral,
  CollateralOptions,
  DependencyMap,
  MapStatistics,
  Survey,
} from './model.ts';
import { labelOf } from './names.ts';
import { nearbyOf } from './nearby.ts';
import { blastRadiusOf, reachSummaryOf, searchLimits } from './reach.ts';
import { rotationOf } from './rotation.ts';
import { Scratch } from './search.ts';
import { sharedUsesOf } from './shared.ts';
import type { InventoryChanges, MapSource } from './source.ts';
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
  const { revision, edgeCount = 0, batches } = await source.graphBatches();
  builder.expect(edgeCount);
  for await (const batch of batches) {
    builder.add(batch);
    await pause();
  }
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
  /** A survey needs a graph that stands still. */
  applying: Promise<void> | null;
  /** Changes were told of that are not read yet. */
  behind: boolean;
  /** Until then the graph is empty, and says nothing about anything. */
  loaded: boolean;
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

/** Some milliseconds of changes. */
const PART = 1_000;

function* partsOf<Item>(items: readonly Item[] = []): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += PART) yield items.slice(from, from + PART);
}

/** Answers in between know a part of them, under the old revision: newer than it says, never older. */
async function applyInParts(graph: MapGraph, changes: InventoryChanges): Promise<void> {
  const { revision } = graph;
  const apply = async (part: Omit<InventoryChanges, 'revision'>): Promise<void> => {
    applyChanges(graph, { ...part, revision });
    await pause();
  };
  for (const goneNodes of partsOf(changes.goneNodes)) await apply({ goneNodes });
  for (const identities of partsOf(changes.identities)) await apply({ identities });
  for (const credentials of partsOf(changes.credentials)) await apply({ credentials });
  for (const things of partsOf(changes.things)) await apply({ things });
  for (const edges of partsOf(changes.edges)) await apply({ edges });
  for (const goneEdges of partsOf(changes.goneEdges)) await apply({ goneEdges });
  graph.revision = changes.revision;
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
  held.applying = applyInParts(held.graph, changes).finally(() => {
    held.applying = null;
  });
  await held.applying;
  if (held.graph.pendingChanges > LIMITS.mapChangesPendingMax) foldIn(held, log);
}

function surveyed(held: Held): Promise<Survey> {
  const { survey, graph } = held;
  if (survey !== null && survey.revision === graph.revision) return Promise.resolve(survey);
  const build = async (): Promise<Survey> => {
    try {
      await held.applying;
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
  const { graph, compactions, fullLoads, loadMs, behind, loaded } = held;
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
    loaded,
  };
}

/** Reads everything for the first time; what fails is tried again until somebody stops it. */
function loadFirst(held: Held, source: MapSource, log: Log) {
  const ended = new AbortController();
  const { signal } = ended;
  const attempt = async (): Promise<void> => {
    await reload(held, source);
    held.loaded = true;
  };
  const keepTrying = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (isStopped(signal)) return;
        log.warn({ error }, 'the dependency map could not be loaded; it is tried again');
        await sleep(LIMITS.mapLoadRetryMs, undefined, { signal, ref: false }).catch(
          () => undefined,
        );
      }
    }
  };
  return { attempt, keepTrying, stop: () => ended.abort() };
}

/** The loop that asks has read it before an await. */
const isStopped = (signal: AbortSignal): boolean => signal.aborted;

/** A server with a million nodes answers before its map is there; one with a few has it at once. */
async function isLarge(source: MapSource): Promise<boolean> {
  const size = (await source.graphSize?.()) ?? 0;
  return size > LIMITS.mapLoadedFirstMax;
}

function createFollower(held: Held, source: MapSource, log: Log, first: () => Promise<void>) {
  let refreshing: Promise<void> | null = null;
  let again = false;
  const follow = async (): Promise<void> => {
    try {
      await first();
      do {
        again = false;
        await catchUp(held, source, log);
      } while (again);
      held.behind = false;
    } finally {
      refreshing = null;
    }
  };
  return (): Promise<void> => {
    if (refreshing === null) refreshing = follow();
    else again = true;
    return refreshing;
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
    applying: null,
    behind: false,
    loaded: false,
  };
  const loading = loadFirst(held, source, log);
  let first = Promise.resolve();
  if (await isLarge(source)) first = loading.keepTrying();
  else await loading.attempt();
  const refresh = createFollower(held, source, log, () => first);
  const stop = source.onChange(() => {
    held.behind = true;
    refresh().catch((error: unknown) => {
      // The answers go on, and say of which revision they are.
      log.warn({ error }, 'the dependency map could not be refreshed');
    });
  });
  const graph = (): MapGraph => {
    if (held.loaded) return held.graph;
    throw new FirebreakError('map-loading');
  };
  return {
    blastRadius: (id, options) => blastRadiusOf(graph(), scratch, id, searchLimits(options)),
    reachSummary: (id, options) => reachSummaryOf(graph(), scratch, id, searchLimits(options)),
    collateral: (id, options) =>
      held.loaded ? collateralOf(held.graph, id, options) : notLoaded(id, options),
    nearby: (id) => nearbyOf(held.graph, id),
    rotation: (id) => rotationOf(graph(), id),
    cheapestCut: (request) => cheapestCutOf(graph(), scratch, request, { nowMs: monotonicMs }),
    sharedUses: (id) => sharedUsesOf(graph(), id),
    servicesOf: (identityId) => (held.loaded ? servicesHitBy(held.graph, identityId) : null),
    survey: async () => {
      await first;
      return await surveyed(held);
    },
    nameOf: (id) => {
      const node = held.graph.nodes.find(id);
      return node === undefined ? id : labelOf(held.graph, node);
    },
    current: async () => {
      const isSmall = held.graph.nodes.count <= LIMITS.mapLoadedFirstMax;
      if (held.loaded && held.behind && isSmall) await refresh();
    },
    refresh,
    isLoaded: () => held.loaded,
    loaded: () => first,
    revision: () => held.graph.revision,
    statistics: () => statisticsOf(held, scratch),
    stop: () => {
      loading.stop();
      stop();
    },
  };
}

/** Nothing is known yet, which is not the same as nothing there. */
function notLoaded(id: string, options: CollateralOptions = {}): Collateral {
  const graph = runAtOnce(new GraphBuilder().finish(0));
  const why = 'the dependency map is still being read: nothing is known about what this breaks';
  return { ...collateralOf(graph, id, options), unknown: [{ count: 1, why }] };
}
