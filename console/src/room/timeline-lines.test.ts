import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldTries, matching, type Entry } from './timeline-lines.ts';

function entry(ordinal: number, kind: string, text: string): Entry {
  return { ordinal, kind, text, at: '2027-01-10T02:07:22Z', actor: 'node:1', data: {} };
}

it('counts the same try, and tells it anew after a change', () => {
  const lines = foldTries([
    entry(0, 'cut.applied', 'Applied.'),
    entry(1, 'cut.probed', 'allowed'),
    entry(2, 'cut.probed', 'denied'),
    entry(3, 'cut.probed', 'allowed'),
    entry(4, 'cut.proven', 'Proven.'),
    entry(5, 'cut.probed', 'denied'),
  ]);
  expect(lines.map(({ ordinal, count }) => [ordinal, count])).toEqual([
    [0, 1],
    [1, 2],
    [2, 1],
    [4, 1],
    [5, 1],
  ]);
});

it('loses no entry, whatever comes', () => {
  const kinds = fc.constantFrom('cut.probed', 'cut.applied', 'cut.restore-probed');
  const some = fc.array(fc.tuple(kinds, fc.constantFrom('a', 'b')), { maxLength: 60 });
  fc.assert(
    fc.property(some, (made) => {
      const lines = foldTries(made.map(([kind, text], at) => entry(at, kind, text)));
      expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(made.length);
      expect(lines.map(({ ordinal }) => ordinal)).toEqual(
        lines.map(({ ordinal }) => ordinal).toSorted((left, right) => left - right),
      );
    }),
  );
});

it('filters by group and by every word', () => {
  const lines = foldTries([
    entry(0, 'signal.attached', 'Signal credential-exposed from scanner.'),
    entry(1, 'cut.applied', 'Applied: restrict key-1 at ci.'),
    entry(2, 'decision.opened', 'Asked of mia.'),
  ]);
  const found = (group: Parameters<typeof matching>[1], words: string): readonly number[] =>
    matching(lines, group, words).map(({ ordinal }) => ordinal);
  expect(found('everything', '')).toEqual([0, 1, 2]);
  expect(found('cuts', '')).toEqual([1]);
  expect(found('decisions', 'MIA asked')).toEqual([2]);
  expect(found('everything', 'applied mia')).toEqual([]);
});
