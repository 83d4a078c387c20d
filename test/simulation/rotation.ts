import { type Id, isFirebreakError } from '../../src/kernel/index.ts';
import type { IncidentState } from '../../src/response/incident/testing.ts';
import {
  choicesOf,
  decideRotation,
  holdOf,
  type RotationCommand,
  type RotationEffect,
  type RotationEntry,
  type RotationState,
  type RotationStepState,
} from '../../src/response/rotation/testing.ts';
import type { Chance } from './chance.ts';
import { Consumers, planOf } from './consumers.ts';
import type { Fail } from './giving-back.ts';
import type { Answer, Network } from './network.ts';
import { LEASE_MS, type Node, type Nodes } from './node.ts';
import type { EventQueue } from './queue.ts';
import type { Sabotage } from './sabotage.ts';
import { CALL_TIMEOUT_MS, type RotationDrawn } from './scenario.ts';
import type { Target } from './target.ts';

const SETTINGS = { acknowledgeMs: 90_000, quietMs: 20_000, observeMs: 10_000 };
const ATTEMPTS_MAX = 6;
// An id of the right form; nothing is stored here.
const ID = 'rot_0000000000000000000001' as Id<'rotation'>;

export interface RotationParts {
  readonly drawn: RotationDrawn;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly nodes: Nodes;
  readonly network: Network;
  readonly target: Target;
  readonly identity: string;
  readonly incident: () => IncidentState | null;
  readonly nowMs: () => number;
  readonly fail: Fail;
  readonly sabotage: Sabotage | null;
  readonly log: (text: string) => void;
}

/** One effect until its outcome is written: taken by one process after another, and only the newest may write. */
interface Task {
  readonly effect: RotationEffect;
  fence: number;
  attempts: number;
  isDone: boolean;
}

type Finish = (answer: Answer<RotationCommand>) => void;

/** The pure core of a rotation in the little world: its entries are all there is, and its effects come at least once. */
export class Rotation {
  readonly entries: RotationEntry[] = [];
  readonly consumers: Consumers;
  readonly #parts: RotationParts;
  readonly #tasks = new Set<Task>();
  #state: RotationState | null = null;
  #custodies = 0;

  constructor(parts: RotationParts) {
    this.#parts = parts;
    this.consumers = new Consumers(parts, () => this.entries);
  }

  status(): string {
    return this.#state?.status ?? 'not begun';
  }

  atEnd(): void {
    this.consumers.atEnd(this.#state, this.#tasks.size > 0, ID);
  }

  schedule(): void {
    const { queue, drawn, identity } = this.#parts;
    this.consumers.schedule();
    queue.after(drawn.atMs, () => {
      const plan = planOf(identity, drawn);
      const incident = this.#parts.incident()?.id ?? null;
      this.#apply({ type: 'open', plan, incident, reason: 'a leak', isAllowed: true });
    });
  }

  #apply(command: RotationCommand): void {
    const { nowMs, fail, log } = this.#parts;
    const facts = { nowMs: nowMs(), settings: SETTINGS, actor: 'node' };
    try {
      const { state, entries, effects } = decideRotation(ID, this.#state, command, facts);
      this.#state = state;
      this.entries.push(...entries);
      for (const entry of entries) log(`${entry.kind} ${JSON.stringify(entry.data).slice(0, 160)}`);
      for (const effect of effects) this.#plan(effect);
    } catch (error) {
      if (isFirebreakError(error) && error.code !== 'internal-invariant') log(String(error));
      else fail('core', `rotation ${command.type}: ${String(error)}`);
    }
  }

  #plan(effect: RotationEffect): void {
    const { queue, nowMs } = this.#parts;
    const task: Task = { effect, fence: 0, attempts: 0, isDone: false };
    this.#tasks.add(task);
    const waitMs = 'dueAtMs' in effect ? effect.dueAtMs - nowMs() : 1;
    queue.after(Math.max(1, waitMs), () => {
      this.#take(task);
    });
  }

