import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdgeRecord } from '../inventory/index.ts';
import { createSeededRandom, randomInteger } from '../kernel/index.ts';
import { runAtOnce } from './adjacency.ts';
import {
  allEdges,
  attackerPairs,
  distances,
  edge,
  edgeRecord,
  edgeRecords,
  graphOf,
  identity,
  nodeRecords,
  NODES,
  standing,
  thing,
} from './arbitrary.testing.ts';
import type { MapGraph } from './graph.ts';
import { applyChanges, compact } from './load.ts';
import { blastRadiusOf, reachSummaryOf, searchLimits } from './reach.ts';
import { Scratch, search } from './search.ts';

const scratch = new Scratch();

function blast(graph: MapGraph, id: string, depthMax?: number) {
  const limits = searchLimits(depthMax === undefined ? {} : { depthMax });
  return blastRadiusOf(graph, scratch, id, limits);
}

/** Everything an edge says, both ways, in an order of its own. */
function written(graph: MapGraph): readonly string[] {
  const lines: string[] = [];
  const { ids } = graph.nodes;
  for (let node = 0; node < graph.nodes.count; node += 1) {
    graph.eachOut(node, (head, at) => {
      lines.push(
        `out ${ids[node]} ${graph.relation(at)} ${ids[head]} ${graph.basis(at)} ${graph.confidence(at)} ${graph.observedS(at)}`,
      );
    });
    graph.eachInto(node, (tail, at) => {
      lines.push(`in ${ids[node]} ${graph.relation(at)} ${ids[tail]} ${graph.observedS(at)}`);
    });
  }
  return lines.toSorted();
}

