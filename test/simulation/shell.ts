import { createIds, type Id, type IdSource, LIMITS } from '../../src/kernel/index.ts';
import {
  compareClaims,
  decideOutcome,
  type Performed,
  planTry,
  settledBy,
  type Step,
  type StepOutcome,
  type StepRules,
  traceOf,
  type Tried,
} from '../../src/runner/index.ts';
import {
  CUT_STEPS,
  decide,
  type Effect,
  fold,
  foldAll,
  type IncidentCommand,
  type IncidentDecided,
  type IncidentEntry,
  type IncidentState,
} from '../../src/response/incident/testing.ts';
import type { Chance } from './chance.ts';
import { isReady, type Node, type Nodes } from './node.ts';
import type { EventQueue } from './queue.ts';
import { type StepToPlan, stepOf } from './rows.ts';
import { recordedBy, type Sabotage } from './sabotage.ts';
import { CALL_TIMEOUT_MS, type Scenario, SETTINGS } from './scenario.ts';
import type { Holder, Row, Table } from './table.ts';

/** What a try came to, and what it means to the incident. */
export interface Done {
  readonly performed: Performed;
  readonly command: IncidentCommand | null;
}

/** Makes the call of a step; null from `readBack`: nothing of it is there. */
export interface StepCalls {
  readonly perform: (node: Node, step: Step, done: (result: Done) => void) => void;
  readonly readBack: (node: Node, step: Step, done: (result: Done | null) => void) => void;
}

export interface ShellParts {
  readonly scenario: Scenario;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly table: Table;
  readonly sabotage: Sabotage | null;
  /** Asked for when they are needed: shell, nodes and calls know one another. */
  readonly nodes: () => Nodes;
  readonly calls: () => StepCalls;
  readonly onCommitted: (
    decided: IncidentDecided,
    entries: readonly IncidentEntry[],
    command: IncidentCommand,
  ) => void;
  readonly onMistake: (error: unknown, command: IncidentCommand) => void;
  readonly onBlocked: (row: Row) => void;
  readonly log: (text: string) => void;
}

