import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OwnerClaim, ThingRecord } from './model.ts';
import { ownersOf, ownerStateOf, proposeOwner } from './owners.ts';

const PARTIES = ['pty_a', 'pty_b', 'pty_c'];
const NOW_MS = Date.parse('2026-11-20T00:00:00.000Z');
const DAY_MS = 86_400_000;
const POLICY = { nowMs: NOW_MS, staleAfterMs: 200 * DAY_MS };
const claim = fc.record({
  role: fc.constantFrom('business', 'technical'),
  party: fc.constantFrom(...PARTIES),
  basis: fc.constantFrom('catalog', 'tag'),
  confidence: fc.constantFrom(0.2, 0.5, 0.9),
  assertedAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'),
}) satisfies fc.Arbitrary<OwnerClaim>;

type Presence = 'live' | 'left' | 'leaves-later' | 'gone';

function party(id: string, presence: Presence = 'live'): ThingRecord {
  const none = { environment: null, tags: [], tier: null, contact: null };
  const when = { source: 't', observedAt: '2026-01-01T00:00:00.000Z' };
  const leftAt = { left: '2026-05-01T00:00:00.000Z', 'leaves-later': '2027-01-01T00:00:00.000Z' };
  return {
    type: 'party',
    id,
    name: id,
    refs: [],
    ...none,
    ...when,
    leftAt: presence === 'left' || presence === 'leaves-later' ? leftAt[presence] : null,
    gone: presence === 'gone' ? { at: when.observedAt, source: 't' } : null,
  };
}

/** Sorts by every criterion in words, and takes the first. */
function naive(
  claims: readonly OwnerClaim[],
  role: string,
  presence: Readonly<Record<string, Presence>>,
) {
  const rank = ({ party: name }: OwnerClaim): number => {
    const found = presence[name];
    if (found === undefined) return 2;
    return found === 'live' || found === 'leaves-later' ? 0 : 1;
  };
  const key = (one: OwnerClaim): string => [rank(one), (1 - one.confidence).toFixed(2)].join(' ');
  return claims
    .filter((one) => one.role === role)
    .toSorted(
      (left, right) =>
        key(left).localeCompare(key(right)) ||
        right.assertedAt.localeCompare(left.assertedAt) ||
        left.party.localeCompare(right.party),
    )[0];
}

const presences = fc.dictionary(
  fc.constantFrom(...PARTIES),
  fc.constantFrom<Presence>('live', 'left', 'leaves-later', 'gone'),
);

it('takes the strongest and newest claim on a party that is there, as the definition in words does', () => {
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 6 }), presences, (claims, presence) => {
      const parties = new Map(Object.entries(presence).map(([id, how]) => [id, party(id, how)]));
      const { owners, orphan, flags } = ownersOf(claims, parties, POLICY);
      for (const role of ['business', 'technical']) {
        const owner = owners.find((one) => one.role === role);
        const expected = naive(claims, role, presence);
        expect(owner?.claim.party).toBe(expected?.party);
        expect(owner?.claim.confidence).toBe(expected?.confidence);
        const count = claims.filter((one) => one.role === role).length;
        expect(owner?.alternates?.length ?? 0).toBe(Math.max(0, count - 1));
      }
      const isLive = (name: string): boolean =>
        /^(?:live|leaves-later)$/u.test(presence[name] ?? '');
      expect(orphan).toBe(!claims.some((one) => isLive(one.party)));
      expect(flags?.some(({ flag }) => flag === 'orphan')).toBe(orphan);
    }),
  );
});

it('does not depend on the order of the claims', () => {
  const shuffled = fc
    .array(claim, { maxLength: 6 })
    .chain((claims) =>
      fc.tuple(fc.constant(claims), fc.shuffledSubarray(claims, { minLength: claims.length })),
    );
  fc.assert(
    fc.property(shuffled, presences, ([claims, other], presence) => {
      const parties = new Map(Object.entries(presence).map(([id, how]) => [id, party(id, how)]));
      const answer = (list: readonly OwnerClaim[]) => {
        const { owners, flags } = ownersOf(list, parties, POLICY);
        return { parties: owners.map((one) => one.claim.party), flags };
      };
      expect(answer(claims)).toEqual(answer(other));
    }),
  );
});

const base = { role: 'technical', basis: 'catalog', confidence: 0.9 } as const;
const fresh = '2026-10-01T00:00:00.000Z';

it('says what is wrong: departed, contested, stale, orphan', () => {
  const state = (claims: readonly OwnerClaim[], all: readonly ThingRecord[]) =>
    ownerStateOf(ownersOf(claims, new Map(all.map((one) => [one.id, one])), POLICY));
  const [a, b] = [party('pty_a'), party('pty_b')];
  const ofA = { ...base, party: 'pty_a', assertedAt: fresh };
  const ofB = { ...base, party: 'pty_b', assertedAt: fresh };
  expect(state([ofA], [a])).toBe('owned');
  expect(state([], [a])).toBe('orphan');
  expect(state([ofA], [])).toBe('orphan');
  expect(state([ofA, { ...ofB, confidence: 0.5 }], [a, b])).toBe('owned');
  expect(state([ofA, ofB], [a, b])).toBe('contested');
  expect(state([{ ...ofA, assertedAt: '2026-01-01T00:00:00.000Z' }], [a])).toBe('stale');
  expect(state([ofA, { ...ofB, confidence: 0.5 }], [party('pty_a', 'left'), b])).toBe('departed');
  // Somebody with a weaker claim left: that changes nothing.
  expect(state([ofA, { ...ofB, confidence: 0.5 }], [a, party('pty_b', 'left')])).toBe('owned');
});

it('proposes whoever owns most of what lies around, and only for an orphan', () => {
  const vote = (id: string) => ({ party: id, name: id, why: 'one is next to it' });
  expect(proposeOwner([])).toBeNull();
  const votes = [vote('pty_b'), vote('pty_a'), vote('pty_b')];
  expect(proposeOwner(votes)).toMatchObject({ party: 'pty_b', confidence: 0.33 });
  expect(ownersOf([], new Map(), POLICY, votes).proposed?.party).toBe('pty_b');
  const owned = new Map([['pty_a', party('pty_a')]]);
  const claims = [{ ...base, party: 'pty_a', assertedAt: fresh }];
  expect(ownersOf(claims, owned, POLICY, votes).proposed).toBeNull();
});
