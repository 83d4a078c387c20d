import type { Consumer } from '../../dependencies/index.ts';
import type { Rotation } from '../../connectors/contract.ts';

// An identity that several use who do not belong together. Pure: which of the three ways a cut of it goes, and why.

/** `narrow`: by what the target can tell apart. `split`: an identity of their own first. `sum`: all of them stop. */
export type SharedWay = 'narrow' | 'split' | 'sum';

export interface SharedPlan {
  readonly way: SharedWay;
  readonly why: string;
}

export interface SharedSeen {
  readonly target: string;
  /** What the target can take hold of when it isolates. */
  readonly grain: 'credential' | 'identity';
  readonly credentials: number;
  /** How the target gets a new credential beside the old one; null = nothing here can. */
  readonly overlap: Rotation['overlap'] | null;
  readonly consumers: readonly Pick<Consumer, 'name' | 'direct' | 'services'>[];
}

/** Null: nobody else is known to use it. */
export function sharedPlan(seen: SharedSeen): SharedPlan | null {
  const { target, grain, credentials, overlap } = seen;
  const users = seen.consumers.filter(({ direct }) => direct);
  const parties = partiesOf(users);
  if (grain === 'credential') {
    if (credentials < 2) return null;
    const why = `${target} tells its ${credentials} credentials apart: one of them is cut alone`;
    return { way: 'narrow', why };
  }
  if (parties.length < 2) return null;
  const names = users.map(({ name }) => name).toSorted();
  const whose = `${names.join(', ')} use it for ${parties.join(' and for ')}`;
  const cannot = `${whose}, and ${target} cannot tell them apart`;
  return overlap === 'twin'
    ? {
        way: 'split',
        why: `${cannot}: they are given an identity of their own first, then it is cut`,
      }
    : { way: 'sum', why: `${cannot} or give them another identity: all of them stop` };
}

/** Who has the same services behind them belongs together. */
function partiesOf(users: SharedSeen['consumers']): readonly string[] {
  const parties = users
    .map(({ services }) =>
      services
        .map(({ name }) => name)
        .toSorted()
        .join(', '),
    )
    .filter((party) => party !== '');
  return [...new Set(parties)].toSorted();
}
