import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LIMITS, present } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import type { ImportOptions, Inventory } from './contract.ts';
import { createInventory } from './inventory.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

type Line = Readonly<Record<string, unknown>>;

const identity = (name: string, more: Line = {}): Line => ({
  type: 'identity',
  kind: 'service-account',
  name,
  target: 'cloud',
  refs: [`cloud:identity:${name}`],
  ...more,
});
const workload = (name: string): Line => ({
  type: 'workload',
  name,
  refs: [`k8s:deployment:${name}`],
});
const runsAs = (from: string, to: string, more: Line = {}): Line => ({
  type: 'edge',
  from: `k8s:deployment:${from}`,
  relation: 'runs-as',
  to: `cloud:identity:${to}`,
  ...more,
});
const many = (count: number, more: Line = {}): readonly Line[] =>
  Array.from({ length: count }, (_, index) => identity(`i${index}`, more));

async function openInventory(store: Store) {
  const parts = await partsForTest(store, inventoryMigrations);
  return { inventory: createInventory(parts), parts };
}

/** On PostgreSQL a dead node keeps the source until its lease ends. */
async function endLease(store: Store): Promise<void> {
  await store.write([{ sql: 'update inventory_source set leased_until = 0', params: [] }]);
}

const importAll = (
  inventory: Inventory,
  lines: readonly Line[],
  options: Partial<ImportOptions> = {},
) => inventory.importRecords(lines, { source: 'test', ...options });

/** In some order, always the same. */
const ordered = (values: readonly unknown[]): readonly string[] =>
  values.map((value) => JSON.stringify(value)).toSorted((a, b) => (a < b ? -1 : 1));

/** What readers see, without the times at which it was seen. */
async function seen(inventory: Inventory): Promise<unknown> {
  const { identities, things, edges } = await inventory.graph();
  return {
    nodes: ordered([...identities, ...things].map(({ name, sources }) => [name, sources])),
    edges: ordered(
      edges.map(({ from, relation, to, confidence }) => [from, relation, to, confidence]),
    ),
  };
}

