import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError } from './errors.ts';
import { canonicalJson, digestOf, sha256 } from './json.ts';

function refusalOf(value: unknown): string {
  try {
    return `accepted: ${canonicalJson(value)}`;
  } catch (error) {
    return isFirebreakError(error, 'json-not-canonical') ? String(error.facts['problem']) : 'other';
  }
}

/** The same members in another order. */
function shuffle(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, seed));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, member]) => [key, shuffle(member, seed)]);
  return Object.fromEntries(seed % 2 === 0 ? members.toReversed() : members);
}

const jsonValue = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => JSON.stringify(value).isWellFormed());

describe('canonical JSON', () => {
  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(jsonValue, fc.nat(), (value, seed) => {
        expect(canonicalJson(shuffle(value, seed))).toBe(canonicalJson(value));
      }),
    );
  });

  it('is JSON of the same value, and canonical again when read back', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('writes every double so that exactly that double is read back, in the form of ECMAScript', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = canonicalJson(number);
        expect(Number(text)).toBe(number === 0 ? 0 : number);
        expect(text).toMatch(/^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?(?:e[+-][1-9]\d*)?$/u);
      }),
      { numRuns: 2_000 },
    );
  });

  // From appendix B of RFC 8785: the bits of a double and its text.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('writes the double %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it('sorts by UTF-16 code units and escapes only what must be', () => {
    const value = {
      '\u{1f600}': 1,
      '\ufb33': 2,
      '\r': 3,
      '1': 4,
      '€': 5,
      ö: '\u007f\u2028/"\\\b\u000f',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":3,"1":4,"ö":"\u007f\u2028/\\"\\\\\\b\\u000f","€":5,"\u{1f600}":1,"\ufb33":2}',
    );
  });

  it('leaves out members that are undefined, and takes objects without prototype', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  // oxlint-disable-next-line no-sparse-arrays -- a hole is the case under test
  const sparse: unknown = [1, , 2];
  it.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'NaN is not a JSON number'],
    ['infinity', [Infinity], 'Infinity is not a JSON number'],
    ['a lone surrogate', { a: '\ud800' }, 'a string holds a lone surrogate'],
    ['a lone surrogate in a name', { '\udc00': 1 }, 'a string holds a lone surrogate'],
    ['undefined', undefined, 'undefined has no JSON form'],
    ['undefined in a list', [undefined], 'undefined has no JSON form'],
    ['a hole in a list', sparse, 'undefined has no JSON form'],
    ['a bigint', 1n, 'bigint has no JSON form'],
    ['a function', () => 1, 'function has no JSON form'],
    ['a date', new Date(0), 'only plain objects and arrays have a canonical form'],
    ['a map', new Map(), 'only plain objects and arrays have a canonical form'],
    ['bytes', new Uint8Array(1), 'only plain objects and arrays have a canonical form'],
  ])('refuses %s', (_name, value, problem) => {
    expect(refusalOf(value)).toBe(problem);
  });

  it('refuses a ring instead of running out of stack, and takes what is deep but sane', () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(refusalOf(ring)).toContain('nested deeper');
    const deep: unknown = JSON.parse('['.repeat(150) + ']'.repeat(150));
    expect(canonicalJson(deep)).toHaveLength(300);
  });
});

describe('digests', () => {
  it('are SHA-256 of the canonical form', () => {
    // Known answer for {}.
    expect(digestOf({})).toBe(
      'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
    expect(sha256('').toString('hex')).toMatch(/^e3b0c442/u);
  });

  it('tell values apart and equal values together', () => {
    expect(digestOf({ a: 1, b: [2] })).toBe(digestOf({ b: [2], a: 1 }));
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
  });
});
