import { describe, expect, it } from 'vitest';
import { createInventory, inventoryMigrations } from '../inventory/index.ts';
import { partsForTest } from '../inventory/testing.ts';
import { LIMITS, silentLog } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { edge, identity, thing } from './arbitrary.testing.ts';
import { createDependencyMap } from './map.ts';
import type { InventoryChanges, MapSource } from './source.ts';

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

/** An inventory that changes when the test says so, and can say what changed. */
function sourceForTest() {
  let revision = 1;
  let listener = (): void => undefined;
  const log: InventoryChanges[] = [];
  let knowsChanges = true;
  const edges = [edge('i0', 'reads', 's0')];
  const source: MapSource = {
    revision: () => Promise.resolve(revision),
    onChange: (told) => {
      listener = told;
      return () => {
        listener = () => undefined;
      };
    },
    graph: () =>
      Promise.resolve({
        revision,
        identities: [identity('i0')],
        credentials: [],
        things: [thing('store', 's0')],
        edges: [...edges, ...log.flatMap((change) => change.edges ?? [])],
      }),
    changesSince: (since) =>
      Promise.resolve(
        knowsChanges
          ? {
              revision,
              edges: log
                .filter((change) => change.revision > since)
                .flatMap((one) => one.edges ?? []),
            }
          : null,
      ),
  };
  return {
    source,
    add: (from: string, to: string, count = 1) => {
      revision += 1;
      const added = Array.from({ length: count }, (_, index) =>
        edge(from, 'reads', count === 1 ? to : `${to}${index}`),
      );
      log.push({ revision, edges: added });
    },
    tell: () => {
      listener();
    },
    forgetChanges: () => {
      knowsChanges = false;
    },
  };
}

describe('following the inventory', () => {
  it('reads only what changed, and everything when nobody can say what', async () => {
    const { source, add, forgetChanges } = sourceForTest();
    const map = await createDependencyMap(source, silentLog);
    add('i0', 's1');
    await map.refresh();
    expect(map.blastRadius('i0').reachedCount).toBe(2);
    expect(map.statistics()).toMatchObject({ revision: 2, fullLoads: 1, pendingChanges: 1 });
    forgetChanges();
    add('i0', 's2');
    await map.refresh();
    expect(map.blastRadius('i0').reachedCount).toBe(3);
    expect(map.statistics()).toMatchObject({ revision: 3, fullLoads: 2, pendingChanges: 0 });
    map.stop();
  });

  it('says that it is behind until it has read what it was told of', async () => {
    const { source, add, tell } = sourceForTest();
    const map = await createDependencyMap(source, silentLog);
    add('i0', 's1');
    tell();
    expect(map.statistics().behind).toBe(true);
    await map.refresh();
    expect(map.statistics()).toMatchObject({ behind: false, revision: 2 });
  });

  it('folds many changes into new arrays in the background and answers meanwhile', async () => {
    const { source, add } = sourceForTest();
    const map = await createDependencyMap(source, silentLog);
    add('i0', 't', 20_001);
    await map.refresh();
    expect(map.statistics()).toMatchObject({ compacting: true, pendingChanges: 20_001 });
    expect(map.reachSummary('i0').reachedCount).toBe(20_002);
    add('i0', 's9');
    await map.refresh();
    expect(map.statistics()).toMatchObject({ compactions: 1, compacting: false, edges: 20_003 });
    expect(map.reachSummary('i0').reachedCount).toBe(20_003);
  });
});

describe('a map of a large inventory', () => {
  const large = (): { source: MapSource; finish: () => void } => {
    let finish = (): void => undefined;
    const read = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const records = { identities: [identity('a')], edges: [] };
    async function* batches() {
      await read;
      yield records;
    }
    const source: MapSource = {
      graph: () => Promise.reject(new Error('it is read in parts')),
      graphSize: () => Promise.resolve(LIMITS.mapLoadedFirstMax + 1),
      graphBatches: () => Promise.resolve({ revision: 4, batches: batches() }),
      revision: () => Promise.resolve(4),
      onChange: () => () => undefined,
    };
    return { source, finish };
  };

  it('is read beside the start; until then nothing that it cannot know is said', async () => {
    const { source, finish } = large();
    const map = await createDependencyMap(source, silentLog);
    const { id } = identity('a');
    expect(map.isLoaded()).toBe(false);
    expect(map.statistics().loaded).toBe(false);
    for (const ask of [
      () => map.blastRadius(id),
      () => map.reachSummary(id),
      () => map.rotation(id),
      () => map.sharedUses(id),
      () => map.cheapestCut({ compromised: [id] }),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: 'map-loading' }));
    }
    const { unknown, known, tierMin } = map.collateral(id);
    expect({ unknown: unknown.length, known, tierMin }).toEqual({
      unknown: 1,
      known: [],
      tierMin: null,
    });
    expect(unknown[0]?.why).toContain('still being read');
    expect(map.servicesOf(id)).toBeNull();
    finish();
    await map.loaded();
    expect(map.isLoaded()).toBe(true);
    expect(map.revision()).toBe(4);
    expect(map.servicesOf(id)).toEqual([]);
    expect(map.blastRadius(id).revision).toBe(4);
    map.stop();
  });
});
