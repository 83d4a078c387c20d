import { expect, test } from 'vitest';
import { FirebreakError, LIMITS } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import type { StepHandler, StepOutcome } from './model.ts';
import { CALL_TIMEOUT_MS, createJudge, startNode, tapStore, until } from './testing.ts';
import type { Judge, NodeForTest } from './testing.ts';
import type { Store } from '../store/index.ts';

async function stateOf(node: Awaited<ReturnType<typeof startNode>>): Promise<readonly string[]> {
  return (await node.runner.list({})).map((step) => step.state);
}

describeOnBothStores('one node', (open) => {
  test('a due step runs once, at once, and is done', async () => {
    const judge = createJudge('judge');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    expect(judge.calls).toEqual(['perform a']);
    expect(await stateOf(node)).toEqual(['done']);
    expect(node.runner.statistics()).toMatchObject({ done: 1, running: 0, waiting: 0, blocked: 0 });
  });

  test('the intent is in the store before the effect', async () => {
    const judge = createJudge('judge');
    const release = judge.hold('a');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    await node.submit(node.plan({ key: 'a' }));
    expect(await node.runner.list({})).toMatchObject([{ state: 'claimed', attempt: 1, fence: 1 }]);
    release();
    await node.runner.idle();
  });

  test('steps planned before the node has started run when it does', async () => {
    const store = await open();
    const judge = createJudge('judge');
    const first = await startNode(store);
    await first.runner.stop(0);
    await first.submit(first.plan({ key: 'a' }));
    expect(judge.effects).toEqual([]);
    await startNode(store, { handlers: [judge.handler], clock: first.clock });
    await until(() => judge.effects.length === 1);
  });

  test('failures are repeated with growing waits, then shown as blocked, and released by a person', async () => {
    const judge = createJudge('judge', { attemptsMax: 3 });
    const failed = { type: 'failed', reason: 'target says 503', unknown: false } as const;
    judge.script('a', failed, failed, failed);
    const store = await open();
    const node = await startNode(store, { handlers: [judge.handler] });
    await node.submit(node.plan({ key: 'a' }));
    for (let turn = 1; turn < 3; turn += 1) {
      await node.runner.idle();
      expect(judge.calls.length).toBe(turn);
      expect(await node.runner.list({})).toMatchObject([
        { state: 'planned', attempt: turn, reason: 'target says 503' },
      ]);
      // The longest wait before this try. Longer, and the wait after it may pass within the same push as well.
      await node.clock.advance(LIMITS.stepBackoffMsMin * 2 ** (turn - 1));
    }
    await node.runner.idle();
    expect(await node.runner.list({ state: 'blocked' })).toMatchObject([
      { reason: 'target says 503 (3 tries)', attempt: 3 },
    ]);
    expect(node.runner.statistics().blocked).toBe(1);
    const [step] = await node.runner.list({});
    const release = node.runner.release(step?.id ?? '');
    await store.write(release.commands);
    release.start();
    await until(() => judge.effects.length === 1);
    await node.runner.idle();
    expect(await node.runner.list({})).toMatchObject([{ state: 'done', attempt: 1 }]);
    expect(node.runner.statistics().blocked).toBe(0);
  });

  test('a refusal blocks at once, and a step that is not blocked cannot be released', async () => {
    const judge = createJudge('judge');
    judge.script('a', { type: 'refused', reason: 'the right to suspend is missing' });
    const store = await open();
    const node = await startNode(store, { handlers: [judge.handler] });
    await node.submit(node.plan({ key: 'a' }), node.plan({ key: 'b' }));
    await node.runner.idle();
    const steps = await node.runner.list({});
    expect(steps).toMatchObject([
      { state: 'blocked', reason: 'the right to suspend is missing', attempt: 1 },
      { state: 'done' },
    ]);
    await expect(store.write(node.runner.release(steps[1]?.id ?? '').commands)).rejects.toThrow(
      expect.objectContaining({ code: 'store-conflict' }),
    );
  });

  test('unknown kinds and throwing handlers are blocked with a reason, other steps go on', async () => {
    const judge = createJudge('judge');
    judge.script('b', 'throw');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    await node.submit(
      node.plan({ key: 'a', kind: 'from-the-future' }),
      node.plan({ key: 'b' }),
      node.plan({ key: 'c' }),
    );
    await node.runner.idle();
    expect(await node.runner.list({})).toMatchObject([
      { state: 'blocked', reason: 'no handler for steps of kind from-the-future' },
      { state: 'blocked', reason: 'internal: TypeError', repeated: true },
      { state: 'done' },
    ]);
  });

  test('a store that is away for a moment blocks no step', async () => {
    const store = await open();
    const judge = createJudge('judge');
    let isAway = true;
    const handler: StepHandler = {
      ...judge.handler,
      perform: async (step, context) => {
        if (isAway) throw new FirebreakError('store-unavailable', { problem: 'planted' });
        return await judge.handler.perform(step, context);
      },
    };
    const node = await startNode(store, { handlers: [handler] });
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    const waiting = { state: 'planned', reason: 'internal: store-unavailable', repeated: true };
    expect(await node.runner.list({})).toMatchObject([waiting]);
    isAway = false;
    await node.clock.advance(CALL_TIMEOUT_MS + LIMITS.stepBackoffMsMax);
    await until(() => judge.calls.length === 2);
    await node.runner.idle();
    expect(judge.calls).toEqual(['read-back a', 'perform a']);
    expect(await node.runner.list({})).toMatchObject([{ state: 'done' }]);
  });

  test('the domain records outcome and settle in one write, retries included', async () => {
    const store = await open();
    const outcomes: StepOutcome[] = [];
    const judge = createJudge('judge');
    judge.script('a', { type: 'failed', reason: 'busy', unknown: false, retryAfterMs: 60_000 });
    const handler: StepHandler = {
      ...judge.handler,
      record: async (_step, outcome, settle) => {
        outcomes.push(outcome);
        await store.write(settle);
      },
    };
    const node = await startNode(store, { handlers: [handler] });
    const startMs = node.clock.nowMs();
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    await node.clock.advance(59_999);
    expect(judge.calls.length).toBe(1);
    await node.clock.advance(20);
    await until(() => outcomes.length === 2);
    await node.runner.idle();
    expect(outcomes).toEqual([
      { type: 'retry', reason: 'busy', dueAtMs: startMs + 60_000, attempt: 1 },
      { type: 'done', result: { key: 'a' } },
    ]);
  });

  test('a timer runs at its time, and lateness is measured', async () => {
    const judge = createJudge('judge');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    const dueAtMs = node.clock.nowMs() + 3_600_000;
    await node.submit(
      node.plan({ key: 'a', dueAtMs }),
      node.plan({ key: 'b', dueAtMs: dueAtMs + 5 }),
    );
    await node.clock.advance(3_599_999);
    expect(judge.effects).toEqual([]);
    await node.clock.advance(1);
    await until(() => judge.effects.length === 1);
    expect(judge.effects).toEqual(['a']);
    expect(node.runner.statistics().latenessMsMax).toBe(0);
    node.clock.jump(500);
    await until(async () => {
      await node.clock.advance(0);
      return judge.effects.length === 2;
    });
    expect(node.runner.statistics().latenessMsMax).toBe(495);
  });
});

