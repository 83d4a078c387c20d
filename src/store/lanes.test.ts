import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import { createLanes } from './lanes.ts';
import type { WaitingList } from './lanes.ts';

const COMMAND = { sql: 'select 1', params: [] };

function settledInCallOrder(settled: readonly string[]): void {
  const places = settled.map((name) => name.slice(2));
  expect(places).toEqual(places.toSorted());
}

describe('lanes', () => {
  it('settle each list once, one group of a lane at a time, in the order of the lane', async () => {
    const entry = fc.record({
      lane: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 200 }),
        fc.integer({ min: 1, max: 4 }),
        async (entries, count) => {
          let flying = 0;
          const settled: string[] = [];
          const names = new Map<WaitingList['commands'], string>();
          const lanes = createLanes(count, async (group) => {
            flying += 1;
            expect(flying).toBeLessThanOrEqual(count);
            expect(group.length).toBeGreaterThan(0);
            expect(group.length).toBeLessThanOrEqual(LIMITS.groupListsMax);
            await new Promise((resolve) => setImmediate(resolve));
            for (const list of group) {
              settled.push(names.get(list.commands) ?? 'unknown');
              list.resolve([]);
            }
            flying -= 1;
          });
          const work = entries.map(({ lane }, index) => {
            const commands = [COMMAND];
            names.set(commands, `${lane ?? '-'} ${String(index).padStart(4, '0')}`);
            return lanes.write(commands, lane);
          });
          await lanes.drained();
          expect(settled.toSorted()).toEqual([...names.values()].toSorted());
          // Nobody waits behind those who came later.
          if (count === 1) settledInCallOrder(settled);
          for (const lane of ['a', 'b', 'c']) {
            const own = settled.filter((name) => name.startsWith(lane));
            expect(own).toEqual(own.toSorted());
          }
          await Promise.all(work);
          expect(lanes.waiting()).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuse when too many wait', async () => {
    const lanes = createLanes(1, async (group) => {
      for (const list of group) list.resolve([]);
    });
    const work = Array.from({ length: LIMITS.groupQueueMax }, () => lanes.write([COMMAND]));
    const refused: unknown = await lanes.write([COMMAND]).catch((error: unknown) => error);
    expect(isFirebreakError(refused, 'store-busy')).toBe(true);
    await Promise.all(work);
    await lanes.write([COMMAND]);
  });
});
