import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { present } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { createInventory } from './inventory.ts';
import type { Inventory } from './contract.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

const ROLE = 'arn:aws:iam::1:role/shop';
const CATALOG = `kind: Group
metadata: {name: shop}
spec: {profile: {email: shop@example.org}}
---
kind: Component
metadata:
  name: web
  annotations: {eks.amazonaws.com/role-arn: "${ROLE}"}
spec: {owner: shop}
`;
const EXPORT = [
  {
    type: 'identity',
    kind: 'workload-identity',
    name: 'shop-role',
    target: 'aws',
    refs: ['aws:login:shop', `aws:arn:${ROLE}`],
  },
];

async function* textOf(text: string): AsyncGenerator<string> {
  yield text;
}

const example = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/inventory/${name}`, import.meta.url)), 'utf8');

describeOnBothStores('what a catalog says of identities that nobody has imported yet', (open) => {
  const opened = async (): Promise<Inventory> =>
    createInventory(await partsForTest(await open(), inventoryMigrations));
  const importCatalog = (inventory: Inventory, text = CATALOG) =>
    inventory.importDocument(textOf(text), { source: 'catalog', mode: 'snapshot' });

  it('is kept, shown, and said when the identity arrives', async () => {
    const inventory = await opened();
    const report = await importCatalog(inventory);
    expect(report).toMatchObject({ rejectedCount: 0, pending: 2 });
    expect(await inventory.pendingClaims()).toEqual([
      { source: 'catalog', ref: `aws:arn:${ROLE}`, says: ['owners'] },
    ]);
    expect((await inventory.sources())[0]).toMatchObject({ pending: 2 });
    expect(await inventory.lookup(`aws:arn:${ROLE}`)).toBeNull();
    // Said again, it waits once.
    expect(await importCatalog(inventory)).toMatchObject({ pending: 2, added: 0 });
    expect(await inventory.pendingClaims()).toHaveLength(1);
    await inventory.importRecords(EXPORT, { source: 'cloud' });
    const { identity } = await inventory.find('aws:login:shop');
    const { owners } = await inventory.owners(identity);
    expect(owners[0]).toMatchObject({ party: { name: 'shop' }, claim: { source: 'catalog' } });
    expect(await inventory.pendingClaims()).toEqual([]);
    expect(await inventory.pendingEdges()).toEqual([]);
    expect(await importCatalog(inventory)).toMatchObject({
      added: 0,
      changed: 0,
      gone: 0,
      pending: 0,
    });
  });

  it('is forgotten when the catalog says it no longer', async () => {
    const inventory = await opened();
    await importCatalog(inventory);
    await importCatalog(inventory, CATALOG.replace(/ {2}annotations:.*\n/u, ''));
    expect(await inventory.pendingClaims()).toEqual([]);
    await inventory.importRecords(EXPORT, { source: 'cloud' });
    const { identity } = await inventory.find('aws:login:shop');
    expect(identity.owners).toEqual([]);
  });

  it('ends in the same owners in whichever order the examples are imported', async () => {
    const files = ['catalog-info.yaml', 'cloud.ndjson'];
    const ends: string[] = [];
    for (const order of [files, files.toReversed()]) {
      const inventory = await opened();
      for (const file of order) {
        const report = await inventory.importDocument(textOf(example(file)), { source: file });
        expect(report.rejected, file).toEqual([]);
      }
      const { identities } = await inventory.graph();
      const claims = identities.map(({ name, owners }) =>
        owners.map(({ role, party, source }) => `${name} ${role} ${party} ${present(source, '')}`),
      );
      ends.push(JSON.stringify(claims.flat().toSorted()));
      expect(await inventory.pendingClaims()).toEqual([]);
    }
    expect(ends[0]).toContain('catalog-info.yaml');
    expect(ends[0]).toBe(ends[1]);
  });

  it('is not for lines that forgot what they are', async () => {
    const inventory = await opened();
    const line = { type: 'identity', refs: ['aws:login:x'], purpose: 'x' };
    const report = await inventory.importRecords([line, { ...line, waits: 'yes' }], {
      source: 'a',
    });
    expect(report.rejected.map(({ problem }) => problem.split(' ')[0])).toEqual(['kind', 'waits']);
  });
});
