import { GUARANTEES, type Guarantee, weakerOf } from '../../kernel/index.ts';
import type { Charter, Protection } from '../charter/model.ts';
import type { AuthorityResolution } from '../model.ts';
import type { Asked } from './eligibility.ts';
import { breakGlassHolders } from './ladder.ts';
import { type Case, namesIdentity } from './match.ts';
import { seatsFilled } from './seats-filled.ts';

// Protected is a slower path, never no path: beyond its limit nothing acts by itself, and no single person decides.

function isProtected({ identity, class: name, rule }: Protection, given: Case): boolean {
  const named = given.facts.identity;
  return (
    (identity !== null && namesIdentity(identity, named)) ||
    (name !== null && given.possibleClasses.includes(name)) ||
    (rule === 'last-administrator' && named.lastAdministrator === true)
  );
}

export function protectionsOf(charter: Charter, given: Case): readonly Protection[] {
  return charter.protections.filter((protection) => isProtected(protection, given));
}

type Approve = NonNullable<AuthorityResolution['approve']>;

/** The first stage that the protection does not leave to the ordinary right. */
function beyond(max: Guarantee | null): Guarantee {
  const next = max === null ? 0 : GUARANTEES.indexOf(max) + 1;
  return GUARANTEES[next] ?? 'G5';
}

function breakGlassApproval(asked: Asked, before: Guarantee): Approve | null {
  const glass = asked.charter.breakGlass;
  if (glass === null) return null;
  const holders = breakGlassHolders(asked);
  return { count: glass.quorum, holders, distinctFromDecider: false, before };
}

/** All seats of the path have to agree; when one of them has nobody, the quorum of break-glass does instead. */
function pathApproval(asked: Asked, { path, max }: Protection): Approve | null {
  const before = beyond(max);
  const seats = path.filter((name) => asked.charter.seats.has(name));
  if (seats.length === 0) {
    // The path is a right: that right says who has to agree.
    return path.includes('break-glass') ? breakGlassApproval(asked, before) : null;
  }
  const holders = seatsFilled(asked, seats, 'approve');
  if (holders.length < seats.length) return breakGlassApproval(asked, before);
  return { count: seats.length, holders, distinctFromDecider: false, before };
}

/** The people of the path stand in for those of the right: they have to agree to everything that either asks for. */
function together(own: Approve | null, path: Approve): Approve {
  if (own === null) return path;
  return {
    ...path,
    distinctFromDecider: own.distinctFromDecider,
    before: weakerOf(GUARANTEES, own.before ?? 'G1', path.before ?? 'G1'),
  };
}

/** What the right wants, and what protects the identity wants beside it. Only cuts are protected against. */
export function withProtection(asked: Asked, own: Approve | null): Approve | null {
  if (asked.decision !== 'contain' && asked.decision !== 'revoke') return own;
  let path: Approve | null = null;
  for (const protection of protectionsOf(asked.charter, asked.given)) {
    const other = pathApproval(asked, protection);
    // Several protect it: the one that wants more people.
    if (other !== null && (path === null || other.count > path.count)) path = other;
  }
  return path === null ? own : together(own, path);
}
