/**
 * Sets of people, each known by a number: equal sets have the same number, and what was joined once is remembered. A year
 * of shifts has many minutes and few different crowds.
 */
export interface Crowds {
  readonly empty: number;
  readonly of: (people: Iterable<string>) => number;
  readonly join: (left: number, right: number) => number;
  readonly minus: (left: number, right: number) => number;
  readonly size: (crowd: number) => number;
  readonly people: (crowd: number) => readonly string[];
}

interface Known {
  readonly bits: bigint;
  readonly size: number;
  /** Listed when somebody asks. */
  people: readonly string[] | null;
}

function sizeOf(bits: bigint): number {
  let size = 0;
  for (let rest = bits; rest !== 0n; rest &= rest - 1n) size += 1;
  return size;
}

export function createCrowds(): Crowds {
  const places = new Map<string, number>();
  const names: string[] = [];
  const known: Known[] = [];
  // By text: a Map tells large integers apart by their lowest digits only, and slows down.
  const numbers = new Map<string, number>();
  const joined = new Map<number, Map<number, number>>();
  const number = (bits: bigint): number => {
    const key = bits.toString(32);
    const before = numbers.get(key);
    if (before !== undefined) return before;
    known.push({ bits, size: sizeOf(bits), people: null });
    numbers.set(key, known.length - 1);
    return known.length - 1;
  };
  const bitsOf = (crowd: number): bigint => known[crowd]?.bits ?? 0n;
  const placeOf = (person: string): number => {
    const before = places.get(person);
    if (before !== undefined) return before;
    places.set(person, names.length);
    return names.push(person) - 1;
  };
  const join = (left: number, right: number): number => {
    if (left === right || right === empty) return left;
    if (left === empty) return right;
    const [low, high] = left < right ? [left, right] : [right, left];
    const row = joined.get(low) ?? new Map<number, number>();
    joined.set(low, row);
    const before = row.get(high);
    if (before !== undefined) return before;
    const both = number(bitsOf(low) | bitsOf(high));
    row.set(high, both);
    return both;
  };
  const empty = number(0n);
  return {
    empty,
    join,
    of: (people) => {
      let bits = 0n;
      for (const person of people) bits |= 1n << BigInt(placeOf(person));
      return number(bits);
    },
    minus: (left, right) =>
      left === empty || right === empty ? left : number(bitsOf(left) & ~bitsOf(right)),
    size: (crowd) => known[crowd]?.size ?? 0,
    people: (crowd) => {
      const one = known[crowd];
      if (one === undefined) return [];
      one.people ??= names.filter((_, place) => ((one.bits >> BigInt(place)) & 1n) === 1n);
      return one.people;
    },
  };
}
