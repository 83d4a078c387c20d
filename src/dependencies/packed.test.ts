import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PackedRows } from './packed.ts';

function rowOf(packed: PackedRows, node: number): readonly number[] {
  const row = packed.find(node);
  return [...packed.neighbours.subarray(packed.starts[row] ?? 0, packed.ends[row] ?? 0)];
}

it('packed rows hold the last row that was set, however often each changes its length', () => {
  const row = fc.array(fc.nat(1_000), { maxLength: 20 });
  // Nodes far apart and close together: their places must not be mixed up.
  const node = fc.oneof(fc.nat(8), fc.nat(2_000), fc.nat(50_000_000));
  fc.assert(
    fc.property(fc.array(fc.tuple(node, row), { maxLength: 400 }), (changes) => {
      const packed = new PackedRows();
      const model = new Map<number, readonly number[]>();
      for (const [at, neighbours] of changes) {
        packed.set(at, neighbours);
        model.set(at, neighbours);
      }
      expect(packed.count).toBe(model.size);
      for (const [at, neighbours] of model) expect(rowOf(packed, at)).toEqual(neighbours);
    }),
  );
});
