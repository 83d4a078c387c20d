import { EdgeColumns, type EdgeFacts } from './columns.ts';

/**
 * The edges of the map's arrays and, numbered after them, those of its overlay. Each column is a place of its own in memory:
 * whoever asks for one waits for one.
 */
export class OverlaidEdges {
  readonly #base: EdgeColumns;
  readonly #extra = new EdgeColumns();

  constructor(base: EdgeColumns) {
    this.#base = base;
  }

  facts(edge: number): EdgeFacts {
    return this.#columns(edge).facts(this.#place(edge));
  }

  relation(edge: number): number {
    return this.#columns(edge).relations[this.#place(edge)] ?? 0;
  }

  basis(edge: number): number {
    return this.#columns(edge).bases[this.#place(edge)] ?? 0;
  }

  /** In ten-thousandths. */
  confidence(edge: number): number {
    return this.#columns(edge).confidences[this.#place(edge)] ?? 0;
  }

  observedS(edge: number): number {
    return this.#columns(edge).observedS[this.#place(edge)] ?? 0;
  }

  set(edge: number, facts: EdgeFacts): void {
    this.#columns(edge).set(this.#place(edge), facts);
  }

  /** Into the overlay. */
  add(tail: number, head: number, facts: EdgeFacts): number {
    return this.#base.count + this.#extra.add(tail, head, facts);
  }

  byteLength(): number {
    return this.#base.byteLength() + this.#extra.byteLength();
  }

  #columns(edge: number): EdgeColumns {
    return edge < this.#base.count ? this.#base : this.#extra;
  }

  #place(edge: number): number {
    return edge < this.#base.count ? edge : edge - this.#base.count;
  }
}
