import { usersOf, type Use } from './consumers.ts';
import type { MapGraph } from './graph.ts';
import { labelOf } from './names.ts';

/** Of the numbers that stand for a basis. */
const DECLARED = 1;
const OBSERVED = 2;

/** `*` grants everything, `repo:*` everything that begins with `repo:`. */
export function grantsScope(granted: string, scope: string): boolean {
  if (granted === scope) return true;
  return granted.endsWith('*') && scope.startsWith(granted.slice(0, -1));
}

/**
 * What a credential says of one scope. `no`: it does not grant it, or somebody watches and nobody was seen using it.
 * `used`: it was seen in use. Otherwise the reason why nobody knows.
 */
type Grant =
  | { readonly is: 'no' | 'used' }
  | { readonly is: 'unwatched' | 'silent'; readonly why: string };

function grantOf({ nodes }: MapGraph, credential: number, scope: string): Grant {
  const granted = nodes.scopesOf(credential);
  if (granted.length > 0 && !granted.some((one) => grantsScope(one, scope))) return { is: 'no' };
  const used = nodes.usedScopesOf(credential);
  if (used !== null) return { is: used.includes(scope) ? 'used' : 'no' };
  if (granted.length === 0) return { is: 'silent', why: 'what it grants is not known' };
  return { is: 'unwatched', why: `it grants ${scope}, and nobody watches which scopes are used` };
}

/** Whether a consumer needs the scope: a basis, never (null), or why nobody knows. */
type Need = { readonly basis: number } | { readonly why: string } | null;

interface Question {
  readonly graph: MapGraph;
  readonly scope: string;
  /** The credentials of the cut, each with what it says of the scope. */
  readonly grants: ReadonlyMap<number, Grant>;
}

/** Who could be meant by a use that was seen: everybody who has not said what it needs. */
function speechless({ graph }: Question, credential: number): readonly number[] {
  return usersOf(graph, credential).filter((user) => graph.nodes.needsOf(user).length === 0);
}

function isAccountedFor({ graph, scope }: Question, credential: number): boolean {
  return usersOf(graph, credential).some((user) =>
    graph.nodes.needsOf(user).some((need) => grantsScope(need, scope)),
  );
}

function needThrough(question: Question, credential: number): Need {
  const { graph, scope, grants } = question;
  const grant = grants.get(credential);
  if (grant === undefined || grant.is === 'no') return null;
  const name = labelOf(graph, credential);
  if ('why' in grant) return { why: `${name}: ${grant.why}` };
  const others = speechless(question, credential).length;
  if (others === 1 && !isAccountedFor(question, credential)) return { basis: OBSERVED };
  return {
    why: `${scope} was seen in use on ${name}, and which of its consumers used it is not known`,
  };
}

/** It has no credential of the cut of its own: any of them may be the one it comes with. */
function needThroughIdentity({ graph, scope, grants }: Question): Need {
  const open = [...grants].filter(([, { is }]) => is !== 'no');
  const [first] = open;
  if (first === undefined) {
    return grants.size > 0 ? null : { why: `whether it uses ${scope} is not known` };
  }
  return {
    why: `${labelOf(graph, first[0])} may be what it comes with, and grants ${scope} or may do so`,
  };
}

/** The surest of several; a known need beats a doubt. */
function surest(needs: readonly Need[]): Need {
  let best: Need = null;
  for (const need of needs) {
    if (need !== null && 'basis' in need) return need;
    best ??= need;
  }
  return best;
}

function needOf(question: Question, { consumer }: Use): Need {
  const { graph, scope, grants } = question;
  const said = graph.nodes.needsOf(consumer);
  if (said.length > 0) {
    return said.some((need) => grantsScope(need, scope)) ? { basis: DECLARED } : null;
  }
  const own = [...grants.keys()].filter((credential) =>
    usersOf(graph, credential).includes(consumer),
  );
  if (own.length === 0) return needThroughIdentity(question);
  return surest(own.map((credential) => needThrough(question, credential)));
}

export interface ScopeUses {
  /** Who needs it, as sure as the weaker of edge and evidence. */
  readonly uses: readonly Use[];
  readonly unknown: readonly { readonly count: number; readonly why: string }[];
}

/** A credential whose scope was seen in use, or may be, and that has no known consumer. */
function unclaimed({ graph, grants }: Question): readonly string[] {
  return [...grants].flatMap(([credential, grant]) => {
    if (grant.is === 'no' || usersOf(graph, credential).length > 0) return [];
    if (grant.is !== 'used' && graph.nodes.lastUsed.get(credential) === undefined) return [];
    return [`${labelOf(graph, credential)} is in use, and no consumer of it is known`];
  });
}

/** Who among the direct consumers of a cut needs one scope of it. What nobody knows stays unknown, with its reason. */
export function scopeUsesOf(
  graph: MapGraph,
  cut: readonly number[],
  direct: readonly Use[],
  scope: string,
): ScopeUses {
  const credentials = cut.filter((node) => graph.kind(node) === 'credential');
  const grants = new Map(credentials.map((node) => [node, grantOf(graph, node, scope)]));
  const question: Question = { graph, scope, grants };
  const uses: Use[] = [];
  const whys = new Map<string, number>();
  for (const use of direct) {
    const need = needOf(question, use);
    if (need === null) continue;
    if ('basis' in need) uses.push({ ...use, basis: Math.min(use.basis, need.basis) });
    else whys.set(need.why, (whys.get(need.why) ?? 0) + 1);
  }
  for (const why of unclaimed(question)) whys.set(why, (whys.get(why) ?? 0) + 1);
  const isPossible = grants.size === 0 || [...grants.values()].some(({ is }) => is !== 'no');
  if (isPossible && direct.length === 0 && whys.size === 0) {
    whys.set('no consumer is known at all: the map may be incomplete', 1);
  }
  const unknown = [...whys].map(([why, count]) => ({ count, why }));
  return { uses, unknown };
}
