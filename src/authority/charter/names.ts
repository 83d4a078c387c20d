import { nearest } from '../../kernel/index.ts';
import type { Finding, Path } from './finding.ts';

const SHOWN_MAX = 40;

/** A name that is used and nowhere declared, with the one that was probably meant. */
export function unknownName(
  path: Path,
  word: string,
  name: string,
  allowed: readonly string[],
): Finding {
  const meant = nearest(name, allowed);
  const remedy =
    meant === undefined
      ? `Use a ${word} that is declared, or declare it.`
      : `Did you mean ${meant}? Else declare it.`;
  return {
    path,
    code: 'unknown-name',
    problem: `there is no ${word} ${name}`,
    allowed: allowed.slice(0, SHOWN_MAX),
    remedy,
  };
}

/** Every one of the names that is not declared. */
export function unknownNames(
  names: readonly (readonly [Path, string])[],
  word: string,
  declared: Iterable<string>,
): readonly Finding[] {
  const known = new Set(declared);
  return names
    .filter(([, name]) => !known.has(name))
    .map(([path, name]) => unknownName(path, word, name, [...known]));
}
