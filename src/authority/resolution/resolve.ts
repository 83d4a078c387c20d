import { LIMITS } from '../../kernel/index.ts';
import { automaticOf } from './automatic.ts';
import type { Charter, Mandate } from '../charter/model.ts';
import { ladderOf } from './ladder.ts';
import { completeCase } from './match.ts';
import type { AuthorityFacts, AuthorityResolution, DecisionKind, Profile } from '../model.ts';
import type { Roster } from '../roster/model.ts';

/** A class that is stopped hard has no first window; the others have the one of the mandate. */
function windowW1Ms(profile: Profile, mandate: Mandate | null): number {
  if (mandate?.beforeIsolationMs !== null && mandate?.beforeIsolationMs !== undefined) {
    return mandate.beforeIsolationMs;
  }
  return profile === 'hard-stop' ? 0 : LIMITS.windowW1MsDefault;
}

/** Facts and rules in, who may decide and what may happen without asking out. Only containment has mandates. */
export function resolveAuthority(
  charter: Charter,
  roster: Roster,
  facts: AuthorityFacts,
  decision: DecisionKind,
  nowMs: number,
): AuthorityResolution {
  const given = completeCase(charter, facts);
  const automatic = automaticOf(charter, given, nowMs);
  const ladder = ladderOf({ charter, roster, given, decision, nowMs, cap: automatic.cap });
  const contains = decision === 'contain';
  const { mandate } = automatic;
  return {
    decision,
    charter: { id: charter.id, revision: charter.revision, digest: charter.digest },
    classes: given.classes,
    profile: given.profile,
    mandate: contains && mandate !== null ? { id: mandate.id, mode: mandate.mode } : null,
    automaticUpTo: contains ? automatic.upTo : null,
    shadowUpTo: contains ? automatic.shadowUpTo : null,
    windowW1Ms: windowW1Ms(given.profile, mandate),
    // oxlint-disable-next-line unicorn/no-thenable -- a member of the contract; plain data, never awaited
    then:
      contains && automatic.revokeAfterMs !== null
        ? { guarantee: 'G5', windowMs: automatic.revokeAfterMs }
        : null,
    right: ladder.right,
    holders: ladder.holders,
    decideWithinMs: ladder.decideWithinMs,
    atDeadline: ladder.atDeadline,
    meanwhile: ladder.meanwhile,
    approve: ladder.approve,
    quorum: ladder.quorum,
    inherit: charter.inherit,
    determining: [
      ...given.assumed,
      ...(contains ? automatic.determining : []),
      ...ladder.determining,
    ],
    ceilings: contains ? automatic.ceilings : [],
  };
}
