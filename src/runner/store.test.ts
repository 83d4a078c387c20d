import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import type { Command, Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { runnerMigrations } from './migrations.ts';
import { PRIORITY, type Priority, type Step, type StepState } from './model.ts';
import { PRIORITIES } from './poller.ts';
import {
  cancelStep,
  createStepStore,
  insertSteps,
  plannedStep,
  releaseStep,
  settleStep,
  unclaimStep,
  type Holder,
  type StepStore,
} from './store.ts';

const LEASE_MS = 3_600_000;
const NODES = ['nod_a', 'nod_b', 'nod_c'] as const;

interface NaiveStep {
  readonly id: string;
  readonly lane: string | null;
  readonly dueAtMs: number;
  state: StepState;
  holder: Holder | null;
  fence: number;
  attempt: number;
  stops: number;
  repeated: boolean;
}

/** The naive definition of claims, fences and leases: one list of steps, one epoch for each living node. */
class Naive {
  readonly steps: NaiveStep[] = [];
  readonly epochs = new Map<string, number>();

  isAlive(holder: Holder | null): boolean {
    return holder !== null && this.epochs.get(holder.node) === holder.epoch;
  }

  isHeld(step: NaiveStep, fence: number, holder: Holder): boolean {
    return (
      this.isAlive(holder) &&
      step.state === 'claimed' &&
      step.fence === fence &&
      step.holder?.node === holder.node &&
      step.holder.epoch === holder.epoch
    );
  }

  claimable(nowMs: number): NaiveStep[] {
    const hasEnded = (step: NaiveStep): boolean => ['done', 'cancelled'].includes(step.state);
    return this.steps.filter(
      (step) =>
        step.state === 'planned' &&
        step.dueAtMs <= nowMs &&
        (step.lane === null ||
          this.steps.every(
            (other) => other.lane !== step.lane || other.id >= step.id || hasEnded(other),
          )),
    );
  }

  takeOver(byNode: string, nowMs: number): number {
    for (const node of this.epochs.keys()) if (node !== byNode) this.epochs.delete(node);
    const orphans = this.steps.filter(
      (step) => step.state === 'claimed' && !this.isAlive(step.holder),
    );
    for (const step of orphans) {
      step.stops += 1;
      step.attempt -= 1;
      const waits = step.stops >= LIMITS.stepStopsFree;
      const dueAtMs = waits ? nowMs + LIMITS.stepProbationMs : step.dueAtMs;
      Object.assign(step, { state: 'planned', holder: null, repeated: true, dueAtMs });
      step.fence += 1;
    }
    return orphans.length;
  }
}

type Act =
  | { type: 'register' | 'claim' | 'take-over'; node: number }
  | { type: 'plan'; node: number; lane: string | null; priority: Priority; ahead: boolean }
  | { type: 'settle'; pick: number; to: 'done' | 'planned' | 'blocked' }
  | { type: 'unclaim' | 'cancel' | 'release'; pick: number };

const node = fc.nat({ max: NODES.length - 1 });
const actArbitrary: fc.Arbitrary<Act> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constant('register' as const), node }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('claim' as const), node }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('take-over' as const), node }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('plan' as const),
      node,
      lane: fc.constantFrom(null, 'l1', 'l2'),
      priority: fc.constantFrom(...Object.values(PRIORITY)),
      ahead: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      pick: fc.nat(),
      to: fc.constantFrom('done' as const, 'planned' as const, 'blocked' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('unclaim' as const, 'cancel' as const, 'release' as const),
      pick: fc.nat(),
    }),
  },
);

/** Both definitions side by side, and every claim that was ever handed out: old ones try to write too. */
class Pair {
  readonly naive = new Naive();
  readonly holders = new Map<string, Holder>();
  readonly claims: { readonly step: Step; readonly holder: Holder }[] = [];
  readonly store: Store;
  readonly steps: StepStore;
  nowMs = 1_000;

  constructor(store: Store) {
    this.store = store;
    this.steps = createStepStore(store);
  }

  async apply(act: Act): Promise<void> {
    this.nowMs += 1;
    switch (act.type) {
      case 'register':
        return this.register(NODES[act.node] ?? 'nod_a');
      case 'claim':
        return this.claim(NODES[act.node] ?? 'nod_a');
      case 'take-over':
        return this.takeOver(NODES[act.node] ?? 'nod_a');
      case 'plan':
        return this.plan(act);
      case 'settle':
        return this.settle(act);
      case 'unclaim':
      case 'cancel':
      case 'release':
        return this.change(act);
    }
  }

