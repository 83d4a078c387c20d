import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createInventory,
  EDGE_RELATIONS,
  type EdgeRecord,
  type InventoryGraph,
  inventoryMigrations,
} from '../inventory/index.ts';
import { partsForTest } from '../inventory/testing.ts';
import { silentLog } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { collateralOf } from './collateral.ts';
import { buildGraph } from './graph.ts';
import { createDependencyMap } from './map.ts';
import { blastRadiusOf } from './reach.ts';

const LINES = [
  {
    type: 'identity',
    kind: 'ci-identity',
    name: 'bot',
    target: 'git',
    refs: ['git:app:1'],
    environment: 'dev',
  },
  {
    type: 'identity',
    kind: 'service-account',
    name: 'admin',
    target: 'aws',
    refs: ['aws:role:admin'],
    environment: 'prod',
  },
  {
    type: 'credential',
    identity: 'git:app:1',
    kind: 'access-token',
    refs: ['git:token:t1'],
    lastUsedAt: '2026-11-30T00:00:00Z',
  },
  {
    type: 'credential',
    identity: 'aws:role:admin',
    kind: 'api-key',
    refs: ['aws:key:k1'],
    lastUsedAt: '2026-11-30T00:00:00Z',
  },
  { type: 'store', name: 'vault', refs: ['vault:path:ci'] },
  { type: 'workload', name: 'runner', refs: ['k8s:deployment:runner'] },
  { type: 'workload', name: 'batch', refs: ['k8s:deployment:batch'] },
  { type: 'resource', name: 'ledger-db', refs: ['aws:rds:ledger'] },
  { type: 'service', name: 'payments', refs: ['catalog:service:payments'], tier: 1 },
  { type: 'service', name: 'shop', refs: ['catalog:service:shop'], tier: 3 },
  {
    type: 'edge',
    from: 'git:app:1',
    relation: 'reads',
    to: 'vault:path:ci',
    observedAt: '2026-11-01T00:00:00Z',
  },
  {
    type: 'edge',
    from: 'vault:path:ci',
    relation: 'holds',
    to: 'aws:key:k1',
    observedAt: '2026-10-01T00:00:00Z',
  },
  { type: 'edge', from: 'aws:role:admin', relation: 'reaches', to: 'aws:rds:ledger' },
  {
    type: 'edge',
    from: 'k8s:deployment:runner',
    relation: 'uses',
    to: 'git:token:t1',
    basis: 'observed',
  },
  {
    type: 'edge',
    from: 'k8s:deployment:batch',
    relation: 'runs-as',
    to: 'aws:role:admin',
    basis: 'inferred',
    confidence: 0.4,
  },
  {
    type: 'edge',
    from: 'catalog:service:shop',
    relation: 'depends-on',
    to: 'k8s:deployment:runner',
  },
  { type: 'edge', from: 'catalog:service:payments', relation: 'depends-on', to: 'aws:rds:ledger' },
  {
    type: 'edge',
    from: 'catalog:service:payments',
    relation: 'depends-on',
    to: 'k8s:deployment:batch',
  },
];

describeOnBothStores('the dependency map', (open) => {
  it('says what an attacker reaches and what a cut breaks, and follows imports', async () => {
    const inventory = createInventory(await partsForTest(await open(), inventoryMigrations));
    const map = await createDependencyMap(inventory, silentLog);
    const report = await inventory.importRecords(LINES, { source: 'test' });
    expect(report.rejected).toEqual([]);
    await map.refresh();
    expect(map.revision()).toBe(report.revision);
    const bot = (await inventory.find('git:app:1')).identity.id;
    const admin = (await inventory.find('aws:role:admin')).identity.id;

    const radius = map.blastRadius(bot);
    expect(radius.reached.map(({ name, depth }) => [name, depth])).toEqual([
      ['vault', 1],
      ['k1', 2],
      ['admin', 3],
      ['ledger-db', 4],
      ['payments', 5],
    ]);
    expect(radius).toMatchObject({
      truncated: false,
      reachesProduction: true,
      oldestEdgeAt: '2026-10-01T00:00:00.000Z',
    });
    const [payments] = radius.criticalServices;
    expect(payments?.path.map(({ relation }) => relation)).toEqual([
      'reads',
      'holds',
      'authenticates',
      'reaches',
      'depends-on',
    ]);
    expect(map.blastRadius(bot, { depthMax: 2 })).toMatchObject({
      truncated: true,
      reachesProduction: false,
      countByKind: { store: 1, credential: 1, identity: 0 },
    });

    const bots = map.collateral(bot);
    expect(bots.known).toMatchObject([
      { name: 'runner', basis: 'observed', services: [{ name: 'shop' }] },
    ]);
    expect(bots).toMatchObject({ inferred: [], unknown: [], tierMin: 3 });
    const admins = map.collateral(admin);
    expect(admins.inferred).toMatchObject([{ name: 'batch', basis: 'inferred', confidence: 0.4 }]);
    expect(admins.unknown).toMatchObject([
      { count: 1, why: expect.stringContaining('k1 was used at') },
    ]);
    expect(map.servicesOf(admin)).toMatchObject([{ name: 'payments', tier: 1 }]);
    map.stop();
  });

  it('never answers that nothing breaks when it knows nothing', async () => {
    const inventory = createInventory(await partsForTest(await open(), inventoryMigrations));
    const map = await createDependencyMap(inventory, silentLog);
    expect(map.collateral('idn_unknown').unknown).toHaveLength(1);
    expect(map.blastRadius('idn_unknown').reached).toEqual([]);
  });
});