describeOnBothStores('lanes', (open) => {
  test('steps of a lane run in the order of their ids, one at a time, with two serial writes', async () => {
    const tap = tapStore(await open());
    const judge = createJudge('judge');
    const node = await startNode(tap.store, { handlers: [judge.handler] });
    await node.runner.idle();
    const steps = ['a', 'b', 'c', 'd'].map((key) => node.plan({ key, lane: 'lane' }));
    const thaws: (() => void)[] = [];
    const planned = node.runner.plan(steps.toReversed());
    await tap.store.write(planned.commands);
    planned.start();
    // Once the lane is known to be free, no effect waits for the write of the one before.
    await until(() => judge.effects.length > 0);
    thaws.push(tap.freeze());
    await until(() => judge.effects.length === 4);
    for (const thaw of thaws) thaw();
    await node.runner.idle();
    expect(judge.effects).toEqual(['a', 'b', 'c', 'd']);
    expect(judge.runningMax()).toBe(1);
    expect(await stateOf(node)).toEqual(['done', 'done', 'done', 'done']);
  });

  test('a lane made up for its steps starts without a look at the store', async () => {
    const tap = tapStore(await open());
    const judge = createJudge('judge');
    const node = await startNode(tap.store, { handlers: [judge.handler] });
    await node.runner.idle();
    const steps = ['a', 'b', 'c'].map((key) => node.plan({ key, lane: 'lane', laneIsNew: true }));
    const planned = node.runner.plan(steps);
    await tap.store.write(planned.commands);
    const thaw = tap.freeze();
    planned.start();
    await until(() => judge.effects.length === 3);
    thaw();
    await node.runner.idle();
    expect(judge.effects).toEqual(['a', 'b', 'c']);
    expect(judge.runningMax()).toBe(1);
    expect(await stateOf(node)).toEqual(['done', 'done', 'done']);
  });

  test('behind a failure nothing runs until it is done', async () => {
    const judge = createJudge('judge');
    judge.script('b', { type: 'failed', reason: 'busy', unknown: false });
    const node = await startNode(await open(), { handlers: [judge.handler] });
    await node.submit(...['a', 'b', 'c', 'd'].map((key) => node.plan({ key, lane: 'lane' })));
    await node.runner.idle();
    expect(judge.effects).toEqual(['a']);
    expect(await stateOf(node)).toEqual(['done', 'planned', 'planned', 'planned']);
    await node.clock.advance(1_000);
    await until(() => judge.effects.length === 4);
    expect(judge.effects).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a blocked step holds its lane, also for later plans, until it is cancelled', async () => {
    const store = await open();
    const judge = createJudge('judge');
    judge.script('a', { type: 'refused', reason: 'no' });
    const node = await startNode(store, { handlers: [judge.handler] });
    const first = node.plan({ key: 'a', lane: 'lane' });
    await node.submit(first, node.plan({ key: 'b', lane: 'lane' }));
    await node.runner.idle();
    await node.submit(node.plan({ key: 'c', lane: 'lane' }));
    await node.runner.idle();
    expect(judge.effects).toEqual([]);
    const cancel = node.runner.cancel([first.id]);
    await store.write(cancel.commands);
    cancel.start();
    await until(() => judge.effects.length === 2);
    expect(judge.effects).toEqual(['b', 'c']);
  });

  test('a lane waits for its step that lies ahead', async () => {
    const judge = createJudge('judge');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    const dueAtMs = node.clock.nowMs() + 1_000;
    await node.submit(
      node.plan({ key: 'a', lane: 'lane' }),
      node.plan({ key: 'b', lane: 'lane', dueAtMs }),
      node.plan({ key: 'c', lane: 'lane' }),
    );
    await node.runner.idle();
    expect(judge.effects).toEqual(['a']);
    await node.clock.advance(1_000);
    await until(() => judge.effects.length === 3);
    expect(judge.effects).toEqual(['a', 'b', 'c']);
  });
});

