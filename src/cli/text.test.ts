import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest } from '../kernel/index.ts';
import { clockTime, duration, paint, plain, table } from './text.ts';

/** Any code units, lone surrogates and control characters too. */
const anyText = fc.uint16Array({ maxLength: 50 }).map((units) => String.fromCharCode(...units));

describe('texts for people', () => {
  it('stand in columns', () => {
    expect(
      table([
        ['a', 'long', 'x'],
        ['bcd', 'e', 'yy'],
      ]),
    ).toBe('a    long  x\nbcd  e     yy\n');
    expect(table([])).toBe('');
  });

  it('hold nothing that a terminal would obey', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyText, { maxLength: 4 }), { maxLength: 4 }), (rows) => {
        const text = table(rows);
        expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
        expect(text.split('\n')).toHaveLength(rows.length + 1);
      }),
    );
    expect(plain('\u001b[31mred\u009b')).toBe('\ufffd[31mred\ufffd');
  });

  it('are coloured where colour is wanted', () => {
    expect(paint({ colour: false }, 'red', 'x')).toBe('x');
    expect(paint({ colour: true }, 'red', 'x')).toBe('\u001b[31mx\u001b[0m');
  });

  it('say lengths and times shortly', () => {
    expect([500, 61_000, 7_300_000, 90_000_000].map(duration)).toEqual([
      '0 s',
      '1 min',
      '2 h',
      '1 d',
    ]);
    const now = Date.parse('2026-12-01T04:00:00Z');
    expect(clockTime('2026-12-01T03:00:00.123Z', now)).toBe('03:00:00Z');
    expect(clockTime('2026-11-30T03:00:00.123Z', now)).toBe('2026-11-30 03:00:00Z');
  });
});

describe('the nearest word', () => {
  it('is the one with the fewest edits, when there are few', () => {
    expect(nearest('incidnt lst', ['incident list', 'incident show'])).toBe('incident list');
    expect(nearest('zzzzzz', ['incident list'])).toBeUndefined();
  });

  it('is counted as a distance: symmetric, and zero only for the same', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(distance(one, other)).toBe(distance(other, one));
        expect(distance(one, other) === 0).toBe(one === other);
      }),
    );
  });
});
