import { mayActUntil } from '../../src/runner/index.ts';
import type { IncidentState } from '../../src/response/incident/testing.ts';
import type { Chance } from './chance.ts';
import type { EventQueue } from './queue.ts';
import type { Holder, Row, Table } from './table.ts';

export const LEASE_MS = 6_000;

/** One server process: may die, or stand still and go on as if nothing had happened. */
export interface Node {
  readonly name: string;
  state: 'up' | 'frozen' | 'down';
  epoch: number;
  /** Changes with every start: what an earlier process wanted to do is gone with it. */
  incarnation: number;
  mayActUntilMs: number;
  /** What was to happen while it stood still. */
  waiting: (() => void)[];
  /** The incident as this process has it in memory. */
  cache: IncidentState | null;
}

export interface NodesParts {
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly table: Table;
  readonly domainNowMs: () => number;
  /** Steps that somebody can take now. */
  readonly onReady: () => void;
  readonly log: (text: string) => void;
}

export class Nodes {
  readonly all: readonly Node[];
  readonly #parts: NodesParts;

  constructor(parts: NodesParts, count: number) {
    this.#parts = parts;
    this.all = Array.from({ length: count }, (_, index) => {
      const name = `node-${index + 1}`;
      parts.table.epochs.set(name, 1);
      return {
        name,
        state: 'up',
        epoch: 1,
        incarnation: 1,
        mayActUntilMs: Infinity,
        waiting: [],
        cache: null,
      };
    });
  }

  holderOf(node: Node): Holder {
    return { node: node.name, epoch: node.epoch };
  }

  /** A node that could do something now. */
  pick(): Node | null {
    const up = this.all.filter((node) => node.state === 'up');
    const [first, ...rest] = up;
    return first === undefined ? null : this.#parts.chance.pick([first, ...rest]);
  }

  /** Later, by this process: never when it died, late when it stands still. */
  later(node: Node, ms: number, run: () => void): void {
    const { incarnation } = node;
    this.#parts.queue.after(ms, () => {
      this.run(node, incarnation, run);
    });
  }

  run(node: Node, incarnation: number, run: () => void): void {
    if (node.incarnation !== incarnation) return;
    if (node.state === 'frozen') node.waiting.push(run);
    else run();
  }

  mayAct(node: Node): boolean {
    return node.state === 'up' && this.#parts.queue.nowMs < node.mayActUntilMs;
  }

  crash(node: Node, forMs: number): void {
    if (node.state !== 'up') return;
    this.#parts.log(`${node.name} is killed`);
    this.#leave(node, 'down');
    node.incarnation += 1;
    node.cache = null;
    node.waiting = [];
    this.#parts.queue.after(forMs, () => {
      this.#restart(node);
    });
  }

  freeze(node: Node, forMs: number): void {
    if (node.state !== 'up') return;
    this.#parts.log(`${node.name} freezes`);
    this.#leave(node, 'frozen');
    this.#parts.queue.after(forMs, () => {
      this.#wake(node);
    });
  }

  /** The heartbeats stop; after the lease the others take over. */
  #leave(node: Node, state: 'frozen' | 'down'): void {
    const { queue, chance } = this.#parts;
    const lastBeatMs = queue.nowMs - chance.between(0, LEASE_MS / 3);
    const { epoch } = node;
    node.state = state;
    node.mayActUntilMs = mayActUntil(lastBeatMs, LEASE_MS);
    queue.at(lastBeatMs + LEASE_MS + 1, () => {
      this.#expire(node, epoch);
    });
  }

  #expire(node: Node, epoch: number): void {
    if (node.state === 'up' || node.epoch !== epoch) return;
    if (this.all.every((one) => one.state !== 'up')) {
      // Nobody is there to see it; whoever comes back looks.
      this.#parts.queue.after(500, () => {
        this.#expire(node, epoch);
      });
      return;
    }
    this.#evict(node);
  }

  #evict(node: Node): void {
    if (!this.#parts.table.epochs.has(node.name)) return;
    const taken = this.#parts.table.evict(node.name, this.#parts.domainNowMs());
    this.#parts.log(`the lease of ${node.name} has ended; ${taken.length} steps are taken over`);
    this.#parts.onReady();
  }

  #restart(node: Node): void {
    this.#evict(node);
    this.#register(node);
    node.state = 'up';
    this.#parts.log(`${node.name} starts again`);
    this.#parts.onReady();
  }

  #register(node: Node): void {
    node.epoch += 1;
    node.mayActUntilMs = Infinity;
    node.cache = null;
    this.#parts.table.epochs.set(node.name, node.epoch);
  }

  /** First it does what it was about to do; only then it finds out how long it was away. */
  #wake(node: Node): void {
    if (node.state !== 'frozen') return;
    node.state = 'up';
    this.#parts.log(`${node.name} wakes up`);
    const { waiting } = node;
    node.waiting = [];
    for (const run of waiting) run();
    const after = node.waiting;
    node.waiting = [];
    if (this.#parts.table.epochs.get(node.name) === node.epoch) {
      node.mayActUntilMs = Infinity;
      for (const run of after) run();
    } else {
      node.incarnation += 1;
      this.#register(node);
    }
    this.#parts.onReady();
  }
}

/** Steps that wait for their time, soonest first among equals of age. */
export function isReady(row: Row, nowMs: number): boolean {
  return row.step.state === 'planned' && row.step.dueAtMs <= nowMs;
}
