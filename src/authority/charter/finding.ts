import { FirebreakError } from '../../kernel/index.ts';
import type { CharterProblem, ProblemCode } from '../model.ts';

export type Path = readonly (string | number)[];

export interface Finding {
  readonly path: Path;
  /** Nothing said: what is written has the right form and may still not be. */
  readonly code?: ProblemCode;
  readonly problem: string;
  readonly allowed?: readonly string[];
  readonly remedy: string;
}

export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

export function problemAt(line: number, column: number, finding: Finding): CharterProblem {
  return {
    line,
    column,
    path: pathText(finding.path),
    code: finding.code ?? 'contradiction',
    problem: finding.problem,
    allowed: finding.allowed ?? [],
    remedy: finding.remedy,
  };
}

export function charterInvalid(problems: readonly CharterProblem[]): FirebreakError {
  const named = problems.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  return new FirebreakError('charter-invalid', {
    count: problems.length,
    problems: named.slice(0, 20).join('; '),
    findings: problems,
  });
}
