import { LIMITS, toTimestamp } from '../../kernel/index.ts';
import {
  type Command,
  integer,
  nullableInteger,
  type Row,
  statement,
  type Store,
  text,
} from '../../store/index.ts';
import { type BulkRow, bulks, type BulkText } from '../bulk.ts';
import type { PendingEdge } from '../contract.ts';
import { EDGE_RELATIONS } from '../model.ts';
import { keyOf } from '../refs.ts';
import { bumpRevision, recordChange } from '../store.ts';
import { type EdgeDraft } from '../schema.ts';
import { codesOf } from './edges.ts';
import { createNames } from './names.ts';
import type { ImportRun, NumberedDraft } from './model.ts';
import { reject } from './tally.ts';

const INSERT_PENDING: BulkText = {
  types: ['text', 'int', 'text', 'int', 'int', 'int'],
  sql: (
    rows,
  ) => `insert into inventory_pending(source, since, seen, from_text, relation, to_text, basis, confidence, observed_at)
  select $2, $3, $3, c0, c1, c2, c3, c4, c5 from ${rows} where true on conflict do nothing`,
};
/** Snapshots forget what they no longer name. */
const SEE_PENDING: BulkText = {
  types: ['text', 'int', 'text'],
  sql: (rows) => `update inventory_pending set seen = $3 where source = $2
  and (from_text, relation, to_text) in (select c0, c1, c2 from ${rows})`,
};

/** Edges with an end that nobody has named yet are kept until somebody does. */
export async function keepPending(
  run: ImportRun,
  waiting: readonly NumberedDraft<EdgeDraft>[],
): Promise<void> {
  const { source, number } = run.claim;
  const { dialect } = run.store;
  for (let from = 0; from < waiting.length; from += LIMITS.importCommitRows) {
    const rows: BulkRow[] = [];
    for (const { line, draft } of waiting.slice(from, from + LIMITS.importCommitRows)) {
      if (run.tally.pending >= LIMITS.importPendingMax) {
        reject(run.tally, line, 'too many edges wait for unknown nodes; import the nodes first');
        continue;
      }
      run.tally.pending += 1;
      const { relation, basis, confidence, observedMs } = codesOf(draft);
      const ends = [
        keyOf(draft.from) ?? draft.from,
        relation,
        keyOf(draft.to) ?? draft.to,
      ] as const;
      rows.push([...ends, basis, confidence, observedMs]);
    }
    const insert = bulks(dialect, INSERT_PENDING, rows, source, number);
    const keys = rows.map((row) => row.slice(0, 3));
    await run.write(
      [...insert, ...bulks(dialect, SEE_PENDING, keys, source, number)],
      (results) => {
        for (const { count } of results.slice(0, insert.length)) run.pendingAdded += count;
      },
    );
  }
}

const PENDING_COLUMNS = `p.source, o.name, p.from_text, p.relation, p.to_text, p.basis, p.confidence,
  p.observed_at, o.current, i.at`;
const PENDING_FROM = `from inventory_pending p join inventory_source o on o.num = p.source and p.since <= o.current
  left join inventory_import i on i.source = p.source and i.number = p.since`;

export async function readPending(store: Store, limit: number): Promise<readonly PendingEdge[]> {
  const sql = `select ${PENDING_COLUMNS} ${PENDING_FROM} order by p.source, p.from_text limit $1`;
  return (await store.query(statement(sql, limit))).map((row) => ({
    source: text(row, 'name'),
    from: text(row, 'from_text'),
    relation: EDGE_RELATIONS[integer(row, 'relation')] ?? 'uses',
    to: text(row, 'to_text'),
    since: toTimestamp(nullableInteger(row, 'at') ?? 0),
  }));
}

const SETTLE_EDGES: BulkText = {
  types: ['int', 'int', 'int', 'int', 'int', 'int', 'int', 'int'],
  sql: (
    rows,
  ) => `insert into inventory_edge(source, since, from_num, relation, to_num, basis, confidence, observed_at)
  select c0, c1, c2, c3, c4, c5, c6, c7 from ${rows} where true on conflict do nothing`,
};
const COUNT_EDGES: BulkText = {
  types: ['int', 'int'],
  sql: (rows) => `update inventory_source set edges = edges + c1 from ${rows} where num = c0`,
};
const DROP_PENDING: BulkText = {
  types: ['int', 'text', 'int', 'text'],
  sql: (rows) => `delete from inventory_pending
  where (source, from_text, relation, to_text) in (select c0, c1, c2, c3 from ${rows})`,
};

/** What one page of pending edges becomes, now that more is known. */
async function settlePage(store: Store, rows: readonly Row[]): Promise<number> {
  const names = createNames(store, { source: -1, number: -1 });
  await names.load(rows.flatMap((row) => [text(row, 'from_text'), text(row, 'to_text')]));
  const settled: BulkRow[] = [];
  const dropped: BulkRow[] = [];
  const touched: number[] = [];
  for (const row of rows) {
    const key = [integer(row, 'source'), text(row, 'from_text')] as const;
    const ends = [integer(row, 'relation'), text(row, 'to_text')] as const;
    const [from, to] = [names.get(key[1]), names.get(ends[1])];
    if (from === undefined || to === undefined) continue;
    dropped.push([...key, ...ends]);
    // Two names of the same thing: that was no edge.
    if (from.num === to.num) continue;
    touched.push(from.num);
    settled.push([
      key[0],
      integer(row, 'current'),
      from.num,
      ends[0],
      to.num,
      integer(row, 'basis'),
      integer(row, 'confidence'),
      nullableInteger(row, 'observed_at'),
    ]);
  }
  if (dropped.length === 0) return 0;
  const counts = new Map<number, number>();
  for (const [source] of settled) {
    counts.set(Number(source), (counts.get(Number(source)) ?? 0) + 1);
  }
  const commands: readonly Command[] = [
    ...bulks(store.dialect, SETTLE_EDGES, settled),
    ...bulks(store.dialect, COUNT_EDGES, [...counts]),
    ...bulks(store.dialect, DROP_PENDING, dropped),
    bumpRevision,
    recordChange(touched),
  ];
  await store.write(commands);
  return dropped.length;
}

const SETTLE_ROWS = 2_000;

/** After an import: edges of any source that have waited for what came with it. */
export async function settlePending(store: Store): Promise<number> {
  let settled = 0;
  let after: readonly [number, string, number, string] = [-1, '', -1, ''];
  for (;;) {
    const rows: readonly Row[] = await store.query(
      statement(
        `select ${PENDING_COLUMNS} ${PENDING_FROM}
  where (p.source, p.from_text, p.relation, p.to_text) > ($1, $2, $3, $4)
  order by p.source, p.from_text, p.relation, p.to_text limit $5`,
        ...after,
        SETTLE_ROWS,
      ),
    );
    const last = rows.at(-1);
    if (last === undefined) return settled;
    settled += await settlePage(store, rows);
    after = [
      integer(last, 'source'),
      text(last, 'from_text'),
      integer(last, 'relation'),
      text(last, 'to_text'),
    ];
  }
}
