import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdgeRecord } from '../inventory/index.ts';
import {
  allEdges,
  credential,
  distances,
  edge,
  edgeRecords,
  graphOf,
  identity,
  nodeRecords,
  NODES,
  thing,
  type Pair,
} from './arbitrary.testing.ts';
import type { RotationStep } from './model.ts';
import { breakCycles, componentsOf, ranksOf } from './order.ts';
import { rotationOf } from './rotation.ts';
import type { MapBatch } from './source.ts';

const LAYERS = ['cached-permissions', 'delegated-grants', 'keys'];

/** Whoever holds the first gets at new access of the second: it assumes it, mints for it, or reads where it is kept. */
function naiveExposures(all: readonly EdgeRecord[]): readonly Pair[] {
  const identityOf = (id: string): readonly string[] =>
    all.filter((one) => one.relation === 'authenticates' && one.from === id).map(({ to }) => to);
  return all.flatMap(({ from, relation, to }): Pair[] => {
    if (relation === 'assumes') return [[from, to]];
    if (relation === 'mints')
      return identityOf(to)
        .slice(0, 1)
        .map((of): Pair => [from, of]);
    if (relation !== 'reads') return [];
    const held = all.filter((one) => one.relation === 'holds' && one.from === to);
    return held.flatMap((one) =>
      identityOf(one.to)
        .slice(0, 1)
        .map((of): Pair => [from, of]),
    );
  });
}

/** Without the odd edges, so that a credential proves one identity. */
function isPlausible(batch: MapBatch, { from, relation, to }: EdgeRecord): boolean {
  if (relation === 'authenticates') return false;
  const kinds = { assumes: 'ii', mints: 'ic', reads: 'is', holds: 'sc' } as const;
  const wanted = relation in kinds ? kinds[relation as keyof typeof kinds] : null;
  return batch !== null && (wanted === null || `${from[0]}${to[0]}` === wanted);
}

