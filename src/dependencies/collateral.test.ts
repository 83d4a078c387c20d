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
import { collateralOf, servicesHitBy } from './collateral.ts';
import type { MapBatch } from './source.ts';
import { STAGE_NAMES } from './stages.ts';

const BREAKING = new Set(['runs-as', 'uses', 'assumes', 'depends-on']);

/** Who stops: the closure of "runs as, uses, assumes, depends on"; an identity that stops takes its credentials along. */
function naiveStopped(batch: MapBatch, edges: readonly EdgeRecord[], id: string): Set<string> {
  const all = allEdges(batch, edges);
  const identities = new Set((batch.identities ?? []).map((one) => String(one.id)));
  const pairs: Pair[] = all.flatMap(({ from, relation, to }): Pair[] => {
    if (BREAKING.has(relation)) return [[to, from]];
    return relation === 'authenticates' && identities.has(to) ? [[`own ${to}`, from]] : [];
  });
  const owning = [...identities].map((one): Pair => [one, `own ${one}`]);
  const own = all.filter((one) => one.relation === 'authenticates' && one.to === id);
  const starts = identities.has(id) ? [id, ...own.map(({ from }) => from)] : [id];
  let reached = new Set(starts);
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    reached = new Set(distances([...pairs, ...owning], [...reached]).keys());
  }
  for (const start of starts) reached.delete(start);
  return reached;
}

describe('what a cut breaks', () => {
  it('is everybody who runs as, uses, assumes or depends on what is cut', () => {
    fc.assert(
      fc.property(nodeRecords, edgeRecords, fc.constantFrom(...NODES), (batch, edges, id) => {
        const stopped = naiveStopped(batch, edges, id);
        const all = allEdges(batch, edges);
        // A credential goes down with its identity. Whether it also counts as a consumer of its own is left open: only
        // meaningless edges, such as a credential that runs as somebody, ask that.
        const goesAlong = (one: string): boolean =>
          one.startsWith('c') &&
          all.some(
            ({ from, relation, to }) =>
              from === one &&
              relation === 'authenticates' &&
              (stopped.has(to) || to === id || startsOf(all, id).has(to)),
          );
        const isJudged = (one: string): boolean => !one.startsWith('v') && !goesAlong(one);
        const expected = [...stopped].filter((one) => !one.startsWith('own ') && isJudged(one));
        const graph = graphOf({ ...batch, edges });
        const card = collateralOf(graph, id);
        const consumers = [...card.known, ...card.inferred].map((one) => one.id);
        expect(consumers.filter(isJudged).toSorted()).toEqual(expected.toSorted());
        for (const { basis } of card.known) expect(basis).not.toBe('inferred');
        for (const { basis } of card.inferred) expect(basis).toBe('inferred');
        const hit = [...stopped].filter((one) => one.startsWith('v'));
        const services = card.services.map((one) => one.id);
        // In a circle of services the one that is cut hangs on itself.
        expect(services.filter((one) => one !== id && one.startsWith('v')).toSorted()).toEqual(
          [...new Set(hit)].toSorted(),
        );
        expect(servicesHitBy(graph, id)).toEqual(card.services);
        expect(consumers.length + card.unknown.length).toBeGreaterThan(0);
      }),
    );
  });

  it('never breaks less at a stronger stage', () => {
    fc.assert(
      fc.property(nodeRecords, edgeRecords, fc.constantFrom(...NODES), (batch, edges, id) => {
        const { stages } = collateralOf(graphOf({ ...batch, edges }), id);
        expect(stages.map(({ stage }) => stage)).toEqual(STAGE_NAMES);
        for (const [index, after] of stages.entries()) {
          const before = stages[index - 1] ?? after;
          expect(before.known + before.inferred).toBeLessThanOrEqual(after.known + after.inferred);
          expect(before.services).toBeLessThanOrEqual(after.services);
        }
        expect(stages.filter(({ reversible }) => !reversible).map(({ stage }) => stage)).toEqual([
          'revoke',
        ]);
      }),
    );
  });
});

function startsOf(all: readonly EdgeRecord[], id: string): ReadonlySet<string> {
  if (!id.startsWith('i')) return new Set();
  return new Set(
    all.filter((one) => one.relation === 'authenticates' && one.to === id).map(({ from }) => from),
  );
}

const SHOP: MapBatch = {
  identities: [identity('i', { owners: [], tags: ['tenant:north'], environment: 'prod' })],
  credentials: [
    credential('k1', 'i', { fingerprint: 'same' }),
    credential('k2', 'i', { lastUsedAt: '2026-05-01T00:00:00.000Z' }),
    credential('k3', 'i', { fingerprint: 'same' }),
  ],
  things: [
    thing('workload', 'web', { environment: 'prod', tags: ['owner:shop-team'] }),
    thing('workload', 'test', { environment: 'dev', tags: ['owner:qa-team', 'tenant:south'] }),
    thing('workload', 'job'),
    thing('service', 'shop', { tier: 1 }),
    thing('store', 'vault'),
    thing('store', 'ci'),
  ],
};
const USES = [
  edge('web', 'uses', 'k1', { basis: 'observed', observedAt: '2026-02-01T00:00:00.000Z' }),
  edge('test', 'uses', 'k1', { basis: 'inferred', confidence: 0.4 }),
  edge('job', 'uses', 'k3'),
  edge('shop', 'depends-on', 'web'),
  edge('vault', 'holds', 'k2'),
  edge('ci', 'holds', 'k2'),
];

