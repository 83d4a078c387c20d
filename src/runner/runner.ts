import {
  assert,
  LIMITS,
  messageOf,
  monotonicMs,
  realClock,
  sleep,
  stopPoint,
  type Clock,
  type IdSource,
  type Log,
  type Random,
} from '../kernel/index.ts';
import type { Command, Store } from '../store/index.ts';
import { isUrgent } from './decide.ts';
import { Executor } from './executor.ts';
import { NodeLease } from './lease.ts';
import {
  type PlannedSteps,
  type Priority,
  type Runner,
  type RunnerStatistics,
  type Step,
  type StepHandler,
  type StepPlan,
} from './model.ts';
import { Poller, PRIORITIES } from './poller.ts';
import {
  cancelStep,
  createStepStore,
  insertSteps,
  plannedStep,
  releaseStep,
  unclaimStep,
  type Holder,
  type StepStore,
} from './store.ts';

export interface RunnerSettings {
  readonly leaseMs?: number;
  readonly runningMax?: number;
  readonly heldMax?: number;
  /** Concurrent calls to a target. */
  readonly targetCalls?: (target: string) => number;
  /** Never goes back and never stands still; for the lease alone. */
  readonly monotonicMs?: () => number;
}

export interface RunnerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly log: Log;
  readonly settings?: RunnerSettings;
}

export interface NodeRunner extends Runner {
  /** Resolves when this node holds no step and fetches none: for tests that push the clock. */
  readonly idle: () => Promise<void>;
}

/** Steps are due that no node holds. */
const CHANNEL_DUE = 'step_due';
/** Steps were cancelled that another node may be running. */
const CHANNEL_CANCELLED = 'step_cancelled';
/** The comparison with the store repairs rare losses; every third heartbeat is enough. */
const BEATS_PER_COMPARISON = 3;
const IDLE_LOOK_MS = 5;
const URGENT: readonly Priority[] = PRIORITIES.filter((priority) => isUrgent({ priority }));

