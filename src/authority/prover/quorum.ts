import type { Distinct } from '../charter/model.ts';
import type { Roster } from '../roster/model.ts';

/** Two people who count as one: nobody stands twice in a quorum, nor do people who share what has to differ. */
function clash(roster: Roster, one: string, other: string, distinct: readonly Distinct[]): boolean {
  if (one === other) return true;
  const [left, right] = [roster.people.get(one), roster.people.get(other)];
  return distinct.some((what) => {
    switch (what) {
      case 'person':
        return false;
      case 'manager':
        return left?.manager != null && left.manager === right?.manager;
      case 'employer':
        return left?.employer != null && left.employer === right?.employer;
      case 'device':
        return sharesEveryDevice(left?.reach ?? [], right?.reach ?? []);
    }
  });
}

type Reaches = readonly { readonly device: string | null }[];

/** One phone for two people is one device: each needs one that the other does not have. */
function sharesEveryDevice(left: Reaches, right: Reaches): boolean {
  const devices = (reaches: Reaches): ReadonlySet<string> =>
    new Set(reaches.flatMap(({ device }) => device ?? []));
  const [mine, theirs] = [devices(left), devices(right)];
  if (mine.size === 0 || theirs.size === 0) return false;
  return (
    [...mine].every((device) => theirs.has(device)) ||
    [...theirs].every((device) => mine.has(device))
  );
}

/** Each seat gives one person at most; who cannot be found by trying all of them is not there. */
export function quorumMet(
  roster: Roster,
  seats: readonly (readonly string[])[],
  count: number,
  distinct: readonly Distinct[],
): boolean {
  const search = (at: number, chosen: readonly string[]): boolean => {
    if (chosen.length >= count) return true;
    if (at >= seats.length || chosen.length + seats.length - at < count) return false;
    for (const person of seats[at] ?? []) {
      if (chosen.some((other) => clash(roster, other, person, distinct))) continue;
      if (search(at + 1, [...chosen, person])) return true;
    }
    return search(at + 1, chosen);
  };
  return search(0, []);
}

/** How few absences make an approval beside a decision impossible; `approvers` and `deciders` are sets. */
export function absencesToBreak(
  deciders: ReadonlySet<string>,
  approvers: ReadonlySet<string>,
  count: number,
  distinctFromDecider: boolean,
): number {
  const noDecider = deciders.size;
  const tooFew = Math.max(0, approvers.size - count + 1);
  if (!distinctFromDecider) return Math.min(noDecider, tooFew);
  // Once every decider left is an approver too, whoever decides is missing among the approvers.
  const onlyDeciders = [...deciders].filter((person) => !approvers.has(person)).length;
  return Math.min(noDecider, tooFew, onlyDeciders + Math.max(0, approvers.size - count));
}