describeOnBothStores('a snapshot', (open) => {
  it('marks as gone what it no longer names, and takes it back when it returns', async () => {
    const { inventory, parts } = await openInventory(await open());
    const all = [...many(12), workload('w'), runsAs('w', 'i0'), runsAs('w', 'i1')];
    await importAll(inventory, all, { mode: 'snapshot' });
    const again = await importAll(inventory, all, { mode: 'snapshot' });
    expect(again).toMatchObject({ added: 0, changed: 0, gone: 0, unchanged: 15, revision: 1 });
    parts.clock.jump(60_000);
    const less = all.filter(({ name, to }) => name !== 'i0' && to !== 'cloud:identity:i0');
    const report = await importAll(inventory, less, { mode: 'snapshot' });
    expect(report).toMatchObject({ added: 0, changed: 0, gone: 2, unchanged: 13 });
    // Alerts still speak of it: it is found, and says since when nobody reports it.
    const found = present(await inventory.lookup('cloud:identity:i0'), 'it is kept');
    const at = new Date(parts.clock.nowMs()).toISOString();
    expect(found.identity.gone).toEqual({ at, source: 'test' });
    expect((await inventory.graph()).edges).toHaveLength(1);
    expect((await inventory.list({})).identities).toHaveLength(11);
    expect((await inventory.list({ gone: true })).identities).toHaveLength(12);
    const back = await importAll(inventory, all, { mode: 'snapshot' });
    expect(back).toMatchObject({ added: 1, changed: 1, gone: 0, unchanged: 13 });
    expect((await inventory.find('cloud:identity:i0')).identity.gone).toBeNull();
    expect((await inventory.sources())[0]).toMatchObject({ nodes: 13, edges: 2 });
  });

  it('is refused when it is empty, however small the source is', async () => {
    const { inventory } = await openInventory(await open());
    await importAll(inventory, many(3), { mode: 'snapshot' });
    for (const nothing of [[], ['{']]) {
      const options = { source: 'test', mode: 'snapshot' } as const;
      const empty = inventory.importRecords(nothing, options);
      await expect(empty).rejects.toMatchObject({
        code: 'import-shrinks',
        facts: { percent: 100 },
      });
    }
    expect((await inventory.list({})).identities).toHaveLength(3);
    const meant = await importAll(inventory, [], { mode: 'snapshot', shrinkShareMax: 1 });
    expect(meant.gone).toBe(3);
  });

  it('marks nothing as gone while lines of it cannot be read: they may have named it', async () => {
    const { inventory } = await openInventory(await open());
    const all = [...many(20), workload('w'), runsAs('w', 'i0')];
    await importAll(inventory, all, { mode: 'snapshot' });
    const broken = all.map((one) => (one['name'] === 'i0' ? { ...one, colour: 'red' } : one));
    const report = await importAll(inventory, broken, { mode: 'snapshot' });
    expect(report).toMatchObject({ gone: 0, kept: 1, rejectedCount: 1 });
    expect((await inventory.find('cloud:identity:i0')).identity.gone).toBeNull();
    expect((await inventory.graph()).edges).toHaveLength(1);
    const meant = await importAll(inventory, broken, { mode: 'snapshot', shrinkShareMax: 1 });
    expect(meant).toMatchObject({ gone: 1, kept: 0 });
    const clean = await importAll(inventory, all, { mode: 'snapshot' });
    expect(clean).toMatchObject({ gone: 0, kept: 0, rejectedCount: 0 });
    expect((await inventory.find('cloud:identity:i0')).identity.gone).toBeNull();
  });

  it('is refused when it leaves out too much, and nothing of it is seen', async () => {
    const { inventory } = await openInventory(await open());
    await importAll(inventory, many(100), { mode: 'snapshot' });
    const before = await seen(inventory);
    const revision = await inventory.revision();
    const half = [...many(50, { purpose: 'changed' }), workload('new')];
    await expect(importAll(inventory, half, { mode: 'snapshot' })).rejects.toMatchObject({
      code: 'import-shrinks',
      facts: { gone: 50, of: 100, percent: 50 },
    });
    expect(await seen(inventory)).toEqual(before);
    expect(await inventory.revision()).toBe(revision);
    const meant = await importAll(inventory, half, { mode: 'snapshot', shrinkShareMax: 1 });
    expect(meant).toMatchObject({ added: 1, changed: 50, gone: 50 });
    // Another source is not touched by it, and an increment takes nothing away.
    await importAll(inventory, [identity('other')], { source: 'b', mode: 'snapshot' });
    expect(await importAll(inventory, [identity('i1')])).toMatchObject({ gone: 0 });
    expect((await inventory.graph()).identities).toHaveLength(51);
  });
});

describeOnBothStores('an import that dies in the middle', (open) => {
  it('leaves what was before, and a repeat completes it', async () => {
    const store = await open();
    const { inventory, parts } = await openInventory(store);
    const old = [...many(60), workload('w'), runsAs('w', 'i0', { confidence: 0.5 })];
    await importAll(inventory, old, { mode: 'snapshot' });
    const before = await seen(inventory);
    const next = [
      ...many(60, { purpose: 'new' }),
      identity('added', { refs: ['cloud:identity:added', 'cloud:login:x'] }),
      workload('w'),
      runsAs('w', 'i0'),
      runsAs('w', 'added'),
    ];
    // Dies at its n-th write, as if the process were killed between two commits.
    for (let writes = 1; writes < 8; writes += 1) {
      let left = writes;
      const dying: Store = {
        ...store,
        write: async (commands, lane) => {
          left -= 1;
          if (left < 0) throw new Error('killed');
          return await store.write(commands, lane);
        },
      };
      const ledger = {
        append: async () => {
          throw new Error('killed');
        },
      };
      const dead = createInventory({ ...parts, store: dying, ledger });
      await expect(importAll(dead, next, { mode: 'snapshot' })).rejects.toThrow('killed');
      expect(await seen(inventory)).toEqual(before);
      expect(await inventory.lookup('cloud:login:x')).toBeNull();
      await endLease(store);
    }
    const again = createInventory(parts);
    const report = await importAll(again, next, { mode: 'snapshot' });
    expect(report).toMatchObject({ added: 2, changed: 61, gone: 0, unchanged: 1 });
    const { inventory: whole } = await openInventory(await open());
    await importAll(whole, next, { mode: 'snapshot' });
    expect(await seen(again)).toEqual(await seen(whole));
  });

  it('takes back what it left before another file of the same source comes', async () => {
    const store = await open();
    const { inventory, parts } = await openInventory(store);
    await importAll(inventory, many(20));
    const ledger = { append: () => Promise.reject(new Error('killed')) };
    const dead = createInventory({ ...parts, ledger });
    const lost = [...many(20, { purpose: 'lost' }), identity('lost')];
    await expect(importAll(dead, lost)).rejects.toThrow('killed');
    await importAll(createInventory(parts), [identity('kept')]);
    const { identities } = await inventory.graph();
    expect(identities.map(({ name }) => name)).not.toContain('lost');
    expect(identities).toHaveLength(21);
    expect(identities.every(({ purpose }) => purpose === null)).toBe(true);
  });
});

