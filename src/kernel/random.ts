import { randomBytes } from 'node:crypto';

/** Randomness is an argument. Numbers are in [0, 1). */
export type Random = () => number;

/** From the operating system; for ids and jitter in production. */
export const systemRandom: Random = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

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