/** A store that does not answer must not keep the process from ending: the lease runs out by itself. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(realClock, ms, over.signal)]);
  over.abort();
}

class LeasedRunner {
  readonly nodeId: string;
  readonly #parts: RunnerParts;
  readonly #steps: StepStore;
  readonly #handlers = new Map<string, StepHandler>();
  readonly #lease: NodeLease;
  readonly #executor: Executor;
  readonly #poller: Poller;
  readonly #heldMax: number;
  /** Held steps up to which more are fetched: fetching all there are would leave other nodes idle. */
  readonly #fetchMax: number;
  /** Claimed by this node's epoch and not held, at the last comparison. */
  #strays: ReadonlySet<string> = new Set();
  /** Given back, by id and fence, although their plan may still call `start`. */
  readonly #disowned = new Set<string>();
  #beats = 0;
  #blocked = { stored: 0, counted: 0 };
  #starved = false;
  #stopping = false;
  #unlisten: readonly (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  constructor(parts: RunnerParts) {
    const { store, clock, random, ids, log, settings = {} } = parts;
    const runningMax = settings.runningMax ?? LIMITS.stepsRunningMax;
    this.#parts = parts;
    this.#heldMax = settings.heldMax ?? LIMITS.stepsHeldMax;
    this.#fetchMax = Math.min(this.#heldMax, 2 * runningMax);
    this.nodeId = ids.next('node');
    this.#steps = createStepStore(store);
    this.#lease = new NodeLease({
      node: this.nodeId,
      steps: this.#steps,
      log,
      leaseMs: settings.leaseMs ?? LIMITS.nodeLeaseMs,
      alone: store.dialect === 'sqlite',
      nowMs: clock.nowMs,
      monotonicMs: settings.monotonicMs ?? monotonicMs,
      events: {
        renewed: () => {
          this.#executor.pump();
          this.#poller.poke();
        },
        lost: () => {
          this.#executor.loseAll();
        },
        beaten: () => {
          this.#afterBeat();
        },
      },
    });
    this.#executor = new Executor({
      store,
      steps: this.#steps,
      lease: this.#lease,
      handlers: this.#handlers,
      clock,
      random,
      log,
      places: { runningMax, targetCalls: settings.targetCalls ?? (() => LIMITS.targetCallsMax) },
      onLaneMoved: (isUrgentMove) => {
        if (isUrgentMove) this.#poller.poke();
        else this.#poller.pokeSoon();
      },
      onRetry: (dueAtMs) => {
        this.#poller.arm(dueAtMs);
      },
      onChange: () => {
        this.#afterChange();
      },
    });
    this.#poller = new Poller({
      steps: this.#steps,
      clock,
      log,
      holder: () => (this.#lease.mayAct() ? this.#lease.holder : null),
      room: () => this.#room(),
      claimed: (steps, holder) => {
        stopPoint('after-claim');
        if (this.#lease.isHeldBy(holder)) this.#executor.take(this.#owned(steps), holder);
      },
      rested: () => {
        this.#afterChange();
      },
    });
  }

  register(handler: StepHandler): void {
    assert(!this.#handlers.has(handler.kind), `one handler serves steps of kind ${handler.kind}`);
    this.#handlers.set(handler.kind, handler);
  }

  plan(plans: readonly StepPlan[]): PlannedSteps {
    const holder = this.#stopping || !this.#lease.mayAct() ? null : this.#lease.holder;
    const steps = this.#claimDue(plans, holder);
    return {
      commands: insertSteps(steps, holder),
      start: () => {
        stopPoint('after-intent');
        const claimed = steps.filter((step) => step.state === 'claimed');
        if (holder !== null && claimed.length > 0) this.#startClaimed(claimed, holder);
        this.#awaitPlanned(steps.filter((step) => step.state === 'planned'));
      },
    };
  }

  cancel(stepIds: readonly string[]): PlannedSteps {
    return {
      commands: stepIds.map(cancelStep),
      start: () => {
        for (const id of stepIds) this.#executor.drop(id);
        this.#parts.store.wake(CHANNEL_CANCELLED);
        // What stood behind a cancelled step of a lane may run now.
        this.#poller.pokeSoon();
      },
    };
  }

  release(stepId: string): PlannedSteps {
    return {
      commands: [releaseStep(stepId, this.#parts.clock.nowMs())],
      start: () => {
        this.#blocked = { ...this.#blocked, stored: this.#blocked.stored - 1 };
        this.#hint();
      },
    };
  }

  list(filter: Parameters<Runner['list']>[0]): Promise<readonly Step[]> {
    return this.#steps.list(filter);
  }

  statistics(): RunnerStatistics {
    const { counts, heldCount, runningCount } = this.#executor;
    return {
      running: runningCount,
      waiting: Math.max(0, heldCount - runningCount),
      blocked: Math.max(0, this.#blocked.stored + counts.blocked - this.#blocked.counted),
      done: counts.done,
      fenced: counts.fenced,
      holdsLease: this.#lease.mayAct(),
      latenessMsMax: counts.latenessMsMax,
    };
  }

  async start(): Promise<void> {
    const { store } = this.#parts;
    this.#unlisten = [
      store.onWake(CHANNEL_DUE, () => {
        this.#poller.pokeSoon();
      }),
      store.onWake(CHANNEL_CANCELLED, () => {
        void this.#compareSafely(false);
      }),
    ];
    await this.#lease.start();
    this.#poller.start();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const unlisten of this.#unlisten) unlisten();
    this.#executor.pause();
    await within(LIMITS.stopRecordMs, this.#poller.stop());
    await within(LIMITS.stopRecordMs, this.#executor.giveBackWaiting());
    await this.#emptyWithin(graceMs);
    this.#executor.abortRunning();
    // An aborted call still has its outcome written: unknown, to be read back by the next node.
    await this.#emptyWithin(LIMITS.stopRecordMs);
    try {
      await within(LIMITS.stopRecordMs, this.#lease.stop());
    } catch (error) {
      this.#parts.log.warn({ problem: messageOf(error) }, 'the lease runs out by itself');
    }
    this.#executor.loseAll();
  }

  async idle(): Promise<void> {
    while (this.#executor.isBusy || this.#poller.isBusy) {
      await new Promise<void>((resolve) => {
        this.#idleWaiters.push(resolve);
        // Whoever waits is woken by each change; the look in between is for what ends without one.
        setTimeout(resolve, IDLE_LOOK_MS);
      });
    }
  }

  /** INVARIANT: in a lane, nothing is claimed behind a step that is not. */
  #claimDue(plans: readonly StepPlan[], holder: Holder | null): readonly Step[] {
    const nowMs = this.#parts.clock.nowMs();
    const shutLanes = new Set<string>();
    let room = this.#heldMax - this.#executor.heldCount;
    return plans
      .toSorted((left, right) => (left.id < right.id ? -1 : 1))
      .map((plan) => {
        const hasRoom = room > 0 || (isUrgent(plan) && this.#hasUrgentRoom());
        const isShut = plan.lane !== null && shutLanes.has(plan.lane);
        const claimed = holder !== null && plan.dueAtMs <= nowMs && hasRoom && !isShut;
        if (claimed) room -= 1;
        else if (plan.lane !== null) shutLanes.add(plan.lane);
        return plannedStep(plan, claimed);
      });
  }

  #hasUrgentRoom(): boolean {
    return this.#executor.heldUrgentCount < this.#heldMax;
  }

  #startClaimed(claimed: readonly Step[], holder: Holder): void {
    const owned = this.#owned(claimed);
    // After a lost lease these rows belong to nobody; the next heartbeat plans them again.
    if (this.#lease.isHeldBy(holder)) this.#executor.takePlanned(owned, holder);
  }

  #owned(steps: readonly Step[]): readonly Step[] {
    if (this.#disowned.size === 0) return steps;
    return steps.filter((step) => !this.#disowned.delete(`${step.id}:${step.fence}`));
  }

  #awaitPlanned(planned: readonly Step[]): void {
    if (planned.length === 0) return;
    const nowMs = this.#parts.clock.nowMs();
    if (planned.some((step) => step.dueAtMs <= nowMs)) this.#hint();
    for (const step of planned) if (step.dueAtMs > nowMs) this.#poller.arm(step.dueAtMs);
  }

  #hint(): void {
    this.#poller.poke();
    this.#parts.store.wake(CHANNEL_DUE);
  }

  #room(): readonly Priority[] {
    if (this.#stopping) return [];
    if (this.#executor.heldCount < this.#fetchMax) return PRIORITIES;
    this.#starved = true;
    return this.#executor.heldUrgentCount < this.#fetchMax ? URGENT : [];
  }

  #afterChange(): void {
    if (this.#starved && this.#executor.heldCount <= this.#fetchMax / 2) {
      this.#starved = false;
      this.#poller.poke();
    }
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #afterBeat(): void {
    this.#poller.poke();
    this.#beats += 1;
    if (this.#beats % BEATS_PER_COMPARISON === 1) void this.#compareSafely(true);
  }

  async #compareSafely(isRegular: boolean): Promise<void> {
    try {
      await this.#compare(isRegular);
    } catch (error) {
      this.#parts.log.warn({ problem: messageOf(error) }, 'held steps could not be compared');
    }
  }

  /** What the store says this node holds, against what it does hold: finds cancelled steps and forgotten ones. */
  async #compare(isRegular: boolean): Promise<void> {
    const holder = this.#lease.holder;
    if (holder === null) return;
    const before = this.#executor.cancellable();
    const rows = await this.#steps.claimedBy(holder);
    const counted = this.#executor.counts.blocked;
    this.#blocked = { stored: await this.#steps.blockedCount(), counted };
    if (!this.#lease.isHeldBy(holder)) return;
    const claimed = new Map(rows.map((row) => [row.id, row.fence]));
    for (const step of before) {
      if (claimed.get(step.id) !== step.fence) this.#executor.drop(step.id, step.fence);
    }
    if (isRegular) await this.#giveBackStrays(rows, holder);
  }

  /** Their write was acknowledged to nobody, or their giving back failed: no try was begun. */
  async #giveBackStrays(
    rows: readonly { readonly id: string; readonly fence: number }[],
    holder: Holder,
  ): Promise<void> {
    const strays = rows.filter((row) => !this.#executor.holds(row.id));
    const lost = strays.filter((row) => this.#strays.has(row.id));
    this.#strays = new Set(strays.map((row) => row.id));
    if (lost.length === 0) return;
    for (const row of lost) this.#disowned.add(`${row.id}:${row.fence}`);
    const commands: Command[] = lost.map((row) => unclaimStep(row.id, row.fence, holder));
    await this.#parts.store.write(commands);
    this.#hint();
  }

  async #emptyWithin(ms: number): Promise<void> {
    const untilMs = monotonicMs() + ms;
    while (this.#executor.isBusy && monotonicMs() < untilMs) await sleep(realClock, 5);
  }
}

export function createRunner(parts: RunnerParts): NodeRunner {
  const runner = new LeasedRunner(parts);
  return {
    nodeId: runner.nodeId,
    register: (handler) => {
      runner.register(handler);
    },
    plan: (steps) => runner.plan(steps),
    cancel: (stepIds) => runner.cancel(stepIds),
    release: (stepId) => runner.release(stepId),
    list: (filter) => runner.list(filter),
    statistics: () => runner.statistics(),
    start: () => runner.start(),
    stop: (graceMs) => runner.stop(graceMs),
    idle: () => runner.idle(),
  };
}
