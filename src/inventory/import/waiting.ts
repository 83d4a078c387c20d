import { LIMITS } from '../../kernel/index.ts';
import { type Command, type Row, statement, type Store, text } from '../../store/index.ts';
import { type BulkRow, bulks, type BulkText } from '../bulk.ts';
import type { ImportMode, PendingClaim } from '../contract.ts';
import type { Claim } from './claim.ts';
import type { ImportRun, NumberedNode } from './model.ts';
import { createNames } from './names.ts';
import { reject } from './tally.ts';

const INSERT_WAITING: BulkText = {
  types: ['text', 'text'],
  sql: (rows) => `insert into inventory_waiting(source, since, key, body)
  select $2, $3, c0, c1 from ${rows} where true on conflict do nothing`,
};

/** What is said of identities that nobody has described yet is kept until somebody does. */
export async function keepWaiting(run: ImportRun, nodes: readonly NumberedNode[]): Promise<void> {
  const { source, number } = run.claim;
  const rows: BulkRow[] = [];
  for (const { line, draft, keys } of nodes) {
    if (run.tally.pending >= LIMITS.importPendingMax) {
      reject(run.tally, line, 'too much waits for unknown identities; import the identities first');
      continue;
    }
    run.tally.pending += 1;
    const record = { ...draft.facts, type: draft.type, waits: true };
    rows.push([keys[0] ?? '', JSON.stringify(record)]);
  }
  await run.write(bulks(run.store.dialect, INSERT_WAITING, rows, source, number));
}

/** Goes with the commit that makes an import seen: a later word replaces an earlier one, a snapshot replaces all. */
export function forgetWaiting({ source, number }: Claim, mode: ImportMode): Command {
  const repeated = `and key in (select w.key from inventory_waiting w where w.source = $1 and w.since = $2)`;
  return statement(
    `delete from inventory_waiting where source = $1 and since < $2 ${mode === 'snapshot' ? '' : repeated}`,
    source,
    number,
  );
}

const SEEN = `from inventory_waiting w join inventory_source o on o.num = w.source and w.since <= o.current`;

export async function readWaiting(store: Store, limit: number): Promise<readonly PendingClaim[]> {
  const sql = `select o.name, w.key, w.body ${SEEN} order by o.name, w.key limit $1`;
  return (await store.query(statement(sql, limit))).map((row) => ({
    source: text(row, 'name'),
    ref: text(row, 'key'),
    // Written above.
    says: Object.keys(JSON.parse(text(row, 'body')) as object).filter((name) => !OWN.has(name)),
  }));
}

const OWN = new Set(['type', 'refs', 'waits', 'observedAt']);

/** What one source can say at last. */
export interface Described {
  readonly source: string;
  readonly keys: readonly string[];
  readonly records: readonly unknown[];
}

/** What waited for identities that are known now, by source; a page of it at a time. */
export async function readDescribed(store: Store): Promise<readonly Described[]> {
  const bySource = new Map<string, { source: string; keys: string[]; records: unknown[] }>();
  let after: readonly [string, string] = ['', ''];
  for (;;) {
    const rows: readonly Row[] = await store.query(
      statement(
        `select o.name, w.key, w.body ${SEEN} where (o.name, w.key) > ($1, $2)
  order by o.name, w.key limit $3`,
        ...after,
        LIMITS.importBatchRows,
      ),
    );
    const last = rows.at(-1);
    if (last === undefined) return [...bySource.values()];
    const names = createNames(store, { source: -1, number: -1 });
    await names.load(rows.map((row) => text(row, 'key')));
    for (const row of rows) {
      const [source, key] = [text(row, 'name'), text(row, 'key')];
      if (names.get(key) === undefined) continue;
      const one = bySource.get(source) ?? { source, keys: [], records: [] };
      one.keys.push(key);
      const record: unknown = JSON.parse(text(row, 'body'));
      one.records.push(record);
      bySource.set(source, one);
    }
    after = [text(last, 'name'), text(last, 'key')];
  }
}

const DROP_WAITING: BulkText = {
  types: ['text'],
  sql: (rows) => `delete from inventory_waiting where key in (select c0 from ${rows})
  and source in (select o.num from inventory_source o where o.name = $2 and since <= o.current)`,
};

/** After it was said by an import of its source. */
export async function dropWaiting(store: Store, { source, keys }: Described): Promise<void> {
  const rows = keys.map((key) => [key] as const);
  await store.write(bulks(store.dialect, DROP_WAITING, rows, source));
}
