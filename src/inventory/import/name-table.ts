const SLOT_NUMBERS = 2;
const SLOTS_FIRST = 4_096;

/**
 * A map from texts for millions of them. A Map looks at the text of every key of a chain, each somewhere else in memory;
 * here a slot holds 32 bits of the hash beside the number of its entry, and only a key that fits is looked at.
 */
export class NameTable<Value> {
  readonly #seed: number;
  #slots = new Int32Array(SLOTS_FIRST * SLOT_NUMBERS);
  #mask = SLOTS_FIRST - 1;
  readonly #keys: string[] = [];
  readonly #values: (Value | undefined)[] = [];

  /** Nobody who writes keys may know the seed: keys that share a hash make it slow. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Deleted ones count: their place is not used again. */
  get size(): number {
    return this.#keys.length;
  }

  get(key: string): Value | undefined {
    const entry = this.#entry(key, this.#hash(key));
    return entry < 0 ? undefined : this.#values[entry];
  }

  set(key: string, value: Value): void {
    const hash = this.#hash(key);
    const entry = this.#entry(key, hash);
    if (entry >= 0) {
      this.#values[entry] = value;
      return;
    }
    if ((this.#keys.length + 1) * 2 > this.#mask) this.#grow();
    this.#put(this.#slots, this.#mask, hash, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
  }

  delete(key: string): void {
    const entry = this.#entry(key, this.#hash(key));
    if (entry >= 0) this.#values[entry] = undefined;
  }

  #hash(key: string): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    }
    hash ^= hash >>> 15;
    return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 13);
  }

  /** -1 = none. */
  #entry(key: string, hash: number): number {
    const slots = this.#slots;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = (slots[slot * SLOT_NUMBERS + 1] ?? 0) - 1;
      if (entry < 0) return -1;
      if (slots[slot * SLOT_NUMBERS] === hash && this.#keys[entry] === key) return entry;
    }
  }

  #put(slots: Int32Array, mask: number, hash: number, entry: number): void {
    let slot = hash & mask;
    while (slots[slot * SLOT_NUMBERS + 1] !== 0) slot = (slot + 1) & mask;
    slots[slot * SLOT_NUMBERS] = hash;
    slots[slot * SLOT_NUMBERS + 1] = entry + 1;
  }

  #grow(): void {
    const mask = this.#mask * 4 + 3;
    const larger = new Int32Array((mask + 1) * SLOT_NUMBERS);
    const slots = this.#slots;
    for (let place = 0; place < slots.length; place += SLOT_NUMBERS) {
      const entry = (slots[place + 1] ?? 0) - 1;
      if (entry >= 0) this.#put(larger, mask, slots[place] ?? 0, entry);
    }
    this.#slots = larger;
    this.#mask = mask;
  }
}
