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
    const row = { sql: 'select id from node where id = $1', params: [frozen.runner.nodeId] };
    await until(async () => (await store.query(row)).length === 1);
    await frozen.submit(frozen.plan({ key: 'c' }));
    await until(() => frozen.runner.statistics().done === 1);
    expect(slow.effects).toContain('c');
  });

  test('begins no effect once its own clock says that the lease is over', async () => {
    const store = await open();
    const tap = tapStore(store);
    let mono = 0;
    const judge = createJudge('judge');
    const settings = { leaseMs: LEASE_MS, monotonicMs: () => mono };
    const node = await startNode(tap.store, { handlers: [judge.handler], settings });
    const planned = node.runner.plan([node.plan({ key: 'a' })]);
    await store.write(planned.commands);
    const thaw = tap.freeze();
    mono += LEASE_MS;
    planned.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(judge.effects).toEqual([]);
    // The heartbeat renews the lease, and what waited goes on.
    thaw();
    await until(() => judge.effects.length === 1);
  });

  test('begins no effect when the lease ends during the read-back before it', async () => {
    const store = await open();
    let mono = 0;
    const lease = Promise.withResolvers<void>();
    const judge = createJudge('judge', {
      callTimeoutMs: 1,
      readBack: () => {
        mono += LEASE_MS;
        lease.resolve();
        return Promise.resolve({ type: 'absent' });
      },
    });
    judge.script('a', { type: 'failed', reason: 'lost', unknown: true });
    const tap = tapStore(store);
    const settings = { leaseMs: LEASE_MS, monotonicMs: () => mono };
    const node = await startNode(tap.store, { handlers: [judge.handler], settings });
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    await node.clock.advance(1_000);
    await lease.promise;
    const thaw = tap.freeze();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(judge.effects).toEqual([]);
    thaw();
    await until(() => judge.effects.length === 1);
  });
});
