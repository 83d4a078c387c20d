/** Which nodes an import has described, and with what. */
export interface SeenNodes {
  readonly mark: (num: number, digest: string) => 'first' | 'same' | 'other';
  readonly has: (num: number) => boolean;
}

const CHARACTERS_READ = 6;

/** 31 bits of a digest: two different lines of one import that look equal differ in what they say nearly never. */
function shortOf(digest: string): number {
  let short = 0;
  for (let index = 0; index < CHARACTERS_READ; index += 1) {
    short = (Math.imul(short, 64) + digest.charCodeAt(index)) >>> 1;
  }
  // 0 says "not seen".
  return short | 1;
}

export function createSeenNodes(): SeenNodes {
  let seen = new Uint32Array(4_096);
  return {
    mark: (num, digest) => {
      if (num >= seen.length) {
        const grown = new Uint32Array(Math.max(num + 1, seen.length * 2));
        grown.set(seen);
        seen = grown;
      }
      const short = shortOf(digest);
      const before = seen[num] ?? 0;
      if (before !== 0) return before === short ? 'same' : 'other';
      seen[num] = short;
      return 'first';
    },
    has: (num) => (seen[num] ?? 0) !== 0,
  };
}

/** Which edges a snapshot has named: 8 bytes each, in the order of the table once sorted. */
export interface SeenEdges {
  readonly add: (from: number, relation: number, to: number) => void;
  readonly sort: () => void;
  /** Only after `sort`, and only in the order of the table: each call goes on where the last one ended. */
  readonly hasNext: (from: number, relation: number, to: number) => boolean;
}

const RELATION_BITS = 4;

export function createSeenEdges(): SeenEdges {
  // Each key: the lower half is the second end, the upper half the first end and the relation.
  let halves = new Uint32Array(8_192);
  let length = 0;
  let at = 0;
  let sorted = new BigUint64Array(0);
  const upperOf = (from: number, relation: number): number => from * 2 ** RELATION_BITS + relation;
  return {
    add: (from, relation, to) => {
      if (length === halves.length) {
        const grown = new Uint32Array(length * 2);
        grown.set(halves);
        halves = grown;
      }
      halves[length] = to;
      halves[length + 1] = upperOf(from, relation);
      length += 2;
    },
    sort: () => {
      sorted = new BigUint64Array(halves.buffer, 0, length / 2);
      sorted.sort();
      at = 0;
    },
    hasNext: (from, relation, to) => {
      const upper = upperOf(from, relation);
      while (at < length) {
        const [lowerHalf, upperHalf] = [halves[at] ?? 0, halves[at + 1] ?? 0];
        if (upperHalf > upper || (upperHalf === upper && lowerHalf > to)) return false;
        if (upperHalf === upper && lowerHalf === to) return true;
        at += 2;
      }
      return false;
    },
  };
}
