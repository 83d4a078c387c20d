import { FirebreakError, LIMITS } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import type { ImportOptions, ImportReport } from '../contract.ts';
import { type EdgeDraft, type NodeDraft, parseLine } from '../schema.ts';
import { readRevision } from '../store.ts';
import { type Claim, claimSource, fence } from './claim.ts';
import { createEdgeRun } from './edge-run.ts';
import { flushEdges, placeEdges, unknownEnds } from './edges.ts';
import { closeGone, finish } from './finish.ts';
import { createNames } from './names.ts';
import type { ImportParts, ImportRun, NumberedDraft, SourceRecord } from './model.ts';
import { importNodes, keysOf } from './nodes.ts';
import { keepPending, settlePending } from './pending.ts';
import { createSeenEdges, createSeenNodes } from './seen.ts';
import { breathe, createTally, reject } from './tally.ts';

function createWriter(store: Store, claim: Claim): Pick<ImportRun, 'write' | 'written'> {
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

function createRun(parts: ImportParts, claim: Claim, options: ImportOptions): ImportRun {
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

type WaitingNodes = NumberedDraft<NodeDraft>[];
type WaitingEdges = NumberedDraft<EdgeDraft>[];

interface Batches {
  nodes: WaitingNodes;
  edges: WaitingEdges;
  readonly waitingNodes: WaitingNodes;
  waitingEdges: WaitingEdges;
}

/** Gives back those of which an end is not known, or not remembered. */
async function placeSlices(run: ImportRun, edges: WaitingEdges): Promise<WaitingEdges> {
  const size = LIMITS.importBreathRows;
  const unknown: WaitingEdges = [];
  for (let from = 0; from < edges.length; from += size) {
    // The run takes what its room allows; a slice is far smaller than the run.
    if (run.edges.isNearlyFull(size)) await flushEdges(run);
    unknown.push(...placeEdges(run, edges.slice(from, from + size)));
    await breathe();
  }
  return unknown;
}

/** Nodes before edges, so that lines may speak of one another in any order within a batch. */
async function flushBatch(run: ImportRun, batches: Batches): Promise<void> {
  const { nodes, edges } = batches;
  batches.nodes = [];
  batches.edges = [];
  await run.written();
  await run.names.load(keysOf(nodes));
  for (const one of await importNodes(run, nodes)) {
    if (batches.waitingNodes.length < LIMITS.importDeferredMax) batches.waitingNodes.push(one);
    else reject(run.tally, one.line, 'identity: nobody has named it so far');
  }
  const unknown = await placeSlices(run, edges);
  if (unknown.length > 0) {
    await run.written();
    await run.names.load(unknownEnds(unknown, run.names));
    for (const one of await placeSlices(run, unknown)) batches.waitingEdges.push(one);
  }
  if (batches.waitingEdges.length < LIMITS.importDeferredMax) return;
  await keepPending(run, batches.waitingEdges);
  batches.waitingEdges = [];
}

/** What had to wait is tried once more now that everything is named; edges that still hang in the air are kept. */
async function flushWaiting(run: ImportRun, batches: Batches): Promise<void> {
  const size = LIMITS.importBatchRows;
  for (let from = 0; from < batches.waitingNodes.length; from += size) {
    const some = batches.waitingNodes.slice(from, from + size);
    await run.written();
    await run.names.load(keysOf(some));
    for (const { line } of await importNodes(run, some)) {
      const problem = 'identity: an end is neither a known id nor a known system:type:value';
      reject(run.tally, line, problem);
    }
  }
  const left: WaitingEdges = [];
  for (let from = 0; from < batches.waitingEdges.length; from += size) {
    const some = batches.waitingEdges.slice(from, from + size);
    await run.written();
    await run.names.load(unknownEnds(some, run.names));
    if (run.edges.isNearlyFull(size)) await flushEdges(run);
    left.push(...placeEdges(run, some));
  }
  await flushEdges(run);
  await keepPending(run, left);
}

async function readAll(run: ImportRun, records: AsyncIterable<SourceRecord>): Promise<void> {
  const batches: Batches = { nodes: [], edges: [], waitingNodes: [], waitingEdges: [] };
  let count = 0;
  for await (const { line, value, problem } of records) {
    count += 1;
    if (count % LIMITS.importBreathRows === 0) await breathe();
    if (problem !== undefined) {
      reject(run.tally, line, problem);
      continue;
    }
    const parsed = parseLine(value);
    if (!parsed.ok) reject(run.tally, line, parsed.problem);
    else if (parsed.draft.type === 'edge') batches.edges.push({ line, draft: parsed.draft });
    else batches.nodes.push({ line, draft: parsed.draft });
    if (batches.nodes.length + batches.edges.length < LIMITS.importBatchRows) continue;
    await flushBatch(run, batches);
  }
  await flushBatch(run, batches);
  await flushWaiting(run, batches);
}

const SOURCE_PATTERN = /^[\w.@/-]{1,100}$/u;

function check({ source, shrinkShareMax }: ImportOptions): void {
  if (!SOURCE_PATTERN.test(source)) {
    const problem = 'a source is named by 1 to 100 letters, digits and . _ @ / -';
    throw new FirebreakError('request-invalid', { problem });
  }
  if (shrinkShareMax !== undefined && !(shrinkShareMax >= 0 && shrinkShareMax <= 1)) {
    throw new FirebreakError('request-invalid', { problem: 'the share is a number from 0 to 1' });
  }
}

/**
 * Streams: one batch is in memory at a time, edges as numbers until they are sorted. A process that dies leaves rows
 * that nobody sees; the next import of the source takes them back.
 */
export async function importAll(
  parts: ImportParts,
  records: AsyncIterable<SourceRecord>,
  options: ImportOptions,
): Promise<ImportReport> {
  check(options);
  const run = createRun(parts, await claimSource(parts.store, options.source), options);
  try {
    await readAll(run, records);
    await closeGone(run);
    await finish(run);
  } catch (error) {
    // Nothing of it is seen; the source is free for the next import.
    await run.written().catch(() => undefined);
    await release(run).catch(() => undefined);
    throw error;
  }
  const { tally } = run;
  const settled = await settlePending(parts.store);
  const { added, changed, unchanged, gone, rejected, rejectedCount } = tally;
  rejected.sort((left, right) => left.line - right.line);
  const revision = await readRevision(parts.store);
  const pending = Math.max(0, tally.pending - settled);
  const counts = { added, changed, unchanged, gone, pending, rejected, rejectedCount };
  return { source: options.source, mode: run.mode, ...counts, revision };
}

async function release({ store, claim }: ImportRun): Promise<void> {
  const sql = 'update inventory_source set leased_until = 0 where num = $1 and started = $2';
  await store.write([{ sql, params: [claim.source, claim.number] }]);
}
