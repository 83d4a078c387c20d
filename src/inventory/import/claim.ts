import { FirebreakError, LIMITS, present } from '../../kernel/index.ts';
import {
  type Command,
  integer,
  nullableInteger,
  statement,
  type Store,
} from '../../store/index.ts';

/** One import of one source that is under way: what it writes is not seen before it is done. */
export interface Claim {
  readonly source: number;
  readonly name: string;
  /** Its rows hold since this number. */
  readonly number: number;
  /** What readers see of the source meanwhile. */
  readonly current: number;
  readonly nodes: number;
  readonly edges: number;
}

const FRESH = `insert into inventory_source(name, current, started, leased_until, nodes, edges)
  values ($1, 0, 0, 0, 0, 0) on conflict do nothing`;

export function registerSource(name: string): Command {
  return { sql: FRESH, params: [name] };
}

/**
 * Only one import of a source at a time. On the embedded store the process that held it is dead when this one asks;
 * on PostgreSQL another node may be at it, until its lease ends.
 */
export async function claimSource(store: Store, name: string): Promise<Claim> {
  await store.write([registerSource(name)]);
  const isFree = store.dialect === 'sqlite' ? '' : `and leased_until < ${store.nowMsSql}`;
  const [result] = await store.write([
    {
      sql: `update inventory_source
  set started = started + 1, leased_until = ${store.nowMsSql} + $2 where name = $1 ${isFree}
  returning num, current, started, nodes, edges`,
      params: [name, LIMITS.importLeaseMs],
    },
  ]);
  const row = result?.rows[0];
  if (row === undefined) {
    const facts = { source: name, seconds: Math.ceil(LIMITS.importLeaseMs / 1_000) };
    throw new FirebreakError('import-running', facts);
  }
  const claim = {
    source: integer(row, 'num'),
    name,
    number: integer(row, 'started'),
    current: integer(row, 'current'),
    nodes: integer(row, 'nodes'),
    edges: integer(row, 'edges'),
  };
  if (claim.number - 1 > claim.current) await abandon(store, claim);
  return claim;
}

/** Goes with every write of the import: who lost the source to another node writes nothing. */
export function fence(store: Pick<Store, 'nowMsSql'>, { source, number }: Claim): Command {
  return {
    sql: `update inventory_source set leased_until = ${store.nowMsSql} + $3 where num = $1 and started = $2`,
    params: [source, number, LIMITS.importLeaseMs],
    rows: 1,
  };
}

/** Takes back what an import wrote that never ended. Readers have not seen it. */
async function abandon(store: Store, claim: Claim): Promise<void> {
  const { source, current } = claim;
  const keep = fence(store, claim);
  const tables = [
    ['inventory_statement', 'num'],
    ['inventory_edge', 'from_num'],
  ] as const;
  const top = await highest(store, 'inventory_node', 'num');
  for (const [table, column] of tables) {
    for (let from = 0; from <= top; from += LIMITS.importAbandonNodes) {
      const range = `source = $1 and ${column} >= $3 and ${column} < $4`;
      const params = [source, current, from, from + LIMITS.importAbandonNodes];
      await store.write([
        keep,
        { sql: `delete from ${table} where ${range} and since > $2`, params },
        { sql: `update ${table} set until = null where ${range} and until > $2`, params },
      ]);
    }
  }
  await store.write([
    keep,
    statement('delete from inventory_ref where source = $1 and since > $2', source, current),
    statement(
      'update inventory_ref set until = null where source = $1 and until > $2',
      source,
      current,
    ),
    statement('delete from inventory_pending where source = $1 and since > $2', source, current),
    statement('delete from inventory_waiting where source = $1 and since > $2', source, current),
  ]);
}

async function highest(store: Store, table: string, column: string): Promise<number> {
  const rows = await store.query(statement(`select max(${column}) as top from ${table}`));
  return nullableInteger(present(rows[0], 'an aggregate has a row'), 'top') ?? 0;
}

export async function release(store: Store, claim: Claim): Promise<void> {
  const sql = 'update inventory_source set leased_until = 0 where num = $1 and started = $2';
  await store.write([{ sql, params: [claim.source, claim.number] }]);
}
