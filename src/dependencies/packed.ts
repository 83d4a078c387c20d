/** A row that grows finds room for half as much again, so that one that changes often is not moved each time. */
const ROOM = 1.5;
const SLOTS_MIN = 256;

function roomier(array: Uint32Array, length: number): Uint32Array {
  if (length <= array.length) return array;
  const larger = new Uint32Array(Math.max(length, array.length * 2, SLOTS_MIN));
  larger.set(array);
  return larger;
}

/** Rows that replace some of an array's, by node: in arrays themselves, because a search meets thousands of them. */
export class PackedRows {
  /** Where the neighbours of each row begin and end. */
  starts: Uint32Array = new Uint32Array(0);
  ends: Uint32Array = new Uint32Array(0);
  neighbours: Uint32Array = new Uint32Array(0);
  #rooms: Uint32Array = new Uint32Array(0);
  #used = 0;
  #count = 0;
  /** Open addressing: a node plus one, and beside it its row. */
  #slots: Uint32Array = new Uint32Array(2 * SLOTS_MIN);

  get count(): number {
    return this.#count;
  }

  /** The row of a node; of one that has none, whatever stands at the end. */
  find(node: number): number {
    return this.#slots[this.#slot(this.#slots, node) + 1] ?? 0;
  }

  set(node: number, neighbours: readonly number[]): void {
    const row = this.#rowFor(node);
    const { length } = neighbours;
    if (length > (this.#rooms[row] ?? 0)) this.#move(row, length);
    const start = this.starts[row] ?? 0;
    this.neighbours.set(neighbours, start);
    this.ends[row] = start + length;
  }

  byteLength(): number {
    const arrays = [this.starts, this.ends, this.neighbours, this.#rooms, this.#slots];
    return arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }

  #rowFor(node: number): number {
    const at = this.#slot(this.#slots, node);
    if (this.#slots[at] !== 0) return this.#slots[at + 1] ?? 0;
    const row = this.#count;
    this.#count += 1;
    this.starts = roomier(this.starts, this.#count);
    this.ends = roomier(this.ends, this.#count);
    this.#rooms = roomier(this.#rooms, this.#count);
    if (this.#count * 4 > this.#slots.length) this.#spread();
    const place = this.#slot(this.#slots, node);
    this.#slots[place] = node + 1;
    this.#slots[place + 1] = row;
    return row;
  }

  #move(row: number, length: number): void {
    const room = Math.ceil(length * ROOM);
    this.starts[row] = this.#used;
    this.#rooms[row] = room;
    this.#used += room;
    this.neighbours = roomier(this.neighbours, this.#used);
  }

  #slot(slots: Uint32Array, node: number): number {
    const mask = slots.length - 2;
    let at = Math.imul(node, 0x9e3779b1 << 1) & mask;
    for (;;) {
      const found = slots[at];
      if (found === 0 || found === node + 1) return at;
      at = (at + 2) & mask;
    }
  }

  #spread(): void {
    const before = this.#slots;
    const larger = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2) {
      const node = (before[at] ?? 0) - 1;
      if (node < 0) continue;
      const place = this.#slot(larger, node);
      larger[place] = node + 1;
      larger[place + 1] = before[at + 1] ?? 0;
    }
    this.#slots = larger;
  }
}
