import type { EffectiveOwner, OwnerClaim, OwnerRole, Ownership, ThingRecord } from './model.ts';
import { refText } from './refs.ts';

/** Every name by which a roster or a person may speak of a party. */
export function namesOf(party: ThingRecord): readonly string[] {
  return [
    ...new Set([party.id, party.name, ...party.refs.flatMap((ref) => [refText(ref), ref.value])]),
  ];
}

/** A claim on a party that exists beats one that does not; then confidence, then age, then the party's id. */
function isBetter(
  left: OwnerClaim,
  right: OwnerClaim,
  exists: (party: string) => boolean,
): boolean {
  if (exists(left.party) !== exists(right.party)) return exists(left.party);
  if (left.confidence !== right.confidence) return left.confidence > right.confidence;
  if (left.assertedAt !== right.assertedAt) return left.assertedAt > right.assertedAt;
  return left.party < right.party;
}

function effective(
  role: OwnerRole,
  claims: readonly OwnerClaim[],
  parties: ReadonlyMap<string, ThingRecord>,
): EffectiveOwner | null {
  let best: OwnerClaim | null = null;
  for (const claim of claims) {
    if (claim.role !== role) continue;
    if (best === null || isBetter(claim, best, (party) => parties.has(party))) best = claim;
  }
  if (best === null) return null;
  const party = parties.get(best.party) ?? null;
  const count = claims.filter((claim) => claim.role === role).length;
  const others = count === 1 ? 'the only claim' : `the strongest and newest of ${count} claims`;
  return {
    role,
    claim: best,
    party,
    names: party === null ? [best.party] : namesOf(party),
    why: `${others}, by ${best.basis}${party === null ? '; no such party is known' : ''}`,
  };
}

/** Claims in, one owner for each role out. An orphan has no owner that exists. */
export function ownersOf(
  claims: readonly OwnerClaim[],
  parties: ReadonlyMap<string, ThingRecord>,
): Ownership {
  const roles = ['business', 'technical'] as const;
  const owners = roles.flatMap((role) => effective(role, claims, parties) ?? []);
  return { owners, orphan: owners.every((owner) => owner.party === null) };
}
