import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameTable } from './name-table.ts';

/** Few different ones, so that they meet again. */
const key = fc.string({ minLength: 0, maxLength: 3, unit: fc.constantFrom('a', 'b', 'ä', ':') });
const step = fc.record({ key, does: fc.constantFrom('set', 'delete'), value: fc.nat() });

it('answers as a map does', () => {
  fc.assert(
    fc.property(fc.array(step), fc.integer(), (steps, seed) => {
      const table = new NameTable<number>(seed);
      const map = new Map<string, number>();
      for (const one of steps) {
        if (one.does === 'set') {
          table.set(one.key, one.value);
          map.set(one.key, one.value);
        } else {
          table.delete(one.key);
          map.delete(one.key);
        }
        for (const { key: asked } of steps) expect(table.get(asked)).toBe(map.get(asked));
      }
    }),
  );
});

it('keeps everything while it grows', () => {
  const table = new NameTable<number>(1);
  const count = 20_000;
  for (let index = 0; index < count; index += 1) table.set(`cloud:identity:svc-${index}`, index);
  for (let index = 0; index < count; index += 1) {
    expect(table.get(`cloud:identity:svc-${index}`)).toBe(index);
  }
  expect(table.get('cloud:identity:svc-x')).toBeUndefined();
  expect(table.size).toBe(count);
});
