import type { Clock, Log, Random } from '../kernel/index.ts';
import type { Command, Store } from '../store/index.ts';
import { mistakeReason, tryStep, type TryEnd } from './attempt.ts';
import {
  decideOutcome,
  isForemost,
  isUrgent,
  planTry,
  rulesOf,
  traceOf,
  type StepRules,
} from './decide.ts';
import {
  leavingBlocked,
  leavingDeferred,
  leavingWith,
  type Leaver,
  type Leaving,
} from './leaving.ts';
import type { NodeLease } from './lease.ts';
import type { Step, StepHandler } from './model.ts';
import { recordOutcome, type Recorded } from './record.ts';
import { Scheduler, type Places } from './scheduler.ts';
import { unclaimStep, type Holder, type StepStore } from './store.ts';

/** A step that this node has claimed. */
interface Held {
  readonly step: Step;
  readonly holder: Holder;
  /** Of the epoch it was claimed in: a new epoch starts with empty hands. */
  readonly scheduler: Scheduler;
  readonly abort: AbortController;
  /** Claimed from the store and not by its own plan: its lane may have more steps there. */
  readonly fetched: boolean;
  phase: 'waiting' | 'running' | 'recording';
}

export interface ExecutorParts {
  readonly store: Store;
  readonly steps: StepStore;
  readonly lease: NodeLease;
  readonly handlers: ReadonlyMap<string, StepHandler>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly places: Places;
  /** A step was given up, so that others of its lane may be due in the store. */
  readonly onLaneMoved: (isUrgent: boolean) => void;
  readonly onRetry: (dueAtMs: number) => void;
  readonly onChange: () => void;
}

export interface ExecutorCounts {
  done: number;
  blocked: number;
  fenced: number;
  latenessMsMax: number;
}

/** Runs claimed steps: takes them in order, makes their calls and records what came of them. */
export class Executor {
  readonly counts: ExecutorCounts = { done: 0, blocked: 0, fenced: 0, latenessMsMax: 0 };
  readonly #parts: ExecutorParts;
  readonly #held = new Map<string, Held>();
  /** The write of a lane's latest outcome. */
  readonly #laneTails = new Map<string, Promise<void>>();
  #scheduler: Scheduler;
  #heldUrgent = 0;
  #heldForemost = 0;
  #paused = false;
  #givingBack = 0;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#scheduler = new Scheduler(parts.places);
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get heldUrgentCount(): number {
    return this.#heldUrgent;
  }

  get runningCount(): number {
    return this.#scheduler.runningCount;
  }

  get isBusy(): boolean {
    return this.#held.size > 0 || this.#givingBack > 0;
  }

  holds(stepId: string): boolean {
    return this.#held.has(stepId);
  }

