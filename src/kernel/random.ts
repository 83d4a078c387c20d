import { randomBytes } from 'node:crypto';

/** Randomness is an argument. Numbers are in [0, 1). */
export type Random = () => number;

const BYTES_EACH = 6;
/** Fetched for this many numbers at once: a call to the operating system costs more than all the rest of an id. */
const FETCHED_MAX = 512;
let fetched = Buffer.alloc(0);
let used = 0;

/** From the operating system; for ids and jitter in production. */
export const systemRandom: Random = () => {
  if (used >= fetched.length) {
    fetched = randomBytes(BYTES_EACH * FETCHED_MAX);
    used = 0;
  }
  used += BYTES_EACH;
  return fetched.readUIntBE(used - BYTES_EACH, BYTES_EACH) / 2 ** 48;
};

/** splitmix32: small, fast, equal everywhere; a seed replays a whole world. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}

export function randomInteger(random: Random, below: number): number {
  return Math.floor(random() * below);
}
