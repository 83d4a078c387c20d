/** A network of capacities between numbered places: Dinic's algorithm on arrays, without recursion. */
export class FlowNetwork {
  readonly #firstArc: Int32Array;
  readonly #nextArc: Int32Array;
  readonly #to: Int32Array;
  readonly #capacity: Float64Array;
  readonly #level: Int32Array;
  #arcs = 0;

  constructor(places: number, arcsMax: number) {
    this.#firstArc = new Int32Array(places).fill(-1);
    this.#level = new Int32Array(places);
    this.#nextArc = new Int32Array(arcsMax * 2);
    this.#to = new Int32Array(arcsMax * 2);
    this.#capacity = new Float64Array(arcsMax * 2);
  }

  /** An arc and its way back, which has the next number. */
  add(from: number, to: number, capacity: number): void {
    this.#put(from, to, capacity);
    this.#put(to, from, 0);
  }

  #put(from: number, to: number, capacity: number): void {
    const arc = this.#arcs;
    this.#to[arc] = to;
    this.#capacity[arc] = capacity;
    this.#nextArc[arc] = this.#firstArc[from] ?? -1;
    this.#firstArc[from] = arc;
    this.#arcs = arc + 1;
  }

  /** The largest flow; `done` is false when the time was over before it was known to be the largest. */
  maxFlow(
    source: number,
    sink: number,
    isLate: () => boolean,
  ): { readonly flow: number; readonly done: boolean } {
    let flow = 0;
    while (this.#layOut(source, sink)) {
      const arcs = this.#firstArc.slice();
      for (let more = this.#push(source, sink, arcs); more > 0;) {
        flow += more;
        if (isLate()) return { flow, done: false };
        more = this.#push(source, sink, arcs);
      }
    }
    return { flow, done: true };
  }

  /** After the largest flow: places that the source still reaches. They are one side of a cheapest cut. */
  isOnSourceSide(place: number): boolean {
    return (this.#level[place] ?? -1) >= 0;
  }

  #layOut(source: number, sink: number): boolean {
    const level = this.#level.fill(-1);
    const queue = [source];
    level[source] = 0;
    for (const at of queue) {
      for (let arc = this.#firstArc[at] ?? -1; arc >= 0; arc = this.#nextArc[arc] ?? -1) {
        const to = this.#to[arc] ?? 0;
        if ((this.#capacity[arc] ?? 0) <= 0 || (level[to] ?? 0) >= 0) continue;
        level[to] = (level[at] ?? 0) + 1;
        queue.push(to);
      }
    }
    return (level[sink] ?? -1) >= 0;
  }

  /** One more way through the levels; 0 when there is none left. `arcs` says where each place goes on looking. */
  #push(source: number, sink: number, arcs: Int32Array): number {
    const way: number[] = [];
    let at = source;
    while (at !== sink) {
      const arc = this.#usable(at, arcs);
      if (arc >= 0) {
        way.push(arc);
        at = this.#to[arc] ?? 0;
        continue;
      }
      const back = way.pop();
      if (back === undefined) return 0;
      at = this.#to[back ^ 1] ?? 0;
      // A dead end: the next look begins after it.
      arcs[at] = this.#nextArc[back] ?? -1;
    }
    let least = Infinity;
    for (const arc of way) least = Math.min(least, this.#capacity[arc] ?? 0);
    for (const arc of way) {
      this.#capacity[arc] = (this.#capacity[arc] ?? 0) - least;
      this.#capacity[arc ^ 1] = (this.#capacity[arc ^ 1] ?? 0) + least;
    }
    return least;
  }

  #usable(at: number, arcs: Int32Array): number {
    const level = this.#level;
    for (let arc = arcs[at] ?? -1; arc >= 0; arc = this.#nextArc[arc] ?? -1) {
      const to = this.#to[arc] ?? 0;
      if ((this.#capacity[arc] ?? 0) > 0 && level[to] === (level[at] ?? 0) + 1) {
        arcs[at] = arc;
        return arc;
      }
    }
    arcs[at] = -1;
    return -1;
  }
}