describeOnBothStores('two sources of one thing', (open) => {
  it('are merged by reference and field, each fact with its source', async () => {
    const { inventory, parts } = await openInventory(await open());
    await importAll(inventory, [identity('bot', { environment: 'prod' })], { source: 'cloud' });
    parts.clock.jump(1_000);
    const said = {
      type: 'identity',
      refs: ['cloud:identity:bot', 'sheet:row:7'],
      purpose: 'deploys',
      owners: [{ role: 'technical', party: 'dir:team:a', confidence: 0.9 }],
    };
    expect(await importAll(inventory, [said], { source: 'sheet' })).toMatchObject({ added: 1 });
    const { identity: bot } = await inventory.find('sheet:row:7');
    expect(bot).toMatchObject({ name: 'bot', environment: 'prod', purpose: 'deploys' });
    expect(bot.sources?.toSorted()).toEqual(['cloud', 'sheet']);
    expect(bot.provenance?.['environment']?.source).toBe('cloud');
    expect(bot.provenance?.['purpose']?.source).toBe('sheet');
    expect(bot.owners[0]?.source).toBe('sheet');
    const unknown = { type: 'identity', refs: ['sheet:row:8'], purpose: 'x' };
    const report = await importAll(inventory, [unknown], { source: 'sheet' });
    expect(report.rejected[0]?.problem).toContain('kind is missing');
  });
});

describeOnBothStores('edges', (open) => {
  it('to nodes that nobody has named are kept, shown, and settled when the node arrives', async () => {
    const { inventory } = await openInventory(await open());
    const lines = [workload('w'), runsAs('w', 'late')];
    expect(await importAll(inventory, lines)).toMatchObject({
      added: 1,
      pending: 1,
      rejectedCount: 0,
    });
    const [waiting] = await inventory.pendingEdges();
    expect(waiting).toMatchObject({
      source: 'test',
      to: 'cloud:identity:late',
      relation: 'runs-as',
    });
    expect(await importAll(inventory, lines)).toMatchObject({ added: 0, pending: 1, revision: 1 });
    await importAll(inventory, [identity('late')], { source: 'cloud' });
    expect(await inventory.pendingEdges()).toEqual([]);
    expect((await inventory.graph()).edges[0]).toMatchObject({
      relation: 'runs-as',
      source: 'test',
    });
    expect(await importAll(inventory, lines)).toMatchObject({ unchanged: 2, pending: 0 });
  });

  it('may form circles; duplicates and edges to themselves are told apart', async () => {
    const { inventory } = await openInventory(await open());
    const lines = [
      identity('a'),
      identity('b', { refs: ['cloud:identity:b', 'cloud:login:b'] }),
      { type: 'edge', from: 'cloud:identity:a', relation: 'assumes', to: 'cloud:identity:b' },
      { type: 'edge', from: 'cloud:identity:b', relation: 'assumes', to: 'cloud:identity:a' },
      { type: 'edge', from: 'cloud:identity:a', relation: 'assumes', to: 'cloud:login:b' },
      {
        type: 'edge',
        from: 'cloud:identity:a',
        relation: 'assumes',
        to: 'cloud:login:b',
        confidence: 0.1,
      },
      { type: 'edge', from: 'cloud:identity:b', relation: 'assumes', to: 'cloud:login:b' },
      identity('a', { purpose: 'another line' }),
      identity('a'),
    ];
    const report = await importAll(inventory, lines);
    expect(report).toMatchObject({ added: 4, unchanged: 2 });
    expect(report.rejected.map(({ line }) => line)).toEqual([6, 7, 8]);
    expect(await importAll(inventory, lines)).toMatchObject({ added: 0, changed: 0, unchanged: 6 });
  });
});

