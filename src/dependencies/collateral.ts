import { STAGE_GUARANTEES, type StageName } from '../kernel/index.ts';
import { basisOfNumber } from './columns.ts';
import {
  cutSetOf,
  identityOf,
  serviceHit,
  servicesAbove,
  servicesOfUses,
  storesOf,
  usersOf,
  usesOf,
  type Use,
  type Uses,
} from './consumers.ts';
import { Oldest, timeOf, type MapGraph } from './graph.ts';
import type {
  Collateral,
  CollateralOptions,
  Consumer,
  CutAlone,
  CutCapability,
  ServiceHit,
  StageCollateral,
} from './model.ts';
import { labelOf } from './names.ts';
import { scopeUsesOf } from './scopes.ts';
import { sharedUsesOf } from './shared.ts';
import { grainOf, leastStageFor, STAGE_NAMES } from './stages.ts';

type Grain = CutCapability['grain'];

/** What a target that cannot tell credentials apart would really cut. */
function reallyCut(graph: MapGraph, subject: number, grain: Grain | null): readonly number[] {
  if (grain !== 'identity' || graph.kind(subject) !== 'credential') return cutSetOf(graph, subject);
  const identity = identityOf(graph, subject);
  return identity === null ? [subject] : cutSetOf(graph, identity);
}

const NO_USES: Uses = { uses: [], truncated: false };

/** Milder stages let normal work pass: only those stop who need what the identity mints. */
function usesAt(graph: MapGraph, cut: readonly number[], stage: StageName | null): Uses {
  if (stage !== 'step-up' && stage !== 'restrict') return usesOf(graph, cut);
  const minting = cut.some((node) => {
    let mints = false;
    graph.eachOut(node, (_head, edge) => {
      mints ||= graph.relation(edge) === 'mints';
    });
    return mints;
  });
  if (!minting) return NO_USES;
  const { uses, truncated } = usesOf(graph, cut);
  return { uses: uses.filter(({ direct }) => direct), truncated };
}

interface Card {
  readonly graph: MapGraph;
  readonly capabilities: readonly CutCapability[] | undefined;
  /** The credentials of the cut that each consumer uses, and how many consumers each of them has. */
  readonly usedBy: ReadonlyMap<number, readonly number[]>;
  readonly userCounts: ReadonlyMap<number, number>;
}

function cardOf(graph: MapGraph, cut: readonly number[], capabilities: Card['capabilities']): Card {
  const usedBy = new Map<number, number[]>();
  const userCounts = new Map<number, number>();
  for (const node of cut) {
    const users = usersOf(graph, node);
    userCounts.set(node, users.length);
    for (const user of users) {
      const used = usedBy.get(user);
      if (used === undefined) usedBy.set(user, [node]);
      else used.push(node);
    }
  }
  return { graph, capabilities, usedBy, userCounts };
}

function cutAloneOf(
  { graph, capabilities, usedBy, userCounts }: Card,
  { consumer, direct }: Use,
): CutAlone {
  const no = (why: string): CutAlone => ({ possible: false, credential: null, why });
  if (!direct) return no('it hangs on another consumer: cut that one');
  const used = usedBy.get(consumer) ?? [];
  const [own] = used;
  if (own === undefined) {
    return no('it has no credential of its own: give it one before it can be cut alone');
  }
  if (used.length > 1) return no('it uses several credentials: cut each of them');
  if (userCounts.get(own) !== 1) {
    return no('it shares its credential: split it into one for each consumer first');
  }
  if (capabilities !== undefined && !capabilities.some(({ grain }) => grain === 'credential')) {
    return no('the target cannot tell credentials apart');
  }
  const why = 'nobody else uses this credential, as far as the map knows';
  return { possible: true, credential: graph.nodes.ids[own] ?? '', why };
}

function consumerOf(card: Card, use: Use): Consumer {
  const { graph } = card;
  const { id, kind, name } = graph.node(use.consumer);
  return {
    id,
    kind,
    name,
    basis: basisOfNumber(use.basis),
    confidence: use.confidence,
    observedAt: timeOf(use.observedS),
    services: servicesAbove(graph, use.consumer).map((node) => serviceHit(graph, node)),
    direct: use.direct,
    cutAlone: cutAloneOf(card, use),
  };
}

/** Use that nobody accounts for: it is never counted as nothing. */
export function unknownUses(
  graph: MapGraph,
  cut: readonly number[],
  consumers: number,
): Collateral['unknown'] {
  const unknown: { readonly count: number; readonly why: string }[] = [];
  for (const node of cut) {
    const lastUsedAt = graph.nodes.lastUsed.get(node);
    if (lastUsedAt === undefined || usersOf(graph, node).length > 0) continue;
    const stores = storesOf(graph, node).length;
    const where = stores > 1 ? `; it lies in ${stores} stores, each of which has a reader` : '';
    const name = labelOf(graph, node);
    const why = `${name} was used at ${lastUsedAt}, and no consumer of it is known${where}`;
    unknown.push({ count: Math.max(1, stores), why });
  }
  if (unknown.length === 0 && consumers === 0) {
    unknown.push({ count: 1, why: 'no consumer is known at all: the map may be incomplete' });
  }
  return unknown;
}

function isMild(stage: StageName | null): boolean {
  return stage === 'step-up' || stage === 'restrict';
}

const isService = (graph: MapGraph, { consumer }: Use): boolean =>
  graph.kind(consumer) === 'service';

