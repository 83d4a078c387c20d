import { LIMITS } from '../kernel/index.ts';
import { credentialsOf, servicesAbove, storesOf, usersOf } from './consumers.ts';
import { Oldest, type MapGraph } from './graph.ts';
import type { SharedUse, SharedUses } from './model.ts';
import { labelOf } from './names.ts';

/** The owner of a workload is who it says, else who owns what it runs as. */
function ownerOfConsumer(graph: MapGraph, consumer: number): string {
  const own = graph.owner(consumer);
  if (own !== '') return own;
  let owner = '';
  graph.eachOut(consumer, (head, edge) => {
    if (owner === '' && graph.relation(edge) === 'runs-as') owner = graph.owner(head);
  });
  return owner;
}

const unique = (words: readonly (string | null)[]): readonly string[] =>
  [...new Set(words)].filter((word): word is string => word !== null && word !== '').toSorted();

const idsOf = (graph: MapGraph, nodes: readonly number[]): readonly string[] =>
  nodes.map((node) => graph.nodes.ids[node] ?? '').toSorted();

/** Consumers differ when no one thing is common to them: one owner, one environment, one service. */
function consumersOf(graph: MapGraph, credential: number): SharedUse | null {
  const users = usersOf(graph, credential);
  if (users.length < 2) return null;
  const owners = unique(users.map((user) => ownerOfConsumer(graph, user)));
  const environments = unique(users.map((user) => graph.environment(user)));
  const services = users.map((user) => servicesAbove(graph, user));
  const common = (services[0] ?? []).filter((one) => services.every((each) => each.includes(one)));
  const all = idsOf(graph, [...new Set(services.flat())]);
  const differs = [
    ...(owners.length > 1 ? [`${owners.length} owners`] : []),
    ...(environments.length > 1 ? [`${environments.length} environments`] : []),
    ...(all.length > 1 && common.length === 0 ? [`${all.length} services`] : []),
  ];
  if (differs.length === 0) return null;
  const name = labelOf(graph, credential);
  return {
    kind: 'consumers',
    credentials: idsOf(graph, [credential]),
    among: idsOf(graph, users),
    owners,
    environments,
    services: all,
    why: `${users.length} consumers of ${differs.join(', ')} use ${name}: a cut of one is a cut of all`,
  };
}

/** One secret in several places: the same record held twice, or several records with one fingerprint. */
function copiesOf(graph: MapGraph, credentials: readonly number[]): SharedUse | null {
  const stores = [...new Set(credentials.flatMap((each) => storesOf(graph, each)))];
  if (stores.length < 2 && credentials.length < 2) return null;
  const name = labelOf(graph, credentials[0] ?? 0);
  const where =
    stores.length < 2
      ? `${credentials.length} credentials have one secret`
      : `the secret of ${name} lies in ${stores.length} stores`;
  return {
    kind: 'copies',
    credentials: idsOf(graph, credentials),
    among: idsOf(graph, stores),
    owners: unique(stores.map((store) => graph.owner(store))),
    environments: unique(stores.map((store) => graph.environment(store))),
    services: [],
    why: `${where}: whoever reads one has them all`,
  };
}

/** Whether anything is shared here: the findings themselves are far dearer. */
export function isShared(graph: MapGraph, credential: number): boolean {
  const group = graph.nodes.sameSecret(credential);
  if (group.length > 1) return true;
  let users = 0;
  let stores = 0;
  graph.eachInto(credential, (_tail, edge) => {
    const relation = graph.relation(edge);
    if (relation === 'uses') users += 1;
    else if (relation === 'holds') stores += 1;
  });
  return stores > 1 || (users > 1 && consumersOf(graph, credential) !== null);
}

function seeEdges(graph: MapGraph, credential: number, oldest: Oldest): void {
  graph.eachInto(credential, (_tail, edge) => {
    const relation = graph.relation(edge);
    if (relation === 'uses' || relation === 'holds') oldest.see(graph.observedS(edge));
  });
}

/** Shared use among these credentials, or among all. */
export function sharedUsesOf(graph: MapGraph, id?: string): SharedUses {
  const oldest = new Oldest();
  const found: SharedUse[] = [];
  const told = new Set<number>();
  for (const credential of candidates(graph, id)) {
    const group = graph.nodes.sameSecret(credential);
    const copies = told.has(group[0] ?? credential) ? null : copiesOf(graph, group);
    told.add(group[0] ?? credential);
    const uses = [consumersOf(graph, credential), copies].filter((use) => use !== null);
    if (uses.length > 0) seeEdges(graph, credential, oldest);
    found.push(...uses);
  }
  return {
    revision: graph.revision,
    oldestEdgeAt: oldest.at,
    found: found.slice(0, LIMITS.sharedUsesListedMax),
    count: found.length,
  };
}

function* candidates(graph: MapGraph, id: string | undefined): Iterable<number> {
  if (id === undefined) {
    for (let node = 0; node < graph.nodes.count; node += 1) {
      if (graph.kind(node) === 'credential') yield node;
    }
    return;
  }
  const node = graph.nodes.find(id);
  if (node === undefined) return;
  if (graph.kind(node) === 'identity') yield* credentialsOf(graph, node);
  else yield node;
}
