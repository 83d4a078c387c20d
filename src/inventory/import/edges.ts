import { LIMITS } from '../../kernel/index.ts';
import { bulk, type BulkRow, bulks, type BulkText, pageIn, pageSql } from '../bulk.ts';
import { EDGE_RELATIONS } from '../model.ts';
import { keyOf } from '../refs.ts';
import { BASES, type EdgeDraft } from '../schema.ts';
import type { NumberedEdge } from './edge-run.ts';
import type { ImportRun, NumberedDraft } from './model.ts';
import type { Names } from './names.ts';
import { reject } from './tally.ts';

const RELATION_CODES = new Map(EDGE_RELATIONS.map((relation, code) => [relation, code]));
const BASIS_CODES = new Map(BASES.map((basis, code) => [basis, code]));
export const CONFIDENCE_SCALE = 1_000;

/** The numbers under which an edge is kept, its ends aside. */
export function codesOf({ relation, basis, confidence, observedMs }: EdgeDraft) {
  return {
    relation: RELATION_CODES.get(relation) ?? 0,
    basis: BASIS_CODES.get(basis) ?? 0,
    confidence: Math.round(confidence * CONFIDENCE_SCALE),
    observedMs,
  };
}

/** The ends that this import has not met yet. */
export function unknownEnds(
  drafts: readonly NumberedDraft<EdgeDraft>[],
  names: Pick<Names, 'get'>,
): Set<string> {
  const keys = new Set<string>();
  for (const { draft } of drafts) {
    for (const end of [draft.from, draft.to]) {
      if (names.get(end) !== undefined) continue;
      const key = keyOf(end);
      if (key !== null && names.get(key) === undefined) keys.add(key);
    }
  }
  return keys;
}

/** Puts an edge into the run, or rejects it; false = an end of it is not known, or not remembered. */
export function placeEdge(run: ImportRun, { line, draft }: NumberedDraft<EdgeDraft>): boolean {
  const from = keyOf(draft.from);
  const to = keyOf(draft.to);
  if (from === null || to === null) {
    const end = from === null ? 'from' : 'to';
    reject(run.tally, line, `${end} is neither an id nor of the form system:type:value`);
    return true;
  }
  if (from === to) {
    reject(run.tally, line, 'from and to are the same');
    return true;
  }
  const [fromName, toName] = [run.names.get(from), run.names.get(to)];
  if (fromName === undefined || toName === undefined) return false;
  if (fromName.num === toName.num) reject(run.tally, line, 'from and to are the same');
  else run.edges.add({ line, from: fromName.num, to: toName.num, ...codesOf(draft) });
  return true;
}

interface BeforeEdge {
  readonly basis: number;
  readonly confidence: number;
  readonly observedMs: number | null;
}

const keyText = (from: number, relation: number, to: number): string => `${from} ${relation} ${to}`;

type EdgeValues = readonly [
  from: number,
  relation: number,
  to: number,
  basis: number,
  confidence: number,
  observedMs: number | null,
];

const EDGE_COLUMNS = 'from_num, relation, to_num, basis, confidence, observed_at';

async function readBefore(
  { store, claim }: ImportRun,
  edges: readonly NumberedEdge[],
): Promise<ReadonlyMap<string, BeforeEdge>> {
  const before = new Map<string, BeforeEdge>();
  if (claim.edges === 0) return before;
  const { dialect } = store;
  const read: BulkText = {
    types: ['int'],
    sql: (rows) =>
      pageSql(
        dialect,
        EDGE_COLUMNS,
        `from ${rows} cross join inventory_edge e
  where e.source = $2 and e.from_num = rows.c0 and e.since <= $3 and (e.until is null or e.until > $3)`,
      ),
  };
  const froms = [...new Set(edges.map(({ from }) => from))].map((from) => [from] as const);
  const found = await store.query(bulk(dialect, read, froms, claim.source, claim.current));
  for (const values of pageIn<EdgeValues>(found)) {
    const [from, relation, to, basis, confidence, observedMs] = values;
    before.set(keyText(from, relation, to), { basis, confidence, observedMs });
  }
  return before;
}

