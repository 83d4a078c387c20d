import { breathe } from './tally.ts';

export interface NumberedEdge {
  readonly line: number;
  readonly from: number;
  readonly relation: number;
  readonly to: number;
  readonly basis: number;
  /** In thousandths. */
  readonly confidence: number;
  readonly observedMs: number | null;
}

/** Edges as numbers in arrays: a million of them in 24 MB, sorted without comparing. They grow with what they hold. */
export interface EdgeRun {
  /** No room for so many more. */
  readonly isNearlyFull: (count: number) => boolean;
  readonly add: (edge: NumberedEdge) => void;
  /** By their first end: neighbours in the table are written together. The run is empty afterwards. */
  readonly drain: (chunkMax: number) => AsyncGenerator<readonly NumberedEdge[]>;
}

const RELATION_BITS = 4;
const BASIS_BITS = 2;
const NOT_GIVEN = -1;
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/** One pass of a radix sort: moves the places into the order of one digit, keeping what earlier passes ordered. */
function sortByDigit(keys: Int32Array, places: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(DIGITS + 1);
  for (const place of places) {
    const digit = ((keys[place] ?? 0) >>> shift) & (DIGITS - 1);
    starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
  }
  for (let digit = 0; digit < DIGITS; digit += 1) {
    starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
  }
  const sorted = new Uint32Array(places.length);
  for (const place of places) {
    const digit = ((keys[place] ?? 0) >>> shift) & (DIGITS - 1);
    const at = starts[digit] ?? 0;
    sorted[at] = place;
    starts[digit] = at + 1;
  }
  return sorted;
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}

const LENGTH_FIRST = 4_096;

export function createEdgeRun(capacity: number): EdgeRun {
  let room = Math.min(capacity, LENGTH_FIRST);
  let froms = new Int32Array(room);
  let tos = new Int32Array(room);
  /** relation, basis and confidence in one number. */
  let says = new Int32Array(room);
  let lines = new Int32Array(room);
  let observed = new Float64Array(room);
  let length = 0;
  const grow = (): void => {
    room = Math.min(capacity, room * 2);
    froms = grown(froms, new Int32Array(room));
    tos = grown(tos, new Int32Array(room));
    says = grown(says, new Int32Array(room));
    lines = grown(lines, new Int32Array(room));
    observed = grown(observed, new Float64Array(room));
  };
  const edgeAt = (place: number): NumberedEdge => {
    const said = says[place] ?? 0;
    const observedMs = observed[place] ?? NOT_GIVEN;
    return {
      line: lines[place] ?? 0,
      from: froms[place] ?? 0,
      relation: said & (2 ** RELATION_BITS - 1),
      to: tos[place] ?? 0,
      basis: (said >>> RELATION_BITS) & (2 ** BASIS_BITS - 1),
      confidence: said >>> (RELATION_BITS + BASIS_BITS),
      observedMs: observedMs === NOT_GIVEN ? null : observedMs,
    };
  };
  return {
    isNearlyFull: (count) => length + count > capacity,
    add: ({ line, from, relation, to, basis, confidence, observedMs }) => {
      if (length === room) grow();
      froms[length] = from;
      tos[length] = to;
      says[length] =
        relation | (basis << RELATION_BITS) | (confidence << (RELATION_BITS + BASIS_BITS));
      lines[length] = line;
      observed[length] = observedMs ?? NOT_GIVEN;
      length += 1;
    },
    drain: async function* drain(chunkMax) {
      let places: Uint32Array = Uint32Array.from({ length }, (_, index) => index);
      // Numbers of nodes are positive and have 31 bits.
      for (const shift of [0, DIGIT_BITS, 2 * DIGIT_BITS]) {
        places = sortByDigit(froms, places, shift);
        await breathe();
      }
      for (let from = 0; from < places.length; from += chunkMax) {
        yield Array.from(places.subarray(from, from + chunkMax), edgeAt);
      }
      length = 0;
    },
  };
}