  #take(task: Task): void {
    const { nodes, queue } = this.#parts;
    if (task.isDone) return;
    const node = nodes.pick();
    if (node === null) {
      queue.after(1_000, () => {
        this.#take(task);
      });
      return;
    }
    task.fence += 1;
    task.attempts += 1;
    const { fence } = task;
    nodes.later(node, 1, () => {
      if (task.fence === fence) this.#perform(node, task, fence);
    });
    // Whoever holds it may be dead: after the lease, and a call that may still be on its way, others take over.
    queue.after(LEASE_MS + 2 * CALL_TIMEOUT_MS, () => {
      if (task.fence === fence) this.#take(task);
    });
  }

  #perform(node: Node, task: Task, fence: number): void {
    const { incarnation } = node;
    const { nodes, queue } = this.#parts;
    this.#carryOut(task.effect, (answer) => {
      nodes.run(node, incarnation, () => {
        if (task.isDone || task.fence !== fence) return;
        if (answer.type === 'failed' && task.attempts < ATTEMPTS_MAX) {
          task.fence += 1;
          queue.after(1_000 * 2 ** task.attempts, () => {
            this.#take(task);
          });
          return;
        }
        task.isDone = true;
        this.#tasks.delete(task);
        const command =
          answer.type === 'answered' ? answer.value : failureOf(task.effect, answer.reason);
        if (command !== null) this.#apply(command);
      });
    });
  }

  #step(id: string): RotationStepState | undefined {
    return this.#state?.steps.find((one) => one.id === id);
  }

  #carryOut(effect: RotationEffect, finish: Finish): void {
    switch (effect.type) {
      case 'prepare':
        finish({ type: 'answered', value: this.#prepared(effect.step) });
        return;
      case 'mint':
        this.#mint(effect.step, finish);
        return;
      case 'hand-over':
        this.#handOver(effect.handOver, finish);
        return;
      case 'retire':
      case 'retire-lost':
        this.#retire(effect.type, effect.step, finish);
        return;
      case 'observe': {
        const { watch } = effect;
        this.#parts.network.call('read', () => this.#observed(watch), finish);
        return;
      }
      case 'deadline':
        finish({ type: 'answered', value: { type: 'deadline', atMs: effect.dueAtMs } });
        return;
      case 'page':
        this.#answerLater();
        finish({ type: 'refused', reason: 'told' });
        return;
      case 'note':
      case 'renew':
        // Nothing that the little world keeps: it has no inventory, and its credentials last.
        finish({ type: 'refused', reason: 'not here' });
    }
  }

  #prepared(id: string): RotationCommand {
    const { incident, identity } = this.#parts;
    const step = this.#step(id);
    const hold = holdOf(incident(), identity, step?.subject.credential);
    const isOurs = step?.secretFrom === 'caller' && hold !== 'unheld';
    return { type: 'prepared', step: id, hold, custody: isOurs ? this.#custody() : null };
  }

  #custody(): Id<'custody'> {
    this.#custodies += 1;
    // An id of custody is only carried along here.
    return `cst_${this.#custodies}` as Id<'custody'>;
  }

  #mint(id: string, finish: Finish): void {
    const { network, target } = this.#parts;
    const { label, custody, secretFrom, subject } = this.#step(id) ?? {};
    if (label == null || subject === undefined) return;
    network.call(
      'effect',
      (): RotationCommand => {
        const isNew = target.renew(label);
        const replacement = { identity: subject.identity, credential: label };
        // Its secret is shown once; when that answer is lost, nobody will ever use it.
        if (!isNew && secretFrom === 'target')
          return { type: 'mint-lost', step: id, lost: replacement };
        return { type: 'minted', step: id, replacement, custody: custody ?? this.#custody() };
      },
      finish,
    );
  }

  #handOver(id: string, finish: Finish): void {
    const { network } = this.#parts;
    const one = this.#state?.handOvers.find((each) => each.id === id);
    const fresh = this.#step(one?.step ?? '')?.replacement?.credential;
    if (one === undefined || fresh === undefined) return;
    network.call(
      'read',
      () => this.consumers.deliver(one, fresh),
      (answer) => {
        if (answer.type !== 'answered') finish(answer);
        else if (answer.value)
          finish({ type: 'answered', value: { type: 'delivered', handOver: id } });
        else
          finish({
            type: 'failed',
            reason: 'the new credential does not work yet',
            unknown: false,
          });
      },
    );
  }

  #retire(type: 'retire' | 'retire-lost', id: string, finish: Finish): void {
    const { network, target } = this.#parts;
    const step = this.#step(id);
    if (step === undefined) return;
    network.call(
      'effect',
      (): RotationCommand => {
        const subjects = type === 'retire' ? [step.subject] : step.lost;
        for (const { credential } of subjects)
          if (credential !== undefined) target.retire(credential);
        return { type: type === 'retire' ? 'retired' : 'lost-retired', step: id };
      },
      finish,
    );
  }

  #observed(watch: number): RotationCommand {
    const { incident, identity, sabotage, nowMs } = this.#parts;
    const steps = this.#state?.steps ?? [];
    const concerned = steps.filter(({ status }) => status === 'minted' || status === 'held-up');
    const holds = concerned.map(({ id, subject }) => ({
      step: id,
      hold: holdOf(incident(), identity, subject.credential),
    }));
    const minted = concerned.filter(({ status }) => status === 'minted');
    const isPlanted = sabotage === 'delivery-counts-as-use';
    const uses = isPlanted
      ? this.consumers.claimed(minted, nowMs())
      : minted.flatMap((step) => this.consumers.usesOf(step));
    return { type: 'observed', watch, seen: { looked: minted.map(({ id }) => id), uses, holds } };
  }

  #answerLater(): void {
    const { queue, chance } = this.#parts;
    queue.after(chance.between(5_000, 120_000), () => {
      const question = this.#state?.question;
      if (question == null) return;
      const [first = 'wait', ...rest] = choicesOf(question.kind);
      const choice = chance.pick([first, first, ...rest]);
      this.#apply({ type: 'answer', question: question.number, choice, by: 'person:mia' });
    });
  }
}

/** What it means that a step ended without success; null = the next one comes all the same. */
function failureOf(effect: RotationEffect, reason: string): RotationCommand | null {
  switch (effect.type) {
    case 'prepare':
    case 'mint':
      return { type: 'mint-failed', step: effect.step, reason };
    case 'hand-over':
      return { type: 'hand-over-failed', handOver: effect.handOver, reason };
    case 'retire':
    case 'retire-lost':
      return { type: 'retire-failed', step: effect.step, reason };
    case 'observe': {
      const nothing = { looked: [], uses: [], holds: [] };
      return { type: 'observed', watch: effect.watch, seen: nothing };
    }
    case 'deadline':
    case 'page':
    case 'note':
    case 'renew':
      return null;
  }
}
