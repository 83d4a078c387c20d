import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError, LIMITS } from '../kernel/index.ts';
import { linesOf, parseJson } from './body.ts';

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

async function collect(chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const lines: string[] = [];
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  for await (const line of linesOf(stream())) lines.push(line);
  return lines;
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', async () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => !/[\r\n]/u.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(await collect(chunks)).toEqual(lines);
      }),
    );
  });

  it('keep a last line without an end, and lose the end of a line that is too long', async () => {
    const long = 'x'.repeat(LIMITS.inventoryLineBytesMax + 5_000);
    const lines = await collect([Buffer.from(`a\r\n${long}`), Buffer.from(`${long}\nb`)]);
    expect(lines.map((line) => line.length)).toEqual([1, LIMITS.inventoryLineBytesMax + 6, 1]);
    expect(() => JSON.parse(lines[1] ?? '')).toThrow(SyntaxError);
  });
});