describe('the cut card', () => {
  const graph = graphOf({ ...SHOP, edges: USES });
  const byCredential = [
    { guarantee: 'G2', grain: 'identity' },
    { guarantee: 'G4', grain: 'credential' },
    { guarantee: 'G5', grain: 'credential' },
  ] as const;

  it('counts a credential alone, or the whole identity where the target cannot tell them apart', () => {
    const card = collateralOf(graph, 'k1', { capabilities: byCredential });
    expect(card.known.map(({ id }) => id)).toEqual(['web']);
    expect(card.inferred).toMatchObject([{ id: 'test', confidence: 0.4 }]);
    const whole = byCredential.map((one) => ({ ...one, grain: 'identity' as const }));
    const wide = collateralOf(graph, 'k1', { capabilities: whole, stage: 'suspend' });
    expect(wide.known.map(({ id }) => id).toSorted()).toEqual(['job', 'web']);
    expect(wide.stages.find(({ stage }) => stage === 'suspend')?.why).toContain('whole identity');
    expect(wide.stages.find(({ stage }) => stage === 'isolate')).toMatchObject({ grain: null });
  });

  it('says who can be cut alone, and why not', () => {
    const [job, test, web] = ['job', 'test', 'web'].map((id) => {
      const { known, inferred } = collateralOf(graph, 'i', { capabilities: byCredential });
      return [...known, ...inferred].find((one) => one.id === id)?.cutAlone;
    });
    expect(job).toMatchObject({ possible: true, credential: 'k3' });
    expect(test).toMatchObject({ possible: false });
    expect(web?.why).toContain('shares its credential');
    const none = collateralOf(graph, 'i', {
      capabilities: [{ guarantee: 'G4', grain: 'identity' }],
    }).known.find(({ id }) => id === 'job')?.cutAlone;
    expect(none?.why).toContain('cannot tell credentials apart');
  });

  it('estimates use that nobody accounts for, with the reason', () => {
    expect(collateralOf(graph, 'k2').unknown).toMatchObject([
      { count: 2, why: expect.stringContaining('lies in 2 stores') },
    ]);
  });

  it('names tenants, the age of what it knows, and the least stage that stops the signal', () => {
    const card = collateralOf(graph, 'i', {
      signal: 'session-hijack',
      capabilities: byCredential,
    });
    expect(card).toMatchObject({
      tenants: ['north', 'south'],
      tierMin: 1,
      oldestEdgeAt: '2026-01-01T00:00:00.000Z',
      leastStage: { stage: 'suspend', why: expect.stringContaining('cannot give isolate') },
    });
    expect(collateralOf(graph, 'i', { signal: 'all-clear' }).leastStage).toBeNull();
  });

  it('lets normal work pass at a mild stage, unless it lives on minting', () => {
    const mild = collateralOf(graph, 'i', { stage: 'restrict' });
    expect(mild).toMatchObject({ known: [], inferred: [], unknown: [], services: [] });
    const minting = graphOf({ ...SHOP, edges: [...USES, edge('i', 'mints', 'k9')] });
    expect(collateralOf(minting, 'i', { stage: 'restrict' }).known).toHaveLength(2);
  });

  it('goes on through who assumes what is cut, to those who use its credentials', () => {
    const batch: MapBatch = {
      identities: [identity('i'), identity('j')],
      credentials: [credential('k', 'j')],
      things: [thing('workload', 'w')],
    };
    const edges = [edge('j', 'assumes', 'i'), edge('w', 'uses', 'k')];
    const { known } = collateralOf(graphOf({ ...batch, edges }), 'i');
    expect(known.map(({ id, direct }) => [id, direct])).toEqual([
      ['j', true],
      ['w', false],
    ]);
  });

  it('comes to an end where a workload depends on what depends on it', () => {
    const round = [...USES, edge('web', 'depends-on', 'shop')];
    const card = collateralOf(graphOf({ ...SHOP, edges: round }), 'k1');
    expect(card.services.map(({ id }) => id)).toEqual(['shop']);
  });

  it('shows what is shared', () => {
    const { shared } = collateralOf(graph, 'k1');
    expect(shared).toMatchObject([
      { kind: 'consumers', owners: ['qa-team', 'shop-team'], environments: ['dev', 'prod'] },
      { kind: 'copies', credentials: ['k1', 'k3'] },
    ]);
    expect(collateralOf(graph, 'k2').shared).toMatchObject([
      { kind: 'copies', among: ['ci', 'vault'] },
    ]);
    expect(collateralOf(graphOf({ ...SHOP, edges: [] }), 'k2').shared).toEqual([]);
  });
});
