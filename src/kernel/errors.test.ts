import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from './error-table.ts';
import { FirebreakError, isFirebreakError, messageOf, type ErrorCode } from './errors.ts';

// The table is a closed union; its keys are exactly the codes.
const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('the error table', () => {
  it.each(CODES)('%s has a status, a message and a remedy', (code) => {
    const row = ERROR_TABLE[code];
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/u);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    expect(row.message.length).toBeGreaterThan(3);
    expect(row.remedy.length).toBeGreaterThan(row.remedy.startsWith('{') ? 2 : 10);
    // What stands in braces must be the name of a fact.
    expect(`${row.message}${row.remedy}`.replaceAll(/\{[a-z]\w*\}/giu, '')).not.toMatch(/[{}]/u);
    // The message is used inside sentences, the remedy stands alone.
    expect(row.message).not.toMatch(/\.$/u);
  });

  it.each(CODES)('%s fills every fact it names', (code) => {
    const row = ERROR_TABLE[code];
    const names = [...`${row.message} ${row.remedy}`.matchAll(/\{(\w+)\}/gu)].map(
      (match) => match[1] ?? '',
    );
    const facts = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    const error = new FirebreakError(code, facts);
    for (const name of names) expect(`${error.message} ${error.remedy}`).toContain(`<${name}>`);
    expect(`${error.message} ${error.remedy}`).not.toMatch(/\{\w+\}/u);
  });
});

describe('an error', () => {
  it('carries code, facts, remedy, status and cause', () => {
    const cause = new Error('disk');
    const error = new FirebreakError('store-busy', { limit: 7 }, cause);
    expect(error).toMatchObject({
      name: 'FirebreakError',
      code: 'store-busy',
      facts: { limit: 7 },
      status: 503,
      message: 'more than 7 writes are waiting',
      cause,
    });
    expect('cause' in new FirebreakError('store-busy')).toBe(false);
  });

  it('shows a fact that was forgotten instead of hiding it', () => {
    expect(new FirebreakError('store-busy').message).toBe('more than {limit} writes are waiting');
  });

  it('does not fill facts with text that looks like facts', () => {
    const error = new FirebreakError('authority-missing', { person: '{decision}', decision: '$&' });
    expect(error.message).toBe('{decision} does not hold the right to $& here');
  });

  it.each<[string, unknown, string]>([
    ['a list', ['a', 1], '["a",1]'],
    ['null', null, 'null'],
    ['a function', () => 1, '() => 1'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a large integer', 2n ** 70n, String(2n ** 70n)],
  ])('can be made with %s for a fact', (_name, limit, text) => {
    expect(new FirebreakError('store-busy', { limit }).message).toContain(text);
  });

  it('can be made with a fact that contains itself', () => {
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(() => new FirebreakError('store-busy', { limit: ring })).not.toThrow();
  });

  it('is told from other errors, by code too', () => {
    const error: unknown = new FirebreakError('store-busy');
    expect(isFirebreakError(error)).toBe(true);
    expect(isFirebreakError(error, 'store-busy')).toBe(true);
    expect(isFirebreakError(error, 'store-full')).toBe(false);
    expect(isFirebreakError(new Error('store-busy'))).toBe(false);
    expect(messageOf(error)).toContain('writes are waiting');
    expect(messageOf('plain')).toBe('plain');
  });
});
