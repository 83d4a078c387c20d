import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectorFailure } from '../contract.ts';
import { isName, literal, quoted, verifierOf } from './quoting.ts';
import { twinName } from './rotating.ts';

/** What the server reads between the quotes; null when the text is not exactly one quoted word. */
function read(text: string, quote: string): string | null {
  if (text.length < 2 || !text.startsWith(quote) || !text.endsWith(quote)) return null;
  const inner = text.slice(1, -1);
  const single = inner.replaceAll(quote + quote, '');
  return single.includes(quote) ? null : inner.replaceAll(quote + quote, quote);
}

function readAs(name: string): string | null {
  try {
    return read(quoted(name), '"');
  } catch (error) {
    if (error instanceof ConnectorFailure) return error.kind;
    throw error;
  }
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', "'", '\\', ';', '-', '\n', '\0', 'é', '𝔸', 'a', '$') }),
);

describe('a name of a role', () => {
  it('reads as itself and nothing else, or is refused', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        expect(readAs(name)).toBe(isName(name) ? name : 'refused');
      }),
    );
  });

  it('is refused where the server would cut it off and mean another role', () => {
    expect(isName('a'.repeat(63))).toBe(true);
    expect(isName('a'.repeat(64))).toBe(false);
    expect(isName('é'.repeat(32))).toBe(false);
  });

  it('is never too long for a twin, and the same for the same order', () => {
    fc.assert(
      fc.property(hostile.filter(isName), fc.stringMatching(/^[\w.-]{1,40}$/u), (role, label) => {
        const name = twinName(role, label);
        expect(isName(name)).toBe(true);
        expect(name).not.toBe(role);
        expect(twinName(role, label)).toBe(name);
      }),
    );
  });
});

describe('a text', () => {
  it('ends where it should, whatever backslashes mean', () => {
    fc.assert(
      fc.property(
        hostile.filter((text) => !text.includes('\0')),
        (text) => {
          const inner = read(literal(text).slice(1), "'");
          expect(inner?.replaceAll('\\\\', '\\')).toBe(text);
        },
      ),
    );
  });
});

describe('a verifier', () => {
  it('is the same for the same, holds no password, and differs by role', () => {
    const one = verifierOf('svc', 'a-password-for-tests-EXAMPLE');
    expect(verifierOf('svc', 'a-password-for-tests-EXAMPLE')).toBe(one);
    expect(verifierOf('other', 'a-password-for-tests-EXAMPLE')).not.toBe(one);
    expect(one).toMatch(/^SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]+:[\w+/=]+$/u);
    expect(one).not.toContain('EXAMPLE');
  });

  it.each(['short', 'with a space in it EXAMPLE', 'umläute-in-it-EXAMPLE', 'x'.repeat(300)])(
    'is refused for %s, which servers and drivers do not agree on',
    (secret) => {
      expect(() => verifierOf('svc', secret)).toThrow(ConnectorFailure);
    },
  );
});
