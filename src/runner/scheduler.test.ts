import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../kernel/index.ts';
import { isUrgent, ordinaryPlaces } from './decide.ts';
import { PRIORITY, type Priority, type Step } from './model.ts';
import { Scheduler } from './scheduler.ts';

function makeStep(index: number, facts: Pick<Step, 'priority' | 'target' | 'lane'>): Step {
  return {
    ...facts,
    id: `stp_${String(index).padStart(6, '0')}`,
    kind: 'k',
    subject: 's',
    dueAtMs: 0,
    key: 'k',
    payload: {},
    state: 'claimed',
    fence: 1,
    attempt: 1,
    repeated: false,
    lastTryAtMs: null,
    reason: null,
  } as Step; // The id has the form of a step's id.
}

const RUNNING_MAX = 5;
const TARGET_MAX = 2;

/** The naive second definition: everything is looked at again, each time. */
class NaiveScheduler {
  waiting: Step[] = [];
  running: Step[] = [];
  unrecorded: Step[] = [];
  halted = new Set<string>();

  /** The step of a lane that may run: the first, when no other of it runs. */
  isHead(step: Step): boolean {
    if (step.lane === null) return true;
    if (this.halted.has(step.lane) || this.running.some((other) => other.lane === step.lane)) {
      return false;
    }
    return !this.waiting.some((other) => other.lane === step.lane && other.id < step.id);
  }

  fits(step: Step): boolean {
    const full = (steps: Step[], max: number): boolean =>
      steps.length >= max ||
      (!isUrgent(step) && steps.filter((other) => !isUrgent(other)).length >= ordinaryPlaces(max));
    if (full(this.running, RUNNING_MAX)) return false;
    if (step.target === null) return true;
    const there = this.running.filter((other) => other.target === step.target);
    return !full(there, TARGET_MAX);
  }

  startable(): Step[] {
    return this.waiting.filter((step) => this.isHead(step) && this.fits(step));
  }
}

type Act =
  | { type: 'add'; priority: Priority; target: string | null; lane: string | null }
  | { type: 'take' }
  | { type: 'end'; pick: number; done: boolean }
  | { type: 'record'; pick: number }
  | { type: 'drop'; pick: number };

const actArbitrary: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('add' as const),
      priority: fc.constantFrom(...Object.values(PRIORITY)),
      target: fc.constantFrom(null, 't1', 't2'),
      lane: fc.constantFrom(null, null, 'l1', 'l2'),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ type: 'take' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      pick: fc.nat(),
      done: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('record' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), pick: fc.nat() }) },
);

function remove(steps: Step[], pick: number): Step | undefined {
  return steps.length === 0 ? undefined : steps.splice(pick % steps.length, 1)[0];
}

/** One act on both; what they say must agree. */
function actOnBoth(real: Scheduler, naive: NaiveScheduler, act: Act, index: number): void {
  switch (act.type) {
    case 'add': {
      // A stopped lane takes nothing: the runner looks at the store first.
      if (act.lane !== null && naive.halted.has(act.lane)) return;
      const step = makeStep(index, act);
      naive.waiting.push(step);
      real.add(step);
      return;
    }
    case 'take': {
      const taken = real.take();
      const startable = naive.startable();
      if (taken === undefined) return assert.deepEqual(startable, []);
      assert.ok(startable.map((step) => step.id).includes(taken.id));
      assert.equal(taken.priority, Math.min(...startable.map((step) => step.priority)));
      naive.waiting = naive.waiting.filter((step) => step.id !== taken.id);
      naive.running.push(taken);
      return;
    }
    case 'end': {
      const step = remove(naive.running, act.pick);
      if (step === undefined) return;
      naive.unrecorded.push(step);
      if (!act.done && step.lane !== null) naive.halted.add(step.lane);
      real.callEnded(step);
      real.outcomeKnown(step, act.done);
      return;
    }
    case 'record': {
      const step = remove(naive.unrecorded, act.pick);
      if (step === undefined) return;
      const given = real.outcomeRecorded(step);
      const { lane } = step;
      const isOver =
        lane !== null &&
        naive.halted.has(lane) &&
        ![...naive.running, ...naive.unrecorded].some((other) => other.lane === lane);
      const expected = isOver ? naive.waiting.filter((other) => other.lane === lane) : [];
      assert.deepEqual(
        given.map((other) => other.id),
        expected.map((other) => other.id).sort(),
      );
      naive.waiting = naive.waiting.filter((other) => !expected.includes(other));
      if (isOver) naive.halted.delete(lane);
      return;
    }
    case 'drop': {
      const step = remove(naive.waiting, act.pick);
      if (step !== undefined) real.drop(step);
    }
  }
}

