import { hash } from 'node:crypto';
import { FirebreakError, assert, present } from '../kernel/index.ts';

/** The Merkle tree of RFC 6962, section 2.1: leaves are hashed with 0x00 before them, nodes with 0x01. */
export const HASH_BYTES = 32;
export type Hash = Uint8Array;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

function sha256Bytes(data: Uint8Array): Hash {
  return hash('sha256', data, 'buffer');
}

export function leafHash(data: string | Uint8Array): Hash {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  return sha256Bytes(Buffer.concat([LEAF_PREFIX, bytes]));
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256Bytes(Buffer.concat([NODE_PREFIX, left, right]));
}

export function sameHash(one: Hash, other: Hash): boolean {
  return Buffer.compare(one, other) === 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

/**
 * What is needed to append: the roots of the perfect subtrees that the first `size` leaves fall into, largest
 * first. One per bit of `size`.
 */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Hash[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** The root of a perfect subtree: 2^level leaves, the index-th of its level. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

export function bitCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** `onNode` sees every subtree that becomes perfect, leaves included. */
export function appendLeaves(
  frontier: Frontier,
  leaves: readonly Hash[],
  onNode?: (node: TreeNode) => void,
): Frontier {
  const hashes = [...frontier.hashes];
  assert(hashes.length === bitCount(frontier.size), 'a frontier has one hash per bit of its size');
  let size = frontier.size;
  for (const leaf of leaves) {
    let node: TreeNode = { level: 0, index: size, hash: leaf };
    onNode?.(node);
    while (node.index % 2 === 1) {
      const left = present(hashes.pop(), 'a right child has a left sibling');
      const parent = { level: node.level + 1, index: Math.floor(node.index / 2) };
      node = { ...parent, hash: nodeHash(left, node.hash) };
      onNode?.(node);
    }
    hashes.push(node.hash);
    size += 1;
  }
  return { size, hashes };
}

export function frontierRoot(frontier: Frontier): Hash {
  let root: Hash | undefined;
  for (const hash of frontier.hashes.toReversed()) {
    root = root === undefined ? hash : nodeHash(hash, root);
  }
  return root ?? sha256Bytes(new Uint8Array());
}

/** Leaves [from, to) that form one subtree of the tree in question. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** The largest power of two smaller than `count`: where RFC 6962 splits. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** PATH(m, D[n]): the subtrees whose hashes form the inclusion proof, in the order of the proof. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw new FirebreakError('ledger-range', { index, size });
  }
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.toReversed();
}

/** PROOF(m, D[n]): the subtrees whose hashes form the consistency proof, in the order of the proof. */
export function consistencyRanges(older: number, newer: number): readonly LeafRange[] {
  if (!Number.isSafeInteger(older) || !Number.isSafeInteger(newer) || older < 1 || older > newer) {
    throw new FirebreakError('ledger-range', { index: older, size: newer });
  }
  if (older === newer) return [];
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = newer;
  while (to !== older) {
    const middle = from + splitOf(to - from);
    if (older <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  // The verifier knows the old root itself, so it is left out when it is a whole subtree.
  if (from > 0) ranges.push({ from, to });
  return ranges.toReversed();
}

/** The perfect subtrees a range consists of, left to right. */
export function perfectNodes(range: LeafRange): readonly Omit<TreeNode, 'hash'>[] {
  const nodes: Omit<TreeNode, 'hash'>[] = [];
  let from = range.from;
  while (from < range.to) {
    let level = 0;
    let width = 1;
    while (from + width * 2 <= range.to && (from / width) % 2 === 0) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: from / width });
    from += width;
  }
  return nodes;
}

/** The hash of a range, given the hashes of its perfect subtrees. */
export function rangeHash(range: LeafRange, hashAt: (level: number, index: number) => Hash): Hash {
  let root: Hash | undefined;
  for (const { level, index } of perfectNodes(range).toReversed()) {
    const left = hashAt(level, index);
    root = root === undefined ? left : nodeHash(left, root);
  }
  return present(root, 'a proof never names an empty range');
}

/** RFC 9162, section 2.1.3.2. */
export function verifyInclusion(
  claim: {
    readonly index: number;
    readonly size: number;
    readonly leaf: Hash;
    readonly root: Hash;
  },
  proof: readonly Hash[],
): boolean {
  if (!Number.isSafeInteger(claim.index) || !Number.isSafeInteger(claim.size)) return false;
  if (claim.index < 0 || claim.index >= claim.size) return false;
  if (![claim.leaf, claim.root, ...proof].every(isHash)) return false;
  let node = claim.index;
  let last = claim.size - 1;
  let root = claim.leaf;
  for (const hash of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(hash, root);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      root = nodeHash(root, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(root, claim.root);
}

export interface ConsistencyClaim {
  readonly older: number;
  readonly olderRoot: Hash;
  readonly newer: number;
  readonly newerRoot: Hash;
}

/** RFC 9162, section 2.1.4.2. An empty older tree proves nothing and is refused. */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Hash[]): boolean {
  const { older, newer } = claim;
  if (!Number.isSafeInteger(older) || !Number.isSafeInteger(newer)) return false;
  if (older < 1 || older > newer) return false;
  if (older === newer) return proof.length === 0 && sameHash(claim.olderRoot, claim.newerRoot);
  const hashes = [claim.olderRoot, claim.newerRoot, ...proof];
  return hashes.every(isHash) && foldConsistency(claim, proof);
}

function foldConsistency(claim: ConsistencyClaim, proof: readonly Hash[]): boolean {
  const isPowerOfTwo = bitCount(claim.older) === 1;
  const [first, ...rest] = isPowerOfTwo ? [claim.olderRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let node = claim.older - 1;
  let last = claim.newer - 1;
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let olderRoot = first;
  let newerRoot = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      olderRoot = nodeHash(hash, olderRoot);
      newerRoot = nodeHash(hash, newerRoot);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newerRoot = nodeHash(newerRoot, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(olderRoot, claim.olderRoot) && sameHash(newerRoot, claim.newerRoot);
}