describeOnBothStores('changes by revision', (open) => {
  it('lead from one graph to the next', async () => {
    const { inventory } = await openInventory(await open());
    const all = [...many(15), workload('w'), runsAs('w', 'i0'), runsAs('w', 'i1')];
    const first = await importAll(inventory, all, { mode: 'snapshot' });
    const less = all.slice(1).filter(({ to }) => to !== 'cloud:identity:i0');
    await importAll(inventory, [...less, identity('new'), runsAs('w', 'new')], {
      mode: 'snapshot',
    });
    const changes = present(await inventory.changesSince(first.revision), 'it is remembered');
    expect(changes.identities.map(({ name }) => name)).toEqual(['new']);
    expect(changes.goneNodes).toHaveLength(1);
    expect(changes.goneEdges).toHaveLength(1);
    expect(changes.edges).toHaveLength(2);
    expect(changes.revision).toBe(await inventory.revision());
    expect(await inventory.changesSince(changes.revision + 1)).toBeNull();
  });
});

describeOnBothStores('lists', (open) => {
  it('filter by facets and sort by risk, in pages that neither repeat nor skip', async () => {
    const { inventory } = await openInventory(await open());
    const lines = Array.from({ length: 23 }, (_, index) => [
      identity(`i${index}`, { environment: index % 2 === 0 ? 'prod' : 'test' }),
      {
        type: 'credential',
        identity: `cloud:identity:i${index}`,
        kind: 'api-key',
        refs: [`cloud:key:${index}`],
        scopes: index % 5 === 0 ? ['admin'] : ['read'],
      },
    ]).flat();
    await importAll(inventory, lines);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Inventory['list']>> = await inventory.list({
        limit: 4,
        sort: 'risk',
        ...(cursor === null ? {} : { cursor }),
      });
      names.push(...page.identities.map(({ name }) => name));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(names).toHaveLength(23);
    expect(new Set(names).size).toBe(23);
    expect(new Set(names.slice(0, 5))).toEqual(new Set(['i0', 'i5', 'i10', 'i15', 'i20']));
    expect((await inventory.list({ environment: 'test' })).identities).toHaveLength(11);
    expect((await inventory.list({ ownerState: 'orphan' })).identities).toHaveLength(23);
    expect((await inventory.list({ ownerState: 'owned' })).identities).toHaveLength(0);
    const wrong = inventory.list({ sort: 'risk', cursor: 'idn_x' });
    await expect(wrong).rejects.toMatchObject({ code: 'request-invalid' });
  });
});

describeOnBothStores('a reference in any alert', (open) => {
  it('finds the identity however it is written', async () => {
    const { inventory } = await openInventory(await open());
    const arn = 'aws:arn:arn:aws:iam::1:role/deploy';
    await importAll(inventory, [
      identity('bot', {
        refs: [arn, 'aws:access-key:AKIAIOSFODNN7EXAMPLE', 'ca:certificate-serial:abcd'],
      }),
    ]);
    for (const ref of [
      'arn:aws:sts::1:assumed-role/deploy/session',
      'aws:arn:arn:aws:sts::1:assumed-role/deploy/session',
      'akiaiosfodnn7example',
      'ca:certificate-serial:00:AB:CD',
      '0xABCD',
    ]) {
      expect((await inventory.lookup(ref))?.identity.name, ref).toBe('bot');
    }
  });
});

