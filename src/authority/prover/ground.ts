import type { Charter } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import type { Roster } from '../roster/model.ts';
import { type Cover, createCover } from './cover.ts';
import type { Crowds } from './crowds.ts';

/** What is proven about, and the same with something changed: causes and remedies are found by trying. */
export interface Ground {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly window: Interval;
  readonly crowds: Crowds;
  /** People who do not count, by assumption. */
  readonly removed: number;
  readonly cover: Cover;
  readonly withEverybody: () => Ground;
  readonly withoutAbsences: () => Ground;
  readonly changed: (change: { readonly charter?: Charter; readonly roster?: Roster }) => Ground;
}

export function createGround(
  parts: Omit<Ground, 'cover' | 'withEverybody' | 'withoutAbsences' | 'changed'>,
): Ground {
  let everybody: Ground | null = null;
  let present: Ground | null = null;
  return {
    ...parts,
    cover: createCover(parts),
    withEverybody: () => (everybody ??= createGround({ ...parts, removed: parts.crowds.empty })),
    withoutAbsences: () =>
      (present ??= createGround({ ...parts, roster: { ...parts.roster, absences: [] } })),
    changed: (change) => createGround({ ...parts, ...change }),
  };
}
