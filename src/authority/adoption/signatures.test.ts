import { describe, expect, it } from 'vitest';
import { northlakeRoster } from '../arbitrary.testing.ts';
import type { Signature } from './model.ts';
import { isEnough, isLost } from './signatures.ts';

const signed = (person: string, outcome: Signature['outcome'] = 'sign'): Signature => ({
  person,
  seat: person,
  outcome,
  reason: 'read it',
  atMs: 1,
});
const enough = (
  count: number,
  distinct: Parameters<typeof isEnough>[0]['distinct'],
  ...people: string[]
) =>
  isEnough(
    { of: people, count, distinct },
    people.map((one) => signed(one)),
    northlakeRoster,
  );

describe('signatures', () => {
  it('count people', () => {
    expect(enough(2, ['person'], 'carla')).toBe(false);
    expect(enough(2, ['person'], 'carla', 'carla')).toBe(false);
    expect(enough(2, ['person'], 'carla', 'otto')).toBe(true);
  });

  it('count managers where they are asked to', () => {
    // Carla manages mia and jonas.
    expect(enough(2, ['manager'], 'mia', 'jonas')).toBe(false);
    expect(enough(2, ['manager'], 'mia', 'carla')).toBe(false);
    expect(enough(2, ['manager'], 'mia', 'piotr')).toBe(true);
    expect(enough(2, ['manager'], 'carla', 'otto')).toBe(true);
  });

  it('find those who are apart, whoever signed first', () => {
    expect(enough(2, ['manager'], 'carla', 'mia', 'piotr')).toBe(true);
    expect(enough(3, ['manager'], 'carla', 'mia', 'piotr')).toBe(false);
    expect(enough(2, ['employer'], 'carla', 'otto')).toBe(false);
    expect(enough(2, ['employer'], 'carla', 'otto', 'henrik')).toBe(true);
  });

  it('cannot be enough any more when too many seats refuse', () => {
    const wanted = { of: ['a', 'b', 'c'], count: 2, distinct: [] };
    expect(isLost(wanted, [signed('a', 'refuse')])).toBe(false);
    expect(isLost(wanted, [signed('a', 'refuse'), signed('b', 'refuse')])).toBe(true);
  });
});
