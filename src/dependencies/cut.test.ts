import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allEdges,
  attackerPairs,
  credential,
  distances,
  edge,
  edgeRecords,
  graphOf,
  identity,
  nodeRecords,
  NODES,
  thing,
} from './arbitrary.testing.ts';
import { breaksOf, weightOf } from './battlefield.ts';
import { cheapestCutOf } from './cut.ts';
import type { MapGraph } from './graph.ts';
import type { CheapestCutRequest } from './model.ts';
import { Scratch } from './search.ts';
import type { MapBatch } from './source.ts';

const scratch = new Scratch();
const frozen = { nowMs: () => 0 };

function cheapest(graph: MapGraph, request: CheapestCutRequest, nowMs = frozen.nowMs) {
  return cheapestCutOf(graph, scratch, request, { nowMs });
}

const isCuttable = (id: string): boolean => id.startsWith('i') || id.startsWith('c');

/** Every set of nodes that may be cut, tried one by one. */
function bruteForce(
  graph: MapGraph,
  reaches: (without: ReadonlySet<string>) => boolean,
  candidates: readonly string[],
): number {
  let least = Infinity;
  for (let set = 0; set < 2 ** candidates.length; set += 1) {
    const cut = candidates.filter((_, index) => ((set >>> index) & 1) === 1);
    const weight = cut.reduce((sum, id) => sum + weightOf(graph, graph.nodes.find(id) ?? 0), 0);
    if (weight < least && !reaches(new Set(cut))) least = weight;
  }
  return least;
}

const some = fc.uniqueArray(fc.constantFrom(...NODES), { minLength: 1, maxLength: 2 });
const cases = fc.record({
  batch: nodeRecords,
  edges: edgeRecords,
  compromised: some,
  protect: fc.option(some, { nil: undefined }),
  keep: fc.array(fc.constantFrom(...NODES), { maxLength: 1 }),
});

