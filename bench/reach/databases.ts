import pg from 'pg';
import type { Edges } from './organisation.ts';

/** One side that counts what is reachable, the start among it. */
export interface Side {
  readonly name: string;
  readonly loadMs: number;
  /** 0 = any depth. */
  readonly count: (start: number, depthMax: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The usual form of each question; without a depth, nodes alone are kept, so that no node is gone through twice. */
const WITHIN = (start: string, depthMax: string): string => `with recursive reach(node, depth) as (
  select ${start}, 0
  union
  select edge.head, reach.depth + 1 from reach join edge on edge.tail = reach.node where reach.depth < ${depthMax}
) select count(distinct node) as count from reach`;
const ALL = (start: string): string => `with recursive reach(node) as (
  select ${start}
  union
  select edge.head from reach join edge on edge.tail = reach.node
) select count(*) as count from reach`;

const ROWS = 100_000;

async function loadPostgres(client: pg.Client, { tails, heads }: Edges): Promise<number> {
  const begunMs = performance.now();
  await client.query('create table edge(tail integer not null, head integer not null)');
  for (let from = 0; from < tails.length; from += ROWS) {
    const part = [tails, heads].map((column) => Array.from(column.subarray(from, from + ROWS)));
    await client.query('insert into edge select * from unnest($1::integer[], $2::integer[])', part);
  }
  // The head lies in the index, so that no row is fetched.
  await client.query('create index edge_tail on edge(tail, head)');
  await client.query('vacuum analyze edge');
  await client.query("set work_mem = '256MB'");
  return performance.now() - begunMs;
}

interface Counted {
  readonly count: string;
}

/**
 * PostgreSQL twice on the same edges: at its best, with prepared statements and an index that holds both ends; and as
 * such a query is written first, as text, with an index on the tail.
 */
export async function openPostgres(url: string, edges: Edges): Promise<readonly Side[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const loadMs = await loadPostgres(client, edges);
  await client.query('create table plain_edge as table edge');
  await client.query('create index plain_edge_tail on plain_edge(tail)');
  await client.query('vacuum analyze plain_edge');
  const ask = async (query: pg.QueryConfig): Promise<number> =>
    Number((await client.query<Counted>(query)).rows[0]?.count);
  const plain = (text: string): string => text.replaceAll('join edge', 'join plain_edge edge');
  return [
    {
      name: 'postgres',
      loadMs,
      count: (start, depthMax) =>
        ask(
          depthMax === 0
            ? { name: 'all', text: ALL('$1::integer'), values: [start] }
            : {
                name: 'within',
                text: WITHIN('$1::integer', '$2::integer'),
                values: [start, depthMax],
              },
        ),
      close: () => client.end(),
    },
    {
      name: 'postgresPlain',
      loadMs,
      count: (start, depthMax) => {
        const text = depthMax === 0 ? ALL(`${start}`) : WITHIN(`${start}`, `${depthMax}`);
        return ask({ text: plain(text) });
      },
      close: () => Promise.resolve(),
    },
  ];
}

/** The part of its interface that is used here: it is installed for benches alone, so its types are not at hand. */
interface DuckConnection {
  readonly run: (sql: string) => Promise<unknown>;
  readonly createAppender: (table: string) => Promise<{
    readonly appendInteger: (value: number) => void;
    readonly endRow: () => void;
    readonly closeSync: () => void;
  }>;
  readonly prepare: (sql: string) => Promise<DuckStatement>;
}
interface DuckStatement {
  readonly bindInteger: (place: number, value: number) => void;
  readonly runAndReadAll: () => Promise<{ readonly getRows: () => readonly unknown[][] }>;
}
interface Duck {
  readonly DuckDBInstance: {
    readonly create: (path: string) => Promise<{ readonly connect: () => Promise<DuckConnection> }>;
  };
}

async function countWith(
  statement: DuckStatement,
  start: number,
  depthMax: number,
): Promise<number> {
  statement.bindInteger(1, start);
  if (depthMax > 0) statement.bindInteger(2, depthMax);
  return Number((await statement.runAndReadAll()).getRows()[0]?.[0]);
}

export async function openDuck({ tails, heads }: Edges): Promise<Side> {
  const name = '@duckdb/node-api';
  // Of this shape, as used below; installed for benches alone.
  const { DuckDBInstance } = (await import(name)) as Duck;
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  // Every side answers one question on one core.
  await connection.run('set threads = 1');
  const begunMs = performance.now();
  await connection.run('create table edge(tail integer not null, head integer not null)');
  const appender = await connection.createAppender('edge');
  for (let edge = 0; edge < tails.length; edge += 1) {
    appender.appendInteger(tails[edge] ?? 0);
    appender.appendInteger(heads[edge] ?? 0);
    appender.endRow();
  }
  appender.closeSync();
  const loadMs = performance.now() - begunMs;
  const within = await connection.prepare(WITHIN('$1::integer', '$2::integer'));
  const all = await connection.prepare(ALL('$1::integer'));
  return {
    name: 'duckdb',
    loadMs,
    count: (start, depthMax) => countWith(depthMax === 0 ? all : within, start, depthMax),
    close: () => Promise.resolve(),
  };
}
