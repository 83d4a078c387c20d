import { LABELS } from './columns.ts';
import type { MapGraph, Side } from './graph.ts';
import type { CutShort } from './model.ts';

export interface SearchLimits {
  readonly depthMax: number;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  readonly timeMsMax: number;
}

export interface Found {
  /** Nodes in the order they were found, starts first. A view that the next search overwrites. */
  readonly order: Uint32Array;
  /** Where each level ends in the order; level 0 are the starts. */
  readonly levelEnds: readonly number[];
  readonly cutShort: CutShort | null;
}

/** Arrays that every search uses again: answers are given one at a time. */
export class Scratch {
  visited = new Uint32Array(0);
  frontier = new Uint32Array(0);
  order = new Uint32Array(0);
  /** How many of the nodes found have each label. */
  readonly labelCounts = new Uint32Array(LABELS);
  /** Where reading ahead ends up, so that it is not optimised away. */
  readAhead = 0;

  fit(nodes: number): void {
    if (this.order.length >= nodes) return;
    const room = nodes + (nodes >>> 3);
    this.visited = new Uint32Array((room + 31) >>> 5);
    this.frontier = new Uint32Array((room + 31) >>> 5);
    this.order = new Uint32Array(room);
  }

  byteLength(): number {
    return this.visited.byteLength + this.frontier.byteLength + this.order.byteLength;
  }
}

/** Levels above this size are worth a look at the clock and at their edges. */
const LOOK_ABOVE = 4_096;
/**
 * From down to up when the frontier has more edges than a part of those not seen yet, back down when it has become small:
 * the two numbers of Beamer, Asanović and Patterson, "Direction-Optimizing Breadth-First Search" (2012).
 */
const UP_ABOVE = 14;
const DOWN_BELOW = 24;

interface Level {
  readonly from: number;
  readonly until: number;
}

/**
 * Rows that are read one after the other each wait for memory twice. Read ahead in a loop without branches, their waits
 * overlap: that halves the time of a small search.
 */
const READ_AHEAD = 256;

function readAhead(scratch: Scratch, { offsets, neighbours }: Side, level: Level): void {
  const { order } = scratch;
  let sum = 0;
  for (let place = level.from; place < level.until; place += 1) {
    sum += neighbours[offsets[order[place] ?? 0] ?? 0] ?? 0;
  }
  scratch.readAhead ^= sum;
}

/** From the frontier outward: each neighbour that was not seen yet is found. */
function stepDown(scratch: Scratch, side: Side, level: Level): number {
  const isPlain = side.packed.count === 0;
  let end = level.until;
  for (let from = level.from; from < level.until; from += READ_AHEAD) {
    const part = { from, until: Math.min(level.until, from + READ_AHEAD) };
    readAhead(scratch, side, part);
    end = isPlain ? visitArrays(scratch, side, part, end) : visitBoth(scratch, side, part, end);
  }
  return end;
}

/** Where nothing lies over the arrays. */
function visitArrays(scratch: Scratch, side: Side, level: Level, found: number): number {
  const { visited, order } = scratch;
  const { offsets, neighbours } = side;
  let end = found;
  for (let place = level.from; place < level.until; place += 1) {
    const node = order[place] ?? 0;
    const until = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < until; at += 1) {
      const next = neighbours[at] ?? 0;
      const word = visited[next >>> 5] ?? 0;
      const bit = 1 << (next & 31);
      if ((word & bit) !== 0) continue;
      visited[next >>> 5] = word | bit;
      order[end] = next;
      end += 1;
    }
  }
  return end;
}

/** Rows that lie over the arrays are few: between them the arrays are read in one go. */
function visitBoth(scratch: Scratch, side: Side, level: Level, found: number): number {
  const { order } = scratch;
  const { replaced } = side;
  let end = found;
  let from = level.from;
  for (let place = level.from; place < level.until; place += 1) {
    const node = order[place] ?? 0;
    if (((replaced[node >>> 5] ?? 0) & (1 << (node & 31))) === 0) continue;
    end = visitArrays(scratch, side, { from, until: place }, end);
    end = visitPacked(scratch, side, node, end);
    from = place + 1;
  }
  return visitArrays(scratch, side, { from, until: level.until }, end);
}

