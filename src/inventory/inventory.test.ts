import { expect, it } from 'vitest';
import { isFirebreakError, present, Secret } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { createInventory } from './inventory.ts';
import type { Inventory } from './contract.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

const PARTY = { type: 'party', name: 'Team Payments', refs: ['dir:team:payments'], contact: 'x' };
const IDENTITY = {
  type: 'identity',
  kind: 'ci-identity',
  name: 'deploy-bot',
  target: 'git',
  refs: [{ system: 'git', type: 'app', value: '4711' }, 'aws:arn:arn:aws:iam::1:user/bot'],
  environment: 'prod',
  owners: [{ role: 'business', party: 'dir:team:payments', basis: 'catalog', confidence: 0.9 }],
};
const CREDENTIAL = {
  type: 'credential',
  identity: 'git:app:4711',
  kind: 'access-token',
  refs: ['git:token:t-1'],
  secret: 'ghp_the_secret',
};
const WORKLOAD = { type: 'workload', name: 'ci runner', refs: ['k8s:deployment:ci'] };
const EDGE = { type: 'edge', from: 'k8s:deployment:ci', relation: 'uses', to: 'git:token:t-1' };
const ALL = [EDGE, CREDENTIAL, IDENTITY, WORKLOAD, PARTY];

async function openInventory(store: Store): Promise<Inventory> {
  return createInventory(await partsForTest(store, inventoryMigrations));
}

const importAll = (inventory: Inventory, records: readonly unknown[]) =>
  inventory.importRecords(
    records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record))),
    { source: 'test' },
  );

describeOnBothStores('an import', (open) => {
  it('adds what is new, in any order of lines, and changes nothing when repeated', async () => {
    const inventory = await openInventory(await open());
    const first = await importAll(inventory, ALL);
    expect(first).toMatchObject({ added: 5, changed: 0, unchanged: 0, rejected: [] });
    const again = await importAll(inventory, ALL);
    expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 5, rejected: [] });
    expect(again.revision).toBe(first.revision);
    const changed = await importAll(inventory, [{ ...IDENTITY, name: 'deploy-bot-2' }]);
    expect(changed).toMatchObject({ added: 0, changed: 1 });
    const unnamed = inventory.importRecords(ALL, { source: 'a b' });
    await expect(unnamed).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('resolves lines that speak of nodes in a later batch', async () => {
    const inventory = await openInventory(await open());
    const filler = Array.from({ length: 4_100 }, (_, index) => ({
      type: 'resource',
      name: `r${index}`,
      refs: [`aws:bucket:b${index}`],
    }));
    const report = await importAll(inventory, [EDGE, CREDENTIAL, ...filler, IDENTITY, WORKLOAD]);
    expect(report).toMatchObject({ added: 4_104, rejectedCount: 0 });
    expect((await inventory.graph()).edges).toHaveLength(1);
  });

  it('rejects broken lines by number, keeps the rest, and repeats no secret', async () => {
    const inventory = await openInventory(await open());
    const report = await importAll(inventory, [
      '{',
      { ...IDENTITY, colour: 'red' },
      { ...CREDENTIAL, secret: 5, identity: 'ghp_the_secret' },
      { ...CREDENTIAL, identity: 'git:app:nobody' },
      { ...EDGE, relation: 'likes' },
      '',
      IDENTITY,
      { ...IDENTITY, refs: [...IDENTITY.refs, 'a:b'] },
      { ...EDGE, from: 'git:app:4711', to: 'git:app:4711' },
      { ...IDENTITY, id: 'idn_nope' },
    ]);
    expect(report.added).toBe(1);
    expect(report.rejected.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 8, 9, 10]);
    expect(report.rejected[3]?.problem).toContain('identity: an end is neither');
    expect(JSON.stringify(report)).not.toContain('ghp_the_secret');
  });

  it('refuses a reference that already names something else', async () => {
    const inventory = await openInventory(await open());
    const other = { ...IDENTITY, name: 'other', refs: ['git:app:9'] };
    await importAll(inventory, [IDENTITY, other]);
    const report = await importAll(inventory, [
      { ...other, refs: ['git:app:9', 'git:app:4711'] },
      { ...WORKLOAD, refs: ['git:app:9'] },
    ]);
    expect(report.rejected.map(({ problem }) => problem)).toEqual([
      'its id and references belong to different records',
      'git:app:9 is the name of a identity',
    ]);
  });
});

