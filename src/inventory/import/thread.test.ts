import { expect, it } from 'vitest';
import { describeOnBothStores } from '../../store/testing.ts';
import { LIMITS } from '../../kernel/index.ts';
import { createInventory } from '../inventory.ts';
import { inventoryMigrations } from '../tables.ts';
import { partsForTest } from '../testing.ts';

const COUNT = 2_000;
/** Makes a few thousand lines long enough for a thread of their own. */
const PURPOSE = 'long '.repeat(120).trim();

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const identity = (index: number): string =>
  line({
    type: 'identity',
    kind: 'service-account',
    name: `i${index}`,
    target: 'cloud',
    refs: [`cloud:identity:i${index}`],
    purpose: PURPOSE,
  });
const assumes = (from: number, to: number): string =>
  line({
    type: 'edge',
    from: `cloud:identity:i${from}`,
    relation: 'assumes',
    to: `cloud:identity:i${to}`,
  });

function lines(): readonly string[] {
  const nodes = Array.from({ length: COUNT }, (_, index) => identity(index));
  const edges = Array.from({ length: COUNT }, (_, index) =>
    assumes(index, (index * 7 + 1) % COUNT),
  );
  return [...edges.slice(0, 10), ...nodes, 'not JSON\n', ...edges.slice(10), assumes(1, COUNT + 1)];
}

async function* chunked(text: string, breaksAt = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(text);
  const size = 65_536;
  for (let from = 0; from < bytes.length; from += size) {
    if (from >= breaksAt) throw new Error('the connection broke');
    yield bytes.subarray(from, from + size);
    await Promise.resolve();
  }
}

async function sorted(inventory: ReturnType<typeof createInventory>) {
  const { identities, edges } = await inventory.graph();
  return {
    names: identities.map(({ name }) => name).toSorted(),
    edges: edges.map(({ from, to }) => `${from} ${to}`).toSorted(),
  };
}

describeOnBothStores('a document that is read in a thread of its own', (open) => {
  it('ends in the same inventory and the same report as its lines one by one', async () => {
    const text = lines().join('');
    expect(text.length).toBeGreaterThan(LIMITS.importThreadBytesMin);
    const { store, ...parts } = await partsForTest(await open(), inventoryMigrations);
    const inventory = createInventory({ store, ...parts });
    const report = await inventory.importDocument(chunked(text), { source: 'test' });
    expect(report).toMatchObject({ pending: 1, rejectedCount: 1, changed: 0, gone: 0 });
    expect(report.rejected).toEqual([{ line: COUNT + 11, problem: 'the line is not JSON' }]);
    const other = await partsForTest(await open(), inventoryMigrations);
    const beside = createInventory(other);
    const plain = await beside.importRecords(lines(), { source: 'test' });
    expect(report).toEqual(plain);
    expect(await sorted(inventory)).toEqual(await sorted(beside));
  });

  it('leaves nothing and frees the source when the document breaks off', async () => {
    const text = lines().join('');
    const parts = await partsForTest(await open(), inventoryMigrations);
    const inventory = createInventory(parts);
    const broken = chunked(text, LIMITS.importThreadBytesMin + 100_000);
    const options = { source: 'test', mode: 'snapshot' } as const;
    await expect(inventory.importDocument(broken, options)).rejects.toThrow('broke');
    expect(await sorted(inventory)).toEqual({ names: [], edges: [] });
    const whole = await inventory.importDocument(chunked(text), options);
    expect(whole).toMatchObject({ rejectedCount: 1, pending: 1 });
    expect((await sorted(inventory)).names).toHaveLength(COUNT);
    const less = lines().slice(0, COUNT).join('');
    await expect(inventory.importDocument(chunked(less), options)).rejects.toMatchObject({
      code: 'import-shrinks',
    });
  });
});
