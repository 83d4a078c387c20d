import { FirebreakError, LIMITS } from '../../kernel/index.ts';
import type { SourceRecord } from '../import/model.ts';
import type { NumberedLine } from './lines.ts';
import { fillTemplates, type Mapping } from './mapping.ts';

interface Row {
  /** The line it begins on. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly problem: string | null;
}

/** Cells of one row by RFC 4180; null while a quoted cell goes on in the next line. */
function cellsOf(text: string, delimiter: string): readonly string[] | null | 'broken' {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text.charAt(at) === '"') {
      let cell = '';
      at += 1;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) return null;
        cell += text.slice(at, end);
        at = end + 1;
        if (text.charAt(at) !== '"') break;
        cell += '"';
        at += 1;
      }
      cells.push(cell);
      if (at === text.length) return cells;
      if (text.charAt(at) !== delimiter) return 'broken';
      at += 1;
    } else {
      const end = text.indexOf(delimiter, at);
      cells.push(text.slice(at, end < 0 ? text.length : end));
      if (end < 0) return cells;
      at = end + 1;
    }
  }
}

async function* rowsOf(lines: AsyncIterable<NumberedLine>, delimiter: string): AsyncGenerator<Row> {
  let open: { readonly line: number; text: string } | null = null;
  const tooLong = `the row is longer than ${LIMITS.inventoryLineBytesMax} bytes`;
  for await (const { line, text, isCut } of lines) {
    if (open === null && text.trim() === '') continue;
    const begun: number = open?.line ?? line;
    const whole: string = open === null ? text : `${open.text}\n${text}`;
    open = null;
    const isLong =
      whole.length > LIMITS.inventoryLineBytesMax || line - begun > LIMITS.csvRowLinesMax;
    if (isCut || isLong) {
      yield { line: begun, cells: [], problem: tooLong };
      continue;
    }
    const cells = cellsOf(whole, delimiter);
    if (cells === null) open = { line: begun, text: whole };
    else if (cells === 'broken') {
      yield { line: begun, cells: [], problem: 'text follows the closing quote of a cell' };
    } else yield { line: begun, cells, problem: null };
  }
  if (open !== null) yield { line: open.line, cells: [], problem: 'a quoted cell has no end' };
}

/** What a spreadsheet would run when somebody opens a list that holds it. */
function isFormula(cell: string): boolean {
  return /^[\t\r\s]*(?:=|[+-](?![\d\s(.])|@\w+\()/u.test(cell) && cell !== '-' && cell !== '+';
}

function headerOf(row: Row): readonly string[] {
  const problem =
    row.problem ??
    (row.cells.length > LIMITS.csvColumnsMax ? `more than ${LIMITS.csvColumnsMax} columns` : null);
  if (problem !== null) throw new FirebreakError('import-unreadable', { format: 'csv', problem });
  const names = row.cells.map((cell) => cell.trim());
  const twice = names.findIndex((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice >= 0) {
    const several = `columns ${names.indexOf(names[twice] ?? '') + 1} and ${twice + 1} have one name`;
    throw new FirebreakError('import-unreadable', { format: 'csv', problem: several });
  }
  return names;
}

/** The first row names the columns. */
export async function* csvRecords(
  lines: AsyncIterable<NumberedLine>,
  mapping: Mapping,
): AsyncGenerator<SourceRecord> {
  let header: readonly string[] | null = null;
  for await (const row of rowsOf(lines, mapping.delimiter)) {
    if (header === null) {
      header = headerOf(row);
      continue;
    }
    const { line, cells } = row;
    const formula = cells.findIndex(isFormula);
    if (row.problem !== null) yield { line, problem: row.problem };
    else if (cells.length !== header.length) {
      yield { line, problem: `${cells.length} cells where the first row has ${header.length}` };
    } else if (formula >= 0) {
      yield { line, problem: `the cell under ${header[formula] ?? ''} begins like a formula` };
    } else {
      const named = new Map(header.map((name, index) => [name, cells[index] ?? '']));
      for (const value of fillTemplates(mapping, named)) yield { line, value };
    }
  }
}
