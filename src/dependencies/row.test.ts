import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Row } from './row.ts';

it('holds what was added and not removed, small or large', () => {
  const act = fc.record({ node: fc.nat(9), drop: fc.option(fc.nat()), ask: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), fc.constantFrom(0, 100), (acts, before) => {
      const row = new Row();
      const naive = new Map<number, number>();
      let edge = 0;
      const add = (node: number): void => {
        row.add(node, edge);
        naive.set(edge, node);
        edge += 1;
      };
      for (let index = 0; index < before; index += 1) add(index % 10);
      for (const { node, drop, ask } of acts) {
        add(node);
        if (drop !== null) {
          const gone = [...naive.keys()][drop % naive.size] ?? 0;
          row.remove(gone);
          naive.delete(gone);
        }
        if (!ask) continue;
        const expected = [...naive].filter(([, at]) => at === node).map(([each]) => each);
        expect(new Set(row.between(node))).toEqual(new Set(expected));
      }
      const pairs = row.edges.map((each, place): [number, number] => [
        each,
        row.nodes[place] ?? -1,
      ]);
      expect(new Map(pairs)).toEqual(naive);
      expect(row.edges).toHaveLength(naive.size);
    }),
  );
});
