import type { Signatures } from '../charter/model.ts';
import { countAsOne } from '../roster/apart.ts';
import type { Roster } from '../roster/model.ts';
import type { Signature } from './model.ts';

// Whether what was signed is enough. It counts people, and where the charter says so their managers and employers.

/** Some that are enough and share nothing; tried in all ways, because the first to sign may stand in the way of two others. */
export function isEnough(
  wanted: Signatures,
  signatures: readonly Signature[],
  roster: Roster,
): boolean {
  const people = [
    ...new Set(
      signatures.flatMap(({ person, seat, outcome }) =>
        outcome === 'sign' && wanted.of.includes(seat) ? [person] : [],
      ),
    ),
  ];
  const choose = (chosen: readonly string[], from: number): boolean => {
    if (chosen.length >= wanted.count) return true;
    return people
      .slice(from)
      .some(
        (person, at) =>
          chosen.every((one) => !countAsOne(roster, one, person, wanted.distinct)) &&
          choose([...chosen, person], from + at + 1),
      );
  };
  return choose([], 0);
}

/** So many seats have refused that the rest cannot be enough. */
export function isLost(wanted: Signatures, signatures: readonly Signature[]): boolean {
  const refused = new Set(
    signatures.flatMap(({ seat, outcome }) => (outcome === 'refuse' ? [seat] : [])),
  );
  return new Set(wanted.of).size - refused.size < wanted.count;
}
