import type { Charter, Situation } from '../charter/model.ts';
import { canOverlap } from '../charter/overlap.ts';
import { type DecisionKind, SEVERITIES, type Severity } from '../words.ts';
import { list } from './change.ts';

// The cases that two charters can tell apart: a finite grid, made of the words that either of them uses.

export interface Cell {
  readonly severity: Severity | null;
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly classes: readonly string[];
}

const DIMENSIONS = ['classes', 'environment', 'jurisdiction', 'severity'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** An environment or jurisdiction that no rule names. */
export const ELSEWHERE = 'elsewhere';
/** Beyond that, identities of two classes are left to the prover. */
const CELLS_MAX = 20_000;

function uses(whens: readonly Situation[], member: keyof Situation): readonly string[] {
  return [...new Set(whens.flatMap((when) => when[member] ?? []))];
}

export function cellsOf(charters: readonly Charter[], decision: DecisionKind): readonly Cell[] {
  const whens = charters.flatMap(({ rights }) =>
    rights.filter(({ decisions }) => decisions.includes(decision)).map(({ when }) => when),
  );
  const severities = uses(whens, 'severity').length === 0 ? [null] : SEVERITIES;
  const orElsewhere = (names: readonly string[]): readonly (string | null)[] =>
    names.length === 0 ? [null] : [...names, ELSEWHERE];
  const environments = orElsewhere(uses(whens, 'environment'));
  const jurisdictions = orElsewhere(uses(whens, 'jurisdiction'));
  const each = severities.length * environments.length * jurisdictions.length;
  const named = uses(whens, 'class');
  const single = [[], ...named.map((name) => [name])];
  const pairs = named.flatMap((one, at) =>
    named
      .slice(at + 1)
      .filter((other) =>
        charters.some(({ classes }) => canOverlap({ class: [one] }, { class: [other] }, classes)),
      )
      .map((other) => [one, other]),
  );
  const both = [...single, ...pairs];
  const sets = both.length * each > CELLS_MAX ? single : both;
  return sets.flatMap((classes) =>
    environments.flatMap((environment) =>
      jurisdictions.flatMap((jurisdiction) =>
        severities.map((severity) => ({ severity, environment, jurisdiction, classes })),
      ),
    ),
  );
}

function wordOf(cell: Cell, dimension: Dimension): string {
  const value = cell[dimension];
  if (typeof value === 'string') return value;
  return value === null ? '' : value.join('+');
}

function project(cells: readonly Cell[], dimension: Dimension): readonly string[] {
  return [...new Set(cells.map((cell) => wordOf(cell, dimension)))];
}

function phrase(cells: readonly Cell[], all: readonly Cell[], decision: string): string {
  const some = (dimension: Dimension): string | null => {
    const words = project(cells, dimension);
    if (words.length === project(all, dimension).length) return null;
    return list(words.map((word) => (word === '' ? 'none' : word)));
  };
  const [severity, classes] = [some('severity'), some('classes')];
  const [environment, jurisdiction] = [some('environment'), some('jurisdiction')];
  return [
    ...(severity === null ? [] : [severity]),
    decision,
    ...(classes === null ? [] : [`of class ${classes}`]),
    ...(environment === null ? [] : [`in ${environment}`]),
    ...(jurisdiction === null ? [] : [`in ${jurisdiction}`]),
  ].join(' ');
}

/** In as few phrases as the grid allows: whole products of words, else split along one dimension. */
export function describeCells(
  cells: readonly Cell[],
  all: readonly Cell[],
  decision: string,
): readonly string[] {
  const sizes = DIMENSIONS.map((dimension) => project(cells, dimension).length);
  if (sizes.reduce((product, size) => product * size, 1) === cells.length) {
    return [phrase(cells, all, decision)];
  }
  const split = DIMENSIONS.find((_, at) => (sizes[at] ?? 0) > 1) ?? 'severity';
  const groups = project(cells, split).map((word) =>
    cells.filter((cell) => wordOf(cell, split) === word),
  );
  return groups.flatMap((group) => describeCells(group, all, decision));
}
