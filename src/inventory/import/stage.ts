import { LIMITS } from '../../kernel/index.ts';
import type { Rows } from '../bulk.ts';
import { refKey } from '../refs.ts';
import { type EdgeDraft, parseLine } from '../schema.ts';
import { type Claim, fence } from './claim.ts';
import { createEdgeRun } from './edge-run.ts';
import { flushEdges, placeEdge, unknownEnds } from './edges.ts';
import { closeGone } from './gone.ts';
import { createNames } from './names.ts';
import type {
  ImportRun,
  NumberedDraft,
  NumberedNode,
  SourceRecord,
  Staged,
  StagingOptions,
  StagingParts,
} from './model.ts';
import { importNodes, keysOf } from './nodes.ts';
import { keepPending } from './pending.ts';
import { createSeenEdges, createSeenNodes } from './seen.ts';
import { breathe, createTally, reject } from './tally.ts';
import { keepWaiting } from './waiting.ts';

function createWriter(store: Rows, claim: Claim): Pick<ImportRun, 'write' | 'written'> {
  let underway: Promise<void> = Promise.resolve();
  const guard = fence(store, claim);
  return {
    write: async (commands, done) => {
      await underway;
      if (commands.length === 0) return;
      underway = store.write([guard, ...commands]).then((results) => done?.(results.slice(1)));
      // Whoever waits for it next gets the failure; until then it is not unhandled.
      underway.catch(() => undefined);
    },
    written: () => underway,
  };
}

function createTouched(): Pick<ImportRun, 'touch' | 'touched'> {
  const touched = new Set<number>();
  let isTooMuch = false;
  return {
    touch: (num) => {
      if (isTooMuch) return;
      touched.add(num);
      isTooMuch = touched.size > LIMITS.inventoryChangeNodesMax;
    },
    touched: () => (isTooMuch ? null : [...touched]),
  };
}

function createRun(parts: StagingParts, claim: Claim, options: StagingOptions): ImportRun {
  const { store } = parts;
  const mode = options.mode ?? 'increment';
  return {
    parts,
    store,
    claim,
    mode,
    shrinkShareMax: options.shrinkShareMax ?? LIMITS.importShrinkShareMax,
    tally: createTally(),
    names: createNames(store, claim),
    seen: createSeenNodes(),
    seenEdges: mode === 'snapshot' && claim.edges > 0 ? createSeenEdges() : null,
    edges: createEdgeRun(LIMITS.importEdgesHeldMax),
    nodesAdded: 0,
    edgesAdded: 0,
    pendingAdded: 0,
    ...createWriter(store, claim),
    ...createTouched(),
  };
}

type WaitingNodes = NumberedNode[];
type WaitingEdges = NumberedDraft<EdgeDraft>[];

interface Batches {
  nodes: WaitingNodes;
  /** Those whose ends were not known when they came. */
  edges: WaitingEdges;
  readonly waitingNodes: WaitingNodes;
  waitingEdges: WaitingEdges;
}

/** Gives back those of which an end is not known, or not remembered. */
async function placeEdges(run: ImportRun, edges: WaitingEdges): Promise<WaitingEdges> {
  const unknown: WaitingEdges = [];
  for (const [index, edge] of edges.entries()) {
    if (run.edges.isNearlyFull(1)) await flushEdges(run);
    if (!placeEdge(run, edge)) unknown.push(edge);
    if (index % LIMITS.importBreathRows === 0) await breathe();
  }
  return unknown;
}

/** Once more, after the store was asked for what this import has not met, or has forgotten. */
async function placeKnown(run: ImportRun, edges: WaitingEdges): Promise<WaitingEdges> {
  const size = LIMITS.importCommitRows;
  const unknown: WaitingEdges = [];
  for (let from = 0; from < edges.length; from += size) {
    const some = edges.slice(from, from + size);
    await run.names.load(unknownEnds(some, run.names));
    for (const one of await placeEdges(run, some)) unknown.push(one);
  }
  return unknown;
}