describeOnBothStores('a lookup', (open) => {
  it('finds by id, reference, bare value and secret, and nothing by what is not there', async () => {
    const inventory = await openInventory(await open());
    await importAll(inventory, ALL);
    const found = present(await inventory.lookup('git:app:4711'), 'just imported');
    expect(found).toMatchObject({ identity: { name: 'deploy-bot' }, credential: null });
    const { id } = found.identity;
    const token = { identity: { id }, credential: { kind: 'access-token' } };
    expect(await inventory.lookup(id)).toMatchObject({ identity: { id }, by: { id } });
    expect(await inventory.lookup('4711')).toMatchObject({ identity: { id } });
    expect(await inventory.lookup('arn:aws:iam::1:user/bot')).toMatchObject({ identity: { id } });
    expect(await inventory.lookup('git:token:t-1')).toMatchObject(token);
    expect(await inventory.lookup({ secret: new Secret('ghp_the_secret') })).toMatchObject(token);
    expect(await inventory.lookup({ secret: new Secret('ghp_the_secre') })).toBeNull();
    for (const nothing of ['git:app:0', 'idn_0', '', 'ci', 'k8s:deployment:ci', "' or 1=1 --"]) {
      expect(await inventory.lookup(nothing)).toBeNull();
    }
    const error: unknown = await inventory.find('git:app:0').catch((caught: unknown) => caught);
    expect(isFirebreakError(error, 'identity-unknown')).toBe(true);
  });

  it('does not guess when a bare value is not unique', async () => {
    const inventory = await openInventory(await open());
    const twin = { ...IDENTITY, name: 'twin', target: 'ci', refs: ['ci:app:4711'] };
    await importAll(inventory, [PARTY, IDENTITY, twin]);
    expect(await inventory.lookup('4711')).toBeNull();
    expect(await inventory.lookup('ci:app:4711')).toMatchObject({ identity: { name: 'twin' } });
  });

  it('follows a record whose references change', async () => {
    const inventory = await openInventory(await open());
    await importAll(inventory, [PARTY, IDENTITY]);
    await importAll(inventory, [{ ...IDENTITY, refs: ['git:app:4711', 'git:login:bot'] }]);
    expect(await inventory.lookup('git:login:bot')).toMatchObject({ by: { value: 'bot' } });
    expect(await inventory.lookup('aws:arn:arn:aws:iam::1:user/bot')).toBeNull();
  });

  it('keeps no secret in any table', async () => {
    const store = await open();
    const inventory = await openInventory(store);
    await importAll(inventory, ALL);
    await inventory.indexed();
    const tables = ['statement', 'ref', 'node', 'index', 'pending', 'change', 'source'];
    const rows = await Promise.all(
      tables.map((table) => store.query({ sql: `select * from inventory_${table}`, params: [] })),
    );
    expect(JSON.stringify(rows)).toContain('hs256:');
    expect(JSON.stringify(rows)).not.toContain('ghp_the_secret');
  });
});

describeOnBothStores('the inventory', (open) => {
  it('lists in pages that neither repeat nor skip, and filters by text', async () => {
    const inventory = await openInventory(await open());
    const many = Array.from({ length: 25 }, (_, index) => ({
      ...IDENTITY,
      name: index % 2 === 0 ? `Even_${index}` : `odd ${index}`,
      refs: [`git:app:${index}`],
    }));
    await importAll(inventory, many);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await inventory.list({ limit: 7, ...(cursor === null ? {} : { cursor }) });
      names.push(...page.identities.map(({ name }) => name));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(new Set(names).size).toBe(25);
    expect(names).toHaveLength(25);
    expect((await inventory.list({ text: 'even_' })).identities).toHaveLength(13);
    expect((await inventory.list({ text: '%' })).identities).toHaveLength(0);
    await expect(inventory.list({ limit: 0 })).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('records a credential that was found on a target, once', async () => {
    const store = await open();
    const inventory = await openInventory(store);
    await importAll(inventory, [PARTY, IDENTITY]);
    const { identity } = await inventory.find('git:app:4711');
    const ref = { system: 'git', type: 'token', value: 'respawned' };
    const order = {
      identity: identity.id,
      kind: 'access-token',
      refs: [ref],
      issuedAt: null,
      expiresAt: null,
      scopes: [],
      source: 'connector:git',
    } as const;
    const before = await inventory.revision();
    await store.write(inventory.recordCredential(order).commands);
    const { credential, commands } = inventory.recordCredential(order);
    await store.write(commands);
    expect(await inventory.lookup('git:token:respawned')).toMatchObject({ credential });
    expect(await inventory.credentials(identity.id)).toHaveLength(1);
    expect(await inventory.revision()).toBeGreaterThan(before);
  });

  it('says who owns an identity, and whether anybody does', async () => {
    const inventory = await openInventory(await open());
    const orphan = {
      ...IDENTITY,
      name: 'orphan',
      refs: ['git:app:1'],
      owners: [{ role: 'technical', party: 'dir:team:gone' }],
    };
    await importAll(inventory, [...ALL, orphan]);
    const { identity } = await inventory.find('git:app:4711');
    const { owners, orphan: alone } = await inventory.owners(identity);
    expect(alone).toBe(false);
    expect(owners[0]?.names).toEqual(expect.arrayContaining(['Team Payments', 'payments']));
    const lost = await inventory.owners((await inventory.find('git:app:1')).identity);
    expect(lost).toMatchObject({ orphan: true, owners: [{ names: ['dir:team:gone'] }] });
  });

  it('tells its listeners', async () => {
    const inventory = await openInventory(await open());
    let told = 0;
    inventory.onChange(() => {
      told += 1;
    });
    await importAll(inventory, ALL);
    expect(told).toBeGreaterThan(0);
  });
});
