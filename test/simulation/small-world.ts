import { fold, type IncidentState } from '../../src/response/incident/testing.ts';
import { Acts } from './acts.ts';
import { Attacker } from './attackers.ts';
import { createCalls } from './calls.ts';
import { type Chance, createChance } from './chance.ts';
import { GateCopy } from './gate-copy.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import { Nodes } from './node.ts';
import { LEAKED, OTHER, People } from './people.ts';
import { EventQueue } from './queue.ts';
import { Rotation } from './rotation.ts';
import type { Sabotage } from './sabotage.ts';
import { isClosedTooEarly, scheduleSeeingThrough } from './seeing-through.ts';
import { drawScenario, HORIZON_MS, type Scenario, TROUBLE_MS } from './scenario.ts';
import { Shelf } from './shelf.ts';
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
  readonly acts: Acts;
  readonly gate: GateCopy;
  readonly shelf = new Shelf();
  readonly rotation: Rotation | null;
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
    // The planted bug: one person answers under two names.
    const isOne = options.sabotage === 'rearmed-by-one';
    const humanBehind = (name: string): string => (isOne && name === 'ben' ? 'mia' : name);
    this.invariants = new Invariants({ scenario, table, domainNowMs, log, humanBehind });
    this.target = this.#makeTarget();
    this.network = new Network(queue, chance, scenario);
    const onReady = (): void => {
      this.shell.takeReady();
    };
    this.nodes = new Nodes({ queue, chance, table, log, domainNowMs, onReady }, scenario.nodes);
    this.people = this.#makePeople();
    this.#calls = this.#makeCalls();
    this.attacker = new Attacker(queue, chance, this.target, log);
    this.acts = this.#makeActs();
    this.gate = this.#makeGate();
    this.rotation = this.#makeRotation();
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
    this.acts.schedule();
    this.rotation?.schedule();
    this.#scheduleTroubles();
    this.#scheduleUse();
    this.queue.runUntil(START_MS + HORIZON_MS);
    // What a process made of its own decisions, where it is up to date: the entries have to fold to the same.
    const state = this.nodes.all.find((node) => this.shell.isCurrent(node))?.cache;
    this.invariants.atEnd(state ?? this.#stateNow(), this.target, this.attacker);
    if (isClosedTooEarly(this.#stateNow()))
      this.invariants.fail('core', 'closed, and something has no result or no holder');
    this.rotation?.atEnd();
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
        this.acts.onCommitted(entries);
        this.gate.onEffects(decided.effects);
        this.shelf.onCommitted(entries, decided.effects);
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
      shelf: () => this.shelf.items(),
      consider: (step) => people.consider(step),
      live: (kind) => people.live(kind),
      onSeen: (seen) => {
        this.invariants.onSeen(seen);
      },
    });
  }

  #makeActs(): Acts {
    const { scenario, queue, chance, people, shell } = this;
    return new Acts({
      scenario,
      queue,
      chance,
      ids: shell.ids,
      identity: people.identity.id,
      say: (make, after) => {
        people.say(make, after);
      },
      asker: (person, kind) => people.asker(person, kind),
      live: (kind) => people.live(kind),
      state: () => this.#stateNow(),
      suspect: (person) => {
        people.suspect(person);
        this.invariants.bounds.onSuspect(person);
      },
      askContainment: () => {
        people.askContainment();
      },
      statement: () => {
        people.send('credential-misuse', 'siem', 'signed', LEAKED);
      },
      onDone: (command) => {
        this.invariants.bounds.onDone(command);
      },
    });
  }

  #makeGate(): GateCopy {
    const { chance, domainNowMs: nowMs, scenario } = this;
    return new GateCopy({
      chance,
      nowMs,
      policy: scenario.gatePolicy,
      sabotage: this.#options.sabotage ?? null,
      fail: this.#fail,
    });
  }

  #makeRotation(): Rotation | null {
    const { scenario, queue, chance, nodes, network, target, people, log } = this;
    if (scenario.rotation === null) return null;
    return new Rotation({
      drawn: scenario.rotation,
      queue,
      chance,
      nodes,
      network,
      target,
      identity: people.identity.id,
      incident: () => this.#stateNow(),
      nowMs: this.domainNowMs,
      fail: this.#fail,
      sabotage: this.#options.sabotage ?? null,
      log,
    });
  }

  readonly #fail = (promise: string, what: string): void => {
    this.invariants.fail(promise, what);
  };

  /** Requests that a gate has to judge, with the leaked credential and with another one. */
  #scheduleUse(): void {
    const { queue, chance, people } = this;
    for (let times = 3; times > 0; times -= 1) {
      queue.after(chance.between(5_000, 2 * TROUBLE_MS), () => {
        const credential = people.credentialOf(chance.pick([LEAKED, OTHER]));
        this.gate.ask(people.identity.id, credential, chance.pick(['read', 'mint']));
      });
    }
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
