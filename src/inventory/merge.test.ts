import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveId, present } from '../kernel/index.ts';
import { merge, recordOfOne, type Statement } from './merge.ts';

const id = deriveId('identity', 'merge test');
const word = 'identity';
const NEEDED = { kind: 'bot-user', name: 'bot', target: 'git' };
const FIELDS = ['environment', 'purpose', 'jurisdiction'] as const;

const statement: fc.Arbitrary<Statement> = fc.record({
  source: fc.constantFrom('catalog', 'cloud', 'sheet'),
  observedAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'),
  goneAt: fc.option(fc.constant('2026-07-01T00:00:00.000Z'), { nil: null, freq: 3 }),
  facts: fc.record(
    {
      environment: fc.constantFrom('prod', 'test'),
      purpose: fc.constantFrom('pays', 'reads'),
      jurisdiction: fc.constantFrom('DE', 'US'),
      tags: fc.subarray(['a', 'b'], { minLength: 1 }),
      refs: fc.subarray(['git:app:1', 'git:login:bot'], { minLength: 1 }),
    },
    { requiredKeys: [] },
  ),
});
const statements = fc
  .uniqueArray(statement, { minLength: 1, maxLength: 3, selector: ({ source }) => source })
  .map((list) => list.map((one) => ({ ...one, facts: { ...NEEDED, ...one.facts } })));

/** Field by field, in words: of the sources that still speak, the newest that says something. */
function naive(list: readonly Statement[], field: string): unknown {
  const live = list.filter(({ goneAt }) => goneAt === null);
  return (live.length > 0 ? live : list)
    .filter(({ facts }) => facts[field] !== undefined)
    .toSorted(
      (a, b) => b.observedAt.localeCompare(a.observedAt) || a.source.localeCompare(b.source),
    )[0];
}

it('takes each field from the newest source that says it, and says which', () => {
  fc.assert(
    fc.property(statements, (list) => {
      const record = present(merge({ id, word, statements: list }), 'it has what it needs');
      if (record.type !== 'identity') throw new Error('an identity was given');
      for (const field of FIELDS) {
        const from = naive(list, field) as Statement | undefined;
        expect(record[field]).toBe(from?.facts[field] ?? null);
        expect(record.provenance?.[field]?.source).toBe(from?.source);
      }
      const isGone = list.every(({ goneAt }) => goneAt !== null);
      expect(record.gone !== null).toBe(isGone);
      const live = list.filter(({ goneAt }) => isGone || goneAt === null);
      const tags = new Set(live.flatMap(({ facts }) => (facts as { tags?: string[] }).tags ?? []));
      expect(new Set(record.tags)).toEqual(tags);
    }),
  );
});

it('does not depend on the order of the sources', () => {
  fc.assert(
    fc.property(statements, (list) => {
      const backwards = merge({ id, word, statements: list.toReversed() });
      expect(backwards).toEqual(merge({ id, word, statements: list }));
    }),
  );
});

it('is nothing when nobody said enough, and keeps its name when the one who knew it fell silent', () => {
  const said = { source: 'sheet', observedAt: '2026-01-01T00:00:00.000Z', goneAt: null };
  const owner = { ...said, facts: { purpose: 'pays' } };
  expect(merge({ id, word, statements: [owner] })).toBeNull();
  const full = { ...said, source: 'cloud', goneAt: '2026-02-01T00:00:00.000Z', facts: NEEDED };
  const record = merge({ id, word, statements: [owner, full] });
  expect(record).toMatchObject({ name: 'bot', purpose: 'pays', gone: null, sources: ['sheet'] });
});

it('is the same from one source that says everything, its provenance aside', () => {
  fc.assert(
    fc.property(statements, (list) => {
      for (const one of list) {
        const { provenance: _, ...whole } = merge({ id, word, statements: [one] }) ?? {};
        if (one.goneAt !== null) continue;
        const { provenance: none, ...alone } = recordOfOne(id, word, one) ?? {};
        expect(alone).toEqual(whole);
        expect(none ?? {}).toEqual({});
      }
    }),
  );
});

it('takes an owner that is claimed without a date to be as old as what first claimed it', () => {
  const owners = [{ role: 'technical', party: 'dir:team:t1', basis: 'catalog', confidence: 0.9 }];
  const said = { source: 'catalog', observedAt: '2026-01-01T00:00:00.000Z', goneAt: null };
  const record = merge({ id, word, statements: [{ ...said, facts: { ...NEEDED, owners } }] });
  expect(record).toMatchObject({ owners: [{ assertedAt: said.observedAt, source: 'catalog' }] });
});

it('takes a credential for gone once somebody ended it, and back when it is used later', () => {
  const credential = deriveId('credential', 'merge test');
  const about = { kind: 'password', identity: id };
  const said = (source: string, facts: Statement['facts']): Statement => ({
    source,
    observedAt: '2026-06-01T00:00:00.000Z',
    goneAt: null,
    facts: { ...about, ...facts },
  });
  const ended = said('db/rotation', { endedAt: '2026-06-02T00:00:00.000Z' });
  // The target goes on listing it.
  const listed = said('db', { lastUsedAt: '2026-06-01T23:00:00.000Z' });
  const usedLater = said('db', { lastUsedAt: '2026-06-03T00:00:00.000Z' });
  const goneOf = (...list: readonly Statement[]) =>
    merge({ id: credential, word: 'credential', statements: list })?.gone;
  const gone = { at: '2026-06-02T00:00:00.000Z', source: 'db/rotation' };
  expect(goneOf(ended, listed)).toEqual(gone);
  expect(goneOf(ended, usedLater)).toBeNull();
  expect(goneOf(listed)).toBeNull();
  expect(recordOfOne(credential, 'credential', ended)?.gone).toEqual(gone);
});