const WHEN = { source: 't', observedAt: '2026-01-01T00:00:00.000Z' };
const none = { environment: null, tags: [], tier: null, contact: null, refs: [] };
const NODES = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
const edge = fc
  .record({
    from: fc.constantFrom(...NODES),
    to: fc.constantFrom(...NODES),
    relation: fc.constantFrom(...EDGE_RELATIONS),
    basis: fc.constantFrom('declared', 'observed', 'inferred'),
    confidence: fc.constantFrom(0.3, 1),
  })
  .map((one): EdgeRecord => ({ type: 'edge', ...one, ...WHEN }));

function graphOf(edges: readonly EdgeRecord[]): InventoryGraph {
  const things = NODES.map((id) => ({ type: 'workload', id, name: id, ...none, ...WHEN }) as const);
  return { revision: 1, identities: [], credentials: [], things, edges };
}

/** Distances by repeating "one hop further" until nothing changes. */
function distances(
  pairs: readonly (readonly [string, string])[],
  start: string,
): Map<string, number> {
  const found = new Map([[start, 0]]);
  for (let depth = 1; depth <= NODES.length; depth += 1) {
    for (const [from, to] of pairs) {
      if (found.get(from) === depth - 1 && !found.has(to)) found.set(to, depth);
    }
  }
  return found;
}

describe('on random graphs', () => {
  it('reach is the closure of an attacker’s moves, and each path is a shortest one', () => {
    fc.assert(
      fc.property(
        fc.array(edge, { maxLength: 15 }),
        fc.integer({ min: 1, max: 7 }),
        (edges, depthMax) => {
          const pairs = edges.map((one) =>
            one.relation === 'depends-on'
              ? ([one.to, one.from] as const)
              : ([one.from, one.to] as const),
          );
          const expected = distances(pairs, 'n0');
          const radius = blastRadiusOf(buildGraph(graphOf(edges)), 'n0', depthMax);
          const within = [...expected].filter(([, depth]) => depth > 0 && depth <= depthMax);
          expect(new Map(radius.reached.map(({ id, depth }) => [id, depth]))).toEqual(
            new Map(within),
          );
          expect(radius.truncated).toBe([...expected.values()].some((depth) => depth > depthMax));
          for (const { id, depth, path } of radius.reached) {
            expect(path).toHaveLength(depth);
            expect(path.at(-1)?.to).toBe(id);
            for (const [index, hop] of path.entries()) {
              expect(hop.from).toBe(path[index - 1]?.to ?? 'n0');
              const [from, to] = hop.reversed ? [hop.to, hop.from] : [hop.from, hop.to];
              expect(
                edges.some(
                  (one) => one.from === from && one.to === to && one.relation === hop.relation,
                ),
              ).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('collateral is everything that runs as, uses, assumes or depends on what is cut', () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 15 }), (edges) => {
        const breaking = new Set(['runs-as', 'uses', 'assumes', 'depends-on']);
        const pairs = edges
          .filter(({ relation }) => breaking.has(relation))
          .map(({ from, to }) => [to, from] as const);
        const expected = [...distances(pairs, 'n0').keys()].filter((id) => id !== 'n0');
        const found = collateralOf(buildGraph(graphOf(edges)), 'n0');
        const consumers = [...found.known, ...found.inferred].map(({ id }) => id);
        expect(consumers.toSorted()).toEqual(expected.toSorted());
        expect(found.unknown.length > 0).toBe(consumers.length === 0);
        for (const { basis } of found.known) expect(basis).not.toBe('inferred');
      }),
    );
  });
});
