import { LIMITS } from '../kernel/index.ts';
import type { Sliced } from './adjacency.ts';
import { KIND_BITS, kindNumber, type NodeColumns } from './columns.ts';
import type { MapGraph, Side } from './graph.ts';
import type { Survey, Surveyed } from './model.ts';
import { isShared } from './shared.ts';

/** Nodes between two pauses: about a millisecond. */
const SLICE = 4_096;
const SHARED = 4;
const COUNT_BITS = 3;

interface Marks {
  readonly marks: Uint8Array;
  /** The last critical service that was found behind a node, plus one. */
  readonly last: Uint32Array;
  readonly queue: Uint32Array;
}

/** Marks a node that leads to this service; false where it is known, or where enough of them are. */
function mark({ marks, last }: Marks, node: number, service: number): boolean {
  if (last[node] === service + 1) return false;
  const count = marks[node] ?? 0;
  if (count >= LIMITS.criticalServicesCounted) return false;
  last[node] = service + 1;
  marks[node] = count + 1;
  return true;
}

function markBefore(all: Marks, side: Side, node: number, service: number, found: number): number {
  const { offsets, neighbours, replaced, packed } = side;
  const { queue } = all;
  let end = found;
  if (((replaced[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0) {
    const row = packed.find(node);
    const until = packed.ends[row] ?? 0;
    for (let at = packed.starts[row] ?? 0; at < until; at += 1) {
      const tail = packed.neighbours[at] ?? 0;
      if (mark(all, tail, service)) queue[end++] = tail;
    }
    return end;
  }
  const until = offsets[node + 1] ?? 0;
  for (let at = offsets[node] ?? 0; at < until; at += 1) {
    const tail = neighbours[at] ?? 0;
    if (mark(all, tail, service)) queue[end++] = tail;
  }
  return end;
}

/**
 * Backward from each critical service in turn. A node that leads to as many as are counted is passed over: whatever
 * leads to it leads to all of those, and has been or will be marked by their own searches. So each edge is followed at
 * most as often as services are counted, however many services there are.
 */
function* markCritical(graph: MapGraph, all: Marks): Sliced<undefined> {
  const side = graph.into;
  const nodeCount = all.marks.length;
  let sinceBreak = 0;
  for (let service = 0; service < nodeCount; service += 1) {
    if (!graph.isCriticalService(service)) continue;
    // A search from a service does not find the service itself; whatever leads to it does.
    all.queue[0] = service;
    let end = 1;
    all.last[service] = service + 1;
    for (let place = 0; place < end; place += 1) {
      end = markBefore(all, side, all.queue[place] ?? 0, service, end);
      sinceBreak += 1;
      if (sinceBreak % SLICE === 0) yield;
    }
  }
  return undefined;
}

function* markShared(graph: MapGraph, { marks }: Marks): Sliced<undefined> {
  for (let node = 0; node < marks.length; node += 1) {
    if (node % SLICE === 0) yield;
    if (graph.kind(node) !== 'credential' || !isShared(graph, node)) continue;
    graph.eachOut(node, (head, edge) => {
      if (graph.relation(edge) === 'authenticates') marks[head] = (marks[head] ?? 0) | SHARED;
    });
  }
  return undefined;
}

const IDENTITY = kindNumber('identity');

/** By number of node; ids are looked up when somebody asks. */
class MarkedNodes implements Survey {
  readonly revision: number;
  readonly #nodes: NodeColumns;
  readonly #marks: Uint8Array;

  constructor({ revision, nodes }: MapGraph, marks: Uint8Array) {
    this.revision = revision;
    this.#nodes = nodes;
    this.#marks = marks;
  }

  /** A field, so that it can be handed on alone. */
  readonly of = (id: string): Surveyed => {
    const node = this.#nodes.find(id);
    const found = node === undefined ? 0 : (this.#marks[node] ?? 0);
    return { criticalServices: found & COUNT_BITS, shared: (found & SHARED) !== 0 };
  };

  changedSince(before: Survey): readonly string[] | null {
    if (!(before instanceof MarkedNodes) || before.#nodes !== this.#nodes) return null;
    const { ids, labels } = this.#nodes;
    const changed: string[] = [];
    for (let node = 0; node < this.#marks.length; node += 1) {
      if ((before.#marks[node] ?? 0) === this.#marks[node]) continue;
      if (((labels[node] ?? 0) & KIND_BITS) === IDENTITY) changed.push(ids[node] ?? '');
    }
    return changed;
  }
}

/** What of every identity at once a list by risk needs. The graph must not change until it is done. */
export function* surveyOf(graph: MapGraph): Sliced<Survey> {
  const { count } = graph.nodes;
  const all: Marks = {
    marks: new Uint8Array(count),
    last: new Uint32Array(count),
    queue: new Uint32Array(count + 1),
  };
  yield* markCritical(graph, all);
  yield* markShared(graph, all);
  return new MarkedNodes(graph, all.marks);
}