  /** Steps whose outcome is not being written: what a cancellation can still reach. */
  cancellable(): readonly Step[] {
    return [...this.#held.values()]
      .filter((held) => held.phase !== 'recording')
      .map((held) => held.step);
  }

  /** Takes steps that were claimed from the store: the first of their lanes. */
  take(steps: readonly Step[], holder: Holder): void {
    for (const step of steps) this.#hold(step, holder, true);
    this.pump();
  }

  /** Takes steps whose own plan claimed them. Only here an earlier step of their lane may still be under way elsewhere. */
  takePlanned(steps: readonly Step[], holder: Holder): void {
    const unsure = new Map<string, string>();
    for (const step of steps) {
      if (step.lane !== null && step.laneIsNew !== true && !this.#scheduler.hasLane(step.lane)) {
        unsure.set(step.lane, step.id);
        this.#scheduler.openStalled(step.lane);
      }
      this.#hold(step, holder, false);
    }
    for (const [lane, firstId] of unsure) void this.#checkLane(lane, firstId, this.#scheduler);
    this.pump();
  }

  /** Starts whatever has a place. */
  pump(): void {
    while (!this.#paused && this.#parts.lease.mayAct()) {
      const step = this.#scheduler.take(this.#heldForemost > 0);
      if (step === undefined) return;
      const held = this.#held.get(step.id);
      if (held !== undefined) void this.#run(held);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  /** Calls under way get an end; what they say then is recorded as unknown. */
  abortRunning(): void {
    for (const held of this.#held.values()) if (held.phase === 'running') held.abort.abort();
  }

  /** Gives back everything that has not begun. */
  async giveBackWaiting(): Promise<void> {
    const waiting = [...this.#held.values()].filter((held) => held.phase === 'waiting');
    for (const held of waiting) held.scheduler.drop(held.step);
    await this.#giveBack(waiting.map((held) => held.step));
  }

  /** The lease has ended: whatever is under way belongs to others now. */
  loseAll(): void {
    const lost = [...this.#held.values()];
    this.#held.clear();
    this.#heldUrgent = 0;
    this.#heldForemost = 0;
    this.#scheduler = new Scheduler(this.#parts.places);
    for (const held of lost) held.abort.abort();
    this.#parts.onChange();
  }

  /** Forgets a step that was cancelled, unless its outcome is being written: then the store decides. */
  drop(stepId: string, fence?: number): void {
    const held = this.#held.get(stepId);
    if (held === undefined || held.phase === 'recording') return;
    if (fence !== undefined && held.step.fence !== fence) return;
    this.#letGo(held);
    if (held.phase === 'waiting') held.scheduler.drop(held.step);
    held.abort.abort('cancelled');
    this.pump();
  }

  #hold(step: Step, holder: Holder, fetched: boolean): void {
    if (this.#held.has(step.id)) return;
    const abort = new AbortController();
    const scheduler = this.#scheduler;
    this.#held.set(step.id, { step, holder, scheduler, abort, fetched, phase: 'waiting' });
    if (isUrgent(step)) this.#heldUrgent += 1;
    if (isForemost(step)) this.#heldForemost += 1;
    scheduler.add(step);
  }

  #letGo(held: Held): void {
    if (!this.#isHeld(held)) return;
    this.#held.delete(held.step.id);
    if (isUrgent(held.step)) this.#heldUrgent -= 1;
    if (isForemost(held.step)) this.#heldForemost -= 1;
    this.#parts.onChange();
  }

  #isHeld(held: Held): boolean {
    return this.#held.get(held.step.id) === held;
  }

  #isRunning(held: Held): boolean {
    return this.#isHeld(held) && held.phase === 'running';
  }

  async #checkLane(lane: string, firstId: string, scheduler: Scheduler): Promise<void> {
    let isFree = false;
    try {
      isFree = await this.#parts.steps.laneIsFree(lane, firstId);
    } catch (error) {
      this.#parts.log.warn({ lane, error }, 'a lane could not be looked at');
    }
    if (isFree) scheduler.resume(lane);
    else await this.#giveBack(scheduler.halt(lane));
    this.pump();
  }

  async #run(held: Held): Promise<void> {
    held.phase = 'running';
    const { step } = held;
    const handler = this.#parts.handlers.get(step.kind);
    try {
      const rules = handler === undefined ? undefined : rulesOf(handler, step);
      await this.#runBy(held, handler, rules);
    } catch (error) {
      // What a handler says of its kind is our code too.
      this.#parts.log.error({ step: step.id, error }, 'a step could not be run');
      if (!this.#isRunning(held)) return;
      const trace = { repeated: true, lastTryAtMs: this.#parts.clock.nowMs() };
      await this.#leave(
        held,
        leavingBlocked(this.#leaver(held), mistakeReason(error), trace, undefined),
      );
    }
  }

  async #runBy(
    held: Held,
    handler: StepHandler | undefined,
    rules: StepRules | undefined,
  ): Promise<void> {
    const { step } = held;
    const { clock, log, lease } = this.#parts;
    const nowMs = clock.nowMs();
    const plan = planTry(step, rules, nowMs);
    if (plan.type === 'wait') {
      await this.#leave(held, leavingDeferred(this.#leaver(held), plan));
      return;
    }
    if (plan.type === 'blocked' || handler === undefined || rules === undefined) {
      const reason = plan.type === 'blocked' ? plan.reason : 'no handler';
      await this.#leave(held, leavingBlocked(this.#leaver(held), reason, step, handler));
      return;
    }
    if (held.fetched && step.attempt === 1) this.#noteLateness(nowMs - step.dueAtMs);
    const end = await tryStep(
      {
        step,
        handler,
        rules,
        clock,
        log,
        signal: held.abort.signal,
        mayAct: () => lease.whenMayAct(held.holder),
      },
      plan.type === 'read-back',
    );
    await this.#conclude(held, end, handler, rules);
  }

  #noteLateness(ms: number): void {
    this.counts.latenessMsMax = Math.max(this.counts.latenessMsMax, ms);
  }

  #leaver({ step, holder }: Held): Leaver {
    return { step, holder, store: this.#parts.store };
  }

  async #conclude(held: Held, end: TryEnd, handler: StepHandler, rules: StepRules): Promise<void> {
    const { step, scheduler } = held;
    if (end.type === 'lost' || !this.#isHeld(held)) {
      scheduler.callEnded(step);
      scheduler.drop(step);
      if (held.abort.signal.reason !== 'cancelled') this.counts.fenced += 1;
      this.pump();
      return;
    }
    const trace = traceOf(step, end.tried);
    if (end.type === 'mistake') {
      await this.#leave(held, leavingBlocked(this.#leaver(held), end.reason, trace, handler));
      return;
    }
    const { clock, random } = this.#parts;
    const outcome = decideOutcome(step, rules, end.tried, clock.nowMs(), random);
    await this.#leave(held, leavingWith(this.#leaver(held), outcome, trace, handler));
  }

  /** Frees the place, lets the lane go on, and writes what came of the step. */
  async #leave(held: Held, leaving: Leaving): Promise<void> {
    const { step, scheduler } = held;
    held.phase = 'recording';
    scheduler.callEnded(step);
    scheduler.outcomeKnown(step, leaving.outcome === 'done');
    const recording = this.#recordInOrder(held, leaving);
    this.pump();
    const recorded = await recording;
    this.#count(leaving, recorded);
    this.#letGo(held);
    const stopped = recorded.type === 'recorded' ? [] : this.#haltLane(held);
    await this.#giveBack([...scheduler.outcomeRecorded(step), ...stopped]);
    if (step.lane !== null && !scheduler.hasLane(step.lane)) {
      this.#parts.onLaneMoved(held.fetched);
    }
    this.pump();
  }

