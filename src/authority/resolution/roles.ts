import type { RightMembers } from '../charter/model.ts';
import type { AuthorityResolution, ResolvedExecutor } from '../model.ts';
import { type Asked, refusalOf } from './eligibility.ts';
import { withProtection } from './protected.ts';
import { seatsFilled } from './seats-filled.ts';
import { takeSeat } from './seats.ts';

// Everybody who takes part beside the decider.

function approveOf(asked: Asked, { approve }: RightMembers): AuthorityResolution['approve'] {
  if (approve === undefined) return null;
  // Only what is known to be immaterial goes without: not to know is no reason to ask fewer people.
  if (approve.whenMaterial === true && asked.given.facts.material === false) return null;
  const { count, distinctFromDecider, before } = approve;
  const holders = seatsFilled(asked, approve.from, 'approve');
  return { count, holders, distinctFromDecider, before };
}

function adviseOf(asked: Asked, { advise }: RightMembers): AuthorityResolution['advise'] {
  if (advise === undefined) return null;
  const { withinMs, silence } = advise;
  return { holders: seatsFilled(asked, advise.seats, 'advise'), withinMs, silence };
}

function executeOf(asked: Asked, { execute }: RightMembers): readonly ResolvedExecutor[] {
  return (execute ?? []).map((executor) => {
    if (executor.by === 'runner') return { ...executor, people: [], skipped: [] };
    const judge = (candidate: Parameters<typeof refusalOf>[1]): ReturnType<typeof refusalOf> =>
      refusalOf(asked, candidate, 'execute');
    const { people, skipped } = takeSeat(asked, executor.seat, judge);
    return { ...executor, people, skipped };
  });
}

function owedBy({ given }: Asked, { party }: RightMembers): string | null {
  for (const name of given.classes) {
    const owes = party?.get(name);
    if (owes !== undefined) return owes;
  }
  return null;
}

type Roles = Required<
  Pick<
    AuthorityResolution,
    | 'approve'
    | 'advise'
    | 'recommend'
    | 'execute'
    | 'ownSideCut'
    | 'owedBy'
    | 'silence'
    | 'handOff'
    | 'rejectHoldsMs'
    | 'requires'
  >
>;

export function rolesOf(asked: Asked, members: RightMembers): Roles {
  const { atDeadline } = members;
  return {
    approve: withProtection(asked, approveOf(asked, members) ?? null),
    advise: adviseOf(asked, members) ?? null,
    recommend: seatsFilled(asked, members.recommend ?? [], 'recommend'),
    execute: executeOf(asked, members),
    ownSideCut: members.ownSideCut ?? null,
    owedBy: owedBy(asked, members),
    silence:
      atDeadline === undefined
        ? null
        : {
            keep: atDeadline.keep,
            repageMs: atDeadline.repageMs,
            prepare: atDeadline.prepare,
            show: atDeadline.show,
            follow: atDeadline.follow,
          },
    handOff: members.handOff ?? (asked.decision === 'contain' ? 'cumulative' : 'exclusive'),
    rejectHoldsMs: members.rejectHoldsMs ?? null,
    requires: members.requires ?? null,
  };
}
