import { describe, expect, it } from 'vitest';
import { describeOnBothStores } from '../store/testing.ts';
import type { DocumentOptions, Inventory } from './contract.ts';
import { createInventory } from './inventory.ts';
import { recogniseSecret } from './recognise.ts';
import { parseLine } from './schema.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

const party = (name: string): string =>
  `{"type":"party","name":"${name}","refs":["dir:team:${name}"]}`;
const line = (value: unknown): string => JSON.stringify(value);
const identity = (more: object = {}): object => ({
  type: 'identity',
  kind: 'service-account',
  name: 'bot',
  target: 'cloud',
  refs: ['cloud:identity:bot'],
  ...more,
});
const edge = (more: object = {}): object => ({
  type: 'edge',
  from: 'dir:team:a',
  relation: 'uses',
  to: 'dir:team:b',
  ...more,
});

/** None of them is real. */
const SECRETS = {
  github: `ghp_${'a1B2'.repeat(9)}`,
  slack: `xoxb-${'1234567890'.repeat(2)}`,
  key: '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
  url: 'postgres://app:hunter2hunter2@db.internal/shop',
  jwt: `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiIxMjM0NTY3ODkwIn0'}.${'c2lnbmF0dXJl'}`,
};

async function* chunksOf(content: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

function problemOf(value: unknown): string {
  const parsed = parseLine(typeof value === 'string' ? value : line(value));
  return parsed.ok ? '' : parsed.problem;
}

describe('a line that says something impossible', () => {
  it.each([
    ['numbers out of range', identity({ rotationDays: 1e300 }), 'rotationDays is not a whole'],
    ['numbers below', identity({ rotationDays: 0 }), 'rotationDays is not a whole'],
    ['a share above one', edge({ confidence: 1.01 }), 'confidence is not a number from 0 to 1'],
    [
      'endless',
      '{"type":"edge","from":"a","relation":"uses","to":"b","confidence":1e999}',
      'confidence',
    ],
    ['30 February', identity({ observedAt: '2026-02-30T00:00:00Z' }), 'a day that does not exist'],
    ['29 February', identity({ observedAt: '2026-02-29T00:00:00Z' }), 'a day that does not exist'],
    ['31 April', identity({ observedAt: '2026-04-31T00:00:00Z' }), 'a day that does not exist'],
    ['hour 24', identity({ observedAt: '2026-04-30T24:00:00Z' }), 'not an RFC 3339 time'],
    ['a long end', edge({ to: `dir:team:${'é'.repeat(600)}` }), 'to is longer than'],
    [
      'a long reference',
      identity({ refs: [`a:b:${'x'.repeat(1_100)}`] }),
      'refs[0] is longer than',
    ],
    [
      'a long fingerprint',
      { type: 'credential', refs: ['a:b:c'], fingerprint: 'x'.repeat(1_500) },
      'fingerprint is longer',
    ],
    ['zero bytes', identity({ name: 'a\u0000b' }), 'name holds characters'],
    ['half a character', identity({ name: 'a\ud800' }), 'name holds characters'],
    [
      'a prototype',
      '{"type":"party","name":"a","__proto__":{"admin":true}}',
      '__proto__ is unknown',
    ],
    ['a constructor', identity({ constructor: 'x' }), 'constructor is unknown'],
    ['an inherited word', { type: 'toString', name: 'a' }, 'type is not one of'],
    ['endless nesting', `{"type":"party","name":${'['.repeat(100_000)}`, 'not JSON'],
    [
      'whole nesting',
      `{"type":"party","name":${'['.repeat(90_000)}${']'.repeat(90_000)}}`,
      'name is not text',
    ],
  ])('%s is rejected with its reason', (_what, value, problem) => {
    expect(problemOf(value)).toContain(problem);
  });

  it('leaves leap days and long months alone', () => {
    for (const observedAt of ['2028-02-29T12:00:00Z', '2026-12-31T23:59:59+02:00']) {
      expect(problemOf(identity({ observedAt }))).toBe('');
    }
  });
});

describe('a secret where no secret belongs', () => {
  it.each(Object.entries(SECRETS))(
    '%s is recognised in any field and never repeated',
    (_name, secret) => {
      for (const value of [
        identity({ name: secret }),
        identity({ purpose: `uses ${secret} to deploy` }),
        identity({ tags: ['a', secret] }),
        identity({ refs: [`github:token:${secret}`] }),
        identity({ owners: [{ role: 'technical', party: secret }] }),
        edge({ to: secret }),
        { type: 'credential', refs: ['a:b:c'], fingerprint: secret },
        { type: 'party', name: 'a', [secret]: 'x' },
      ]) {
        const problem = problemOf(value);
        expect(problem).not.toBe('');
        expect(problem).not.toContain(secret.slice(0, 20));
      }
      const given = {
        type: 'credential',
        kind: 'api-key',
        identity: 'a:b:c',
        refs: ['a:k:1'],
        secret,
      };
      expect(problemOf(given)).toBe('');
    },
  );

  it('is not seen in what only looks random', () => {
    for (const text of [
      'arn:aws:iam::123456789012:role/deploy',
      'AKIAIOSFODNN7EXAMPLE',
      'spiffe://prod.example/ns/shop/sa/web',
      'https://github.com/org/repo',
      'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
      'postgres://db.internal:5432/shop',
      'task-runner-with-a-long-name-0123456789',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ]) {
      expect(recogniseSecret(text), text).toBeNull();
    }
  });
});

describeOnBothStores('a document that goes wrong', (open) => {
  const opened = async () => {
    const store = await open();
    return { store, inventory: createInventory(await partsForTest(store, inventoryMigrations)) };
  };
  const importText = (
    inventory: Inventory,
    content: string | Uint8Array,
    options: Partial<DocumentOptions> = {},
    size = 10_000,
  ) => inventory.importDocument(chunksOf(content, size), { source: 'test', ...options });

  it('in the middle of very many lines: that line is named, the rest is there', async () => {
    const { inventory } = await opened();
    const lines = Array.from({ length: 6_000 }, (_, index) => party(`t${index}`));
    lines[4_710] = '{"type":"party","name":"broken';
    const report = await importText(inventory, lines.join('\n'));
    expect(report.rejected).toEqual([{ line: 4_711, problem: 'the line is not JSON' }]);
    expect(report).toMatchObject({ added: 5_999, rejectedCount: 1 });
  });

  it('line by line: each is named, what is well is there, and no secret is in any table', async () => {
    const { inventory, store } = await opened();
    const bytes = Buffer.concat([
      Buffer.from(`\uFEFF${party('a')}\r\n`),
      Buffer.from(`${line(identity({ purpose: SECRETS.github }))}\r\n`),
      Buffer.from('{"type":"party","name":"M\u00fcller"}\r\n', 'latin1'),
      Buffer.from('{"type":"party","name":"a\u0000b"}\n'),
      Buffer.from(`{"type":"party","name":"${'x'.repeat(1_000_000)}"}\n`),
      Buffer.from(`${line(edge({ to: 'dir:team:a', from: 'dir:team:a' }))}\n`),
      Buffer.from(
        `${line(edge({ to: `dir:team:${'\u{1F525}'.repeat(240)}`, from: `x:y:${'\u{1F525}'.repeat(240)}` }))}\n`,
      ),
      Buffer.from(`${line({ type: 'party', name: '=HYPERLINK("evil")', refs: ['dir:team:f'] })}\n`),
      Buffer.from(`${party('b')}\n`),
      Buffer.from(line(edge())),
    ]);
    const report = await importText(inventory, bytes, {}, 65_536);
    expect(report.rejected.map((one) => one.line)).toEqual([2, 3, 4, 5, 6]);
    expect(report.rejected.every(({ problem }) => problem.length > 10)).toBe(true);
    // Long names of unknown things wait like short ones; a name like a formula is a name: nothing here writes spreadsheets.
    expect(report).toMatchObject({ added: 4, pending: 1 });
    const tables = ['statement', 'ref', 'node', 'index', 'pending', 'change', 'source'];
    const rows = await Promise.all(
      tables.map((table) => store.query({ sql: `select * from inventory_${table}`, params: [] })),
    );
    expect(JSON.stringify(rows)).not.toContain(SECRETS.github.slice(0, 20));
  });

  it('in another encoding, however small the pieces in which it comes', async () => {
    const { inventory } = await opened();
    for (const bytes of [
      Buffer.from(`\uFEFF${party('a')}`, 'utf16le'),
      Buffer.from(party('a'), 'utf16le'),
      Buffer.from(`\uFEFF${party('a')}`, 'utf16le').swap16(),
    ]) {
      const refused = importText(inventory, bytes, {}, 1);
      await expect(refused).rejects.toMatchObject({ code: 'import-unreadable' });
    }
    expect((await inventory.graph()).things).toEqual([]);
  });

  // The second kind is long enough to be read in a thread of its own.
  it.each([1, 1_800])(
    'because it ends in the middle: nothing of it is seen (names of %i letters)',
    async (length) => {
      const { inventory } = await opened();
      await importText(inventory, party('before'), { mode: 'snapshot' });
      const names = Array.from({ length: 700 }, (_, index) => `${'t'.repeat(length)}${index}`);
      const lines = names.map((name) => line({ type: 'party', name })).join('\n');
      const torn = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunksOf(lines, 65_536);
        throw new Error('the connection was lost');
      };
      const options = { source: 'test', mode: 'snapshot', shrinkShareMax: 1 } as const;
      await expect(inventory.importDocument(torn(), options)).rejects.toThrow(
        'connection was lost',
      );
      const { things } = await inventory.graph();
      expect(things.map(({ name }) => name)).toEqual(['before']);
      // The source is free for the next try.
      const whole = await importText(inventory, lines, { mode: 'snapshot', shrinkShareMax: 1 });
      expect(whole).toMatchObject({ added: 700, gone: 1 });
    },
  );

  it('through names that every object has', async () => {
    const { inventory } = await opened();
    const kinds = ['constructor', '__proto__', 'toString'].map(
      (kind) => `kind: ${kind}\nmetadata: {name: a}\n`,
    );
    const catalog = `${kinds.join('---\n')}---\nkind: Group\nmetadata: {name: real, __proto__: {x: 1}}\n`;
    expect(await importText(inventory, catalog, { format: 'backstage' })).toMatchObject({
      added: 1,
      rejectedCount: 0,
    });
    const mapping =
      'records: [{type: party, name: "{__proto__}", refs: ["dir:team:{constructor}"]}]';
    const csv = '__proto__,constructor\nname,7\n';
    expect(await importText(inventory, csv, { format: 'csv', mapping })).toMatchObject({
      added: 1,
    });
    const evil =
      'records: [{type: party, name: "{a}", refs: ["dir:team:{a}"], __proto__: {admin: yes}}]';
    const report = await importText(inventory, 'a\nx\n', { format: 'csv', mapping: evil });
    expect(report.rejected[0]?.problem).toContain('__proto__ is unknown');
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
    const twice = importText(inventory, 'a,b,a\n1,2,3\n', { format: 'csv', mapping });
    await expect(twice).rejects.toMatchObject({
      code: 'import-unreadable',
      facts: { problem: 'columns 1 and 3 have one name' },
    });
  });
});
