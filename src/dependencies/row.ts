/** Rows above this size are searched through an index; below, looking is cheaper. */
const INDEXED_ABOVE = 64;

/** The neighbours of one node whose edges have changed since the arrays were built: they replace its part of them. */
export class Row {
  readonly nodes: number[] = [];
  readonly edges: number[] = [];
  #places: Map<number, number> | null = null;
  #byNeighbour: Map<number, number[]> | null = null;

  add(node: number, edge: number): void {
    this.#places?.set(edge, this.edges.length);
    if (this.#byNeighbour !== null) addTo(this.#byNeighbour, node, edge);
    this.nodes.push(node);
    this.edges.push(edge);
  }

  /** The last takes the place of the one that goes: order has no meaning. */
  remove(edge: number): void {
    const place = this.#placeOf(edge);
    const [node, lastNode, lastEdge] = [this.nodes[place], this.nodes.at(-1), this.edges.at(-1)];
    if (node === undefined || lastNode === undefined || lastEdge === undefined) return;
    this.nodes[place] = lastNode;
    this.edges[place] = lastEdge;
    this.nodes.pop();
    this.edges.pop();
    this.#places?.set(lastEdge, place);
    this.#places?.delete(edge);
    const rest = this.#byNeighbour?.get(node)?.filter((other) => other !== edge);
    if (rest !== undefined) this.#byNeighbour?.set(node, rest);
  }

  /** Edges to or from one neighbour. */
  between(node: number): readonly number[] {
    if (this.edges.length <= INDEXED_ABOVE) {
      return this.edges.filter((_, place) => this.nodes[place] === node);
    }
    if (this.#byNeighbour === null) {
      this.#byNeighbour = new Map();
      for (const [place, edge] of this.edges.entries()) {
        addTo(this.#byNeighbour, this.nodes[place] ?? 0, edge);
      }
    }
    return this.#byNeighbour.get(node) ?? [];
  }

  #placeOf(edge: number): number {
    if (this.edges.length <= INDEXED_ABOVE && this.#places === null)
      return this.edges.indexOf(edge);
    this.#places ??= new Map(this.edges.map((each, place) => [each, place]));
    return this.#places.get(edge) ?? -1;
  }
}

function addTo(lists: Map<number, number[]>, node: number, edge: number): void {
  const list = lists.get(node);
  if (list === undefined) lists.set(node, [edge]);
  else list.push(edge);
}

export const INDEXED_ROW = INDEXED_ABOVE;
