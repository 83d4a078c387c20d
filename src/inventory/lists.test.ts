import { expect, it } from 'vitest';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import type { Facet, FacetValue, IdentityFacets, Inventory } from './contract.ts';
import { createInventory } from './inventory.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

const DAY_MS = 86_400_000;
const KINDS = ['service-account', 'ci-identity', 'ai-agent'] as const;
const ENVIRONMENTS = ['prod', 'test', null] as const;
/** Days from now; null = not known. */
const ENDS = [-5, 10, 60, 400, null] as const;
const USED = [-400, -100, -40, -1, null] as const;
const BREADTHS = [0, 3, 7, 25] as const;
const COUNT = 61;

const pick = <Item>(items: readonly Item[], index: number): Item | undefined =>
  items[index % items.length];

function linesOf(nowMs: number): readonly unknown[] {
  const at = (days: number | null | undefined): object =>
    typeof days === 'number' ? { at: new Date(nowMs + days * DAY_MS).toISOString() } : {};
  const lines: unknown[] = [{ type: 'party', name: 'Team A', refs: ['dir:team:a'] }];
  for (let index = 0; index < COUNT; index += 1) {
    const environment = pick(ENVIRONMENTS, index);
    const claim = { role: 'technical', party: 'dir:team:a', basis: 'tag', confidence: 0.9 };
    lines.push(
      {
        type: 'identity',
        kind: pick(KINDS, index),
        name: `i${index}`,
        target: 'cloud',
        refs: [`cloud:identity:i${index}`],
        ...(typeof environment === 'string' ? { environment } : {}),
        ...(index % 4 === 0 ? {} : { owners: [{ ...claim, assertedAt: isoOf(nowMs) }] }),
      },
      {
        type: 'credential',
        identity: `cloud:identity:i${index}`,
        kind: 'api-key',
        refs: [`cloud:key:${index}`],
        scopes: Array.from({ length: pick(BREADTHS, index) ?? 0 }, (_, scope) => `read${scope}`),
        ...renamed(at(pick(ENDS, index)), 'expiresAt'),
        ...renamed(at(pick(USED, index + 1)), 'lastUsedAt'),
      },
    );
  }
  return lines;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
const renamed = (given: object, name: string): object =>
  'at' in given ? { [name]: given.at } : {};

async function open(store: Store): Promise<{ inventory: Inventory; nowMs: number }> {
  const parts = await partsForTest(store, inventoryMigrations);
  const inventory = createInventory(parts);
  const nowMs = parts.clock.nowMs();
  const report = await inventory.importRecords(linesOf(nowMs), { source: 'test' });
  expect(report.rejected).toEqual([]);
  return { inventory, nowMs };
}

const countOf = (facets: IdentityFacets, facet: Facet, value: string): number =>
  facets.facets[facet].find((one) => one.value === value)?.count ?? 0;
const sumOf = (values: readonly FacetValue[]): number =>
  values.reduce((sum, { count }) => sum + count, 0);

describeOnBothStores('facets', (openStore) => {
  it('count each value as a list that is filtered by it', async () => {
    const { inventory, nowMs } = await open(await openStore());
    const facets = await inventory.facets({});
    expect(facets.count).toBe(COUNT);
    for (const values of Object.values(facets.facets)) expect(sumOf(values)).toBe(COUNT);
    const listed = async (filter: Parameters<Inventory['facets']>[0]): Promise<number> =>
      (await inventory.list({ ...filter, limit: 500 })).identities.length;
    for (const kind of KINDS) {
      expect(countOf(facets, 'kind', kind)).toBe(await listed({ kind }));
    }
    expect(countOf(facets, 'environment', 'prod')).toBe(await listed({ environment: 'prod' }));
    expect(countOf(facets, 'environment', 'not known')).toBe(20);
    expect(countOf(facets, 'ownerState', 'orphan')).toBe(await listed({ ownerState: 'orphan' }));
    expect(countOf(facets, 'ownerState', 'owned')).toBe(await listed({ ownerState: 'owned' }));
    expect(countOf(facets, 'scopes', '20 or more')).toBe(await listed({ scopesMin: 20 }));
    const ended = await listed({ expiresBefore: isoOf(nowMs) });
    expect(countOf(facets, 'expiry', 'has ended')).toBe(ended);
    expect(ended).toBeGreaterThan(5);
    const soon = await listed({ expiresBefore: isoOf(nowMs + 30 * DAY_MS) });
    expect(countOf(facets, 'expiry', 'ends within 30 days')).toBe(soon - ended);
    expect(countOf(facets, 'lastUse', 'unused for a year')).toBe(
      await listed({ unusedSince: isoOf(nowMs - 365 * DAY_MS) }),
    );
    expect(countOf(facets, 'lastUse', 'not known')).toBe(12);
    const risky = await listed({ riskMin: 20 });
    const low = countOf(facets, 'risk', '0 to 19');
    expect(COUNT - low).toBe(risky);
    expect(low).toBeGreaterThan(0);
    expect(risky).toBeGreaterThan(0);
  });

  it('count within a filter, and nothing in an empty inventory', async () => {
    const { inventory } = await open(await openStore());
    const inside = await inventory.facets({ kind: 'ai-agent', ownerState: 'orphan' });
    const page = await inventory.list({ kind: 'ai-agent', ownerState: 'orphan' });
    expect(inside.count).toBe(page.identities.length);
    expect(inside.facets.kind).toEqual([{ value: 'ai-agent', count: inside.count }]);
    const none = await inventory.facets({ text: 'nobody is called so' });
    expect(none).toMatchObject({ count: 0, facets: { kind: [], risk: [] } });
  });
});

describeOnBothStores('a list', (openStore) => {
  it('says of each identity its risk, the main reason of it, and the state of its owners', async () => {
    const { inventory } = await open(await openStore());
    const { identities, listed } = await inventory.list({ sort: 'risk', limit: 500 });
    expect(identities).toHaveLength(COUNT);
    let last = 101;
    for (const identity of identities) {
      const { risk, ownership } = await inventory.assess(identity);
      const heaviest = Math.max(0, ...risk.contributions.map(({ points }) => points));
      const facts = listed.get(identity.id);
      expect(facts?.risk).toBe(risk.score);
      expect(facts?.risk).toBeLessThanOrEqual(last);
      last = facts?.risk ?? 0;
      const reasons = risk.contributions.filter(({ points }) => points === heaviest);
      const whys = reasons.length === 0 ? [null] : reasons.map(({ why }) => why);
      expect(whys).toContain(facts?.riskReason);
      expect(facts?.ownerState === 'orphan').toBe(ownership.orphan);
    }
  });
});

describeOnBothStores('a search', (openStore) => {
  it('finds names and references, and ids only by their beginning', async () => {
    const { inventory } = await open(await openStore());
    const idOf = async (text: string): Promise<readonly string[]> =>
      (await inventory.list({ text, limit: 500 })).identities.map(({ id }) => id);
    const [id = ''] = await idOf('i60');
    expect(await idOf(id)).toEqual([id]);
    expect(await idOf(id.slice(0, 12))).toEqual([id]);
    expect(await idOf('idn_')).toHaveLength(COUNT);
    expect(await idOf(id.slice(4, 12))).toEqual([]);
    expect(await idOf('CLOUD:identity:i60')).toEqual([id]);
  });
});

describeOnBothStores('a reference', (openStore) => {
  it('that leads to several things is refused with all of them, one that leads nowhere as well', async () => {
    const { inventory } = await open(await openStore());
    await inventory.importRecords(
      [
        { type: 'service', name: 'shop', refs: ['catalog:service:shop'], tier: 1 },
        { type: 'workload', name: 'till', refs: ['k8s:deployment:till', 'k8s:pod:twin'] },
        { type: 'workload', name: 'till 2', refs: ['vm:host:twin'] },
        {
          type: 'identity',
          kind: 'bot-user',
          name: 'x',
          target: 'cloud',
          refs: ['git:user:i7@git', 'vm:identity:i7'],
        },
      ],
      { source: 'more' },
    );
    const i7 = (await inventory.find('cloud:identity:i7')).identity.id;
    const other = (await inventory.find('vm:identity:i7')).identity.id;
    const twice = await inventory.find('i7').catch((error: unknown) => error);
    expect(twice).toMatchObject({ code: 'reference-ambiguous', facts: { ref: 'i7', count: 2 } });
    expect(String(Object(twice).message)).toContain(i7);
    expect(String(Object(twice).message)).toContain(other);
    expect(await inventory.lookup('i7')).toBeNull();
    await expect(inventory.find('nobody')).rejects.toMatchObject({ code: 'identity-unknown' });

    const shop = await inventory.idOf('catalog:service:shop');
    expect((await inventory.thing(shop))?.name).toBe('shop');
    expect(await inventory.idOf('shop')).toBe(shop);
    expect(await inventory.idOf(shop)).toBe(shop);
    expect(await inventory.idOf('cloud:identity:i7')).toBe(i7);
    await expect(inventory.idOf('twin')).rejects.toMatchObject({ code: 'reference-ambiguous' });
    for (const nothing of ['nobody', 'catalog:service:none', 'svc_0000000000000000000000']) {
      await expect(inventory.idOf(nothing)).rejects.toMatchObject({ code: 'node-unknown' });
    }
  });
});