describe('the order of rotation', () => {
  it('does no step before what it needs, and declares every need that it gives up', () => {
    fc.assert(
      fc.property(nodeRecords, edgeRecords, fc.constantFrom(...NODES), (batch, raw, id) => {
        const edges = raw.filter((one) => isPlausible(batch, one));
        const all = allEdges(batch, edges);
        const { groups, breaks } = rotationOf(graphOf({ ...batch, edges }), id);
        const rank = new Map<string, number>();
        const steps = new Map<string, RotationStep>();
        for (const [index, group] of groups.entries()) {
          expect(group.length).toBeGreaterThan(0);
          for (const step of group) {
            expect(steps.has(step.id)).toBe(false);
            rank.set(step.id, index);
            steps.set(step.id, step);
          }
        }
        for (const step of steps.values()) {
          for (const need of step.needs) {
            expect(rank.get(need)).toBeLessThan(rank.get(step.id) ?? -1);
          }
        }
        const stepsOf = (of: string): readonly RotationStep[] =>
          [...steps.values()].filter((step) => step.identity === of);
        const rankOf = (step: RotationStep): number => rank.get(step.id) ?? -1;
        const involved = new Set([...steps.values()].map((step) => step.identity));
        const exposures = naiveExposures(all).filter(([from]) => involved.has(from));
        const isBroken = ([from, to]: Pair): boolean =>
          breaks.some((one) => one.from === from && one.to === to);
        for (const [from, to] of exposures) {
          expect(involved.has(to)).toBe(true);
          if (isBroken([from, to])) continue;
          const last = Math.max(...stepsOf(from).map(rankOf));
          expect(last).toBeLessThan(Math.min(...stepsOf(to).map(rankOf)));
        }
        for (const one of breaks) {
          // Each lies on a cycle: what is renewed first opens, step by step, what it should have waited for.
          expect(exposures.some(([from, to]) => from === one.from && to === one.to)).toBe(true);
          expect(distances(exposures, [one.to]).has(one.from)).toBe(true);
          expect(one.why.length).toBeGreaterThan(40);
        }
        for (const of of involved) {
          const own = stepsOf(of);
          for (const step of own) {
            for (const other of own) {
              if (LAYERS.indexOf(step.layer) >= LAYERS.indexOf(other.layer)) continue;
              expect(rankOf(step)).toBeLessThan(rankOf(other));
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('renews exactly what is exposed', () => {
    fc.assert(
      fc.property(nodeRecords, edgeRecords, (batch, raw) => {
        const edges = raw.filter((one) => isPlausible(batch, one));
        const all = allEdges(batch, edges);
        const { groups } = rotationOf(graphOf({ ...batch, edges }), 'i0');
        const reached = distances(naiveExposures(all), ['i0']);
        const steps = groups.flat();
        const cached = steps
          .filter((step) => step.credential === null)
          .map((step) => step.identity);
        expect(cached.toSorted()).toEqual([...reached.keys()].toSorted());
        const opened = all.flatMap(({ from, relation, to }) => {
          if (relation === 'mints' && reached.has(from)) return [to];
          if (relation === 'authenticates' && to === 'i0') return [from];
          const read = all.some(
            (one) => one.relation === 'reads' && reached.has(one.from) && one.to === from,
          );
          return relation === 'holds' && read ? [to] : [];
        });
        const renewed = steps.flatMap((step) => step.credential ?? []);
        expect(renewed.toSorted()).toEqual([...new Set(opened)].toSorted());
      }),
    );
  });
});

describe('cycles', () => {
  const need = fc.record({ from: fc.nat(5), to: fc.nat(5) });

  it('are given up only where they are, until none is left', () => {
    fc.assert(
      fc.property(fc.array(need, { maxLength: 14 }), (needs) => {
        const { kept, broken } = breakCycles(6, needs);
        expect([...kept, ...broken]).toHaveLength(needs.length);
        const text = (node: number): string => String(node);
        const pairsOf = (list: typeof needs): readonly Pair[] =>
          list.map(({ from, to }): Pair => [text(from), text(to)]);
        for (const { from, to } of broken) {
          expect(distances(pairsOf(needs), [text(to)]).has(text(from))).toBe(true);
        }
        for (const { from, to } of kept) {
          expect(distances(pairsOf([...kept]), [text(to)]).has(text(from))).toBe(false);
        }
        const ranks = ranksOf(6, kept);
        for (const { from, to } of kept) expect(ranks[from]).toBeLessThan(ranks[to] ?? -1);
        const component = componentsOf(6, needs);
        for (let left = 0; left < 6; left += 1) {
          for (let right = 0; right < 6; right += 1) {
            const both =
              distances(pairsOf(needs), [text(left)]).has(text(right)) &&
              distances(pairsOf(needs), [text(right)]).has(text(left));
            expect(component[left] === component[right]).toBe(both);
          }
        }
      }),
    );
  });
});

it('tells the order, the break and who must acknowledge', () => {
  const batch: MapBatch = {
    identities: [identity('ci'), identity('deploy'), identity('admin')],
    credentials: [
      credential('ci-token', 'ci', { kind: 'access-token' }),
      credential('ci-key', 'ci'),
      credential('deploy-key', 'deploy'),
      credential('admin-key', 'admin'),
    ],
    things: [
      thing('store', 'vault'),
      thing('workload', 'runner'),
      thing('workload', 'site'),
      thing('service', 'shop', { tier: 1 }),
    ],
  };
  const edges = [
    edge('ci', 'reads', 'vault'),
    edge('vault', 'holds', 'deploy-key'),
    edge('deploy', 'mints', 'ci-key'),
    edge('deploy', 'assumes', 'admin'),
    edge('runner', 'uses', 'ci-key'),
    edge('site', 'runs-as', 'deploy', { basis: 'observed' }),
    edge('shop', 'depends-on', 'site'),
  ];
  const rotation = rotationOf(graphOf({ ...batch, edges }), 'ci');
  expect(rotation.groups.map((group) => group.map((step) => step.id))).toEqual([
    ['cached:ci'],
    ['ci-token'],
    ['ci-key'],
    ['cached:deploy'],
    ['deploy-key'],
    // It was assumed: its own key was never in the attacker's hands.
    ['cached:admin'],
  ]);
  expect(rotation.breaks).toMatchObject([{ from: 'deploy', to: 'ci', by: 'mints' }]);
  expect(rotation.breaks[0]?.why).toContain('deny minting to deploy');
  const steps = rotation.groups.flat();
  const wanted = (id: string) => steps.find((step) => step.id === id)?.acknowledgements;
  expect(wanted('ci-key')).toMatchObject([{ id: 'runner', basis: 'declared', services: [] }]);
  // Nobody is known to use this key, so whoever runs as the identity may.
  expect(wanted('deploy-key')).toMatchObject([{ id: 'site', services: [{ id: 'shop' }] }]);
  const one = rotationOf(graphOf({ ...batch, edges }), 'ci-token').groups.flat();
  expect(one.filter((step) => step.identity === 'ci').map((step) => step.id)).toEqual([
    'cached:ci',
    'ci-token',
    'ci-key',
  ]);
});