describeOnBothStores('repeats', (open) => {
  test('a try without an answer is read back before it is repeated', async () => {
    const judge = createJudge('judge');
    judge.script('a', 'lose-reply');
    const node = await startNode(await open(), { handlers: [judge.handler] });
    await node.submit(node.plan({ key: 'a' }));
    await until(() => judge.effects.length === 1);
    await node.clock.advance(CALL_TIMEOUT_MS);
    await node.runner.idle();
    expect(await node.runner.list({})).toMatchObject([
      { state: 'planned', repeated: true, reason: `no answer within ${CALL_TIMEOUT_MS} ms` },
    ]);
    await node.clock.advance(1_000);
    await node.runner.idle();
    expect(judge.calls).toEqual(['perform a', 'read-back a']);
    expect(judge.effects).toEqual(['a']);
    expect(await stateOf(node)).toEqual(['done']);
  });

  test.each([
    { target: 'without keys', keys: false, calls: ['read-back a', 'perform a'] },
    { target: 'that honours keys', keys: true, calls: ['perform a'] },
  ])('a taken-over claim on a target $target', async ({ keys, calls }) => {
    const { judge, second } = await takeOver(await open(), keys);
    await second.clock.advance(CALL_TIMEOUT_MS + 20);
    await until(() => judge.effects.length === 1);
    await second.runner.idle();
    expect(judge.calls).toEqual(calls);
    expect(await second.runner.list({})).toMatchObject([{ state: 'done', attempt: 1, stops: 1 }]);
  });

  test('waits until the call of the node that is gone can no longer be in flight', async () => {
    const { judge, second } = await takeOver(await open(), false);
    expect(judge.calls).toEqual([]);
    await second.clock.advance(CALL_TIMEOUT_MS - 1);
    await second.runner.idle();
    expect(judge.calls).toEqual([]);
    expect(await second.runner.list({})).toMatchObject([{ state: 'planned', stops: 1 }]);
    await second.clock.advance(20);
    await until(() => judge.effects.length === 1);
  });
});