function whyOf(stage: StageName, grain: Grain | null, widened: boolean): string {
  const what = {
    'step-up': 'only sensitive actions without fresh proof are denied',
    restrict: 'minting and granting are denied; normal work passes',
    isolate: 'only allow-listed targets; old sessions end',
    suspend: 'no session and no login',
    revoke: 'this access never works again',
  }[stage];
  if (grain === null) return `${what}; the target cannot give it: it is cut by hand`;
  return widened ? `${what}; the target cuts the whole identity` : what;
}

function stageCollateral(
  graph: MapGraph,
  subject: number,
  stage: StageName,
  capabilities: readonly CutCapability[] | undefined,
): StageCollateral {
  const own: Grain = graph.kind(subject) === 'credential' ? 'credential' : 'identity';
  const grain = capabilities === undefined ? own : grainOf(stage, capabilities);
  const cut = reallyCut(graph, subject, grain);
  const { uses } = usesAt(graph, cut, stage);
  const consumers = uses.filter((use) => !isService(graph, use));
  const inferred = consumers.filter(({ basis }) => basis === 0).length;
  const unknown = isMild(stage) ? [] : unknownUses(graph, cut, consumers.length);
  return {
    stage,
    guarantee: STAGE_GUARANTEES[stage],
    grain,
    known: consumers.length - inferred,
    inferred,
    unknown: unknown.reduce((sum, { count }) => sum + count, 0),
    services: servicesOfUses(graph, uses).length,
    reversible: stage !== 'revoke',
    why: whyOf(stage, grain, own === 'credential' && grain === 'identity'),
  };
}

function tenantsOf(graph: MapGraph, nodes: Iterable<number>): readonly string[] {
  const tenants = new Set<string>();
  for (const node of nodes) tenants.add(graph.tenant(node));
  tenants.delete('');
  return [...tenants].toSorted();
}

/** Who stops, and use that nobody accounts for. */
interface Broken extends Uses {
  readonly unknown: (consumers: number) => Collateral['unknown'];
}

function brokenBy(
  graph: MapGraph,
  cut: readonly number[],
  scope: string | undefined,
  stage: StageName | null,
): Broken {
  if (scope === undefined) {
    const unknown: Broken['unknown'] = (consumers) =>
      isMild(stage) ? [] : unknownUses(graph, cut, consumers);
    return { ...usesAt(graph, cut, stage), unknown };
  }
  const { uses, truncated } = usesOf(graph, cut);
  const direct = uses.filter((use) => use.direct && !isService(graph, use));
  const needing = scopeUsesOf(graph, cut, direct, scope);
  return { uses: needing.uses, truncated, unknown: () => needing.unknown };
}

export function collateralOf(
  graph: MapGraph,
  id: string,
  options: CollateralOptions = {},
): Collateral {
  const subject = graph.nodes.find(id);
  const { capabilities } = options;
  // Single scopes are taken away by the stage that lets the rest of normal work pass.
  const stage = options.scope === undefined ? (options.stage ?? null) : 'restrict';
  if (subject === undefined) return unknownSubject(graph, id, { ...options, stage });
  const grain = stage === null || capabilities === undefined ? null : grainOf(stage, capabilities);
  const cut = reallyCut(graph, subject, grain);
  const { uses, truncated, unknown } = brokenBy(graph, cut, options.scope, stage);
  const card = cardOf(graph, cut, capabilities);
  const consumers = uses
    .filter((use) => !isService(graph, use))
    .map((use) => consumerOf(card, use));
  const serviceNodes = servicesOfUses(graph, uses);
  const services = serviceNodes.map((node) => serviceHit(graph, node));
  const tiers = services.flatMap(({ tier }) => (tier === null ? [] : [tier]));
  const oldest = new Oldest();
  for (const { observedS } of uses) oldest.see(observedS);
  return {
    subject: id,
    revision: graph.revision,
    oldestEdgeAt: oldest.at,
    known: consumers.filter(({ basis }) => basis !== 'inferred'),
    inferred: consumers.filter(({ basis }) => basis === 'inferred'),
    unknown: unknown(consumers.length),
    services,
    tierMin: tiers.length === 0 ? null : Math.min(...tiers),
    tenants: tenantsOf(graph, [...cut, ...uses.map(({ consumer }) => consumer), ...serviceNodes]),
    stage,
    scope: options.scope ?? null,
    stages: STAGE_NAMES.map((one) => stageCollateral(graph, subject, one, capabilities)),
    leastStage: leastStageFor(options.signal, capabilities),
    shared: sharedUsesOf(graph, id).found,
    truncated,
  };
}

/** An id that the map has never heard of: nothing known is not the same as nothing there. */
function unknownSubject(
  graph: MapGraph,
  id: string,
  options: Omit<CollateralOptions, 'stage'> & { readonly stage: StageName | null },
): Collateral {
  return {
    subject: id,
    revision: graph.revision,
    oldestEdgeAt: null,
    known: [],
    inferred: [],
    unknown: [{ count: 1, why: 'no consumer is known at all: the map may be incomplete' }],
    services: [],
    tierMin: null,
    tenants: [],
    stage: options.stage,
    scope: options.scope ?? null,
    stages: [],
    leastStage: leastStageFor(options.signal, options.capabilities),
    shared: [],
    truncated: false,
  };
}

/** Services that hang on an identity or credential. */
export function servicesHitBy(graph: MapGraph, id: string): readonly ServiceHit[] {
  const subject = graph.nodes.find(id);
  if (subject === undefined) return [];
  const { uses } = usesOf(graph, cutSetOf(graph, subject));
  return servicesOfUses(graph, uses).map((node) => serviceHit(graph, node));
}
