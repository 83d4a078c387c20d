import { fold, type IncidentState } from '../../src/response/incident/testing.ts';
import { Attacker } from './attackers.ts';
import { createCalls } from './calls.ts';
import { type Chance, createChance } from './chance.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import { Nodes } from './node.ts';
import { LEAKED, OTHER, People } from './people.ts';
import { EventQueue } from './queue.ts';
import type { Sabotage } from './sabotage.ts';
import { drawScenario, HORIZON_MS, type Scenario } from './scenario.ts';
import { isClosedTooEarly, scheduleSeeingThrough } from './seeing-through.ts';
import { Shell, type StepCalls } from './shell.ts';
import { type Row, Table } from './table.ts';
import { Target } from './target.ts';

const START_MS = Date.parse('2026-12-01T03:00:00Z');

export interface RunOptions {
  readonly sabotage?: Sabotage | null;
  readonly keepNotes?: boolean;
}

/** Everything that one incident is played with. */
export class SmallWorld {
  readonly chance: Chance;
  readonly scenario: Scenario;
  readonly queue = new EventQueue(START_MS);
  readonly notes: { readonly atMs: number; readonly text: string }[] = [];
  readonly table: Table;
  readonly shell: Shell;
  readonly invariants: Invariants;
  readonly target: Target;
  readonly network: Network;
  readonly nodes: Nodes;
  readonly people: People;
  readonly attacker: Attacker;
  readonly #calls: StepCalls;
  readonly #options: RunOptions;
  #observed: IncidentState | null = null;

  constructor(seed: number, options: RunOptions) {
    this.#options = options;
    this.chance = createChance(seed);
    this.scenario = drawScenario(this.chance);
    this.table = new Table(options.sabotage !== 'step-without-lease', (step, holder) => {
      this.invariants.onUnheld(step.kind, holder);
    });
    this.shell = this.#makeShell();
    const { scenario, queue, chance, table } = this;
    const { log, domainNowMs } = this;
    this.invariants = new Invariants({ scenario, table, domainNowMs, log });
    this.target = this.#makeTarget();
    this.network = new Network(queue, chance, scenario);
    const onReady = (): void => {
      this.shell.takeReady();
    };
    this.nodes = new Nodes({ queue, chance, table, log, domainNowMs, onReady }, scenario.nodes);
    this.people = this.#makePeople();
    this.#calls = this.#makeCalls();
    this.attacker = new Attacker(queue, chance, this.target, log);
  }

  readonly log = (text: string): void => {
    if (this.#options.keepNotes === true) this.notes.push({ atMs: this.queue.nowMs, text });
  };

  readonly domainNowMs = (): number => this.shell.domainNowMs();

  /** From the first signal to long after the last trouble. */
  play(): IncidentState | null {
    for (const name of [LEAKED, OTHER]) {
      this.target.addCredential(name, null, 86_400_000);
      this.target.workloads.set(`workload of ${name}`, name);
    }
    this.attacker.schedule(this.scenario);
    this.people.schedule();
    const { queue, shell, people } = this;
    const onMistake = (error: unknown): void => {
      this.invariants.fail('core', `seeing through: ${String(error)}`);
    };
    scheduleSeeingThrough({ queue, shell, people, onMistake });
    this.#scheduleTroubles();
    this.queue.runUntil(START_MS + HORIZON_MS);
    // What a process made of its own decisions, where it is up to date: the entries have to fold to the same.
    const state = this.nodes.all.find((node) => this.shell.isCurrent(node))?.cache;
    this.invariants.atEnd(state ?? this.#stateNow(), this.target, this.attacker);
    if (isClosedTooEarly(this.#stateNow()))
      this.invariants.fail('core', 'closed, and something has no result or no holder');
    return this.#stateNow();
  }

  /** An onlooker's own fold of the entries, so that no process learns anything by being looked at. */
  #stateNow(): IncidentState | null {
    const { entries } = this.table;
    let state = this.#observed;
    for (const entry of entries.slice(state?.ordinal ?? 0)) {
      state = fold(state, entry, this.shell.incident);
    }
    this.#observed = state;
    return state;
  }

  #makeShell(): Shell {
    const { scenario, queue, chance, table, log } = this;
    return new Shell({
      scenario,
      queue,
      chance,
      table,
      sabotage: this.#options.sabotage ?? null,
      log,
      nodes: () => this.nodes,
      calls: () => this.#calls,
      onCommitted: (decided, entries, command) => {
        this.invariants.onCommitted(decided, entries, command);
        this.people.onCommitted(entries, decided.state);
      },
      onMistake: (error, command) => {
        this.invariants.fail('core', `${command.type}: ${String(error)}`);
      },
      onBlocked: (row) => {
        this.#mayBeReleased(row);
      },
    });
  }

  #mayBeReleased(row: Row): void {
    if (!this.chance.is(0.5)) return;
    this.queue.after(this.chance.between(30_000, 120_000), () => {
      this.log(`a person releases ${row.step.kind}`);
      this.table.release(row, this.shell.domainNowMs());
      this.shell.arm(row);
    });
  }

  #makeTarget(): Target {
    const { scenario, queue, chance, log } = this;
    return new Target({
      nowMs: () => queue.nowMs,
      chance,
      honoursKeys: scenario.capabilities.honoursIdempotencyKeys,
      delayMsMax: scenario.delayMsMax,
      onUndone: () => {
        this.invariants.onUndone();
      },
      onEffect: (effect) => {
        log(`on the target: ${effect.verb} ${effect.guarantee} takes effect (${effect.key})`);
        this.invariants.onEffect(effect, this.#stateNow());
      },
    });
  }

  #makePeople(): People {
    const { scenario, queue, chance, shell, table, log } = this;
    return new People({
      scenario,
      queue,
      chance,
      shell,
      table,
      sabotage: this.#options.sabotage ?? null,
      log,
      onAcknowledged: (signal) => {
        this.invariants.onAcknowledged(signal);
      },
      onMistake: (error, command) => {
        this.invariants.fail('core', `${command.type}: ${String(error)}`);
      },
    });
  }

  #makeCalls(): StepCalls {
    const { scenario, shell, network, target, chance, people } = this;
    return createCalls({
      scenario,
      shell,
      network,
      target,
      chance,
      sabotage: this.#options.sabotage ?? null,
      custody: people.custody,
      consider: (step) => people.consider(step),
      live: (kind) => people.live(kind),
      onSeen: (seen) => {
        this.invariants.onSeen(seen);
      },
    });
  }

  #scheduleTroubles(): void {
    const { scenario, queue, nodes, target, log } = this;
    for (const { atMs, node: index, what, forMs } of scenario.nodeTroubles) {
      const node = nodes.all[index];
      if (node === undefined) continue;
      queue.after(atMs, () => {
        if (what === 'crash') nodes.crash(node, forMs);
        else nodes.freeze(node, forMs);
      });
    }
    for (const { atMs, byMs } of scenario.clockJumps) {
      queue.after(atMs, () => {
        this.#jump(byMs);
      });
    }
    if (scenario.driftAtMs === null) return;
    queue.after(scenario.driftAtMs, () => {
      log('somebody undoes the cuts on the target');
      target.undo();
    });
  }

  /** The runner waits out a call by the servers' clock, so a jump within that wait is another matter. */
  #jump(byMs: number): void {
    if (this.network.effectInFlightUntilMs > this.queue.nowMs) {
      this.queue.after(1_000, () => {
        this.#jump(byMs);
      });
      return;
    }
    this.log(`the clock jumps by ${byMs} ms`);
    this.shell.jump(byMs);
  }
}
