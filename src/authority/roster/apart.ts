import type { Distinct } from '../charter/model.ts';
import type { Person, Roster } from './model.ts';

type Devices = Pick<Person, 'reach'>;

/** One phone for two people is one device: each needs one that the other does not have. */
function shareEveryDevice(left: Devices, right: Devices): boolean {
  const devices = ({ reach }: Devices): ReadonlySet<string> =>
    new Set(reach.flatMap(({ device }) => device ?? []));
  const [mine, theirs] = [devices(left), devices(right)];
  if (mine.size === 0 || theirs.size === 0) return false;
  return mine.isSubsetOf(theirs) || theirs.isSubsetOf(mine);
}

/**
 * Two people who count as one: the same person, and where it is asked for those who share what must differ. Whoever manages
 * somebody answers for them, so a person and their manager are one voice as two people of one manager are.
 */
export function countAsOne(
  roster: Roster,
  one: string,
  other: string,
  distinct: readonly Distinct[],
): boolean {
  if (one === other) return true;
  const [left, right] = [roster.people.get(one), roster.people.get(other)];
  if (left === undefined || right === undefined) return false;
  return distinct.some((what) => {
    switch (what) {
      case 'person':
        return false;
      case 'manager':
        return (
          left.manager === other ||
          right.manager === one ||
          (left.manager !== null && left.manager === right.manager)
        );
      case 'employer':
        return left.employer !== null && left.employer === right.employer;
      case 'device':
        return shareEveryDevice(left, right);
    }
  });
}
