import { FirebreakError } from '../../kernel/index.ts';
import { isFields, type Fields } from '../facts.ts';
import { parseYaml } from './yaml.ts';

/** Which column is what: Firebreak's own records with `{column}` where a cell goes. */
export interface Mapping {
  readonly delimiter: string;
  /** What a cell says when it says nothing. */
  readonly empty: ReadonlySet<string>;
  readonly records: readonly Template[];
}

export interface Template {
  /** Only for rows where this is not empty. */
  readonly when: string | null;
  readonly record: Fields;
}

const MEMBERS = new Set(['delimiter', 'empty', 'records']);

function refuse(problem: string): never {
  throw new FirebreakError('import-unreadable', {
    format: 'csv',
    problem: `the mapping: ${problem}`,
  });
}

function textsOf(value: unknown, member: string): readonly string[] {
  if (!Array.isArray(value)) return refuse(`${member} is not a list`);
  return value.map((item) =>
    typeof item === 'string' ? item : refuse(`${member} holds other than text`),
  );
}

function templateOf(value: unknown, index: number): Template {
  if (!isFields(value)) return refuse(`records[${index}] is not an object`);
  const { when, ...record } = value;
  if (typeof record['type'] !== 'string') return refuse(`records[${index}] has no type`);
  if (when !== undefined && typeof when !== 'string')
    return refuse(`records[${index}].when is not text`);
  return { when: when ?? null, record };
}

/** A YAML text, of which JSON is a part. */
export function readMapping(text: string): Mapping {
  const parsed = parseYaml(text);
  if (!parsed.ok) return refuse(parsed.problem);
  const { value } = parsed;
  if (!isFields(value)) return refuse('it is not an object');
  const unknown = Object.keys(value).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined)
    return refuse(`${unknown.slice(0, 50)} is unknown; known are ${[...MEMBERS].join(', ')}`);
  const { delimiter = ',', empty = [''], records } = value;
  if (typeof delimiter !== 'string' || delimiter.length !== 1 || delimiter === '"') {
    return refuse('delimiter is not one character');
  }
  if (!Array.isArray(records) || records.length === 0) return refuse('records is not a list');
  return {
    delimiter,
    empty: new Set(['', ...textsOf(empty, 'empty')]),
    records: records.map(templateOf),
  };
}

type Cells = ReadonlyMap<string, string>;

const PLACE = /\{(?<column>[^{}|]+)(?:\|(?<form>[a-z]+))?\}/gu;
const WHOLE_PLACE = /^\{(?<column>[^{}|]+)\|(?<form>list|number)\}$/u;

function cellOf(column: string, cells: Cells, empty: ReadonlySet<string>): string | null {
  const cell = cells.get(column.trim());
  if (cell === undefined) return refuse(`there is no column ${column.trim().slice(0, 100)}`);
  const text = cell.trim();
  return empty.has(text) ? null : text;
}

/** Dates of spreadsheets and clouds as RFC 3339; only forms that cannot be misread. */
function dateOf(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/u.test(text)) return `${text}T00:00:00Z`;
  const spaced = text.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d{2}:)/u, '$1T');
  return /[zZ]$|[+-]\d{2}:\d{2}$/u.test(spaced) ? spaced : `${spaced}Z`;
}

function formed(text: string, form: string | undefined): string {
  switch (form) {
    case undefined:
      return text;
    case 'lower':
      return text.toLowerCase();
    case 'date':
      return dateOf(text);
    default:
      return refuse(
        `${form} is no form; there are lower, date, and list and number for whole values`,
      );
  }
}

/** Undefined = the row says nothing here. */
function fillText(text: string, cells: Cells, empty: ReadonlySet<string>): unknown {
  const { column, form } = WHOLE_PLACE.exec(text)?.groups ?? {};
  if (column !== undefined) {
    const cell = cellOf(column, cells, empty);
    if (cell === null) return undefined;
    if (form === 'number') return Number(cell);
    return cell.split(/[,;\s]+/u).filter((item) => item !== '');
  }
  let isEmpty = false;
  const filled = text.replaceAll(PLACE, (_, name: string, how: string | undefined) => {
    const cell = cellOf(name, cells, empty);
    if (cell === null) isEmpty = true;
    return cell === null ? '' : formed(cell, how);
  });
  return isEmpty ? undefined : filled;
}

function fillValue(value: unknown, cells: Cells, empty: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return fillText(value, cells, empty);
  if (Array.isArray(value)) {
    const items = value
      .map((item) => fillItem(item, cells, empty))
      .filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  return isFields(value) ? fillFields(value, cells, empty) : value;
}

/** Of a list, what is not whole is left out: a claim without its party is no claim. */
function fillItem(item: unknown, cells: Cells, empty: ReadonlySet<string>): unknown {
  const filled = fillValue(item, cells, empty);
  if (!isFields(item) || !isFields(filled)) return filled;
  return Object.keys(item).length === Object.keys(filled).length ? filled : undefined;
}

function fillFields(fields: Fields, cells: Cells, empty: ReadonlySet<string>): Fields {
  const filled = Object.entries(fields).map(
    ([member, value]) => [member, fillValue(value, cells, empty)] as const,
  );
  // Not by assignment: a member named __proto__ has to stay a member, so that it is refused like any other.
  return Object.fromEntries(filled.filter(([, said]) => said !== undefined));
}

/** The records of one row. */
export function fillTemplates({ records, empty }: Mapping, cells: Cells): readonly Fields[] {
  return records.flatMap(({ when, record }) => {
    const said = when === null ? 'yes' : fillText(when, cells, empty);
    const isWanted = typeof said === 'string' && !/^(?:false|no|0)$/iu.test(said);
    return isWanted ? [fillFields(record, cells, empty)] : [];
  });
}
