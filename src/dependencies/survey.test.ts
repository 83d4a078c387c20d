import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EdgeRecord } from '../inventory/index.ts';
import { LIMITS } from '../kernel/index.ts';
import { runAtOnce } from './adjacency.ts';
import { edge, edgeRecords, graphOf, identity, nodeRecords, thing } from './arbitrary.testing.ts';
import type { MapGraph } from './graph.ts';
import { applyChanges } from './load.ts';
import { reachSummaryOf, searchLimits } from './reach.ts';
import { Scratch } from './search.ts';
import { sharedUsesOf } from './shared.ts';
import type { MapBatch } from './source.ts';
import { surveyOf } from './survey.ts';

const IDENTITIES = ['i0', 'i1', 'i2', 'i3', 'i4'];
const SERVICES = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'];
const scratch = new Scratch();

/** Many critical services, so that more are in reach than are counted. */
const world: MapBatch = {
  identities: IDENTITIES.map((id) => identity(id)),
  things: SERVICES.map((id) => thing('service', id, { tier: 1 })),
};
const anyNode = fc.constantFrom(...IDENTITIES, ...SERVICES);
const anyEdges: fc.Arbitrary<readonly EdgeRecord[]> = fc.uniqueArray(
  fc.tuple(anyNode, anyNode).map(([from, to]) => edge(from, 'reaches', to)),
  { maxLength: 20, selector: ({ from, to }) => `${from} ${to}` },
);

function expectSame(graph: MapGraph): void {
  const survey = runAtOnce(surveyOf(graph));
  for (const id of IDENTITIES) {
    const { criticalServiceCount } = reachSummaryOf(graph, scratch, id, searchLimits());
    expect(survey.of(id)).toEqual({
      criticalServices: Math.min(criticalServiceCount, LIMITS.criticalServicesCounted),
      shared: sharedUsesOf(graph, id).count > 0,
    });
  }
}

it('says of all identities what a search from each would say, also over changes', () => {
  fc.assert(
    fc.property(anyEdges, anyEdges, fc.nat(), (edges, later, drop) => {
      const graph = graphOf({ ...world, edges });
      expectSame(graph);
      const goneEdges = edges.slice(0, drop % (edges.length + 1));
      applyChanges(graph, { revision: 2, goneEdges });
      applyChanges(graph, { revision: 3, edges: later });
      expectSame(graph);
    }),
  );
});

it('finds what is shared where a look at each identity finds it', () => {
  fc.assert(
    fc.property(nodeRecords, edgeRecords, (batch, edges) => {
      expectSame(graphOf({ ...batch, edges }));
    }),
  );
});

it('names the identities of which it says something else than before', () => {
  const edges = [edge('i0', 'assumes', 'i1'), edge('i1', 'reaches', 'v0')];
  const graph = graphOf({ ...world, edges });
  const before = runAtOnce(surveyOf(graph));
  applyChanges(graph, { revision: 2, edges: [edge('i1', 'reaches', 'v1')] });
  const after = runAtOnce(surveyOf(graph));
  // What i0 reaches has changed, and no record of i0 has.
  expect(after.changedSince(before)?.toSorted()).toEqual(['i0', 'i1']);
  expect(after.changedSince(after)).toEqual([]);
  expect(after.changedSince(runAtOnce(surveyOf(graphOf(world))))).toBeNull();
});
