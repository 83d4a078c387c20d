import type { Distinct, Signatures } from '../charter/model.ts';
import type { Roster } from '../roster/model.ts';
import type { Signature } from './model.ts';

// Whether what was signed is enough. It counts people, and where the charter says so their managers and employers.

function share(kind: Distinct, left: string, right: string, roster: Roster): boolean {
  const [one, other] = [roster.people.get(left), roster.people.get(right)];
  switch (kind) {
    case 'manager':
      // Who manages somebody answers for them: both are one voice, as two of one manager are.
      return (
        one?.manager === right ||
        other?.manager === left ||
        (one?.manager !== null && one?.manager !== undefined && one.manager === other?.manager)
      );
    case 'employer':
      return one?.employer !== null && one?.employer === other?.employer;
    case 'device': {
      const own = new Set(one?.reach.flatMap(({ device }) => device ?? []));
      return other?.reach.some(({ device }) => device !== null && own.has(device)) === true;
    }
    default:
      return left === right;
  }
}

function areDistinct(
  left: string,
  right: string,
  kinds: readonly Distinct[],
  roster: Roster,
): boolean {
  return left !== right && !kinds.some((kind) => share(kind, left, right, roster));
}

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
          chosen.every((one) => areDistinct(one, person, wanted.distinct, roster)) &&
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
