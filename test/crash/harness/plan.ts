import {
  randomInteger,
  type Random,
  STOP_POINTS,
  type StopPoint,
} from '../../../src/kernel/index.ts';

export type Kill =
  | { readonly at: 'point'; readonly point: StopPoint; readonly passage: number }
  | { readonly at: 'instant'; readonly afterMs: number };

/** An incident takes about this long; an instant lies anywhere in it. */
const INSTANT_MS_MAX = 2_500;

/** From and below: passages at which a wave of incidents is in the middle of it. */
const PASSAGES: Readonly<Partial<Record<StopPoint, readonly [number, number]>>> = {
  'after-takeover': [1, 2],
  'before-readback': [1, 2],
  'before-seal': [1, 3],
  'after-seal': [1, 3],
  'before-accept': [1, 20],
  'after-accept': [1, 20],
  // A wave considers, then prepares, then cuts.
  'after-effect': [38, 52],
};
const PASSAGES_DEFAULT = [1, 90] as const;

const LEFT_AND_READ_BACK: readonly StopPoint[] = [
  'after-effect',
  'after-takeover',
  'before-readback',
];

/**
 * Each named point once, in an order of its own. What is read back was left in the middle of its effect: those kills come
 * one after another.
 */
export function pointKills(random: Random): readonly Kill[] {
  const rest = STOP_POINTS.filter((point) => !LEFT_AND_READ_BACK.includes(point));
  const order = shuffled(random, rest);
  const place = randomInteger(random, order.length + 1);
  return order.toSpliced(place, 0, ...LEFT_AND_READ_BACK).map((point) => {
    const [from, to] = PASSAGES[point] ?? PASSAGES_DEFAULT;
    return { at: 'point', point, passage: from + randomInteger(random, to - from) };
  });
}

/** A point that was missed, at its first passage. What is taken over or read back has to be left in the middle before. */
export function secondTry(kill: Kill): readonly Kill[] {
  if (kill.at === 'instant') return [kill];
  const first = { ...kill, passage: 1 };
  if (kill.point !== 'after-takeover' && kill.point !== 'before-readback') return [first];
  const [passage] = PASSAGES['after-effect'] ?? PASSAGES_DEFAULT;
  return [{ at: 'point', point: 'after-effect', passage }, first];
}

export function instantKills(random: Random, count: number): readonly Kill[] {
  return Array.from({ length: count }, () => ({
    at: 'instant',
    afterMs: randomInteger(random, INSTANT_MS_MAX),
  }));
}

export function shuffled<Item>(random: Random, items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
