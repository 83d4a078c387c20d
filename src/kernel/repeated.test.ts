import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstRepeat } from './repeated.ts';

it('finds what is said for the second time, as comparing all pairs would', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 6 }), (values) => {
      const naive = values.findIndex((value, at) => values.indexOf(value) < at);
      expect(firstRepeat(values)).toBe(naive);
    }),
  );
});