/** A node stands still in the middle of a call; another one finds its lease ended. */
async function takeOver(
  store: Store,
  keys: boolean,
): Promise<{ judge: Judge; second: NodeForTest }> {
  const frozen = tapStore(store);
  const stuck = createJudge('judge');
  stuck.hold('a');
  const settings = { leaseMs: 300 };
  const first = await startNode(frozen.store, { handlers: [stuck.handler], settings });
  await first.submit(first.plan({ key: 'a' }));
  frozen.freeze();
  const judge = createJudge('judge', { honoursKeys: () => keys });
  const { clock } = first;
  const second = await startNode(store, { handlers: [judge.handler], clock, settings });
  await until(async () => (await second.runner.list({}))[0]?.repeated === true);
  await second.runner.idle();
  return { judge, second };
}

describeOnBothStores('recording', (open) => {
  test.each(['store-unavailable', 'store-full', 'store-busy'] as const)(
    'an outcome that meets %s is written again; the effect is not repeated',
    async (code) => {
      const tap = tapStore(await open());
      const judge = createJudge('judge');
      const release = judge.hold('a');
      const node = await startNode(tap.store, { handlers: [judge.handler] });
      await node.submit(
        node.plan({ key: 'a', lane: 'lane' }),
        node.plan({ key: 'b', lane: 'lane' }),
      );
      await until(() => judge.running() === 1);
      let failures = 0;
      tap.failWrites(() => {
        failures += 1;
        return new FirebreakError(code, { problem: 'planted', limit: 1 });
      });
      release();
      await until(() => failures >= 3);
      tap.failWrites(null);
      await node.runner.idle();
      await until(() => judge.effects.length === 2);
      await node.runner.idle();
      expect(judge.calls).toEqual(['perform a', 'perform b']);
      expect(await stateOf(node)).toEqual(['done', 'done']);
    },
  );

  test('a write whose reply was lost after the commit is recognised as recorded', async () => {
    const store = await open();
    const judge = createJudge('judge');
    let writes = 0;
    const handler: StepHandler = {
      ...judge.handler,
      record: async (_step, _outcome, settle) => {
        writes += 1;
        await store.write(settle);
        throw new FirebreakError('store-unavailable', { problem: 'planted after the commit' });
      },
    };
    const node = await startNode(store, { handlers: [handler] });
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    expect(writes).toBe(1);
    expect(node.runner.statistics()).toMatchObject({ done: 1, fenced: 0 });
  });

  test('a domain that cannot record is our mistake: blocked and visible, and read back when released', async () => {
    const store = await open();
    const judge = createJudge('judge');
    let isBroken = true;
    const handler: StepHandler = {
      ...judge.handler,
      record: async (_step, _outcome, settle) => {
        if (isBroken) throw new RangeError('planted');
        await store.write(settle);
      },
    };
    const node = await startNode(store, { handlers: [handler] });
    await node.submit(node.plan({ key: 'a' }));
    await node.runner.idle();
    const [step] = await node.runner.list({ state: 'blocked' });
    expect(step).toMatchObject({ reason: 'internal: RangeError', repeated: true });
    isBroken = false;
    await node.clock.advance(CALL_TIMEOUT_MS);
    const release = node.runner.release(step?.id ?? '');
    await store.write(release.commands);
    release.start();
    await until(() => judge.calls.length === 2);
    await node.runner.idle();
    expect(judge.calls).toEqual(['perform a', 'read-back a']);
    expect(await stateOf(node)).toEqual(['done']);
  });
});