  async register(name: string): Promise<void> {
    const earlier = this.holders.get(name)?.epoch ?? 0;
    const epoch = await this.steps.register(name, LEASE_MS, earlier);
    // INVARIANT: an epoch never comes twice.
    assert.ok(epoch > earlier);
    this.holders.set(name, { node: name, epoch });
    this.naive.epochs.set(name, epoch);
  }

  async claim(name: string): Promise<void> {
    const holder = this.holders.get(name);
    if (holder === undefined) return;
    const claim = await this.steps.claim(holder, this.nowMs, PRIORITIES);
    const expected = this.naive.isAlive(holder) ? this.naive.claimable(this.nowMs) : [];
    assert.deepEqual(claim.steps.map((step) => step.id).sort(), expected.map((s) => s.id).sort());
    for (const step of expected) {
      Object.assign(step, { state: 'claimed', holder });
      step.fence += 1;
      step.attempt += 1;
    }
    for (const step of claim.steps) this.claims.push({ step, holder });
  }

  async takeOver(name: string): Promise<void> {
    const holder = this.holders.get(name);
    if (holder === undefined) return;
    const facts = { leaseMs: LEASE_MS, nowMs: this.nowMs, evict: 'everybody' } as const;
    const beat = await this.steps.beat(holder, facts);
    assert.equal(beat.renewed, this.naive.isAlive(holder));
    assert.equal(
      beat.takenOver,
      this.naive.isAlive(holder) ? this.naive.takeOver(name, this.nowMs) : 0,
    );
  }

  async plan(act: Extract<Act, { type: 'plan' }>): Promise<void> {
    const holder = this.holders.get(NODES[act.node] ?? '') ?? null;
    const claimed = holder !== null && act.lane === null && !act.ahead;
    const dueAtMs = this.nowMs + (act.ahead ? 5 : 0);
    const id = `stp_${String(this.naive.steps.length).padStart(6, '0')}` as Step['id']; // Of a step.
    const { lane, priority } = act;
    const facts = { id, lane, priority, dueAtMs, key: id };
    const rest = { kind: 'k', subject: 's', target: null, payload: { n: 1 } };
    const step = plannedStep({ ...facts, ...rest }, claimed);
    await this.store.write(insertSteps([step], holder));
    const { state, fence, attempt, repeated } = step;
    const naiveHolder = claimed ? holder : null;
    this.naive.steps.push({
      id,
      lane,
      dueAtMs,
      state,
      fence,
      attempt,
      stops: 0,
      repeated,
      holder: naiveHolder,
    });
    if (claimed) this.claims.push({ step, holder });
  }

  /** True when the store took the write. */
  async attempt(command: Command): Promise<boolean> {
    try {
      const [result] = await this.store.write([command]);
      return result?.count === 1;
    } catch (error) {
      if (isFirebreakError(error, 'store-conflict')) return false;
      throw error;
    }
  }

  async settle(act: Extract<Act, { type: 'settle' }>): Promise<void> {
    const claim = this.claims[act.pick % Math.max(1, this.claims.length)];
    if (claim === undefined) return;
    const { step, holder } = claim;
    const settled = { state: act.to, dueAtMs: step.dueAtMs, reason: null, repeated: false };
    const took = await this.attempt(settleStep(step, holder, { ...settled, lastTryAtMs: null }));
    const naive = this.find(step.id);
    assert.equal(took, this.naive.isHeld(naive, step.fence, holder));
    if (took) Object.assign(naive, { state: act.to, holder: null, repeated: false });
  }

  async change(act: Extract<Act, { pick: number }>): Promise<void> {
    const claim = this.claims[act.pick % Math.max(1, this.claims.length)];
    if (claim === undefined) return;
    const { step, holder } = claim;
    const naive = this.find(step.id);
    switch (act.type) {
      case 'unclaim': {
        const took = await this.attempt(unclaimStep(step.id, step.fence, holder));
        assert.equal(took, this.naive.isHeld(naive, step.fence, holder));
        if (!took) return;
        Object.assign(naive, { state: 'planned', holder: null });
        naive.attempt -= 1;
        return;
      }
      case 'cancel': {
        const took = await this.attempt(cancelStep(step.id));
        assert.equal(took, ['planned', 'claimed', 'blocked'].includes(naive.state));
        if (took)
          Object.assign(naive, { state: 'cancelled', holder: null, fence: naive.fence + 1 });
        return;
      }
      case 'release': {
        const took = await this.attempt(releaseStep(step.id, naive.dueAtMs));
        assert.equal(took, naive.state === 'blocked');
        const fence = naive.fence + 1;
        if (took) Object.assign(naive, { state: 'planned', attempt: 0, stops: 0, fence });
        return;
      }
      case 'settle':
    }
  }

