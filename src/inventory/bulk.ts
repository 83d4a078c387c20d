import {
  type Command,
  type Dialect,
  type Row,
  type Statement,
  type Store,
  text,
  type Urgency,
  type Value,
} from '../store/index.ts';

/** What reading and writing rows needs of a store; an import in a thread of its own has no more. */
export type Rows = Pick<Store, 'dialect' | 'nowMsSql' | 'query' | 'write'>;
export type RowReader = Pick<Store, 'dialect' | 'query'>;

/** For whoever reads millions of rows. */
export function inBackground<Reader extends RowReader>(store: Reader): Reader {
  const urgency: Urgency = 'background';
  return { ...store, query: (statement: Statement) => store.query(statement, urgency) };
}

export type BulkRow = readonly (string | number | null)[];
export type ColumnType = 'int' | 'text';

/** For whoever asks for one thing, with somebody waiting. */
export function atPoint<Reader extends RowReader>(store: Reader): Reader {
  const urgency: Urgency = 'point';
  return { ...store, query: (statement: Statement) => store.query(statement, urgency) };
}

/**
 * Rows as one parameter, `$1`: a JSON text that the database takes apart. One text is sent to the writer and stays
 * prepared, whatever the number of rows.
 */
export function rowsSql(
  dialect: Dialect,
  types: readonly ColumnType[],
  count: number = Infinity,
): string {
  const columns = types.map((type, index) => {
    if (dialect === 'sqlite') return `json_extract(value, '$[${index}]') as c${index}`;
    return `${type === 'int' ? `(value->>${index})::bigint` : `value->>${index}`} as c${index}`;
  });
  const from =
    dialect === 'sqlite' ? 'json_each($1)' : 'json_array_elements($1::json) as given(value)';
  return `(select ${columns.join(', ')} from ${from}${fewSql(dialect, count)}) as rows`;
}

/** No more than the JSON has: few texts, so that each stays prepared. */
const FEW = [1, 4, 16];

/**
 * PostgreSQL takes any JSON to have a hundred rows, and reads whole tables for that many; told that there are few, it
 * goes by the index.
 */
function fewSql(dialect: Dialect, count: number): string {
  const few = FEW.find((one) => count <= one);
  return dialect === 'sqlite' || few === undefined ? '' : ` limit ${few}`;
}

export interface BulkText {
  readonly types: readonly ColumnType[];
  /** Gets the rows as a table with the columns c0, c1, ...; further parameters are `$2`, ... */
  readonly sql: (rows: string) => string;
  /** The same for one row, whose values are `$1`, `$2`, ... and whose further parameters follow. */
  readonly one?: string;
}

export function bulk(
  dialect: Dialect,
  { types, sql }: BulkText,
  rows: readonly BulkRow[],
  ...params: readonly Value[]
): Statement {
  const table = rowsSql(dialect, types, rows.length);
  return { sql: sql(table), params: [JSON.stringify(rows), ...params] };
}

/** Of one statement: beyond it a text only grows. */
const BULK_ROWS_MAX = 2_000;

/** On the embedded store a prepared statement for each row is five times cheaper than taking JSON apart in SQL. */
export function bulks(
  dialect: Dialect,
  text: BulkText,
  rows: readonly BulkRow[],
  ...params: readonly Value[]
): readonly Command[] {
  if (rows.length === 0) return [];
  if (dialect === 'sqlite' && text.one !== undefined) {
    return [{ sql: text.one, params, each: JSON.stringify(rows) }];
  }
  const commands: Command[] = [];
  for (let from = 0; from < rows.length; from += BULK_ROWS_MAX) {
    commands.push(bulk(dialect, text, rows.slice(from, from + BULK_ROWS_MAX), ...params));
  }
  return commands;
}

/** One text for a page of rows, lists in a list: rows as objects cost more than everything else, at each thread they cross. */
export function pageSql(dialect: Dialect, columns: string, from: string): string {
  const rows = `select ${columns} ${from}`;
  return dialect === 'sqlite'
    ? `select json_group_array(json_array(${columns})) as page from (${rows})`
    : `select coalesce(json_agg(json_build_array(${columns})), '[]')::text as page from (${rows}) as rows_of_page`;
}

/** `Values` are the columns that the statement names, as import/ has written them. */
export function pageIn<Values>(rows: readonly Row[]): readonly Values[] {
  const [row] = rows;
  // The text was built by pageSql.
  return row === undefined ? [] : (JSON.parse(text(row, 'page')) as readonly Values[]);
}
