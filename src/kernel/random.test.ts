import { describe, expect, it } from 'vitest';
import { createSeededRandom, randomInteger, systemRandom } from './random.ts';

describe('seeded random', () => {
  it('replays the same sequence for the same seed', () => {
    const first = createSeededRandom(42);
    const second = createSeededRandom(42);
    for (let index = 0; index < 1_000; index += 1) expect(first()).toBe(second());
  });

  it('never changes: seeds in reports and bug notes stay valid', () => {
    const random = createSeededRandom(42);
    const numbers = [random(), random(), random()].map((number) => number * 2 ** 32);
    expect(numbers).toEqual([551_831_576, 144_025_891, 322_543_647]);
  });

  it('gives different sequences to neighbouring seeds', () => {
    const first = createSeededRandom(1);
    const second = createSeededRandom(2);
    const equal = Array.from({ length: 1_000 }, () => first() === second()).filter(Boolean);
    expect(equal.length).toBeLessThan(5);
  });

  it('is uniform: each of 16 buckets holds its share', () => {
    const random = createSeededRandom(7);
    const draws = 160_000;
    const buckets = Array.from({ length: 16 }, () => 0);
    for (let index = 0; index < draws; index += 1) {
      const bucket = randomInteger(random, 16);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Five standard deviations of a binomial with p = 1/16.
    const tolerance = 5 * Math.sqrt(draws * (1 / 16) * (15 / 16));
    for (const count of buckets) expect(Math.abs(count - draws / 16)).toBeLessThan(tolerance);
  });

  it('does not correlate one number with the next', () => {
    const random = createSeededRandom(11);
    const numbers = Array.from({ length: 50_000 }, () => random() - 0.5);
    let sum = 0;
    for (let index = 1; index < numbers.length; index += 1) {
      sum += (numbers[index - 1] ?? 0) * (numbers[index] ?? 0);
    }
    // The product of two independent ones has a standard deviation of 1/12.
    expect(Math.abs(sum)).toBeLessThan((5 / 12) * Math.sqrt(numbers.length));
  });
});

describe('every source', () => {
  it.each([
    ['seeded', createSeededRandom(3)],
    ['system', systemRandom],
  ])('%s numbers lie in [0, 1) and integers below their bound', (_name, random) => {
    for (let index = 0; index < 10_000; index += 1) {
      const number = random();
      expect(number >= 0 && number < 1).toBe(true);
    }
    const seen = new Set(Array.from({ length: 500 }, () => randomInteger(random, 3)));
    expect([...seen].sort((left, right) => left - right)).toEqual([0, 1, 2]);
  });
});