/** Each kind of reference as its system writes it, and as an alert may write it instead. */
const WRITTEN: readonly (readonly [string, string, readonly string[]])[] = [
  ['AWS access key id', 'aws:access-key:AKIAI44QH8DHBEXAMPLE', ['akiai44qh8dhbexample']],
  [
    'AWS ARN of a role',
    'aws:arn:arn:aws-us-gov:iam::111122223333:role/path/to/deploy',
    ['arn:aws-us-gov:iam::111122223333:role/path/to/deploy'],
  ],
  ['GitHub app', 'github:app:847201', ['847201']],
  ['GitHub installation', 'github:installation:51234567', ['51234567']],
  [
    'OAuth client id of Entra',
    'entra:client-id:3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    ['3F2504E0-4F89-41D3-9A0C-0305E82C3301'],
  ],
  [
    'OAuth client id of Google',
    'google:client-id:1234567890-abc123def456.apps.googleusercontent.com',
    ['1234567890-abc123def456.apps.googleusercontent.com'],
  ],
  [
    'SPIFFE id',
    'spire:spiffe-id:spiffe://prod.example/ns/pay/sa/api',
    ['SPIFFE://PROD.example/ns/pay/sa/api'],
  ],
  ['Kubernetes service account', 'k8s:service-account:pay/api', ['system:serviceaccount:pay:api']],
  [
    'database role at host',
    'mariadb:user:app@db1.internal',
    ["'app'@'DB1.internal'", 'app@db1.internal'],
  ],
  [
    'certificate serial',
    'ca:certificate-serial:3a:f0:12:bc:98:77:01',
    ['3AF012BC987701', '0x3af012bc987701'],
  ],
  [
    'certificate SHA-256',
    'ca:certificate-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    [
      'E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55',
    ],
  ],
  [
    'SSH key, SHA-256',
    'ssh:ssh-fingerprint:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    ['SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ],
  [
    'SSH key, MD5',
    'ssh:ssh-fingerprint:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48',
    ['MD5:16:27:AC:A5:76:28:2D:36:63:1B:56:4D:EB:DF:A6:48'],
  ],
  [
    'e-mail of a service account',
    'gcp:email:builder@shop-prod.iam.gserviceaccount.com',
    ['Builder@shop-prod.iam.gserviceaccount.com'],
  ],
];

describeOnBothStores('every kind of reference', (open) => {
  it('finds its identity in the form its system writes, and in the others that alerts use', async () => {
    const { inventory } = await openInventory(await open());
    const lines = WRITTEN.map(([name, ref]) => identity(name, { refs: [ref] }));
    expect(await importAll(inventory, lines)).toMatchObject({ rejectedCount: 0 });
    for (const [name, ref, others] of WRITTEN) {
      for (const written of [ref, ...others]) {
        expect((await inventory.lookup(written))?.identity.name, written).toBe(name);
      }
    }
  });
});

describeOnBothStores('imports in any order', (open) => {
  it('end in the same inventory as one import of the last word on everything', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const line = fc.record({
      name: fc.constantFrom(...names),
      purpose: fc.constantFrom('x', 'y', 'z'),
    });
    const steps = fc.array(fc.uniqueArray(line, { selector: ({ name }) => name }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (snapshots) => {
        const { inventory } = await openInventory(await open());
        for (const lines of snapshots) {
          const records = lines.map(({ name, purpose }) => identity(name, { purpose }));
          await importAll(inventory, records, { mode: 'snapshot', shrinkShareMax: 1 });
        }
        const { identities } = await inventory.graph();
        const last = snapshots.findLast(() => true) ?? [];
        const wanted = ordered(last.map(({ name, purpose }) => [name, purpose]));
        const found = ordered(identities.map(({ name, purpose }) => [name, purpose]));
        expect(found).toEqual(wanted);
      }),
      { numRuns: 6, seed: 4_711 },
    );
  });

  it('says how many lines were rejected when there are more than it names', async () => {
    const { inventory } = await openInventory(await open());
    const broken = Array.from({ length: LIMITS.importRejectedNamedMax + 5 }, () => ({
      type: 'no',
    }));
    const report = await importAll(inventory, [...broken, identity('a')]);
    expect(report.rejected).toHaveLength(LIMITS.importRejectedNamedMax);
    expect(report).toMatchObject({ added: 1, rejectedCount: LIMITS.importRejectedNamedMax + 5 });
  });
});
