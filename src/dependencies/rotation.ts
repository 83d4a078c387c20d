import { LIMITS } from '../kernel/index.ts';
import { exposedFrom, type Exposed, type Exposure } from './exposure.ts';
import { eachConsumer, servicesAbove, serviceHit, usersOf } from './consumers.ts';
import { Oldest, type MapGraph } from './graph.ts';
import type {
  Acknowledgement,
  CycleBreak,
  Rotation,
  RotationLayerName,
  RotationStep,
} from './model.ts';
import { labelOf } from './names.ts';
import { breakCycles, ranksOf, type Need } from './order.ts';

/** Tokens are granted on the strength of something else; the rest are keys. */
const GRANTS: ReadonlySet<string> = new Set(['access-token', 'refresh-token']);
const LAYERS: readonly RotationLayerName[] = ['cached-permissions', 'delegated-grants', 'keys'];

interface Draft {
  readonly identity: number;
  readonly credential: number | null;
  readonly layer: number;
}

/** What is renewed for one identity: what the target caches for it, then what was granted, then its keys. */
function draftsOf(
  graph: MapGraph,
  identity: number,
  credentials: readonly number[],
): readonly Draft[] {
  const own = credentials.map((credential): Draft => {
    const layer = GRANTS.has(graph.subkind(credential)) ? 1 : 2;
    return { identity, credential, layer };
  });
  return [{ identity, credential: null, layer: 0 }, ...own];
}

interface ExposureNeed extends Need {
  readonly exposure: Exposure;
}

function explain(graph: MapGraph, { exposure }: ExposureNeed): CycleBreak {
  const { names, ids } = graph.nodes;
  const [from, to] = [names[exposure.from] ?? '', names[exposure.to] ?? ''];
  const store = exposure.store === null ? '' : (names[exposure.store] ?? '');
  const how = {
    assumes: `${from} can assume ${to}`,
    mints: `${from} can mint credentials of ${to}`,
    reads: `${from} reads ${store}, which holds a credential of ${to}`,
  }[exposure.by];
  const instead = {
    assumes: `take that right away before ${to} is renewed, and give it back after ${from} is`,
    mints: `deny minting to ${from} (restrict) until it is renewed itself`,
    reads: `keep the new credential of ${to} out of ${store} until ${from} is renewed as well`,
  }[exposure.by];
  const order =
    from === to
      ? 'It opens itself, so no order helps'
      : `Each opens the other; ${to} is renewed first because it is nearer to the leak`;
  const why = `${how}. ${order}: ${instead}.`;
  return { from: ids[exposure.from] ?? '', to: ids[exposure.to] ?? '', by: exposure.by, why };
}

/** Who must say that the new one works before the old one may go. */
function acknowledgementsOf(
  graph: MapGraph,
  { identity, credential }: Draft,
  oldest: Oldest,
): readonly Acknowledgement[] {
  const wanted: Acknowledgement[] = [];
  const subject = credential ?? identity;
  const users = credential === null ? [] : usersOf(graph, credential);
  // Nobody is known to use this credential: then whoever runs as the identity may.
  const at = credential !== null && users.length === 0 ? identity : subject;
  if (credential === null) return wanted;
  eachConsumer(graph, at, (consumer, edge, relation) => {
    if (relation !== 'uses' && relation !== 'runs-as') return;
    oldest.see(graph.observedS(edge));
    const { id, name } = graph.node(consumer);
    const services = servicesAbove(graph, consumer).map((node) => serviceHit(graph, node));
    wanted.push({ id, name, basis: graph.basis(edge), services });
  });
  return wanted;
}

