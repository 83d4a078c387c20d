import type { Chance } from './chance.ts';
import type { OwnerClaimPlan, Party, Team } from './model.ts';
import { BASES } from './words.ts';

/** What is wrong with the claims of an identity; most have nothing. */
export const OWNERSHIP_SHARES = {
  owned: 0.73,
  unclaimed: 0.04,
  abandoned: 0.03,
  departed: 0.04,
  contested: 0.03,
  stale: 0.13,
} as const;
export type Ownership = keyof typeof OWNERSHIP_SHARES;

type Basis = keyof typeof BASES;
const FRESH = [3, 200] as const;
const OLD = [400, 1_600] as const;

function claim(
  role: OwnerClaimPlan['role'],
  party: Party,
  basis: Basis,
  ageDays: number,
): OwnerClaimPlan {
  return { role, party: party.ref, basis, confidence: BASES[basis], ageDays };
}

/** People come and go: a claim names one who is still there, or one who is not. */
export function personOf(team: Team, isThere: boolean, chance: Chance): Party {
  return chance.pick(team.people.filter((one) => one.isThere === isThere));
}

/** Claims that resolve to the given state, whatever else is drawn. */
export function claimsFor(
  state: Ownership,
  team: Team,
  teams: readonly Team[],
  chance: Chance,
): readonly OwnerClaimPlan[] {
  const age = ([least, most]: readonly [number, number]): number => chance.between(least, most);
  const business = personOf(team, true, chance);
  const answered = (range: readonly [number, number]): readonly OwnerClaimPlan[] => [
    claim('technical', team, 'catalog', age(range)),
    claim('business', business, 'word', age(range)),
  ];
  switch (state) {
    case 'owned': {
      const other = chance.pick(teams);
      const weaker = chance.pick(['code-owners', 'deploy-record', 'spreadsheet'] as const);
      const extra = claim('technical', other, weaker, age(FRESH));
      return [...answered(FRESH), ...(chance.isSo(0.3) ? [extra] : [])];
    }
    case 'unclaimed':
      return [];
    case 'abandoned': {
      const left = personOf(team, false, chance);
      return [claim('technical', left, 'word', age(OLD)), claim('business', left, 'tag', age(OLD))];
    }
    case 'departed': {
      const left = personOf(team, false, chance);
      const weaker = claim('technical', team, 'deploy-record', age(FRESH));
      return [claim('technical', left, 'word', age(FRESH)), weaker];
    }
    case 'contested': {
      const rival = chance.pick(teams.filter((one) => one !== team));
      return [
        claim('technical', team, 'tag', age(FRESH)),
        claim('technical', rival, 'tag', age(FRESH)),
      ];
    }
    case 'stale':
      return answered(OLD);
  }
}
