import { expect, it } from 'vitest';
import { createInventory, type Inventory, inventoryMigrations } from '../inventory/index.ts';
import { partsForTest, type PartsForTest } from '../inventory/testing.ts';
import { LIMITS, silentLog } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { createDependencyMap } from './map.ts';
import type { DependencyMap } from './model.ts';

const identity = (name: string) => ({
  type: 'identity',
  kind: 'service-account',
  name,
  target: 'cloud',
  refs: [`cloud:identity:${name}`],
});
const edge = (from: string, relation: string, to: string) => ({
  type: 'edge',
  from: `cloud:${from}`,
  relation,
  to: `cloud:${to}`,
});

/** More than are asked one by one; only i7 leads on, to j and from there to what the critical service stands on. */
const LINES = [
  ...Array.from({ length: LIMITS.inventoryIndexReachMax + 50 }, (_, index) =>
    identity(`i${index}`),
  ),
  identity('j'),
  { type: 'resource', name: 'ledger', refs: ['cloud:db:ledger'] },
  { type: 'service', name: 'payments', refs: ['cloud:service:payments'], tier: 1 },
  edge('service:payments', 'depends-on', 'db:ledger'),
  edge('identity:i7', 'assumes', 'identity:j'),
];

async function openWithMap(parts: PartsForTest, nodeCount?: number) {
  let map: DependencyMap | null = null;
  const inventory = createInventory({
    ...parts,
    map: () => {
      const one = map;
      if (one === null) return null;
      return {
        refresh: one.refresh,
        factsOf: (id) => ({
          criticalServices: one.reachSummary(id).criticalServiceCount,
          shared: one.sharedUses(id).count > 0,
        }),
        survey: one.survey,
        nodeCount: () => nodeCount ?? one.statistics().nodes,
      };
    },
  });
  map = await createDependencyMap(inventory, silentLog);
  return inventory;
}

async function top(inventory: Inventory, limit: number): Promise<readonly string[]> {
  const { identities } = await inventory.list({ sort: 'risk', limit });
  return identities.map(({ name }) => name).toSorted();
}

describeOnBothStores('a list by risk', (open) => {
  it('knows what each identity reaches, however many there are and wherever the map changes', async () => {
    const parts = await partsForTest(await open(), inventoryMigrations);
    const inventory = await openWithMap(parts);
    await inventory.importRecords(LINES, { source: 'cloud' });
    await inventory.indexed();
    const reaches = edge('identity:j', 'reaches', 'db:ledger');
    await inventory.importRecords([reaches], { source: 'net' });
    // No record of i7 has changed.
    expect(await top(inventory, 2)).toEqual(['i7', 'j']);
    const found = await inventory.find('cloud:identity:i7');
    const { risk } = await inventory.assess(found.identity, { criticalServices: 1, shared: false });
    // The list's score is that of the card.
    const above = async (riskMin: number): Promise<number> =>
      (await inventory.list({ riskMin })).identities.length;
    expect(await above(risk.score)).toBe(2);
    expect(await above(risk.score + 1)).toBe(0);
    // Gone while nobody looks: the lists of the next process say so all the same.
    const blind = createInventory(parts);
    await blind.importRecords([], { source: 'net', mode: 'snapshot', shrinkShareMax: 1 });
    await blind.indexed();
    expect(await top(inventory, 2)).not.toEqual(['i7', 'j']);
    await inventory.importRecords([edge('identity:i9', 'reaches', 'db:ledger')], { source: 'net' });
    await blind.indexed();
    const again = await openWithMap(parts);
    expect(await top(again, 1)).toEqual(['i9']);
  });

  it('follows in the background on a large map, and whoever waits has all of it', async () => {
    const parts = await partsForTest(await open(), inventoryMigrations);
    const inventory = await openWithMap(parts, LIMITS.surveyAtOnceNodes + 1);
    await inventory.importRecords(LINES.slice(-20), { source: 'cloud' });
    await inventory.indexed();
    await inventory.importRecords([edge('identity:j', 'reaches', 'db:ledger')], { source: 'net' });
    await inventory.indexed();
    expect(await top(inventory, 1)).toEqual(['j']);
  });
});
