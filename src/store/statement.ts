import { assert, FirebreakError } from '../kernel/index.ts';
import type { Command, Row, Statement, Value } from './model.ts';

/** Short form for a text with its parameters. */
export function statement(sql: string, ...params: readonly Value[]): Statement {
  return { sql, params };
}

/** SQLite takes 32,766 parameters, PostgreSQL 65,535; longer texts gain nothing over this. */
const INSERT_PARAMETERS_MAX = 4_096;
const INSERT_ROWS_MAX = 256;

/** The largest power of two that is not above `limit`: few distinct texts, so that each stays prepared. */
function chunkSize(limit: number): number {
  let size = 1;
  while (size * 2 <= limit) size *= 2;
  return size;
}

function valuesText(columnCount: number, rowCount: number): string {
  let next = 0;
  const one = (): string =>
    `(${Array.from({ length: columnCount }, () => {
      next += 1;
      return `$${next}`;
    }).join(', ')})`;
  return Array.from({ length: rowCount }, one).join(', ');
}

/**
 * Multi-row inserts in chunks of 256, 128, ... 1 rows. With a `suffix` (`on conflict ...`) the row counts are not
 * checked, since rows may be left out.
 */
export function insertMany(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  suffix?: string,
): readonly Command[] {
  assert(columns.length > 0, 'an insert names its columns');
  const chunkMax = Math.min(INSERT_ROWS_MAX, Math.floor(INSERT_PARAMETERS_MAX / columns.length));
  const commands: Command[] = [];
  for (let from = 0; from < rows.length;) {
    const size = chunkSize(Math.max(1, Math.min(chunkMax, rows.length - from)));
    const chunk = rows.slice(from, from + size);
    assert(
      chunk.every((row) => row.length === columns.length),
      'every row has one value for each column',
    );
    const head = `insert into ${table}(${columns.join(', ')}) values `;
    const sql =
      head + valuesText(columns.length, size) + (suffix === undefined ? '' : ` ${suffix}`);
    commands.push({ sql, params: chunk.flat(), ...(suffix === undefined ? { rows: size } : {}) });
    from += size;
  }
  return commands;
}

/** The only row there is. */
export function oneRow(rows: readonly Row[]): Row {
  const [row] = rows;
  assert(row !== undefined && rows.length === 1, `one row was expected, there are ${rows.length}`);
  return row;
}

export function maybeRow(rows: readonly Row[]): Row | undefined {
  assert(rows.length <= 1, `at most one row was expected, there are ${rows.length}`);
  return rows[0];
}

function column(row: Row, name: string): Value {
  const value = row[name];
  assert(value !== undefined, `column ${name} was selected`);
  return value;
}

export function text(row: Row, name: string): string {
  const value = column(row, name);
  assert(typeof value === 'string', `column ${name} is text`);
  return value;
}

export function nullableText(row: Row, name: string): string | null {
  return column(row, name) === null ? null : text(row, name);
}

export function integer(row: Row, name: string): number {
  const value = column(row, name);
  assert(Number.isSafeInteger(value), `column ${name} is an integer`);
  return Number(value);
}

export function nullableInteger(row: Row, name: string): number | null {
  return column(row, name) === null ? null : integer(row, name);
}

export function real(row: Row, name: string): number {
  const value = column(row, name);
  assert(typeof value === 'number', `column ${name} is a number`);
  return value;
}

export function nullableReal(row: Row, name: string): number | null {
  return column(row, name) === null ? null : real(row, name);
}

/** Neither dialect's booleans travel: a flag is 0 or 1. */
export function flag(row: Row, name: string): boolean {
  const value = integer(row, name);
  assert(value === 0 || value === 1, `column ${name} is 0 or 1`);
  return value === 1;
}

export function bytes(row: Row, name: string): Uint8Array {
  const value = column(row, name);
  assert(value instanceof Uint8Array, `column ${name} holds bytes`);
  return value;
}

export function nullableBytes(row: Row, name: string): Uint8Array | null {
  return column(row, name) === null ? null : bytes(row, name);
}

export interface Translation {
  /** The text with `?1` for `$1`, which SQLite binds by position. */
  readonly sqlite: string;
  readonly parameterCount: number;
}

/** Literals, quoted names and comments are passed over; group 1 is a parameter's number. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/gu;

export function translate(sql: string): Translation {
  let parameterCount = 0;
  const sqlite = sql.replaceAll(TOKEN, (whole, digits: string | undefined) => {
    if (digits === undefined) return whole;
    parameterCount = Math.max(parameterCount, Number(digits));
    return `?${digits}`;
  });
  return { sqlite, parameterCount };
}

const TRANSLATIONS_MAX = 2_000;
const translations = new Map<string, Translation>();

export function translationOf(sql: string): Translation {
  const known = translations.get(sql);
  if (known !== undefined) return known;
  // Texts repeat; a caller that builds endless new ones must not grow the memory.
  if (translations.size >= TRANSLATIONS_MAX) translations.clear();
  const made = translate(sql);
  translations.set(sql, made);
  return made;
}

/** What one dialect would refuse or bend and the other would take, is refused in both, before it is sent. */
export function checkStatement(checked: Statement | Command): void {
  const { sql, params } = checked;
  const { parameterCount } = translationOf(sql);
  const isForRows = 'each' in checked && checked.each !== undefined;
  assert(
    isForRows ? parameterCount > params.length : parameterCount === params.length,
    `a statement has ${parameterCount} parameters and is given ${params.length}: ${sql}`,
  );
  for (let index = 0; index < params.length; index += 1) {
    const problem = problemOf(params[index]);
    if (problem !== undefined) {
      throw new FirebreakError('store-constraint', {
        problem: `parameter $${index + 1} ${problem}`,
        kind: 'data',
      });
    }
  }
}

function problemOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) return 'is text with the character U+0000';
    return value.isWellFormed() ? undefined : 'is text with a lone surrogate';
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `is ${value}`;
  if (value === null || value instanceof Uint8Array) return undefined;
  return `is of type ${typeof value}`;
}
