import type { IncidentEntry, IncidentState } from '../../src/response/incident/testing.ts';
import { standingOf } from '../../src/response/incident/testing.ts';
import type { Violation } from './invariants.ts';
import { ledgerProblem } from './ledger.ts';
import type { Sabotage } from './sabotage.ts';
import type { Scenario } from './scenario.ts';
import { type RunOptions, SmallWorld } from './small-world.ts';

export interface IncidentRun {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  readonly entries: readonly IncidentEntry[];
  readonly state: IncidentState | null;
  readonly mints: number;
  /** How a rotation ended, when there was one. */
  readonly rotation: string | null;
  /** What happened outside the entries, in true time; kept only on request. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
}

/** One incident from its seed: the same seed gives the same incident, event for event. */
export function runIncident(seed: number, options: RunOptions = {}): IncidentRun {
  const world = new SmallWorld(seed, options);
  const state = world.play();
  const { scenario, invariants, table, attacker, notes } = world;
  const { violations } = invariants;
  return {
    seed,
    scenario,
    violations,
    entries: table.entries,
    state,
    mints: attacker.mints,
    rotation: world.rotation?.status() ?? null,
    notes,
  };
}

export interface SimulationOptions {
  readonly seed: number;
  /** A slice of the run begins with this one of its incidents. */
  readonly from?: number;
  readonly incidents: number;
  readonly onProgress?: (done: number, violations: number) => void;
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
  readonly rotations: Readonly<Record<string, number>>;
  readonly ledgersVerified: number;
}

/** Seeds of incidents follow from the seed of the run, so that each can be replayed alone. */
export function incidentSeed(seed: number, index: number): number {
  return (seed + Math.imul(index, 0x9e3779b1)) >>> 0;
}

export async function runSimulation(options: SimulationOptions): Promise<Statistics> {
  const { seed, from = 0, incidents, sabotage = null } = options;
  const { ledgerEvery = 200, stopAtFirst = false } = options;
  const violations: (Violation & { seed: number })[] = [];
  const endings: Record<string, number> = {};
  const kinds: Record<string, number> = {};
  const rotations: Record<string, number> = {};
  let [entries, cuts, mints, ledgersVerified, ran] = [0, 0, 0, 0, 0];
  for (let index = from; index < from + incidents; index += 1) {
    const run = runIncident(incidentSeed(seed, index), { sabotage });
    ran += 1;
    entries += run.entries.length;
    cuts += run.state?.cuts.length ?? 0;
    mints += run.mints;
    const ending = endingOf(run.state);
    endings[ending] = (endings[ending] ?? 0) + 1;
    if (run.rotation !== null) rotations[run.rotation] = (rotations[run.rotation] ?? 0) + 1;
    for (const entry of run.entries) kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1;
    violations.push(...run.violations.map((one) => ({ ...one, seed: run.seed })));
    if (index % ledgerEvery === 0 && run.state !== null) {
      const problem = await ledgerProblem(run.state.id, run.entries, run.seed % run.entries.length);
      if (problem !== null) violations.push({ promise: '11', what: problem, seed: run.seed });
      ledgersVerified += 1;
    }
    options.onProgress?.(ran, violations.length);
    if (stopAtFirst && violations.length > 0) break;
  }
  return {
    incidents: ran,
    entries,
    violations,
    endings,
    kinds,
    cuts,
    mints,
    rotations,
    ledgersVerified,
  };
}

/** How one incident is told again. */
export function replayCommand(seed: number): string {
  return `node tools/with-runtime.mjs test/simulation/main.ts --replay ${seed}`;
}

function endingOf(state: IncidentState | null): string {
  if (state === null) return 'never opened';
  if (state.status !== 'open') return state.status;
  const { contained, residualUntil } = standingOf(state);
  if (!contained) return 'not contained, and says so';
  return residualUntil === null ? 'contained' : 'contained with residual';
}
