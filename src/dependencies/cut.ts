import { LIMITS } from '../kernel/index.ts';
import { breaksOf, openWay, surveyBattlefield, type Battlefield } from './battlefield.ts';
import { serviceHit } from './consumers.ts';
import { FlowNetwork } from './flow.ts';
import { Oldest, type MapGraph } from './graph.ts';
import type { CheapestCut, CheapestCutRequest, ChosenCut } from './model.ts';
import { countByKind } from './reach.ts';
import type { Scratch, SearchLimits } from './search.ts';

interface Separation {
  readonly cut: readonly number[];
  readonly weightMin: number;
  readonly exact: boolean;
}

const weightOfAll = (field: Battlefield, cut: readonly number[]): number =>
  cut.reduce((sum, node) => sum + field.weight(node), 0);

/** Each node becomes an arc of its weight, so that a cheapest cut of arcs is a cheapest cut of nodes. */
function exactSeparation(field: Battlefield): Separation | null {
  const { graph, relevant, isRelevant } = field;
  const places = new Map(relevant.map((node, index) => [node, index]));
  const placeOf = (node: number): number => places.get(node) ?? 0;
  let edges = 0;
  for (const node of relevant) {
    graph.eachOut(node, (head) => {
      if (isRelevant[head] === 2) edges += 1;
    });
  }
  const [source, sink] = [relevant.length * 2, relevant.length * 2 + 1];
  const starts = field.compromised.filter((node) => isRelevant[node] === 2);
  const arcs = relevant.length + edges + starts.length + field.protect.length;
  const network = new FlowNetwork(relevant.length * 2 + 2, arcs);
  for (const node of relevant) {
    if (field.isLate()) return null;
    const into = placeOf(node) * 2;
    network.add(into, into + 1, field.isCuttable(node) ? field.weight(node) : Infinity);
    graph.eachOut(node, (head) => {
      if (isRelevant[head] === 2) network.add(into + 1, placeOf(head) * 2, Infinity);
    });
  }
  for (const node of starts) network.add(source, placeOf(node) * 2, Infinity);
  for (const node of field.protect) network.add(placeOf(node) * 2 + 1, sink, Infinity);
  const { flow, done } = network.maxFlow(source, sink, field.isLate);
  if (!done) return null;
  const cut = relevant.filter((node) => {
    const into = placeOf(node) * 2;
    return network.isOnSourceSide(into) && !network.isOnSourceSide(into + 1);
  });
  return { cut, weightMin: flow, exact: true };
}

/** The first nodes that can be cut on every way, seen from one end: always a separation, seldom the cheapest. */
function nearestSeparation(
  field: Battlefield,
  ends: readonly number[],
  backward: boolean,
): readonly number[] {
  const cuttable = field.relevant.filter((node) => field.isCuttable(node));
  const behind = field.find(ends, cuttable, backward).order.slice();
  const cut = new Set(ends.filter((node) => field.isCuttable(node)));
  const add = (node: number): void => {
    if (field.isRelevant[node] === 2 && field.isCuttable(node)) cut.add(node);
  };
  for (const node of behind) {
    if (backward) field.graph.eachInto(node, add);
    else field.graph.eachOut(node, add);
  }
  return [...cut].filter((node) => field.isRelevant[node] === 2);
}

/** Ways that share no node that can be cut: each needs a cut of its own, so their cheapest nodes are a lower bound. */
function lowerBound(field: Battlefield): number {
  const used: number[] = [];
  let bound = 0;
  for (let way = openWay(field, used); way !== null; way = openWay(field, used)) {
    const cuttable = way.nodes.filter((node) => field.isCuttable(node));
    bound += Math.min(...cuttable.map((node) => field.weight(node)));
    used.push(...cuttable);
    if (field.isLate() || cuttable.length === 0) break;
  }
  return bound;
}

function boundedSeparation(field: Battlefield): Separation {
  const near = nearestSeparation(field, field.compromised, false);
  const far = nearestSeparation(field, field.protect, true);
  const cut = weightOfAll(field, near) <= weightOfAll(field, far) ? near : far;
  const weightMin = lowerBound(field);
  return { cut, weightMin, exact: weightMin === weightOfAll(field, cut) };
}

/** Ways are shown for the first cuts; each costs a search. */
const WAYS_SHOWN = 20;

