import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cardDigest, cardsOf, type Member } from './cards.ts';

const member = (number: number, changes: Partial<Member>): Member => ({
  decision: `dec_${String(number).padStart(4, '0')}`,
  incident: 'inc_1',
  digest: `sha256:${number}`,
  kind: 'contain',
  right: 'contain',
  action: 'suspend',
  class: 'ci',
  seat: 'ir-lead',
  severity: 'sev2',
  ...changes,
});

it('asks a thousand as at most twelve cards, each on exactly one', () => {
  const words = (name: string, count: number): fc.Arbitrary<string> =>
    fc.nat(count - 1).map((at) => `${name}-${at}`);
  const drawn = fc.record({
    kind: words('kind', 3),
    right: words('right', 4),
    action: words('action', 5),
    class: words('class', 20),
    seat: words('seat', 3),
    severity: words('sev', 4),
  });
  fc.assert(
    fc.property(
      fc.array(drawn, { minLength: 1, maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 12 }),
      (several, cardsMax) => {
        const members = several.map((one, number) => member(number, one));
        const cards = cardsOf(members, cardsMax);
        expect(cards.length).toBeLessThanOrEqual(cardsMax);
        const dealt = cards.flatMap((card) => card.members.map((one) => one.decision));
        expect(dealt.toSorted()).toEqual(members.map((one) => one.decision));
      },
    ),
    { numRuns: 100 },
  );
});

it('keeps what is alike together, and what differs apart as long as it can', () => {
  const alike = Array.from({ length: 1_000 }, (_, number) =>
    member(number, { class: number % 2 === 0 ? 'ci' : 'agent' }),
  );
  expect(cardsOf(alike, 12).map((card) => card.members.length)).toEqual([500, 500]);
  const [first] = cardsOf([...alike, member(1_000, { severity: 'sev1' })], 12);
  expect(first?.title).toBe('suspend for 1 of class ci (sev1)');
});

it('binds an answer to the members as they were shown', () => {
  const shown = [member(1, {}), member(2, {})];
  const changed = [member(1, {}), member(2, { digest: 'sha256:another' })];
  expect(cardDigest(changed)).not.toBe(cardDigest(shown));
  expect(cardDigest(shown.slice(1))).not.toBe(cardDigest(shown));
});
