import { EdgeColumns } from './columns.ts';

/** Compressed rows: the neighbours of node n are at places offsets[n] to offsets[n + 1]. */
export interface Adjacency {
  readonly nodeCount: number;
  readonly edges: EdgeColumns;
  /** The edges of node n, as tail, are the edges numbered outOffsets[n] to outOffsets[n + 1]. */
  readonly outOffsets: Uint32Array;
  readonly inOffsets: Uint32Array;
  readonly inTails: Uint32Array;
  /** The number of the edge at the same place of inTails. */
  readonly inEdges: Uint32Array;
}

/** Work between two pauses: about a millisecond. */
const SLICE = 65_536;

/** Runs in slices, so that a build in the background never holds up an answer. */
export type Sliced<Value> = Generator<undefined, Value, undefined>;

export function runAtOnce<Value>(work: Sliced<Value>): Value {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

export async function runInSlices<Value>(
  work: Sliced<Value>,
  pause: () => Promise<void>,
): Promise<Value> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

function countInto(offsets: Uint32Array, nodes: Uint32Array, from: number, until: number): void {
  for (let edge = from; edge < until; edge += 1) {
    const place = (nodes[edge] ?? 0) + 1;
    offsets[place] = (offsets[place] ?? 0) + 1;
  }
}

function sumUp(offsets: Uint32Array): void {
  for (let node = 1; node < offsets.length; node += 1) {
    offsets[node] = (offsets[node] ?? 0) + (offsets[node - 1] ?? 0);
  }
}

function* offsetsOf(nodes: Uint32Array, edgeCount: number, nodeCount: number): Sliced<Uint32Array> {
  const offsets = new Uint32Array(nodeCount + 1);
  for (let from = 0; from < edgeCount; from += SLICE) {
    countInto(offsets, nodes, from, Math.min(edgeCount, from + SLICE));
    yield;
  }
  sumUp(offsets);
  return offsets;
}

function placeByNode(
  order: Uint32Array,
  next: Uint32Array,
  nodes: Uint32Array,
  range: { readonly from: number; readonly until: number },
): void {
  for (let edge = range.from; edge < range.until; edge += 1) {
    const node = nodes[edge] ?? 0;
    const place = next[node] ?? 0;
    next[node] = place + 1;
    order[place] = edge;
  }
}

/** The edges' numbers, sorted by node; equal ones stay in their order. */
function* orderBy(
  nodes: Uint32Array,
  edgeCount: number,
  offsets: Uint32Array,
): Sliced<Uint32Array> {
  const order = new Uint32Array(edgeCount);
  const next = offsets.slice();
  for (let from = 0; from < edgeCount; from += SLICE) {
    placeByNode(order, next, nodes, { from, until: Math.min(edgeCount, from + SLICE) });
    yield;
  }
  return order;
}

export function* buildAdjacency(columns: EdgeColumns, nodeCount: number): Sliced<Adjacency> {
  const { count } = columns;
  const outOffsets = yield* offsetsOf(columns.tails, count, nodeCount);
  const order = yield* orderBy(columns.tails, count, outOffsets);
  const edges = new EdgeColumns();
  edges.reserve(count);
  edges.count = count;
  for (let from = 0; from < count; from += SLICE) {
    columns.copyInto(edges, order, from, Math.min(count, from + SLICE));
    yield;
  }
  const inOffsets = yield* offsetsOf(edges.heads, count, nodeCount);
  const inEdges = yield* orderBy(edges.heads, count, inOffsets);
  const inTails = new Uint32Array(count);
  for (let from = 0; from < count; from += SLICE) {
    const until = Math.min(count, from + SLICE);
    for (let place = from; place < until; place += 1) {
      inTails[place] = edges.tails[inEdges[place] ?? 0] ?? 0;
    }
    yield;
  }
  return { nodeCount, edges, outOffsets, inOffsets, inTails, inEdges };
}