function chosenCuts(field: Battlefield, cut: readonly number[], oldest: Oldest): ChosenCut[] {
  const { graph } = field;
  const sorted = cut.toSorted((left, right) => field.weight(right) - field.weight(left));
  return sorted.map((node, index) => {
    const { id, kind, name } = graph.node(node);
    const { consumers, services } = breaksOf(graph, node);
    const others = cut.filter((other) => other !== node);
    const way = index < WAYS_SHOWN ? openWay(field, others) : null;
    for (const hop of way?.path ?? []) seeHop(graph, hop, oldest);
    return {
      id,
      kind,
      name,
      weight: field.weight(node),
      breaks: { consumers, services: services.map((service) => serviceHit(graph, service)) },
      closes: way?.path ?? [],
    };
  });
}

function seeHop(
  graph: MapGraph,
  { from, to, relation }: ChosenCut['closes'][number],
  oldest: Oldest,
): void {
  const [tail, head] = [graph.nodes.find(from), graph.nodes.find(to)];
  if (tail === undefined) return;
  graph.eachOut(tail, (other, edge) => {
    if (other === head && graph.relation(edge) === relation) oldest.see(graph.observedS(edge));
  });
}

function explain(field: Battlefield, { cut, exact, weightMin }: Separation): string {
  const weight = weightOfAll(field, cut);
  const these = cut.length === 1 ? 'this cut' : `one of these ${cut.length}`;
  const own = field.compromised.filter(
    (node) => field.isRelevant[node] === 2 && field.isCuttable(node),
  );
  const isOwn = own.length === cut.length && own.every((node) => cut.includes(node));
  const instead =
    isOwn || own.length === 0
      ? ''
      : ` Cutting what is compromised itself would weigh ${weightOfAll(field, own)}.`;
  if (exact) {
    return `Every way to what is protected passes ${these}; no set of cuts weighs less than ${weight}.${instead}`;
  }
  const why =
    field.relevant.length > LIMITS.cheapestCutNodesMax
      ? `more than ${LIMITS.cheapestCutNodesMax} nodes lie between`
      : 'the time was over';
  return `Every way passes ${these}. Because ${why}, a cheaper set may exist: this one weighs ${weight}, none weighs less than ${weightMin}.${instead}`;
}

/**
 * The cheapest identities and credentials to cut so that no way leads from the compromised to the protected. Weights
 * count what stops: consumers, unknown use, and services by tier.
 */
export function cheapestCutOf(
  graph: MapGraph,
  scratch: Scratch,
  request: CheapestCutRequest,
  limits: Pick<SearchLimits, 'nowMs'>,
): CheapestCut {
  const field = surveyBattlefield(graph, scratch, request, limits);
  const oldest = new Oldest();
  const starts = field.compromised.length;
  const answer = (
    outcome: CheapestCut['outcome'],
    separation: Separation,
    more: Pick<CheapestCut, 'why'> & Partial<Pick<CheapestCut, 'openPath'>>,
  ): CheapestCut => {
    const { cut } = separation;
    const cuts = chosenCuts(field, cut, oldest);
    const after = field.find(field.compromised, cut).order;
    const left = field.compromised.filter((node) => !cut.includes(node)).length;
    return {
      outcome,
      revision: graph.revision,
      oldestEdgeAt: oldest.at,
      cuts,
      weight: weightOfAll(field, cut),
      weightMin: separation.weightMin,
      exact: separation.exact,
      relevantCount: field.relevant.length,
      protectedCount: field.protect.length,
      openPath: [],
      remaining: countByKind(graph, after, left),
      ...more,
    };
  };
  const none: Separation = { cut: [], weightMin: 0, exact: true };
  if (field.protect.length === 0) {
    const why =
      starts === 0
        ? 'The map knows nothing of what is compromised.'
        : 'No way leads to what is protected, as far as the map knows.';
    return answer('nothing-to-cut', none, { why });
  }
  const cuttable = field.relevant.filter((node) => field.isCuttable(node));
  const open = openWay(field, cuttable);
  if (open !== null) {
    for (const hop of open.path) seeHop(graph, hop, oldest);
    const why =
      open.path.length === 0
        ? 'What is compromised is itself protected.'
        : 'A way remains on which there is no identity and no credential that may be cut.';
    return answer('cannot-separate', none, { why, openPath: open.path });
  }
  const separation =
    (field.relevant.length <= LIMITS.cheapestCutNodesMax ? exactSeparation(field) : null) ??
    boundedSeparation(field);
  return answer('separated', separation, { why: explain(field, separation) });
}
