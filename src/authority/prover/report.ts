import { toTimestamp } from '../../kernel/index.ts';
import { pathText, type Path } from '../charter/finding.ts';
import type { CellFacts, Counterexample, Hole } from './model.ts';
import { wallSpan } from './zones.ts';

/** Listed of one counterexample; all of them are counted. */
const INTERVALS_LISTED_MAX = 1_000;
const SEVERITIES = ['critical', 'gap', 'notice'] as const;

export type LineOf = (file: 'charter' | 'roster', path: Path) => number | null;

/** A list that has every value there is says nothing: it is shown as none. */
export type AllValues = Pick<CellFacts, 'severity' | 'environment' | 'jurisdiction'>;

function shownFacts(facts: CellFacts, all: AllValues): CellFacts {
  const shown = <Value>(values: readonly Value[], every: readonly Value[]): readonly Value[] =>
    values.length === every.length ? [] : values;
  return {
    ...facts,
    severity: shown(facts.severity, all.severity),
    environment: shown(facts.environment, all.environment),
    jurisdiction: shown(facts.jurisdiction, all.jurisdiction),
  };
}

export function counterexampleOf(hole: Hole, all: AllValues, lineOf: LineOf): Counterexample {
  const { intervals, zones, at, edits, ...rest } = hole;
  const { fromMs, untilMs } = intervals[0] ?? { fromMs: 0, untilMs: 0 };
  return {
    check: rest.check,
    severity: rest.severity,
    from: toTimestamp(fromMs),
    until: toTimestamp(untilMs),
    local: Object.fromEntries(zones.map((zone) => [zone, wallSpan(zone, fromMs, untilMs)])),
    cause: rest.cause,
    facts: shownFacts(rest.facts, all),
    right: rest.right,
    rung: rest.rung,
    seat: rest.seat,
    refused: rest.refused,
    also: rest.also,
    file: at.file,
    path: pathText(at.path),
    line: lineOf(at.file, at.path),
    repeats: intervals.length,
    totalMs: intervals.reduce((sum, one) => sum + one.untilMs - one.fromMs, 0),
    intervals: intervals
      .slice(0, INTERVALS_LISTED_MAX)
      .map((one) => [toTimestamp(one.fromMs), toTimestamp(one.untilMs)] as const),
    remedy: rest.remedy,
    edits: edits.map(({ file, path, value }) => ({ file, path: pathText(path), value })),
  };
}

/** The worst first, then in the order of time. */
export function inOrder(counterexamples: readonly Counterexample[]): readonly Counterexample[] {
  return counterexamples.toSorted(
    (left, right) =>
      SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity) ||
      left.from.localeCompare(right.from) ||
      left.check.localeCompare(right.check) ||
      (left.seat ?? '').localeCompare(right.seat ?? ''),
  );
}
