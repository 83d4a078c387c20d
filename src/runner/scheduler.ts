import { LIMITS } from '../kernel/index.ts';
import { isForemost, isUrgent, ordinaryPlaces } from './decide.ts';
import type { Step } from './model.ts';

export interface Places {
  readonly runningMax: number;
  readonly targetCalls: (target: string) => number;
}

/** A sequence of steps of which this node holds some. */
interface Lane {
  /** In the order of their ids, which is the order of their effects. */
  readonly waiting: Step[];
  /** Offered or running: the only one of its lane. */
  active: Step | null;
  /** Done, and its outcome not yet acknowledged by the store. */
  unrecorded: number;
  /** The store is in doubt about an earlier step: nothing new starts for now. */
  stalled: boolean;
  /** An earlier step did not end well: the rest goes back to the store. */
  halted: boolean;
}

interface Count {
  all: number;
  ordinary: number;
  foremost: number;
}

function isFull(count: Count, max: number, step: Step): boolean {
  if (count.all >= max) return true;
  return !isUrgent(step) && count.ordinary >= ordinaryPlaces(max);
}

function add(count: Count, step: Step, by: 1 | -1): void {
  count.all += by;
  if (!isUrgent(step)) count.ordinary += by;
  if (isForemost(step)) count.foremost += by;
}

/** Steps of one priority and one target, first in first out; a map so that any of them can be taken out. */
type Queue = Map<string, Step>;