const INSERT_EDGES: BulkText = {
  types: ['int', 'int', 'int', 'int', 'int', 'int'],
  sql: (
    rows,
  ) => `insert into inventory_edge(source, since, from_num, relation, to_num, basis, confidence, observed_at)
  select $2, $3, c0, c1, c2, c3, c4, c5 from ${rows} where true on conflict do nothing`,
  one: `insert into inventory_edge(source, since, from_num, relation, to_num, basis, confidence, observed_at)
  values ($7, $8, $1, $2, $3, $4, $5, $6) on conflict do nothing`,
};
/** At most the last word before this import is kept. */
const FORGET_EDGES: BulkText = {
  types: ['int', 'int', 'int'],
  sql: (rows) => `delete from inventory_edge where source = $2 and until <= $3
  and (from_num, relation, to_num) in (select c0, c1, c2 from ${rows})`,
};
export const CLOSE_EDGES: BulkText = {
  types: ['int', 'int', 'int'],
  sql: (rows) => `update inventory_edge set until = $3
  where source = $2 and until is null and since < $3
  and (from_num, relation, to_num) in (select c0, c1, c2 from ${rows})`,
};

function rowOf({ from, relation, to, basis, confidence, observedMs }: NumberedEdge): BulkRow {
  return [from, relation, to, basis, confidence, observedMs];
}

function isSame(edge: NumberedEdge, before: BeforeEdge): boolean {
  return (
    edge.basis === before.basis &&
    edge.confidence === before.confidence &&
    edge.observedMs === before.observedMs
  );
}

async function writeChunk(run: ImportRun, edges: readonly NumberedEdge[]): Promise<void> {
  const { tally, claim, store } = run;
  const { source, number } = claim;
  const before = await readBefore(run, edges);
  const inserted: BulkRow[] = [];
  const closed: BulkRow[] = [];
  for (const edge of edges) {
    const { from, relation, to } = edge;
    const old = before.size === 0 ? undefined : before.get(keyText(from, relation, to));
    run.seenEdges?.add(edge.from, edge.relation, edge.to);
    if (old !== undefined && isSame(edge, old)) {
      tally.unchanged += 1;
      continue;
    }
    if (old !== undefined) closed.push([edge.from, edge.relation, edge.to]);
    inserted.push(rowOf(edge));
    run.touch(edge.from);
  }
  if (inserted.length === 0) return;
  const forget = bulks(store.dialect, FORGET_EDGES, closed, source, claim.current);
  const close = bulks(store.dialect, CLOSE_EDGES, closed, source, number);
  const insert = bulks(store.dialect, INSERT_EDGES, inserted, source, number);
  await run.write([...forget, ...close, ...insert], (results) => {
    const total = (of: typeof results): number => of.reduce((sum, { count }) => sum + count, 0);
    const written = total(results.slice(forget.length + close.length));
    const replaced = total(results.slice(forget.length, forget.length + close.length));
    // The rest repeats an edge of the same import.
    tally.unchanged += inserted.length - written;
    tally.changed += replaced;
    tally.added += written - replaced;
    run.edgesAdded += written - replaced;
  });
}

/** Sorted, compared with what the source said before, and written. */
export async function flushEdges(run: ImportRun): Promise<void> {
  let lastFrom = -1;
  const ofFrom = new Map<number, NumberedEdge>();
  for await (const chunk of run.edges.drain(LIMITS.importCommitRows)) {
    const kept: NumberedEdge[] = [];
    for (const edge of chunk) {
      if (edge.from !== lastFrom) ofFrom.clear();
      lastFrom = edge.from;
      const key = edge.relation * 2 ** 32 + edge.to;
      const first = ofFrom.get(key);
      if (first === undefined) {
        ofFrom.set(key, edge);
        kept.push(edge);
      } else if (isSame(edge, first)) run.tally.unchanged += 1;
      else
        reject(
          run.tally,
          edge.line,
          'this import has named this edge already; the first line stands',
        );
    }
    await writeChunk(run, kept);
  }
}