/** Steps of one identity one layer after the other; those of what it opens only after its last. */
function needsOf(
  drafts: readonly Draft[],
  placesOf: ReadonlyMap<number, readonly number[]>,
  kept: readonly ExposureNeed[],
): readonly Need[] {
  const needs: Need[] = [];
  const layerOf = (place: number): number => drafts[place]?.layer ?? 0;
  const ends = (identity: number, pick: (...layers: number[]) => number): readonly number[] => {
    const places = placesOf.get(identity) ?? [];
    const layer = pick(...places.map(layerOf));
    return places.filter((place) => layerOf(place) === layer);
  };
  for (const places of placesOf.values()) {
    const layers = [...new Set(places.map(layerOf))].toSorted((left, right) => left - right);
    for (const [index, layer] of layers.entries()) {
      const before = places.filter((place) => layerOf(place) === layers[index - 1]);
      const here = places.filter((place) => layerOf(place) === layer);
      for (const from of before) for (const to of here) needs.push({ from, to });
    }
  }
  const told = new Set<string>();
  for (const { exposure } of kept) {
    const key = `${exposure.from} ${exposure.to}`;
    if (told.has(key)) continue;
    told.add(key);
    for (const from of ends(exposure.from, Math.max)) {
      for (const to of ends(exposure.to, Math.min)) needs.push({ from, to });
    }
  }
  return needs;
}

function draftAll(graph: MapGraph, { identities, credentials }: Exposed) {
  const drafts: Draft[] = [];
  const placesOf = new Map<number, readonly number[]>();
  for (const identity of identities) {
    const own = draftsOf(graph, identity, credentials.get(identity) ?? []);
    placesOf.set(
      identity,
      own.map((_, index) => drafts.length + index),
    );
    drafts.push(...own);
  }
  return { drafts, placesOf };
}

function stepsOf(
  graph: MapGraph,
  drafts: readonly Draft[],
  needs: readonly Need[],
  oldest: Oldest,
): readonly RotationStep[] {
  const idOf = ({ identity, credential }: Draft): string => {
    const { ids } = graph.nodes;
    return credential === null ? `cached:${ids[identity] ?? ''}` : (ids[credential] ?? '');
  };
  const needed = new Map<number, string[]>();
  for (const { from, to } of needs) {
    const draft = drafts[from];
    if (draft === undefined) continue;
    const list = needed.get(to);
    if (list === undefined) needed.set(to, [idOf(draft)]);
    else list.push(idOf(draft));
  }
  return drafts.map((draft, place) => {
    const { ids, names } = graph.nodes;
    const { identity, credential } = draft;
    return {
      id: idOf(draft),
      layer: LAYERS[draft.layer] ?? 'keys',
      identity: ids[identity] ?? '',
      identityName: names[identity] ?? '',
      credential: credential === null ? null : (ids[credential] ?? ''),
      name: labelOf(graph, credential ?? identity),
      needs: needed.get(place) ?? [],
      acknowledgements: acknowledgementsOf(graph, draft, oldest),
    };
  });
}

export function rotationOf(graph: MapGraph, id: string): Rotation {
  const oldest = new Oldest();
  const subject = graph.nodes.find(id);
  const exposed: Exposed =
    subject === undefined
      ? { identities: [], credentials: new Map(), exposures: [], truncated: false }
      : exposedFrom(graph, subject, LIMITS.rotationIdentitiesMax);
  const { drafts, placesOf } = draftAll(graph, exposed);
  // Nearest to the leak has the smallest number: where a cycle must be broken, it comes first.
  const numbers = new Map(exposed.identities.map((identity, index) => [identity, index]));
  const exposureNeeds = exposed.exposures.map((exposure): ExposureNeed => {
    oldest.see(exposure.observedS);
    const of = (node: number): number => numbers.get(node) ?? 0;
    return { from: of(exposure.from), to: of(exposure.to), exposure };
  });
  const { kept, broken } = breakCycles(exposed.identities.length, exposureNeeds);
  const needs = needsOf(drafts, placesOf, kept);
  const ranks = ranksOf(drafts.length, needs);
  const groups: RotationStep[][] = [];
  for (const [place, step] of stepsOf(graph, drafts, needs, oldest).entries()) {
    const rank = ranks[place] ?? 0;
    while (groups.length <= rank) groups.push([]);
    groups[rank]?.push(step);
  }
  return {
    subject: id,
    revision: graph.revision,
    oldestEdgeAt: oldest.at,
    groups,
    breaks: broken.map((need) => explain(graph, need)),
    truncated: exposed.truncated,
  };
}