describe('what an attacker reaches', () => {
  it('is the closure of his moves, and each path is a shortest one', () => {
    fc.assert(
      fc.property(
        nodeRecords,
        edgeRecords,
        fc.constantFrom(...NODES),
        fc.integer({ min: 1, max: 7 }),
        (batch, edges, start, depthMax) => {
          const all = allEdges(batch, edges);
          const expected = distances(attackerPairs(all), [start]);
          const radius = blast(graphOf({ ...batch, edges }), start, depthMax);
          const within = [...expected].filter(([, depth]) => depth > 0 && depth <= depthMax);
          expect(new Map(radius.reached.map(({ id, depth }) => [id, depth]))).toEqual(
            new Map(within),
          );
          expect(radius.reachedCount).toBe(within.length);
          const isCut = [...expected.values()].some((depth) => depth > depthMax);
          expect(radius.truncated).toBe(isCut);
          expect(radius.cutShort).toBe(isCut ? 'depth' : null);
          for (const { id, depth, path } of radius.reached) {
            expect(path).toHaveLength(depth);
            expect(path.at(-1)?.to).toBe(id);
            for (const [index, hop] of path.entries()) {
              expect(hop.from).toBe(path[index - 1]?.to ?? start);
              const [from, to] = hop.reversed ? [hop.to, hop.from] : [hop.from, hop.to];
              const is = (one: EdgeRecord): boolean =>
                one.from === from && one.to === to && one.relation === hop.relation;
              expect(all.some(is)).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('is the same with either direction of search, with and without an overlay', () => {
    const random = createSeededRandom(11);
    const count = 20_000;
    const node = (): string => `n${randomInteger(random, count)}`;
    const edges = Array.from({ length: 80_000 }, () => edge(node(), 'reads', node()));
    const graph = graphOf({ edges });
    const removed = edges.slice(0, 500);
    const added = Array.from({ length: 500 }, () => edge(node(), 'assumes', node()));
    applyChanges(graph, { revision: 2, edges: added, goneEdges: removed });
    const left = new Set(removed.map((one) => `${one.from} ${one.to}`));
    const next = new Map<string, string[]>();
    const kept = edges.filter((one) => !left.has(`${one.from} ${one.to}`));
    for (const { from, to } of [...kept, ...added]) {
      const list = next.get(from);
      if (list === undefined) next.set(from, [to]);
      else list.push(to);
    }
    const seen = new Set(['n1']);
    const sizes = [1];
    for (let frontier = ['n1']; frontier.length > 0; sizes.push(seen.size)) {
      const found = frontier.flatMap((from) => next.get(from) ?? []);
      frontier = [...new Set(found)].filter((id) => !seen.has(id));
      for (const id of frontier) seen.add(id);
    }
    const start = graph.nodes.find('n1') ?? 0;
    const { levelEnds, order } = search(graph, scratch, [start], searchLimits());
    expect(levelEnds).toEqual([...new Set(sizes)]);
    expect(new Set(Array.from(order, (at) => graph.nodes.ids[at]))).toEqual(seen);
    expect(seen.size).toBeGreaterThan(15_000);
  });

  it('leaves nothing behind for the next search', () => {
    const edges = [edge('a', 'reads', 'b'), edge('b', 'holds', 'c')];
    const graph = graphOf({ edges });
    for (let time = 0; time < 3; time += 1) {
      expect(reachSummaryOf(graph, scratch, 'a', searchLimits()).reachedCount).toBe(2);
      const near = searchLimits({ depthMax: 1 });
      expect(reachSummaryOf(graph, scratch, 'a', near).reachedCount).toBe(1);
    }
  });

  it('stops when its time is over, and says so', () => {
    const edges = Array.from({ length: 300 }, (_, index) =>
      edge(`n${index}`, 'assumes', `n${index + 1}`),
    );
    const graph = graphOf({ edges });
    let nowMs = 0;
    const ticking = (): number => (nowMs += 10);
    const limits = { ...searchLimits({ timeMsMax: 5 }, ticking), depthMax: 1_000 };
    const summary = reachSummaryOf(graph, scratch, 'n0', limits);
    expect(summary).toMatchObject({ cutShort: 'time', reachedCount: 255 });
  });

  it('counts all and lists the nearest', () => {
    const things = Array.from({ length: 1_500 }, (_, index) => thing('store', `s${index}`));
    const edges = things.map(({ id }) => edge('a', 'reads', id));
    const radius = blast(graphOf({ identities: [identity('a')], things, edges }), 'a');
    expect(radius).toMatchObject({ reachedCount: 1_500, truncated: false, listedMax: 1_000 });
    expect(radius.countByKind.store).toBe(1_500);
    expect(radius.reached).toHaveLength(1_000);
  });

  it('prefers the strongest of equally short ways', () => {
    const edges = [
      edge('a', 'reads', 'x', { basis: 'inferred' }),
      edge('a', 'reads', 'y', { basis: 'observed' }),
      edge('x', 'holds', 'z', { basis: 'inferred' }),
      edge('y', 'holds', 'z', { basis: 'observed' }),
    ];
    const z = blast(graphOf({ edges }), 'a').reached.find(({ id }) => id === 'z');
    expect(z?.path.map(({ to }) => to)).toEqual(['y', 'z']);
  });
});

describe('changes over the arrays', () => {
  const steps = fc.array(
    fc.record({
      add: fc.array(edgeRecord, { maxLength: 6 }),
      drop: fc.array(fc.nat(), { maxLength: 4 }),
    }),
    { maxLength: 5 },
  );

  it('give the same graph as building it anew, and so does folding them in', () => {
    fc.assert(
      fc.property(nodeRecords, nodeRecords, edgeRecords, steps, (batch, later, edges, changes) => {
        let graph = graphOf({ ...batch, edges });
        let now = edges;
        let revision = 1;
        for (const { add, drop } of changes) {
          revision += 1;
          const gone = [...new Set(drop)].flatMap((index) => now[index % (now.length || 1)] ?? []);
          applyChanges(graph, { revision, goneEdges: gone });
          now = standing([...now.filter((one) => !gone.includes(one)), ...add]);
          applyChanges(graph, { revision, edges: standing(add) });
          if (revision % 3 === 0) graph = runAtOnce(compact(graph));
          // Searches between changes must not hold on to rows as they were.
          for (const start of NODES.slice(0, 4)) {
            const radius = blast(graph, start);
            const reached = distances(attackerPairs(allEdges(batch, now)), [start]);
            expect(radius.reachedCount).toBe(reached.size - 1);
          }
        }
        applyChanges(graph, { revision, ...later });
        const expected = graphOf({ ...later, edges: now });
        expect(written(graph)).toEqual(written(expected));
        expect(graph.edgeCount).toBe(expected.edgeCount);
        expect(written(runAtOnce(compact(graph)))).toEqual(written(expected));
        for (const start of NODES) {
          expect(blast(graph, start).countByKind).toEqual(blast(expected, start).countByKind);
        }
      }),
    );
  });

  it('forget what is gone, with the identity that its record named', () => {
    const batch = { identities: [identity('i')], things: [thing('store', 's')] };
    const graph = graphOf({ ...batch, edges: [edge('i', 'reads', 's')] });
    applyChanges(graph, { revision: 2, goneNodes: ['s', 'never-there'] });
    expect(blast(graph, 'i').reached).toMatchObject([{ id: 's', kind: 'unknown', name: 's' }]);
    applyChanges(graph, { revision: 3, things: [thing('store', 's')] });
    expect(blast(graph, 'i').reached).toMatchObject([{ id: 's', kind: 'store' }]);
  });
});