/** The shell around the pure core as a server has it: reads, decides, writes, starts steps; here without waiting. */
export class Shell {
  readonly incident: Id<'incident'>;
  readonly ids: IdSource;
  readonly #parts: ShellParts;
  #jumpedMs = 0;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.ids = createIds(() => parts.queue.nowMs, parts.chance.random);
    this.incident = this.ids.next('incident');
  }

  get nodes(): Nodes {
    return this.#parts.nodes();
  }

  /** What the servers believe the time to be. */
  domainNowMs(): number {
    return this.#parts.queue.nowMs + this.#jumpedMs;
  }

  jump(byMs: number): void {
    this.#jumpedMs += byMs;
    for (const row of this.#parts.table.rows.values())
      if (row.step.state === 'planned') this.arm(row);
    this.takeReady();
  }

  stateOn(node: Node): IncidentState | null {
    // A process that starts has nothing but the entries, and they went through JSON.
    node.cache ??= foldAll(this.#parts.table.readBack(), this.incident);
    return node.cache;
  }

  /** As it is now: whoever acts on the state alone must not act on an old one. */
  freshStateOn(node: Node): IncidentState | null {
    this.#catchUp(node);
    return this.stateOn(node);
  }

  #isStale(node: Node): boolean {
    return (node.cache?.ordinal ?? 0) !== this.#parts.table.entries.length;
  }

  isCurrent(node: Node): boolean {
    return node.cache !== null && !this.#isStale(node);
  }

  /** What others wrote since. */
  #catchUp(node: Node): void {
    let state = node.cache;
    if (state === null || !this.#isStale(node)) return;
    for (const entry of this.#parts.table.entries.slice(state.ordinal)) {
      state = fold(state, entry, this.incident);
    }
    node.cache = state;
  }

  /** On an old state a decision may not even make sense: then it is made again on the new one. */
  #decide(node: Node, command: IncidentCommand, actor: string): IncidentDecided {
    const facts = { nowMs: this.domainNowMs(), ids: this.ids, settings: SETTINGS, actor };
    try {
      return decide(this.incident, this.stateOn(node), command, facts);
    } catch (error) {
      if (!this.#isStale(node)) throw error;
      this.#catchUp(node);
      return this.#decide(node, command, actor);
    }
  }

  /** Decides on what this node believes and writes it; again from the entries when another node was faster. */
  apply(
    node: Node,
    command: IncidentCommand,
    actor: string,
    settle: {
      readonly step: Step;
      readonly outcome: StepOutcome;
      readonly tried: Tried;
    } | null = null,
    more: readonly Row[] = [],
  ): IncidentDecided | null {
    const { table } = this.#parts;
    for (;;) {
      const decided = this.#decide(node, command, actor);
      const before = node.cache;
      const steps = decided.effects.flatMap((effect) => this.#rowOf(node, effect) ?? []);
      const entries = recordedBy(this.#parts.sabotage, decided.entries);
      const written = table.write({
        holder: settle === null ? null : this.nodes.holderOf(node),
        settle: settle === null ? null : { step: settle.step, settled: this.#settled(settle) },
        version: this.#isUnchecked(entries) ? null : (before?.ordinal ?? 0),
        entries,
        steps: [...steps, ...more],
      });
      if (written === 'fenced') return null;
      if (written === 'written') {
        node.cache = entries === decided.entries ? decided.state : null;
        this.#parts.onCommitted(decided, entries, command);
        for (const row of steps) this.start(node, row);
        return decided;
      }
      this.#catchUp(node);
    }
  }

  /** What changes nothing is only right for the state it was decided on. */
  #isUnchecked(entries: readonly IncidentEntry[]): boolean {
    return this.#parts.sabotage === 'decided-on-old-state' && entries.length === 0;
  }

  #settled(settle: { readonly step: Step; readonly outcome: StepOutcome; readonly tried: Tried }) {
    return settledBy(settle.step, settle.outcome, traceOf(settle.step, settle.tried));
  }

  newRow(node: Node | null, step: StepToPlan): Row {
    const id = this.ids.next('step');
    const claimed = node !== null && step.dueAtMs <= this.domainNowMs() && this.nodes.mayAct(node);
    return {
      step: {
        ...step,
        id,
        subject: this.incident,
        lane: null,
        target: null,
        key: step.key ?? id,
        state: claimed ? 'claimed' : 'planned',
        fence: claimed ? 1 : 0,
        attempt: claimed ? 1 : 0,
        repeated: false,
        lastTryAtMs: null,
        reason: null,
      },
      holder: claimed ? this.nodes.holderOf(node) : null,
    };
  }

  #rowOf(node: Node, effect: Effect): Row | null {
    if (effect.type === 'evidence-fuse' && this.#parts.sabotage === 'fuse-never-lit') return null;
    const step = stepOf(effect, this.domainNowMs());
    return step === null ? null : this.newRow(node, step);
  }

  start(node: Node, row: Row): void {
    if (row.step.state === 'claimed') this.#begin(node, row.step);
    else this.arm(row);
  }

  arm(row: Row): void {
    this.#parts.queue.at(row.step.dueAtMs - this.#jumpedMs, () => {
      if (row.step.state !== 'planned') return;
      if (isReady(row, this.domainNowMs())) this.#claim(row);
      else this.arm(row);
    });
  }

  takeReady(): void {
    const nowMs = this.domainNowMs();
    const ready = [...this.#parts.table.rows.values()].filter((row) => isReady(row, nowMs));
    for (const row of ready.toSorted((a, b) => compareClaims(a.step, b.step))) this.#claim(row);
    // What was taken over before its time, by a clock that went back.
    for (const row of this.#parts.table.rows.values())
      if (row.step.state === 'planned' && row.step.dueAtMs > nowMs) this.arm(row);
  }

  #claim(row: Row): void {
    if (this.#parts.table.rows.get(row.step.id) !== row) return;
    if (this.#parts.sabotage === 'task-stops-a-cut' && this.#isHeldByTask(row)) return;
    const node = this.nodes.pick();
    if (node === null) return;
    this.#begin(node, this.#parts.table.claim(row, this.nodes.holderOf(node)));
  }

  #isHeldByTask({ step }: Row): boolean {
    const isBlocked = this.#parts.table.entries.some((one) => one.kind === 'task.blocked');
    return isBlocked && CUT_STEPS.some((one) => one === step.kind);
  }

  #begin(node: Node, step: Step): void {
    const holder = this.nodes.holderOf(node);
    this.nodes.later(node, this.#parts.chance.between(0, 3), () => {
      this.#try(node, holder, step);
    });
  }

  #rules(step: Step): StepRules {
    const { capabilities } = this.#parts.scenario;
    const sabotaged = this.#parts.sabotage === 'repeat-without-readback';
    return {
      attemptsMax: LIMITS.stepAttemptsMax,
      callTimeoutMs: CALL_TIMEOUT_MS,
      readsBack: step.kind === 'cut.apply' && !capabilities.honoursIdempotencyKeys && !sabotaged,
    };
  }

  #try(node: Node, holder: Holder, step: Step): void {
    if (this.#parts.sabotage !== 'step-without-lease' && !this.nodes.mayAct(node)) {
      node.waiting.push(() => {
        this.#try(node, holder, step);
      });
      return;
    }
    const rules = this.#rules(step);
    const plan = planTry(step, rules, this.domainNowMs());
    const startedAtMs = this.domainNowMs();
    switch (plan.type) {
      case 'blocked': {
        const performed = { type: 'refused', reason: plan.reason } as const;
        const tried: Tried = { via: 'perform', performed, startedAtMs, cleared: false };
        this.#finish(node, step, { performed, command: null }, tried);
        return;
      }
      case 'wait':
        if (!this.#parts.table.isHeld(step, holder)) return;
        this.#parts.table.defer(step, plan);
        this.#armAgain(step);
        return;
      case 'read-back':
        this.#parts.calls().readBack(node, step, (found) => {
          if (found === null) {
            this.#perform(node, step, true);
            return;
          }
          const { performed } = found;
          this.#finish(node, step, found, {
            via: 'read-back',
            performed,
            startedAtMs,
            cleared: false,
          });
        });
        return;
      case 'perform':
        this.#perform(node, step, false);
        return;
    }
  }

  #perform(node: Node, step: Step, cleared: boolean): void {
    const startedAtMs = this.domainNowMs();
    this.#parts.calls().perform(node, step, (result) => {
      const { performed } = result;
      this.#finish(node, step, result, { via: 'perform', performed, startedAtMs, cleared });
    });
  }

  #armAgain(step: Step): void {
    const row = this.#parts.table.rows.get(step.id);
    if (row?.step.state === 'planned') this.arm(row);
  }

  #finish(node: Node, step: Step, result: Done, tried: Tried): void {
    const { chance, table } = this.#parts;
    const nowMs = this.domainNowMs();
    const outcome = decideOutcome(step, this.#rules(step), tried, nowMs, chance.random);
    const command =
      outcome.type === 'blocked' ? blockedCommand(step, outcome.reason) : result.command;
    if (outcome.type === 'retry' || command === null) {
      const settle = { step, settled: settledBy(step, outcome, traceOf(step, tried)) };
      const holder = this.nodes.holderOf(node);
      table.write({ holder, settle, version: null, entries: [], steps: [] });
      this.#armAgain(step);
      return;
    }
    try {
      this.apply(node, command, `node:${node.name}`, { step, outcome, tried });
    } catch (error) {
      this.#parts.onMistake(error, command);
    }
    const row = table.rows.get(step.id);
    if (row?.step.state === 'blocked') this.#parts.onBlocked(row);
  }
}

function blockedCommand(step: Step, reason: string): IncidentCommand | null {
  const kind = CUT_STEPS.find((one) => one === step.kind);
  if (kind === undefined) return null;
  return { type: 'cut', cut: cutOf(step), event: { type: 'blocked', step: kind, reason } };
}

export function cutOf(step: Step): Id<'cut'> {
  // Written by the shell itself from an effect that carries the id.
  return step.payload['cut'] as Id<'cut'>;
}
