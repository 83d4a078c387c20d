import type { IncidentEntry, IncidentState } from '../../src/response/incident/testing.ts';
import { standingOf } from '../../src/response/incident/testing.ts';
import { Attacker } from './attackers.ts';
import { createCalls } from './calls.ts';
import { createChance } from './chance.ts';
import { Invariants, type Violation } from './invariants.ts';
import { ledgerProblem } from './ledger.ts';
import { Network } from './network.ts';
import { Nodes } from './node.ts';
import { LEAKED, OTHER, People } from './people.ts';
import { EventQueue } from './queue.ts';
import type { Sabotage } from './sabotage.ts';
import { drawScenario, HORIZON_MS, type Scenario } from './scenario.ts';
import { Shell } from './shell.ts';
import { Table } from './table.ts';
import { Target } from './target.ts';

const START_MS = Date.parse('2026-12-01T03:00:00Z');

export interface IncidentRun {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  readonly entries: readonly IncidentEntry[];
  readonly state: IncidentState | null;
  readonly mints: number;
  /** What happened outside the entries, in true time; kept only on request. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
}

export interface RunOptions {
  readonly sabotage?: Sabotage | null;
  readonly keepNotes?: boolean;
}

/** One incident from its seed: the same seed gives the same incident, event for event. */
export function runIncident(seed: number, options: RunOptions = {}): IncidentRun {
  const { sabotage = null, keepNotes = false } = options;
  const chance = createChance(seed);
  const scenario = drawScenario(chance);
  const queue = new EventQueue(START_MS);
  const notes: { atMs: number; text: string }[] = [];
  const log = (text: string): void => {
    if (keepNotes) notes.push({ atMs: queue.nowMs, text });
  };
  const table = new Table(sabotage !== 'step-without-lease', (step, holder) => {
    invariants.onUnheld(step.kind, holder);
  });
  const shell: Shell = new Shell({
    scenario,
    queue,
    chance,
    table,
    sabotage,
    log,
    nodes: () => nodes,
    calls: () => calls,
    onCommitted: (decided, entries, command) => {
      invariants.onCommitted(decided, entries, command);
      people.onCommitted(entries, decided.state);
    },
    onMistake: (error, command) => {
      invariants.fail('core', `${command.type}: ${String(error)}`);
    },
    onBlocked: (row) => {
      if (!chance.is(0.5)) return;
      queue.after(chance.between(30_000, 120_000), () => {
        log(`a person releases ${row.step.kind}`);
        table.release(row, shell.domainNowMs());
        shell.arm(row);
      });
    },
  });
  const invariants = new Invariants({
    scenario,
    table,
    domainNowMs: () => shell.domainNowMs(),
    log,
  });
  const target = new Target({
    nowMs: () => queue.nowMs,
    chance,
    honoursKeys: scenario.capabilities.honoursIdempotencyKeys,
    delayMsMax: scenario.delayMsMax,
    onUndone: () => {
      invariants.onUndone();
    },
    onEffect: (effect) => {
      log(`on the target: ${effect.verb} ${effect.guarantee} takes effect (${effect.key})`);
      const [node] = nodes.all;
      invariants.onEffect(effect, node === undefined ? null : shell.freshStateOn(node));
    },
  });
  const network = new Network(queue, chance, scenario);
  const nodes = new Nodes(
    {
      queue,
      chance,
      table,
      log,
      domainNowMs: () => shell.domainNowMs(),
      onReady: () => {
        shell.takeReady();
      },
    },
    scenario.nodes,
  );
  const people = new People({
    scenario,
    queue,
    chance,
    shell,
    table,
    sabotage,
    log,
    onAcknowledged: (signal) => {
      invariants.onAcknowledged(signal);
    },
    onMistake: (error, command) => {
      invariants.fail('core', `${command.type}: ${String(error)}`);
    },
  });
  const calls = createCalls({
    scenario,
    shell,
    network,
    target,
    chance,
    sabotage,
    custody: people.custody,
    consider: (step) => people.consider(step),
    onSeen: (seen) => {
      invariants.onSeen(seen);
    },
  });
  const attacker = new Attacker(queue, chance, target, log);
  furnish(target);
  attacker.schedule(scenario);
  people.schedule();
  scheduleTroubles({ scenario, queue, nodes, shell, network, target, log });
  queue.runUntil(START_MS + HORIZON_MS);
  const [any] = nodes.all;
  const state = any === undefined ? null : shell.freshStateOn(nodes.pick() ?? any);
  invariants.atEnd(state, target, attacker);
  const { violations } = invariants;
  return {
    seed,
    scenario,
    violations,
    entries: table.entries,
    state,
    mints: attacker.mints,
    notes,
  };
}

function furnish(target: Target): void {
  for (const name of [LEAKED, OTHER]) {
    target.addCredential(name, null, 86_400_000);
    target.workloads.set(`workload of ${name}`, name);
  }
}

interface Troubled {
  readonly scenario: Scenario;
  readonly queue: EventQueue;
  readonly nodes: Nodes;
  readonly shell: Shell;
  readonly network: Network;
  readonly target: Target;
  readonly log: (text: string) => void;
}

function scheduleTroubles({ scenario, queue, nodes, shell, network, target, log }: Troubled): void {
  for (const { atMs, node: index, what, forMs } of scenario.nodeTroubles) {
    const node = nodes.all[index];
    if (node === undefined) continue;
    queue.after(atMs, () => {
      if (what === 'crash') nodes.crash(node, forMs);
      else nodes.freeze(node, forMs);
    });
  }
  const jump = (byMs: number): void => {
    // The runner waits out a call by the domain's clock, so a jump within that wait is another matter.
    if (network.effectInFlightUntilMs > queue.nowMs) {
      queue.after(1_000, () => {
        jump(byMs);
      });
      return;
    }
    log(`the clock jumps by ${byMs} ms`);
    shell.jump(byMs);
  };
  for (const { atMs, byMs } of scenario.clockJumps) {
    queue.after(atMs, () => {
      jump(byMs);
    });
  }
  if (scenario.driftAtMs === null) return;
  queue.after(scenario.driftAtMs, () => {
    log('somebody undoes the cuts on the target');
    target.undo();
  });
}

export interface SimulationOptions {
  readonly seed: number;
  readonly incidents: number;
  readonly sabotage?: Sabotage;
  /** One incident in so many is exported and verified as a ledger. */
  readonly ledgerEvery?: number;
  /** Stop at the first violation. */
  readonly stopAtFirst?: boolean;
}

export interface Statistics {
  readonly incidents: number;
  readonly entries: number;
  readonly violations: readonly (Violation & { readonly seed: number })[];
  readonly endings: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, number>>;
  readonly cuts: number;
  readonly mints: number;
  readonly ledgersVerified: number;
}

/** Seeds of incidents follow from the seed of the run, so that each can be replayed alone. */
export function incidentSeed(seed: number, index: number): number {
  return (seed + Math.imul(index, 0x9e3779b1)) >>> 0;
}

export async function runSimulation(options: SimulationOptions): Promise<Statistics> {
  const { seed, incidents, sabotage = null, ledgerEvery = 200, stopAtFirst = false } = options;
  const violations: (Violation & { seed: number })[] = [];
  const endings: Record<string, number> = {};
  const kinds: Record<string, number> = {};
  let [entries, cuts, mints, ledgersVerified, ran] = [0, 0, 0, 0, 0];
  for (let index = 0; index < incidents; index += 1) {
    const run = runIncident(incidentSeed(seed, index), { sabotage });
    ran += 1;
    entries += run.entries.length;
    cuts += run.state?.cuts.length ?? 0;
    mints += run.mints;
    const ending = endingOf(run.state);
    endings[ending] = (endings[ending] ?? 0) + 1;
    for (const entry of run.entries) kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1;
    violations.push(...run.violations.map((one) => ({ ...one, seed: run.seed })));
    if (index % ledgerEvery === 0 && run.state !== null) {
      const problem = await ledgerProblem(run.state.id, run.entries, run.seed % run.entries.length);
      if (problem !== null) violations.push({ promise: '11', what: problem, seed: run.seed });
      ledgersVerified += 1;
    }
    if (stopAtFirst && violations.length > 0) break;
  }
  return { incidents: ran, entries, violations, endings, kinds, cuts, mints, ledgersVerified };
}

function endingOf(state: IncidentState | null): string {
  if (state === null) return 'never opened';
  if (state.status !== 'open') return state.status;
  const { contained, residualUntil } = standingOf(state);
  if (!contained) return 'not contained, and says so';
  return residualUntil === null ? 'contained' : 'contained with residual';
}