  find(id: string): NaiveStep {
    const found = this.naive.steps.find((step) => step.id === id);
    if (found === undefined) throw new Error(`${id} was planned`);
    return found;
  }

  async compare(): Promise<void> {
    const real = await this.steps.list({});
    const shape = (step: NaiveStep | Step): unknown => ({
      id: step.id,
      state: step.state,
      fence: step.fence,
      attempt: step.attempt,
      stops: step.stops,
      repeated: step.repeated,
    });
    assert.deepEqual(real.map(shape), this.naive.steps.map(shape));
  }
}

describeOnBothStores('claims, fences and leases', (open, on) => {
  test('agree with a naive definition, whatever the order of events', async () => {
    const store = await open();
    await store.migrate(runnerMigrations, { apply: true });
    await fc.assert(
      fc.asyncProperty(fc.array(actArbitrary, { minLength: 5, maxLength: 40 }), async (acts) => {
        await store.write([
          { sql: 'delete from step', params: [] },
          { sql: 'delete from node', params: [] },
        ]);
        const pair = new Pair(store);
        for (const name of NODES) await pair.register(name);
        for (const act of acts) await pair.apply(act);
        await pair.compare();
      }),
      { numRuns: on.dialect === 'sqlite' ? 60 : 25 },
    );
  });

  test('an epoch never comes twice, also when the clock of the database has gone back', async () => {
    const store = await open();
    await store.migrate(runnerMigrations, { apply: true });
    const steps = createStepStore(store);
    const ahead = 9_000_000_000_000;
    expect(await steps.register('nod_a', LEASE_MS, ahead)).toBe(ahead + 1);
    // With its row still there, even a node that has forgotten its epoch gets a new one.
    expect(await steps.register('nod_a', LEASE_MS, 0)).toBe(ahead + 2);
  });

  test('a step that was under way at many stops waits, so that others go first', async () => {
    const store = await open();
    await store.migrate(runnerMigrations, { apply: true });
    const steps = createStepStore(store);
    const facts = { lane: null, priority: PRIORITY.cut, dueAtMs: 0, key: 'k' } as const;
    const id = 'stp_000000' as Step['id']; // Of a step.
    const rest = { id, kind: 'k', subject: 's', target: null, payload: {} };
    await store.write(insertSteps([plannedStep({ ...facts, ...rest }, false)], null));
    const nowMs = 5_000;
    for (let stop = 1; stop <= LIMITS.stepStopsFree; stop += 1) {
      const holder = { node: 'nod_a', epoch: await steps.register('nod_a', LEASE_MS, 0) };
      expect((await steps.claim(holder, nowMs, PRIORITIES)).steps).toHaveLength(1);
      const next = { node: 'nod_b', epoch: await steps.register('nod_b', LEASE_MS, 0) };
      await steps.beat(next, { leaseMs: LEASE_MS, nowMs, evict: 'everybody' });
    }
    const [step] = await steps.list({});
    expect(step?.dueAtMs).toBe(nowMs + LIMITS.stepProbationMs);
    expect(step).toMatchObject({ state: 'planned', attempt: 0, stops: LIMITS.stepStopsFree });
  });

  test('each due step is claimed by exactly one of several nodes', async () => {
    const place = await on.freshPlace();
    const first = await open(place);
    await first.migrate(runnerMigrations, { apply: true });
    // The embedded store lets only one process in: its two nodes share it.
    const second = on.dialect === 'sqlite' ? first : await open(place);
    const all = Array.from({ length: 500 }, (_, index) =>
      plannedStep(
        {
          id: `stp_${String(index).padStart(6, '0')}` as Step['id'], // Of a step.
          kind: 'k',
          subject: 's',
          lane: null,
          target: null,
          priority: index % 10 === 0 ? PRIORITY.cut : PRIORITY.notification,
          dueAtMs: index,
          key: 'k',
          payload: {},
        },
        false,
      ),
    );
    await first.write(insertSteps(all, null));
    const claimAll = async (store: Store, name: string): Promise<Step[]> => {
      const steps = createStepStore(store);
      const holder = { node: name, epoch: await steps.register(name, LEASE_MS, 0) };
      const claimed: Step[] = [];
      for (;;) {
        const claim = await steps.claim(holder, 1_000, PRIORITIES);
        claimed.push(...claim.steps);
        if (!claim.more) return claimed;
      }
    };
    const claims = await Promise.all([claimAll(first, 'nod_a'), claimAll(second, 'nod_b')]);
    const ids = claims.flat().map((step) => step.id);
    expect(new Set(ids).size).toBe(500);
    expect(ids.length).toBe(500);
  });
});
