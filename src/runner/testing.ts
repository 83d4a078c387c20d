// Test support; never imported by the product.
import { onTestFinished } from 'vitest';
import {
  createIds,
  createPushableClock,
  createSeededRandom,
  silentLog,
  type IdSource,
  type PushableClock,
} from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { runnerMigrations } from './migrations.ts';
import type { Performed, StepHandler, StepPlan } from './model.ts';
import { createRunner, type NodeRunner, type RunnerSettings } from './runner.ts';

export const CALL_TIMEOUT_MS = 10_000;

/** A target that remembers what was done to it: the judge of every test. */
export interface Judge {
  readonly handler: StepHandler;
  /** Keys in the order of their effects; a repeat is a second entry. */
  readonly effects: readonly string[];
  readonly calls: readonly string[];
  readonly running: () => number;
  readonly runningMax: () => number;
  /** Answers of the next calls of a key, before it begins to succeed. */
  readonly script: (
    key: string,
    ...answers: readonly (Performed | 'lose-reply' | 'throw')[]
  ) => void;
  /** Calls of these keys wait until released. */
  readonly hold: (key: string) => () => void;
}

export function createJudge(kind: string, overrides: Partial<StepHandler> = {}): Judge {
  const effects: string[] = [];
  const calls: string[] = [];
  const scripts = new Map<string, (Performed | 'lose-reply' | 'throw')[]>();
  const gates = new Map<string, Promise<void>>();
  let running = 0;
  let runningMax = 0;
  const act = async (key: string, signal: AbortSignal): Promise<Performed> => {
    calls.push(`perform ${key}`);
    const answer = scripts.get(key)?.shift();
    await gates.get(key);
    if (answer === 'throw') throw new TypeError(`planted in ${key}`);
    if (answer === 'lose-reply') {
      effects.push(key);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      return { type: 'failed', reason: 'aborted', unknown: true };
    }
    if (typeof answer === 'object') return answer;
    effects.push(key);
    return { type: 'done', result: { key } };
  };
  return {
    effects,
    calls,
    running: () => running,
    runningMax: () => runningMax,
    script: (key, ...answers) => {
      scripts.set(key, [...answers]);
    },
    hold: (key) => {
      const gate = Promise.withResolvers<void>();
      gates.set(key, gate.promise);
      return gate.resolve;
    },
    handler: {
      kind,
      callTimeoutMs: CALL_TIMEOUT_MS,
      perform: async (step, { signal }) => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        try {
          return await act(step.key, signal);
        } finally {
          running -= 1;
        }
      },
      readBack: (step) => {
        calls.push(`read-back ${step.key}`);
        const isThere = effects.includes(step.key);
        return Promise.resolve(
          isThere ? { type: 'done', result: { already: true } } : { type: 'absent' },
        );
      },
      ...overrides,
    },
  };
}

export interface NodeForTest {
  readonly runner: NodeRunner;
  readonly clock: PushableClock;
  readonly ids: IdSource;
  readonly plan: (step: Partial<StepPlan>) => StepPlan;
  /** Plans in a write of their own and starts, as a domain would. */
  readonly submit: (...steps: readonly StepPlan[]) => Promise<void>;
}

export interface NodeOptions {
  readonly clock?: PushableClock;
  readonly seed?: number;
  readonly settings?: RunnerSettings;
  readonly handlers?: readonly StepHandler[];
}

let seeds = 1;

/** A started node on a store that has the tables. */
export async function startNode(store: Store, options: NodeOptions = {}): Promise<NodeForTest> {
  await store.migrate(runnerMigrations, { apply: true });
  const clock = options.clock ?? createPushableClock();
  const random = createSeededRandom(options.seed ?? seeds++);
  const ids = createIds(clock.nowMs, random);
  const settings = options.settings ?? {};
  const runner = createRunner({ store, clock, random, ids, log: silentLog, settings });
  for (const handler of options.handlers ?? []) runner.register(handler);
  await runner.start();
  onTestFinished(async () => {
    await runner.stop(0).catch(() => undefined);
  });
  const plan = (step: Partial<StepPlan>): StepPlan => {
    const id = ids.next('step');
    return {
      id,
      kind: 'judge',
      subject: 'subject',
      lane: null,
      target: null,
      priority: 5,
      dueAtMs: clock.nowMs(),
      key: id,
      payload: {},
      ...step,
    };
  };
  return {
    runner,
    clock,
    ids,
    plan,
    submit: async (...steps) => {
      const planned = runner.plan(steps);
      await store.write(planned.commands);
      planned.start();
    },
  };
}

/** Lets real work (store, judge) go on without moving the clock. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Counts what a store is asked for, and can make it fail or freeze. */
export interface StoreTap {
  readonly store: Store;
  readonly counts: { writes: number; queries: number };
  /** The next writes of which this holds fail with the error. */
  readonly failWrites: (error: (() => Error) | null) => void;
  /** Everything asked for from now on waits until thawed: a frozen process, as the store sees it. */
  readonly freeze: () => () => void;
}

export function tapStore(inner: Store): StoreTap {
  const counts = { writes: 0, queries: 0 };
  let failure: (() => Error) | null = null;
  let frozen: Promise<void> = Promise.resolve();
  return {
    counts,
    failWrites: (error) => {
      failure = error;
    },
    freeze: () => {
      const gate = Promise.withResolvers<void>();
      frozen = gate.promise;
      // Nothing may hang at the end of the test.
      onTestFinished(() => {
        gate.resolve();
      });
      return gate.resolve;
    },
    store: {
      ...inner,
      query: async (statement) => {
        counts.queries += 1;
        await frozen;
        return await inner.query(statement);
      },
      write: async (commands, lane) => {
        counts.writes += 1;
        await frozen;
        if (failure !== null) throw failure();
        return await inner.write(commands, lane);
      },
    },
  };
}
