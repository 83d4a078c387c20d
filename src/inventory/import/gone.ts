import { FirebreakError, LIMITS } from '../../kernel/index.ts';
import { statement } from '../../store/index.ts';
import { type BulkRow, bulks, pageIn, pageSql } from '../bulk.ts';
import { CLOSE_EDGES } from './edges.ts';
import { CLOSE_STATEMENTS } from './nodes.ts';
import type { ImportRun } from './model.ts';
import { breathe } from './tally.ts';

const PAGE_ROWS = 5_000;

/** Nodes that the source spoke of before, and in this snapshot no longer. */
async function goneNodes({ store, claim, seen }: ImportRun): Promise<number[]> {
  const gone: number[] = [];
  let after = -1;
  const sql = pageSql(
    store.dialect,
    'num',
    `from inventory_statement where source = $1 and num > $2 and since <= $3
  and (until is null or until > $3) order by num limit $4`,
  );
  for (;;) {
    const rows = pageIn<readonly [num: number]>(
      await store.query(statement(sql, claim.source, after, claim.current, PAGE_ROWS)),
    );
    for (const [num] of rows) {
      after = num;
      if (!seen.has(num)) gone.push(num);
    }
    if (rows.length < PAGE_ROWS) return gone;
    await breathe();
  }
}

async function goneEdges({ store, claim, seenEdges }: ImportRun): Promise<BulkRow[]> {
  const gone: BulkRow[] = [];
  if (seenEdges === null) return gone;
  seenEdges.sort();
  let after: readonly [number, number, number] = [-1, -1, -1];
  const sql = pageSql(
    store.dialect,
    'from_num, relation, to_num',
    `from inventory_edge where source = $1 and (from_num, relation, to_num) > ($2, $3, $4)
  and since <= $5 and (until is null or until > $5) order by from_num, relation, to_num limit $6`,
  );
  for (;;) {
    const rows = pageIn<readonly [number, number, number]>(
      await store.query(statement(sql, claim.source, ...after, claim.current, PAGE_ROWS)),
    );
    for (const ends of rows) {
      after = ends;
      if (!seenEdges.hasNext(...ends)) gone.push(ends);
    }
    if (rows.length < PAGE_ROWS) return gone;
    await breathe();
  }
}

function refuseShrinking(run: ImportRun, goneNodeCount: number, goneEdgeCount: number): void {
  const { claim, shrinkShareMax } = run;
  const shares = [
    { what: 'nodes', gone: goneNodeCount, of: claim.nodes },
    { what: 'edges', gone: goneEdgeCount, of: claim.edges },
  ];
  for (const { what, gone, of } of shares) {
    // An export that failed is empty, also where the source is small.
    const isSmall = gone <= LIMITS.importShrinkSmall && !(what === 'nodes' && gone === of);
    if (gone === 0 || isSmall || gone <= of * shrinkShareMax) continue;
    const percent = Math.round((100 * gone) / of);
    const facts = { source: claim.name, gone, of, what, percent };
    throw new FirebreakError('import-shrinks', facts);
  }
}

/** Marks what a snapshot no longer names; nothing is ever deleted without a trace. */
export async function closeGone(run: ImportRun): Promise<void> {
  const { store, claim, tally } = run;
  if (run.mode !== 'snapshot' || claim.nodes + claim.edges === 0) return;
  const nodes = await goneNodes(run);
  const edges = await goneEdges(run);
  refuseShrinking(run, nodes.length, edges.length);
  // What a rejected line speaks of is not gone: nobody could read what it says of it.
  if (tally.rejectedCount > 0 && run.shrinkShareMax < 1) {
    tally.kept = nodes.length + edges.length;
    return;
  }
  tally.gone = nodes.length + edges.length;
  run.nodesAdded -= nodes.length;
  run.edgesAdded -= edges.length;
  const { source, number } = claim;
  for (let from = 0; from < nodes.length; from += PAGE_ROWS) {
    const page = nodes.slice(from, from + PAGE_ROWS);
    for (const num of page) run.touch(num);
    const rows = page.map((num) => [num] as const);
    await run.write(bulks(store.dialect, CLOSE_STATEMENTS, rows, source, number));
  }
  for (let from = 0; from < edges.length; from += PAGE_ROWS) {
    const page = edges.slice(from, from + PAGE_ROWS);
    for (const [num] of page) run.touch(Number(num));
    await run.write(bulks(store.dialect, CLOSE_EDGES, page, source, number));
  }
}