/** What this node holds and may start, in memory. Knows no store, no clock and no promise. */
export class Scheduler {
  readonly #places: Places;
  /** priority -> target -> steps; priorities in ascending order. */
  readonly #ready = new Map<number, Map<string, Queue>>();
  readonly #arrival = new Map<string, number>();
  readonly #lanes = new Map<string, Lane>();
  readonly #running: Count = { all: 0, ordinary: 0, foremost: 0 };
  readonly #targets = new Map<string, Count>();
  #arrivals = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  get runningCount(): number {
    return this.#running.all;
  }

  hasLane(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  add(step: Step): void {
    if (step.lane === null) {
      this.#offer(step);
      return;
    }
    const lane = this.#laneOf(step.lane);
    const at = lane.waiting.findIndex((other) => other.id > step.id);
    lane.waiting.splice(at === -1 ? lane.waiting.length : at, 0, step);
    this.#advance(lane);
  }

  /** Opens a lane whose steps must not start before `resume`. */
  openStalled(name: string): void {
    this.#laneOf(name).stalled = true;
  }

  stall(name: string | null): void {
    const lane = name === null ? undefined : this.#lanes.get(name);
    if (lane !== undefined) lane.stalled = true;
  }

  resume(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.stalled = false;
    this.#advance(lane);
  }

  /**
   * The most urgent, oldest step that has a place; it counts as running from now on. `isPressed`: foremost steps are
   * under way, and beside them only a few others go on, so that these neither wait for them nor stand still.
   */
  take(isPressed = false): Step | undefined {
    for (const [, targets] of this.#ready) {
      const step = this.#oldestWithPlace(targets);
      if (step === undefined) continue;
      if (isPressed && !isForemost(step) && this.#besideForemost() >= LIMITS.stepsBesideSignals)
        return undefined;
      this.#unoffer(step);
      add(this.#running, step, 1);
      if (step.target !== null) add(this.#targetCount(step.target), step, 1);
      return step;
    }
    return undefined;
  }

  /** The call is over; its place is free. */
  callEnded(step: Step): void {
    add(this.#running, step, -1);
    if (step.target === null) return;
    const count = this.#targetCount(step.target);
    add(count, step, -1);
    if (count.all === 0) this.#targets.delete(step.target);
  }

  /** A lane goes on at once after `done`; any other outcome ends what this node does in it. */
  outcomeKnown(step: Step, done: boolean): void {
    const lane = this.#laneWith(step);
    if (lane === undefined) return;
    lane.active = null;
    lane.unrecorded += 1;
    if (!done) lane.halted = true;
    this.#advance(lane);
  }

  /** The outcome is in the store. Returns the steps that this node must give back. */
  outcomeRecorded(step: Step): readonly Step[] {
    const lane = this.#laneWith(step);
    if (lane === undefined) return [];
    lane.unrecorded -= 1;
    if (lane.unrecorded === 0) lane.stalled = false;
    this.#advance(lane);
    return this.#leave(step.lane);
  }

  /** Nothing more of this lane starts here. Returns what must be given back now. */
  halt(name: string): readonly Step[] {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return [];
    lane.halted = true;
    if (lane.active !== null && this.#arrival.has(lane.active.id)) {
      this.#unoffer(lane.active);
      lane.waiting.unshift(lane.active);
      lane.active = null;
    }
    return this.#leave(name);
  }

  /** Forgets a step that ended without an outcome of ours (cancelled, given back). */
  drop(step: Step): void {
    if (this.#arrival.has(step.id)) this.#unoffer(step);
    const lane = this.#laneWith(step);
    if (lane === undefined) return;
    if (lane.active?.id === step.id) lane.active = null;
    const at = lane.waiting.findIndex((other) => other.id === step.id);
    if (at !== -1) lane.waiting.splice(at, 1);
    this.#advance(lane);
    this.#leave(step.lane);
  }

  #laneOf(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = { waiting: [], active: null, unrecorded: 0, stalled: false, halted: false };
    this.#lanes.set(name, lane);
    return lane;
  }

  #laneWith(step: Step): Lane | undefined {
    return step.lane === null ? undefined : this.#lanes.get(step.lane);
  }

  #advance(lane: Lane): void {
    if (lane.active !== null || lane.stalled || lane.halted) return;
    if (lane.unrecorded >= LIMITS.stepsUnrecordedMax) return;
    const next = lane.waiting.shift();
    if (next === undefined) return;
    lane.active = next;
    this.#offer(next);
  }

  /** Closes a lane in which nothing is under way; returns what still waited in it. */
  #leave(name: string | null): readonly Step[] {
    const lane = name === null ? undefined : this.#lanes.get(name);
    if (name === null || lane === undefined) return [];
    if (lane.active !== null || lane.unrecorded > 0) return [];
    if (lane.waiting.length > 0 && !lane.halted) return [];
    this.#lanes.delete(name);
    return lane.waiting;
  }

  #offer(step: Step): void {
    let targets = this.#ready.get(step.priority);
    if (targets === undefined) {
      targets = new Map();
      this.#ready.set(step.priority, targets);
      const sorted = [...this.#ready].sort(([left], [right]) => left - right);
      this.#ready.clear();
      for (const [priority, queues] of sorted) this.#ready.set(priority, queues);
    }
    const target = step.target ?? '';
    let queue = targets.get(target);
    if (queue === undefined) {
      queue = new Map();
      targets.set(target, queue);
    }
    queue.set(step.id, step);
    this.#arrivals += 1;
    this.#arrival.set(step.id, this.#arrivals);
  }

  #unoffer(step: Step): void {
    this.#arrival.delete(step.id);
    const targets = this.#ready.get(step.priority);
    const queue = targets?.get(step.target ?? '');
    queue?.delete(step.id);
    if (queue?.size === 0) targets?.delete(step.target ?? '');
  }

  #oldestWithPlace(targets: ReadonlyMap<string, Queue>): Step | undefined {
    let oldest: Step | undefined;
    let oldestArrival = Infinity;
    for (const [, queue] of targets) {
      const [step] = queue.values();
      if (step === undefined || !this.#hasPlace(step)) continue;
      const arrival = this.#arrival.get(step.id) ?? Infinity;
      if (arrival >= oldestArrival) continue;
      oldest = step;
      oldestArrival = arrival;
    }
    return oldest;
  }

  #hasPlace(step: Step): boolean {
    if (isFull(this.#running, this.#places.runningMax, step)) return false;
    if (step.target === null) return true;
    const count = this.#targets.get(step.target) ?? { all: 0, ordinary: 0, foremost: 0 };
    return !isFull(count, this.#places.targetCalls(step.target), step);
  }

  #besideForemost(): number {
    return this.#running.all - this.#running.foremost;
  }

  #targetCount(target: string): Count {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const count = { all: 0, ordinary: 0, foremost: 0 };
    this.#targets.set(target, count);
    return count;
  }
}