  #haltLane(held: Held): readonly Step[] {
    return held.step.lane === null ? [] : held.scheduler.halt(held.step.lane);
  }

  #recordInOrder(held: Held, leaving: Leaving): Promise<Recorded> {
    const { lane } = held.step;
    if (lane === null) return this.#record(held, leaving, Promise.resolve());
    const recording = this.#record(held, leaving, this.#laneTails.get(lane) ?? Promise.resolve());
    const tail = recording.then(() => {
      if (this.#laneTails.get(lane) === tail) this.#laneTails.delete(lane);
    });
    this.#laneTails.set(lane, tail);
    return recording;
  }

  async #record(held: Held, leaving: Leaving, previous: Promise<void>): Promise<Recorded> {
    const { step, holder, scheduler } = held;
    const { steps, log, lease } = this.#parts;
    const parts = {
      step,
      holder,
      steps,
      log,
      previous,
      isOurs: () => lease.isHeldBy(holder) && this.#isHeld(held),
      onDoubt: () => {
        scheduler.stall(step.lane);
      },
    };
    const { settled, write } = leaving;
    const recorded = await recordOutcome({ ...parts, settled, write });
    if (recorded.type !== 'refused') return recorded;
    log.error(
      { step: step.id, kind: step.kind, error: recorded.error },
      'a step cannot be recorded',
    );
    const nowMs = this.#parts.clock.nowMs();
    const trace = { repeated: true, lastTryAtMs: settled.lastTryAtMs ?? nowMs };
    const instead = leavingBlocked(
      this.#leaver(held),
      mistakeReason(recorded.error),
      trace,
      undefined,
    );
    const second = await recordOutcome({
      ...parts,
      settled: instead.settled,
      write: instead.write,
    });
    if (second.type === 'recorded') this.counts.blocked += 1;
    // The lane must not go on behind a blocked step.
    return second.type === 'recorded' ? recorded : second;
  }

  #count(leaving: Leaving, recorded: Recorded): void {
    if (recorded.type === 'fenced') this.counts.fenced += 1;
    if (recorded.type !== 'recorded') return;
    switch (leaving.outcome) {
      case 'done':
        this.counts.done += 1;
        return;
      case 'blocked':
        this.counts.blocked += 1;
        return;
      case 'retry':
      case 'deferred':
        this.#parts.onRetry(leaving.settled.dueAtMs);
    }
  }

  /** What this write misses is found by the next comparison with the store. */
  async #giveBack(steps: readonly Step[]): Promise<void> {
    const commands: Command[] = [];
    for (const step of steps) {
      const held = this.#held.get(step.id);
      if (held === undefined) continue;
      this.#letGo(held);
      commands.push(unclaimStep(step.id, step.fence, held.holder));
    }
    if (commands.length === 0) return;
    this.#givingBack += 1;
    try {
      await this.#parts.store.write(commands);
    } catch (error) {
      this.#parts.log.warn({ count: commands.length, error }, 'steps could not be given back');
    }
    this.#givingBack -= 1;
    this.#parts.onLaneMoved(true);
    this.#parts.onChange();
  }
}