async function loadNames(run: ImportRun, nodes: WaitingNodes): Promise<void> {
  if (run.names.isFull()) {
    await run.written();
    run.names.forget();
  }
  await run.names.load(keysOf(nodes));
}

/** Nodes before edges, so that lines may speak of one another in any order within a batch. */
async function flushBatch(run: ImportRun, batches: Batches): Promise<void> {
  const { nodes, edges } = batches;
  batches.nodes = [];
  batches.edges = [];
  await loadNames(run, nodes);
  for (const one of await importNodes(run, nodes)) {
    if (batches.waitingNodes.length < LIMITS.importDeferredMax) batches.waitingNodes.push(one);
    else reject(run.tally, one.line, 'identity: nobody has named it so far');
  }
  const unknown = await placeEdges(run, edges);
  for (const one of await placeKnown(run, unknown)) batches.waitingEdges.push(one);
  if (batches.waitingEdges.length < LIMITS.importDeferredMax) return;
  await keepPending(run, batches.waitingEdges);
  batches.waitingEdges = [];
}

/** What had to wait is tried once more now that everything is named; edges that still hang in the air are kept. */
async function flushWaiting(run: ImportRun, batches: Batches): Promise<void> {
  const size = LIMITS.importBatchRows;
  for (let from = 0; from < batches.waitingNodes.length; from += size) {
    const some = batches.waitingNodes.slice(from, from + size);
    await loadNames(run, some);
    const unknown = await importNodes(run, some);
    await keepWaiting(
      run,
      unknown.filter(({ draft }) => draft.waits),
    );
    for (const { line, draft } of unknown) {
      const problem = 'identity: an end is neither a known id nor a known system:type:value';
      if (!draft.waits) reject(run.tally, line, problem);
    }
  }
  // Nothing that is on its way to the store may be missed.
  await run.written();
  const left = await placeKnown(run, batches.waitingEdges);
  await flushEdges(run);
  await keepPending(run, left);
}

/** True when the batch has as much as it may. */
function take(run: ImportRun, batches: Batches, { line, value, problem }: SourceRecord): boolean {
  if (problem !== undefined) {
    reject(run.tally, line, problem);
    return false;
  }
  const parsed = parseLine(value);
  if (!parsed.ok) reject(run.tally, line, parsed.problem);
  else if (parsed.draft.type === 'edge') {
    const edge = { line, draft: parsed.draft };
    if (run.edges.isNearlyFull(1) || !placeEdge(run, edge)) batches.edges.push(edge);
  } else {
    const { draft } = parsed;
    batches.nodes.push({ line, draft, keys: draft.refs.map(refKey) });
  }
  return batches.nodes.length + batches.edges.length >= LIMITS.importBatchRows;
}

async function readAll(
  run: ImportRun,
  records: AsyncIterable<readonly SourceRecord[]>,
): Promise<void> {
  const batches: Batches = { nodes: [], edges: [], waitingNodes: [], waitingEdges: [] };
  let count = 0;
  for await (const some of records) {
    for (const record of some) {
      count += 1;
      if (count % LIMITS.importBreathRows === 0) await breathe();
      if (take(run, batches, record)) await flushBatch(run, batches);
    }
  }
  await flushBatch(run, batches);
  await flushWaiting(run, batches);
}

/**
 * Streams: one batch is in memory at a time, edges as numbers until they are sorted. Afterwards everything is written and
 * nothing is seen. A process that dies leaves rows that nobody sees; the next import of the source takes them back.
 */
export async function stage(
  parts: StagingParts,
  claim: Claim,
  records: AsyncIterable<readonly SourceRecord[]>,
  options: StagingOptions,
): Promise<Staged> {
  const run = createRun(parts, claim, options);
  try {
    await readAll(run, records);
    await closeGone(run);
  } finally {
    // Also after a failure: the source must not be released under a write.
    await run.written().catch(() => undefined);
  }
  await run.written();
  const { tally, nodesAdded, edgesAdded, pendingAdded } = run;
  return { tally, nodesAdded, edgesAdded, pendingAdded, touched: run.touched() };
}
