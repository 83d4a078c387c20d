import { createSeededRandom, type Random, randomInteger } from '../../src/kernel/index.ts';

/** Everything that is left to chance comes from one seed. */
export interface Chance {
  readonly random: Random;
  readonly is: (probability: number) => boolean;
  readonly between: (low: number, high: number) => number;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
}

export function createChance(seed: number): Chance {
  const random = createSeededRandom(seed);
  return {
    random,
    is: (probability) => random() < probability,
    between: (low, high) => low + randomInteger(random, high - low + 1),
    pick: (items) => items[randomInteger(random, items.length)] ?? items[0],
  };
}