function visitPacked(scratch: Scratch, { packed }: Side, node: number, found: number): number {
  const row = packed.find(node);
  const until = packed.ends[row] ?? 0;
  let end = found;
  for (let at = packed.starts[row] ?? 0; at < until; at += 1) {
    end = visit(scratch, packed.neighbours[at] ?? 0, end);
  }
  return end;
}

function visit({ visited, order }: Scratch, node: number, end: number): number {
  const word = visited[node >>> 5] ?? 0;
  const bit = 1 << (node & 31);
  if ((word & bit) !== 0) return end;
  visited[node >>> 5] = word | bit;
  order[end] = node;
  return end + 1;
}

/** Whether a replaced row has a neighbour of which this holds. */
function somePacked({ packed }: Side, node: number, is: (neighbour: number) => boolean): boolean {
  const row = packed.find(node);
  const until = packed.ends[row] ?? 0;
  for (let at = packed.starts[row] ?? 0; at < until; at += 1) {
    if (is(packed.neighbours[at] ?? 0)) return true;
  }
  return false;
}

/** From what was not seen yet inward: a node is found when one of its neighbours is in the frontier. */
function stepUp(scratch: Scratch, back: Side, level: Level, nodeCount: number): number {
  const { visited, frontier, order } = scratch;
  const { offsets, neighbours, replaced } = back;
  frontier.fill(0);
  for (let place = level.from; place < level.until; place += 1) {
    const node = order[place] ?? 0;
    frontier[node >>> 5] = (frontier[node >>> 5] ?? 0) | (1 << (node & 31));
  }
  const isFront = (node: number): boolean =>
    ((frontier[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0;
  let end = level.until;
  const words = (nodeCount + 31) >>> 5;
  for (let index = 0; index < words; index += 1) {
    let left = ~(visited[index] ?? 0);
    while (left !== 0) {
      const low = left & -left;
      left ^= low;
      const node = (index << 5) + 31 - Math.clz32(low);
      if (node >= nodeCount) break;
      if (((replaced[index] ?? 0) & low) !== 0) {
        if (!somePacked(back, node, isFront)) continue;
        visited[index] = (visited[index] ?? 0) | low;
        order[end] = node;
        end += 1;
        continue;
      }
      const until = offsets[node + 1] ?? 0;
      for (let at = offsets[node] ?? 0; at < until; at += 1) {
        const other = neighbours[at] ?? 0;
        if (((frontier[other >>> 5] ?? 0) & (1 << (other & 31))) === 0) continue;
        visited[index] = (visited[index] ?? 0) | low;
        order[end] = node;
        end += 1;
        break;
      }
    }
  }
  return end;
}

function edgesOf(scratch: Scratch, { offsets }: Side, level: Level): number {
  let edges = 0;
  for (let place = level.from; place < level.until; place += 1) {
    const node = scratch.order[place] ?? 0;
    edges += (offsets[node + 1] ?? 0) - (offsets[node] ?? 0);
  }
  return edges;
}

function isNew({ visited }: Scratch, node: number): boolean {
  return ((visited[node >>> 5] ?? 0) & (1 << (node & 31))) === 0;
}

/** Whether the next level would find anything. */
function hasMore(scratch: Scratch, side: Side, level: Level): boolean {
  const { offsets, neighbours, replaced } = side;
  for (let place = level.from; place < level.until; place += 1) {
    const node = scratch.order[place] ?? 0;
    if (((replaced[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0) {
      if (somePacked(side, node, (next) => isNew(scratch, next))) return true;
      continue;
    }
    const until = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < until; at += 1) {
      if (isNew(scratch, neighbours[at] ?? 0)) return true;
    }
  }
  return false;
}

function begin(scratch: Scratch, starts: readonly number[], blocked: readonly number[]): number {
  const { visited } = scratch;
  for (const node of blocked) visited[node >>> 5] = (visited[node >>> 5] ?? 0) | (1 << (node & 31));
  let end = 0;
  for (const node of starts) end = visit(scratch, node, end);
  return end;
}

/** The next search finds nothing seen: bit by bit after a small one, all at once after a large one. */
function clear(scratch: Scratch, found: number, blocked: readonly number[]): void {
  const { visited, order } = scratch;
  if (found + blocked.length > visited.length) {
    visited.fill(0);
    return;
  }
  for (let place = 0; place < found; place += 1) visited[(order[place] ?? 0) >>> 5] = 0;
  for (const node of blocked) visited[node >>> 5] = 0;
}

/** Chooses the direction of each level: small frontiers are the common case and not worth the counting. */
class Compass {
  #unseenEdges: number;
  #upward = false;

  constructor(edgeCount: number) {
    this.#unseenEdges = edgeCount;
  }

  isUpward(scratch: Scratch, ahead: Side, level: Level, nodeCount: number): boolean {
    const size = level.until - level.from;
    if (size <= LOOK_ABOVE) {
      this.#upward = false;
      return false;
    }
    const edges = edgesOf(scratch, ahead, level);
    this.#upward = this.#upward
      ? size > nodeCount / DOWN_BELOW
      : edges > this.#unseenEdges / UP_ABOVE;
    this.#unseenEdges -= edges;
    return this.#upward;
  }
}

/** Where a search has got to; the nodes lie in the scratch. */
export interface Walk {
  readonly count: number;
  readonly levelEnds: readonly number[];
  readonly cutShort: CutShort | null;
}

interface SearchOptions {
  readonly backward?: boolean;
  readonly blocked?: readonly number[];
}

const NOTHING_BLOCKED: readonly number[] = [];

/**
 * Breadth first from several starts at once. Blocked nodes are neither found nor passed. The clock is looked at between
 * levels, so that an answer holds whole levels only.
 */
export function walk(
  graph: MapGraph,
  scratch: Scratch,
  starts: readonly number[],
  limits: SearchLimits,
  options: SearchOptions = {},
): Walk {
  const nodeCount = graph.nodes.count;
  scratch.fit(nodeCount);
  const blocked = options.blocked ?? NOTHING_BLOCKED;
  const isBackward = options.backward === true;
  const ahead = isBackward ? graph.into : graph.out;
  const compass = new Compass(graph.edgeCount);
  const untilMs = limits.nowMs() + limits.timeMsMax;
  const levelEnds = [begin(scratch, starts, blocked)];
  let level: Level = { from: 0, until: levelEnds[0] ?? 0 };
  let cutShort: CutShort | null = null;
  while (level.from < level.until) {
    if (levelEnds.length > limits.depthMax) {
      if (hasMore(scratch, ahead, level)) cutShort = 'depth';
      break;
    }
    const isLookDue = level.until - level.from > LOOK_ABOVE || levelEnds.length % 256 === 0;
    if (isLookDue && limits.nowMs() > untilMs) {
      cutShort = 'time';
      break;
    }
    const end = compass.isUpward(scratch, ahead, level, nodeCount)
      ? stepUp(scratch, isBackward ? graph.out : graph.into, level, nodeCount)
      : stepDown(scratch, ahead, level);
    level = { from: level.until, until: end };
    if (end > level.from) levelEnds.push(end);
  }
  clear(scratch, level.until, blocked);
  return { count: level.until, levelEnds, cutShort };
}

/** The same, with the nodes themselves. */
export function search(
  graph: MapGraph,
  scratch: Scratch,
  starts: readonly number[],
  limits: SearchLimits,
  options: SearchOptions = {},
): Found {
  const { count, levelEnds, cutShort } = walk(graph, scratch, starts, limits, options);
  return { order: scratch.order.subarray(0, count), levelEnds, cutShort };
}
