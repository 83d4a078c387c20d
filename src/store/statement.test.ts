import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError } from '../kernel/index.ts';
import {
  bytes,
  checkStatement,
  flag,
  insertMany,
  integer,
  maybeRow,
  nullableText,
  oneRow,
  real,
  statement,
  text,
  translate,
} from './statement.ts';

describe('translate', () => {
  it('numbers parameters for SQLite and leaves literals, names and comments alone', () => {
    const sql = `select $2, $1, 'it''s $3', "a$4" -- $5\n, /* $6\n */ $2`;
    expect(translate(sql)).toEqual({
      sqlite: `select ?2, ?1, 'it''s $3', "a$4" -- $5\n, /* $6\n */ ?2`,
      parameterCount: 2,
    });
  });

  it('changes nothing but parameters, whatever surrounds them', () => {
    const quiet = fc
      .string()
      .map((content) => `'${content.replaceAll("'", "''")}'`)
      .filter((literal) => !literal.includes('\u0000'));
    fc.assert(
      fc.property(fc.array(fc.tuple(quiet, fc.integer({ min: 1, max: 99 }))), (parts) => {
        const join = (mark: string): string =>
          parts.map(([literal, number]) => `${literal} ${mark}${number}`).join(' ');
        const numbers = parts.map(([, number]) => number);
        expect(translate(join('$'))).toEqual({
          sqlite: join('?'),
          parameterCount: Math.max(0, ...numbers),
        });
      }),
    );
  });
});

describe('insertMany', () => {
  it('covers each row once, in order, with few distinct texts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 1, max: 40 }),
        (rowCount, columnCount) => {
          const columns = Array.from({ length: columnCount }, (_, index) => `c${index}`);
          const rows = Array.from({ length: rowCount }, (_, row) =>
            columns.map((name) => name + row),
          );
          const commands = insertMany('t', columns, rows);
          expect(commands.flatMap(({ params }) => params)).toEqual(rows.flat());
          expect(commands.reduce((sum, command) => sum + (command.rows ?? 0), 0)).toBe(rowCount);
          for (const command of commands) {
            expect(Math.log2(command.rows ?? 0) % 1).toBe(0);
            checkStatement(command);
          }
          expect(new Set(commands.map(({ sql }) => sql)).size).toBeLessThanOrEqual(9);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('does not check counts where rows may be left out', () => {
    const [command] = insertMany('t', ['a', 'b'], [[1, 2]], 'on conflict do nothing');
    expect(command).toEqual({
      sql: 'insert into t(a, b) values ($1, $2) on conflict do nothing',
      params: [1, 2],
    });
  });

  it('refuses a row that does not fit its columns', () => {
    expect(() => insertMany('t', ['a', 'b'], [[1]])).toThrow('every row has one value');
  });
});

describe('checkStatement', () => {
  const refusal = (
    ...params: Parameters<typeof statement> extends [string, ...infer P] ? P : never
  ) => {
    try {
      checkStatement(statement('select $1', ...params));
    } catch (error) {
      return isFirebreakError(error) ? error.code : 'other';
    }
    return undefined;
  };

  it('refuses what only one dialect could keep', () => {
    expect(refusal('a\u0000b')).toBe('store-constraint');
    expect(refusal('\ud800')).toBe('store-constraint');
    expect(refusal(Number.NaN)).toBe('store-constraint');
    expect(refusal('😀 é')).toBeUndefined();
    expect(refusal(null)).toBeUndefined();
  });

  it('wants one value for each parameter', () => {
    expect(refusal()).toBe('internal-invariant');
    expect(refusal(1, 2)).toBe('internal-invariant');
  });

  it('names the parameter and not its value', () => {
    const secret = statement('select $1', 'hunter2\u0000');
    expect(() => {
      checkStatement(secret);
    }).toThrow('parameter $1 is text with the character U+0000');
  });
});

describe('column readers', () => {
  const row = { name: 'x', count: 3, nothing: null, half: 0.5, blob: new Uint8Array([1]) };

  it('give the value in its type', () => {
    expect(text(row, 'name')).toBe('x');
    expect(integer(row, 'count')).toBe(3);
    expect(real(row, 'half')).toBe(0.5);
    expect(nullableText(row, 'nothing')).toBeNull();
    expect(bytes(row, 'blob')).toEqual(new Uint8Array([1]));
    expect(flag({ on: 1 }, 'on')).toBe(true);
  });

  it('stop at a value of another type or a column that is not there', () => {
    expect(() => text(row, 'count')).toThrow('column count is text');
    expect(() => text(row, 'nothing')).toThrow('column nothing is text');
    expect(() => integer(row, 'half')).toThrow('column half is an integer');
    expect(() => nullableText(row, 'gone')).toThrow('column gone was selected');
    expect(() => flag(row, 'count')).toThrow('column count is 0 or 1');
  });

  it('count rows', () => {
    expect(oneRow([row])).toBe(row);
    expect(maybeRow([])).toBeUndefined();
    expect(() => oneRow([])).toThrow('one row was expected');
    expect(() => maybeRow([row, row])).toThrow('at most one row');
  });
});
