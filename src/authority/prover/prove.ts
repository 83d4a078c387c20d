import { toTimestamp } from '../../kernel/index.ts';
import type { Charter } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import type { Roster } from '../roster/model.ts';
import { SEVERITIES } from '../words.ts';
import {
  executorEnds,
  type Known,
  mandateEnds,
  protectedWays,
  rehearsals,
  reversible,
} from './actions.ts';
import { cellsOf, valuesOf } from './cells.ts';
import { type Context, createContext } from './context.ts';
import { createCrowds } from './crowds.ts';
import { createGround } from './ground.ts';
import { advisers, providersSilent } from './law.ts';
import { CHECKS, type CheckName, type Hole, type Proof } from './model.ts';
import {
  acknowledgements,
  bounds,
  dependenciesDown,
  executors,
  independentWays,
  outOfReach,
} from './paths.ts';
import { absences, emptyLadders, loads, suspects } from './people.ts';
import { approvals, quorums, separations } from './quorums.ts';
import { counterexampleOf, inOrder, type LineOf } from './report.ts';
import { cycles, deadRights, monotone, oneRight } from './rules.ts';
import { unstaffedRungs } from './staffed.ts';

export interface ProofRequest {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly fromMs: number;
  readonly untilMs: number;
  /** People, channels, and what channels depend on, that are taken away for the whole time. */
  readonly without?: readonly string[];
  /** How many people may be away at once, whoever they are. */
  readonly absent?: 0 | 1 | 2;
  readonly known?: Known;
  readonly lineOf?: LineOf;
}

type Check = (context: Context, request: ProofRequest) => readonly Hole[];

/** Which functions look for what; a check without its own function here is part of another. */
const CHECKERS: readonly Check[] = [
  oneRight,
  deadRights,
  cycles,
  monotone,
  ({ ground, cells }) => unstaffedRungs(ground, cells.cells),
  emptyLadders,
  (context, { absent = 0 }) => (absent === 0 ? [] : absences(context, absent)),
  suspects,
  loads,
  separations,
  (context, { absent = 0 }) => approvals(context, absent),
  (context, { absent = 0 }) => quorums(context, absent),
  dependenciesDown,
  acknowledgements,
  independentWays,
  bounds,
  executors,
  (context, { known = {} }) => reversible(context, known),
  mandateEnds,
  executorEnds,
  protectedWays,
  (context, { known = {} }) => rehearsals(context, known),
  advisers,
  providersSilent,
];

function removedPeople({ charter, roster, without = [] }: ProofRequest): readonly string[] {
  const people = without.filter((name) => roster.people.has(name));
  const ways = without.filter((name) => !roster.people.has(name));
  return [...people, ...(ways.length === 0 ? [] : outOfReach(charter, roster, ways))];
}

function notChecked(
  { absent = 0, known = {} }: ProofRequest,
  isComplete: boolean,
): Proof['notChecked'] {
  const missing: { readonly check: CheckName; readonly why: string }[] = [];
  if (absent === 0)
    missing.push({ check: 'people.absence', why: 'asked for with --absent 1 or 2' });
  if (known.targets === undefined) {
    const why =
      'only a server knows its targets; from the files alone only revoke counts as lasting';
    missing.push({ check: 'actions.reversible', why });
  }
  if (known.rehearsals === undefined) {
    missing.push({ check: 'actions.rehearsal', why: 'only a server knows what was rehearsed' });
  }
  if (!isComplete) {
    const why = 'more combinations of classes than are looked at; say fewer things by class';
    missing.push({ check: 'rules.one-right', why });
  }
  return missing;
}

/** Cuts time where anything changes and facts where rules differ, and looks at every cell. Pure. */
export function proveCoverage(request: ProofRequest): Proof {
  const { charter, roster, fromMs, untilMs, without = [], absent = 0 } = request;
  const lineOf = request.lineOf ?? (() => null);
  const window: Interval = { fromMs, untilMs };
  const crowds = createCrowds();
  const removed = crowds.of(removedPeople(request));
  const ground = createGround({ charter, roster, window, crowds, removed });
  const cells = cellsOf(charter);
  const context = createContext(ground, cells);
  const { environments, jurisdictions } = valuesOf(charter);
  const values = { severity: SEVERITIES, environment: environments, jurisdiction: jurisdictions };
  const found = CHECKERS.flatMap((check) => check(context, request));
  const all = inOrder(found.map((hole) => counterexampleOf(hole, values, lineOf)));
  const skipped = notChecked(request, cells.isComplete);
  const counts = Object.keys(CHECKS).map((name) => {
    const count = all.filter(
      ({ check, severity }) => check === name && severity !== 'notice',
    ).length;
    const isSkipped = count === 0 && skipped.some(({ check }) => check === name);
    return [name, isSkipped ? null : count] as const;
  });
  return {
    from: toTimestamp(fromMs),
    until: toTimestamp(untilMs),
    charter: { id: charter.id, revision: charter.revision, digest: charter.digest },
    roster: { id: roster.id, revision: roster.revision, digest: roster.digest },
    without,
    absent,
    gaps: all.filter(({ severity }) => severity !== 'notice'),
    notices: all.filter(({ severity }) => severity === 'notice'),
    cells: countCells(context),
    // One entry for each name of the table.
    checks: Object.fromEntries(counts) as Proof['checks'],
    notChecked: skipped,
  };
}

/** Pieces of time of each partition of the facts. */
function countCells({ cells, ladders }: Context): number {
  const pieces = new Map(ladders.map(({ cell, people }) => [cell, people.values.length]));
  const usual = Math.max(1, ...pieces.values());
  return cells.cells.reduce((sum, cell) => sum + (pieces.get(cell) ?? usual), 0);
}
