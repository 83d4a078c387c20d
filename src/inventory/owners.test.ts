import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OwnerClaim, ThingRecord } from './model.ts';
import { ownersOf } from './owners.ts';

const PARTIES = ['pty_a', 'pty_b', 'pty_c'];
const claim = fc.record({
  role: fc.constantFrom('business', 'technical'),
  party: fc.constantFrom(...PARTIES),
  basis: fc.constantFrom('catalog', 'tag'),
  confidence: fc.constantFrom(0.2, 0.5, 0.9),
  assertedAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'),
}) satisfies fc.Arbitrary<OwnerClaim>;

function party(id: string): ThingRecord {
  const none = { environment: null, tags: [], tier: null, contact: null };
  const when = { source: 't', observedAt: '2026-01-01T00:00:00.000Z' };
  return { type: 'party', id, name: id, refs: [], ...none, ...when };
}

/** Sorts by every criterion in words, and takes the first. */
function naive(claims: readonly OwnerClaim[], role: string, known: ReadonlySet<string>) {
  const key = (one: OwnerClaim): string =>
    [known.has(one.party) ? 0 : 1, (1 - one.confidence).toFixed(2)].join(' ');
  return claims
    .filter((one) => one.role === role)
    .toSorted(
      (left, right) =>
        key(left).localeCompare(key(right)) ||
        right.assertedAt.localeCompare(left.assertedAt) ||
        left.party.localeCompare(right.party),
    )[0];
}

it('takes the strongest and newest claim on a party that exists', () => {
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 6 }), fc.subarray(PARTIES), (claims, existing) => {
      const parties = new Map(existing.map((id) => [id, party(id)]));
      const { owners, orphan } = ownersOf(claims, parties);
      for (const role of ['business', 'technical']) {
        const owner = owners.find((one) => one.role === role);
        const expected = naive(claims, role, new Set(existing));
        expect(owner?.claim.party).toBe(expected?.party);
        expect(owner?.claim.confidence).toBe(expected?.confidence);
      }
      expect(orphan).toBe(!claims.some((one) => parties.has(one.party)));
    }),
  );
});
