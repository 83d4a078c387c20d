import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError } from '../kernel/index.ts';
import { parseJson } from './body.ts';

function codeOf(bytes: Uint8Array): string {
  try {
    parseJson(bytes);
    return 'accepted';
  } catch (error) {
    return isFirebreakError(error) ? error.code : 'something else';
  }
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

describe('parsing a body', () => {
  it('agrees with JSON.parse on what it accepts, and refuses the rest with one code', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        const expected: unknown = JSON.parse(text);
        if (text.includes('__proto__')) return;
        expect(parseJson(bytesOf(text))).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['accepted', 'json-malformed']).toContain(codeOf(bytes));
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a prototype', '{"a":{"__proto__":{"admin":true}}}'],
    ['an escaped prototype', '{"\\u005f_proto__":1}'],
    ['a half', '{"a":'],
    ['two values', '{} {}'],
    ['a comment', '{/* */}'],
    ['a depth that nobody writes', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['a depth of objects', '{"a":'.repeat(100) + '1' + '}'.repeat(100)],
  ])('refuses %s', (_name, text) => {
    expect(codeOf(bytesOf(text))).toBe('json-malformed');
  });

  it('refuses what is not UTF-8', () => {
    expect(codeOf(Uint8Array.of(0x22, 0xff, 0xfe, 0x22))).toBe('json-malformed');
  });

  it('does not count brackets in texts', () => {
    const text = JSON.stringify({ a: '[{'.repeat(500), b: '\\"[' });
    expect(parseJson(bytesOf(text))).toEqual(JSON.parse(text));
  });

  it('never quotes the body, which may hold a secret', () => {
    const parse = (): unknown => parseJson(bytesOf('{"secret": hunter2hunter2}'));
    expect(parse).toThrow(/the body is not JSON/u);
    expect(parse).not.toThrow(/hunter2/u);
  });
});
