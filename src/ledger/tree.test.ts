import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFirebreakError } from '../kernel/index.ts';
import {
  EMPTY_FRONTIER,
  appendLeaves,
  consistencyRanges,
  frontierRoot,
  inclusionRanges,
  leafHash,
  rangeHash,
  verifyConsistency,
  verifyInclusion,
  type Hash,
  type TreeNode,
} from './tree.ts';

// The second definition: RFC 6962, section 2.1, word for word. D is a list of leaf inputs.
function sha(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}
function k(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}
function MTH(D: readonly Buffer[]): Buffer {
  const [first] = D;
  if (first === undefined) return sha();
  if (D.length === 1) return sha(Buffer.of(0), first);
  const split = k(D.length);
  return sha(Buffer.of(1), MTH(D.slice(0, split)), MTH(D.slice(split)));
}
function PATH(m: number, D: readonly Buffer[]): Buffer[] {
  if (D.length === 1) return [];
  const split = k(D.length);
  return m < split
    ? [...PATH(m, D.slice(0, split)), MTH(D.slice(split))]
    : [...PATH(m - split, D.slice(split)), MTH(D.slice(0, split))];
}
function SUBPROOF(m: number, D: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === D.length) return whole ? [] : [MTH(D)];
  const split = k(D.length);
  return m <= split
    ? [...SUBPROOF(m, D.slice(0, split), whole), MTH(D.slice(split))]
    : [...SUBPROOF(m - split, D.slice(split), false), MTH(D.slice(0, split))];
}

const SIZE_MAX = 70;
const data = Array.from({ length: SIZE_MAX }, (_, index) => Buffer.from(`entry ${index}`));
const nodes = new Map<string, Hash>();
appendLeaves(EMPTY_FRONTIER, data.map(leafHash), (node: TreeNode) => {
  nodes.set(`${node.level}/${node.index}`, node.hash);
});
function hashAt(level: number, index: number): Hash {
  const hash = nodes.get(`${level}/${index}`);
  if (hash === undefined) throw new Error(`no node ${level}/${index}`);
  return hash;
}
function hex(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}
function inclusion(index: number, size: number): readonly Hash[] {
  return inclusionRanges(index, size).map((range) => rangeHash(range, hashAt));
}
function consistency(older: number, newer: number): readonly Hash[] {
  return consistencyRanges(older, newer).map((range) => rangeHash(range, hashAt));
}

describe('the tree agrees with the text of RFC 6962', () => {
  test('roots, for every size and every way to append in two parts', () => {
    for (let size = 0; size <= SIZE_MAX; size += 1) {
      const root = MTH(data.slice(0, size)).toString('hex');
      for (const cut of [0, 1, size >> 1, Math.max(0, size - 1)]) {
        const leaves = data.slice(0, size).map(leafHash);
        const first = appendLeaves(EMPTY_FRONTIER, leaves.slice(0, cut));
        const whole = appendLeaves(first, leaves.slice(cut));
        expect(hex([frontierRoot(whole)])).toEqual([root]);
        expect(whole.size).toBe(size);
      }
    }
  });

  test('inclusion proofs, every entry of every size', () => {
    for (let size = 1; size <= SIZE_MAX; size += 1) {
      const root = MTH(data.slice(0, size));
      for (let index = 0; index < size; index += 1) {
        const proof = inclusion(index, size);
        expect(hex(proof)).toEqual(hex(PATH(index, data.slice(0, size))));
        const leaf = leafHash(data[index] ?? '');
        expect(verifyInclusion({ index, size, leaf, root }, proof)).toBe(true);
      }
    }
  });

  test('consistency proofs, every pair of sizes', () => {
    for (let newer = 1; newer <= SIZE_MAX; newer += 1) {
      const newerRoot = MTH(data.slice(0, newer));
      for (let older = 1; older <= newer; older += 1) {
        const proof = consistency(older, newer);
        expect(hex(proof)).toEqual(hex(SUBPROOF(older, data.slice(0, newer), true)));
        const olderRoot = MTH(data.slice(0, older));
        expect(verifyConsistency({ older, olderRoot, newer, newerRoot }, proof)).toBe(true);
      }
    }
  });
});

describe('wrong proofs are refused', () => {
  const shape = fc
    .integer({ min: 2, max: SIZE_MAX })
    .chain((size) =>
      fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }),
    );

  test('inclusion: any flipped bit, dropped or added hash, other index', () => {
    const tampered = fc.record({ shape, bit: fc.nat(), how: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(tampered, ({ shape: { size, index }, bit, how }) => {
        const root = MTH(data.slice(0, size));
        const proof = inclusion(index, size).map((hash) => Uint8Array.from(hash));
        const leaf = leafHash(data[index] ?? '');
        if (how === 0) flip(proof[bit % proof.length], bit);
        if (how === 1) proof.pop();
        if (how === 2) proof.push(Uint8Array.from(leaf));
        const claimed = how === 3 ? (index + 1 + (bit % (size - 1))) % size : index;
        expect(verifyInclusion({ index: claimed, size, leaf, root }, proof)).toBe(false);
      }),
    );
  });

  test('consistency: any flipped bit, dropped or added hash', () => {
    const tampered = fc.record({ shape, bit: fc.nat(), how: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(tampered, ({ shape: { size: newer, index }, bit, how }) => {
        const older = Math.max(1, index);
        const newerRoot = MTH(data.slice(0, newer));
        const olderRoot = MTH(data.slice(0, older));
        const proof = consistency(older, newer).map((hash) => Uint8Array.from(hash));
        if (how === 0) flip(proof[bit % proof.length], bit);
        if (how === 1) proof.pop();
        if (how === 2) proof.push(Uint8Array.from(olderRoot));
        expect(verifyConsistency({ older, olderRoot, newer, newerRoot }, proof)).toBe(false);
      }),
    );
  });

  test('asking beyond the tree is an error that names the range', () => {
    for (const ask of [
      () => inclusionRanges(5, 5),
      () => inclusionRanges(-1, 5),
      () => inclusionRanges(0.5, 5),
      () => consistencyRanges(0, 5),
      () => consistencyRanges(6, 5),
    ]) {
      expect(ask).toThrow(expect.toSatisfy((error) => isFirebreakError(error, 'ledger-range')));
    }
  });
});

function flip(hash: Uint8Array | undefined, bit: number): void {
  if (hash === undefined) throw new Error('nothing to flip');
  const at = (bit >> 3) % hash.length;
  hash[at] = (hash[at] ?? 0) ^ (1 << (bit & 7));
}
