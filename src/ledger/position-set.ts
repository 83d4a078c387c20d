interface Range {
  readonly from: number;
  /** Excluded. */
  readonly to: number;
}

/** Positions as ranges: a million missing entries in a row take one. */
export interface PositionSet {
  readonly addRange: (from: number, to: number) => void;
  /** True when it was there. */
  readonly remove: (position: number) => boolean;
  readonly ranges: () => readonly Range[];
}

export function createPositionSet(): PositionSet {
  const ranges: Range[] = [];
  /** Index of the first range that ends after the position. */
  const find = (position: number): number => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.to ?? Infinity) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    addRange: (from, to) => {
      if (from >= to) return;
      const last = ranges.at(-1);
      if (last?.to === from) ranges[ranges.length - 1] = { from: last.from, to };
      else ranges.push({ from, to });
    },
    remove: (position) => {
      const index = find(position);
      const range = ranges[index];
      if (range === undefined || range.from > position) return false;
      const rest = [
        { from: range.from, to: position },
        { from: position + 1, to: range.to },
      ];
      ranges.splice(index, 1, ...rest.filter(({ from, to }) => from < to));
      return true;
    },
    ranges: () => ranges,
  };
}