describeOnBothStores('cancelling', (open) => {
  test('planned and running steps end, ended ones stay as they are', async () => {
    const store = await open();
    const judge = createJudge('judge');
    judge.hold('running');
    const node = await startNode(store, { handlers: [judge.handler] });
    const dueAtMs = node.clock.nowMs() + 1_000;
    const steps = [
      node.plan({ key: 'done' }),
      node.plan({ key: 'running' }),
      node.plan({ key: 'ahead', dueAtMs }),
    ];
    await node.submit(...steps);
    await until(() => node.runner.statistics().done === 1);
    const cancel = node.runner.cancel(steps.map((step) => step.id));
    await store.write(cancel.commands);
    cancel.start();
    await node.runner.idle();
    await node.clock.advance(2_000);
    await node.runner.idle();
    expect(await stateOf(node)).toEqual(['done', 'cancelled', 'cancelled']);
    expect(judge.effects).toEqual(['done']);
    await until(() => node.runner.statistics().running === 0);
    expect(node.runner.statistics()).toMatchObject({ done: 1, fenced: 0 });
  });
});

describeOnBothStores('places', (open) => {
  test('a flood of notifications does not delay a cut', async () => {
    const judge = createJudge('judge');
    const release = judge.hold('flood');
    const node = await startNode(await open(), {
      handlers: [judge.handler],
      settings: { runningMax: 8, heldMax: 20 },
    });
    const flood = Array.from({ length: 100 }, () =>
      node.plan({ key: 'flood', priority: 8, target: 'chat' }),
    );
    await node.submit(...flood);
    await until(() => judge.running() === 6);
    await node.submit(node.plan({ key: 'cut', priority: 0, target: 'iam' }));
    await until(() => judge.effects.includes('cut'));
    expect(judge.effects).toEqual(['cut']);
    release();
    await until(() => judge.effects.length === 101);
    await node.runner.idle();
    expect(new Set(await stateOf(node))).toEqual(new Set(['done']));
    expect(judge.runningMax()).toBeLessThanOrEqual(8);
  });

  test('calls to one target stay within its limit', async () => {
    const judge = createJudge('judge');
    const release = judge.hold('slow');
    const node = await startNode(await open(), {
      handlers: [judge.handler],
      settings: { targetCalls: (target) => (target === 'slow' ? 2 : 16) },
    });
    const cuts = Array.from({ length: 10 }, () =>
      node.plan({ key: 'slow', priority: 0, target: 'slow' }),
    );
    await node.submit(...cuts, node.plan({ key: 'fast', target: 'fast' }));
    await until(() => judge.effects.includes('fast'));
    expect(judge.running()).toBe(2);
    release();
    await until(() => judge.effects.length === 11);
    expect(judge.runningMax()).toBeLessThanOrEqual(3);
  });
});

describeOnBothStores('idling', (open) => {
  test('10,000 waiting timers ask nothing of the store between two heartbeats', async () => {
    const tap = tapStore(await open());
    const judge = createJudge('judge');
    const first = await startNode(tap.store);
    const dueAtMs = first.clock.nowMs() + 60_000;
    const steps = Array.from({ length: 10_000 }, (_, index) =>
      first.plan({ key: `k${index}`, dueAtMs: dueAtMs + index, priority: 5 }),
    );
    await first.submit(...steps);
    await first.runner.stop(0);
    // A node that starts with all of them before it, and whose next heartbeat is far away.
    const node = await startNode(tap.store, {
      handlers: [judge.handler],
      clock: first.clock,
      settings: { leaseMs: 600_000 },
    });
    await node.runner.idle();
    const before = { ...tap.counts };
    await node.clock.advance(59_000);
    await node.runner.idle();
    expect(tap.counts).toEqual(before);
    expect(node.runner.statistics()).toMatchObject({ running: 0, waiting: 0 });
    await node.clock.advance(1_000);
    await until(() => judge.effects.length > 0);
    expect(judge.effects).toEqual(['k0']);
  });
});