describe('the cheapest cut', () => {
  it.each(['exact', 'late'])('separates at the least weight (%s)', (mode) => {
    fc.assert(
      fc.property(cases, ({ batch, edges, compromised, protect, keep }) => {
        const graph = graphOf({ ...batch, edges });
        const targets = protect ?? ['v0'];
        const pairs = attackerPairs(allEdges(batch, edges));
        const reaches = (without: ReadonlySet<string>): boolean => {
          const found = distances(pairs, compromised, without);
          return targets.some((id) => found.has(id));
        };
        const mayCut = NODES.filter(
          (id) => isCuttable(id) && !keep.includes(id) && !targets.includes(id),
        );
        let nowMs = 0;
        const clock = mode === 'late' ? (): number => (nowMs += 1_000_000) : frozen.nowMs;
        const request = { compromised, keep, ...(protect === undefined ? {} : { protect }) };
        const answer = cheapest(graph, request, clock);
        const least = bruteForce(graph, reaches, mayCut);
        const ids = answer.cuts.map(({ id }) => id);
        const possible = least === Infinity ? 'cannot-separate' : 'separated';
        expect(answer.outcome).toBe(reaches(new Set()) ? possible : 'nothing-to-cut');
        if (answer.outcome !== 'separated') return;
        expect(reaches(new Set(ids))).toBe(false);
        for (const id of ids) expect(mayCut).toContain(id);
        expect(answer.weightMin).toBeLessThanOrEqual(least);
        expect(answer.weight).toBeGreaterThanOrEqual(least);
        // Where it says that it is exact, it is; with time enough it always is.
        expect(answer.exact || mode === 'late').toBe(true);
        expect(!answer.exact || answer.weight === least).toBe(true);
        const after = distances(pairs, compromised, new Set(ids));
        const left = [...after.values()].filter((depth) => depth > 0).length;
        const counted = Object.values(answer.remaining).reduce((sum, count) => sum + count, 0);
        expect(counted).toBe(left);
        const weights = answer.cuts.map(({ weight }) => weight);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(answer.weight);
      }),
      { numRuns: 150 },
    );
  });

  it('names each cut, what it breaks and the way that it closes', () => {
    const batch: MapBatch = {
      identities: ['leaked', 'bridge', 'busy', 'robot'].map((id) => identity(id)),
      credentials: [credential('k', 'bridge', { lastUsedAt: '2026-02-01T00:00:00.000Z' })],
      things: [
        thing('store', 'vault'),
        thing('resource', 'db'),
        thing('service', 'pay', { tier: 1 }),
        thing('service', 'wiki', { tier: 3 }),
        thing('workload', 'w'),
        thing('workload', 'x'),
      ],
    };
    const edges = [
      edge('leaked', 'reads', 'vault'),
      edge('vault', 'holds', 'k'),
      edge('bridge', 'assumes', 'busy'),
      edge('busy', 'reaches', 'db'),
      edge('pay', 'depends-on', 'db'),
      edge('w', 'runs-as', 'busy'),
      edge('wiki', 'depends-on', 'w'),
      edge('x', 'runs-as', 'leaked'),
    ];
    const graph = graphOf({ ...batch, edges });
    const answer = cheapest(graph, { compromised: ['leaked'] });
    expect(answer).toMatchObject({
      outcome: 'separated',
      cuts: [{ id: 'leaked', weight: 2, breaks: { consumers: 1, services: [] } }],
      remaining: { store: 0, identity: 0 },
      exact: true,
      weightMin: 2,
      protectedCount: 1,
    });
    const kept = cheapest(graph, { compromised: ['leaked'], keep: ['leaked'] });
    expect(kept.cuts).toMatchObject([{ id: 'k', kind: 'credential', weight: 2 }]);
    expect(kept.cuts[0]?.closes.map(({ to }) => to)).toContain('k');
    expect(kept.cuts[0]?.closes.at(-1)?.to).toBe('pay');
    expect(kept.remaining).toMatchObject({ store: 1, credential: 0 });
    expect(kept.why).toContain('no set of cuts weighs less');
    const busy = graph.nodes.find('busy') ?? 0;
    expect(breaksOf(graph, busy)).toMatchObject({ consumers: 2, unknown: 0 });
    const noWay = cheapest(graph, {
      compromised: ['leaked'],
      keep: ['leaked', 'k', 'bridge', 'busy'],
    });
    expect(noWay).toMatchObject({ outcome: 'cannot-separate', cuts: [] });
    expect(noWay.openPath.at(-1)?.to).toBe('pay');
    expect(cheapest(graph, { compromised: ['robot'] }).outcome).toBe('nothing-to-cut');
    expect(cheapest(graph, { compromised: ['nobody'] }).why).toContain('knows nothing');
  });

  it('is exact where ways cross, which taking the nearest of each is not', () => {
    const sides = ['a', 'b', 'c', 'd'];
    const identities = ['start', 'middle', ...sides, ...sides.map((id) => `${id}2`)].map((id) =>
      identity(id),
    );
    const edges = sides.flatMap((id) => [
      edge('start', 'assumes', id),
      edge(id, 'assumes', 'middle'),
      edge('middle', 'assumes', `${id}2`),
      edge(`${id}2`, 'reaches', 'db'),
    ]);
    const graph = graphOf({ identities, things: [thing('resource', 'db')], edges });
    const answer = cheapest(graph, { compromised: ['start'], keep: ['start'], protect: ['db'] });
    expect(answer.cuts.map(({ id }) => id)).toEqual(['middle']);
    let nowMs = 0;
    const request = { compromised: ['start'], keep: ['start'], protect: ['db'] };
    const late = cheapest(graph, request, () => (nowMs += 1_000_000));
    expect(late).toMatchObject({ exact: false, outcome: 'separated' });
    expect(late.why).toContain('a cheaper set may exist');
  });
});
