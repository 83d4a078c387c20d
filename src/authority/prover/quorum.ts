import type { Distinct } from '../charter/model.ts';
import { countAsOne } from '../roster/apart.ts';
import type { Roster } from '../roster/model.ts';

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
      if (chosen.some((other) => countAsOne(roster, other, person, distinct))) continue;
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