test('the scheduler agrees with a naive one that looks at everything each time', () => {
  fc.assert(
    fc.property(fc.array(actArbitrary, { minLength: 1, maxLength: 120 }), (acts) => {
      const real = new Scheduler({ runningMax: RUNNING_MAX, targetCalls: () => TARGET_MAX });
      const naive = new NaiveScheduler();
      for (const [index, act] of acts.entries()) actOnBoth(real, naive, act, index);
      expect(real.runningCount).toBe(naive.running.length);
      // Whatever is left comes out in the end: nothing is forgotten.
      for (let turn = 0; turn < 1_000; turn += 1) {
        actOnBoth(real, naive, { type: 'take' }, 0);
        actOnBoth(real, naive, { type: 'end', pick: turn, done: true }, 0);
        actOnBoth(real, naive, { type: 'record', pick: turn }, 0);
        if (naive.waiting.length + naive.running.length + naive.unrecorded.length === 0) break;
      }
      expect(naive.waiting).toEqual([]);
      expect(real.runningCount).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('among steps of one priority the oldest goes first, whatever its target', () => {
  const real = new Scheduler({ runningMax: 99, targetCalls: () => 99 });
  const targets = ['a', 'b', 'a', null, 'b', 'a'];
  const steps = targets.map((target, index) =>
    makeStep(index, { priority: PRIORITY.watch, target, lane: null }),
  );
  for (const step of steps) real.add(step);
  expect(steps.map(() => real.take()?.id)).toEqual(steps.map((step) => step.id));
});

test('a stalled lane starts nothing until the store is no longer in doubt', () => {
  const real = new Scheduler({ runningMax: 99, targetCalls: () => 99 });
  const [first, second, third] = [0, 1, 2].map((index) =>
    makeStep(index, { priority: PRIORITY.cut, target: null, lane: 'l' }),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error('three');
  real.openStalled('l');
  for (const step of [first, second, third]) real.add(step);
  expect(real.take()).toBeUndefined();
  real.resume('l');
  expect(real.take()).toBe(first);
  real.callEnded(first);
  real.outcomeKnown(first, true);
  expect(real.take()).toBe(second);
  real.stall('l');
  real.callEnded(second);
  real.outcomeKnown(second, true);
  expect(real.take()).toBeUndefined();
  real.outcomeRecorded(first);
  expect(real.take()).toBeUndefined();
  real.outcomeRecorded(second);
  expect(real.take()).toBe(third);
});

test('beside signals that nobody has looked at only a few others are begun', () => {
  const scheduler = new Scheduler({ runningMax: 50, targetCalls: () => 50 });
  const cut = { priority: PRIORITY.cut, target: null, lane: null };
  for (let index = 0; index < 20; index += 1) scheduler.add(makeStep(index, cut));
  const taken: Step[] = [];
  for (let step = scheduler.take(true); step !== undefined; step = scheduler.take(true))
    taken.push(step);
  expect(taken).toHaveLength(LIMITS.stepsBesideSignals);
  // Signals themselves are not held up, and they count for nobody else.
  const signal = { priority: PRIORITY.signal, target: null, lane: null };
  scheduler.add(makeStep(100, signal));
  expect(scheduler.take(true)?.priority).toBe(PRIORITY.signal);
  expect(scheduler.take(true)).toBeUndefined();
  for (const step of taken) scheduler.callEnded(step);
  expect(scheduler.take(true)?.priority).toBe(PRIORITY.cut);
  // Once they are looked at, everything goes on.
  let others = 0;
  while (scheduler.take() !== undefined) others += 1;
  expect(others).toBe(15);
});
