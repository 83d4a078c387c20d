import type { Charter, Right } from '../charter/model.ts';
import { type CharterChange, type Consequence } from './change.ts';
import { restChanges } from './rest.ts';
import { rightChanges } from './rights.ts';
import { seatChanges } from './seats.ts';

export type { CharterChange, Consequence } from './change.ts';

const ORDER: readonly Consequence[] = ['loosens', 'tightens', 'moves'];

/** Lists that are sets, in one order: the order in which they were written says nothing. */
function settle(charter: Charter): Charter {
  const sorted = (names: readonly string[]): readonly string[] => names.toSorted();
  const rights = charter.rights.map((right): Right => {
    const { approve, advise, recommend, ownSideCut: cut } = right;
    return {
      ...right,
      ...(approve === undefined ? {} : { approve: { ...approve, from: sorted(approve.from) } }),
      ...(advise === undefined ? {} : { advise: { ...advise, seats: sorted(advise.seats) } }),
      ...(cut === undefined ? {} : { ownSideCut: { ...cut, where: sorted(cut.where) } }),
      ...(recommend === undefined ? {} : { recommend: sorted(recommend) }),
    };
  });
  return { ...charter, rights };
}

/** What would be otherwise under the other charter, in words; empty when both answer every case alike. */
export function diffCharters(before: Charter, after: Charter): readonly CharterChange[] {
  const [old, fresh] = [settle(before), settle(after)];
  const changes = [
    ...rightChanges(old, fresh),
    ...seatChanges(old, fresh),
    ...restChanges(old, fresh),
  ];
  return changes.toSorted(
    (left, right) => ORDER.indexOf(left.consequence) - ORDER.indexOf(right.consequence),
  );
}
