import { expect, test } from 'vitest';
import { describeOnBothStores } from '../store/testing.ts';
import { createJudge, startNode, tapStore, until } from './testing.ts';

const LEASE_MS = 400;

/** The node that comes second takes over: at once on the embedded store, after the lease elsewhere. */
describeOnBothStores('a frozen node', (open) => {
  test('cannot write when it wakes, and goes on under a new epoch', async () => {
    const store = await open();
    const tap = tapStore(store);
    const settings = { leaseMs: LEASE_MS };
    const slow = createJudge('judge', { honoursKeys: () => true });
    const answer = slow.hold('a');
    const frozen = await startNode(tap.store, { handlers: [slow.handler], settings });
    await frozen.submit(
      frozen.plan({ key: 'a', lane: 'lane' }),
      frozen.plan({ key: 'b', lane: 'lane' }),
    );
    await until(() => slow.running() === 1);
    const thaw = tap.freeze();
    // The effect happens while nothing can be written, as in a process that stands still.
    answer();
    const judge = createJudge('judge', { honoursKeys: () => true });
    const other = await startNode(store, {
      handlers: [judge.handler],
      clock: frozen.clock,
      settings,
    });
    await until(() => other.runner.statistics().done === 2);
    thaw();
    await until(() => frozen.runner.statistics().fenced > 0);
    expect(frozen.runner.statistics()).toMatchObject({ done: 0 });
    expect(judge.effects).toEqual(['a', 'b']);
  });

  test('begins no effect once its own clock says that the lease is over', async () => {
    const store = await open();
    const tap = tapStore(store);
    let mono = 0;
    const judge = createJudge('judge');
    const node = await startNode(tap.store, {
      handlers: [judge.handler],
      settings: { leaseMs: LEASE_MS, monotonicMs: () => mono },
    });
    await node.submit(node.plan({ key: 'before' }));
    await until(() => judge.effects.length === 1);
    mono += LEASE_MS;
    const planned = node.runner.plan([node.plan({ key: 'after' })]);
    await store.write(planned.commands);
    const thaw = tap.freeze();
    planned.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(judge.effects).toEqual(['before']);
    // The heartbeat renews the lease, and what waited goes on.
    thaw();
    await until(() => judge.effects.length === 2);
  });
});
