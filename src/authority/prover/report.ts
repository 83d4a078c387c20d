import { toTimestamp } from '../../kernel/index.ts';
import type { Path } from '../charter/document.ts';
import type { Counterexample, Hole } from './model.ts';
import { wallSpan } from './zones.ts';

/** Listed of one counterexample; all of them are counted. */
const INTERVALS_LISTED_MAX = 1_000;
const SEVERITIES = ['critical', 'gap', 'notice'] as const;

export type LineOf = (file: 'charter' | 'roster', path: Path) => number | null;

function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`))
    .join('');
}

export function counterexampleOf(hole: Hole, lineOf: LineOf): Counterexample {
  const { intervals, zones, at, edits, ...rest } = hole;
  const { fromMs, untilMs } = intervals[0] ?? { fromMs: 0, untilMs: 0 };
  return {
    check: rest.check,
    severity: rest.severity,
    from: toTimestamp(fromMs),
    until: toTimestamp(untilMs),
    local: Object.fromEntries(zones.map((zone) => [zone, wallSpan(zone, fromMs, untilMs)])),
    cause: rest.cause,
    facts: rest.facts,
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
