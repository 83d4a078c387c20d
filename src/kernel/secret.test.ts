import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './json.ts';
import { createLog } from './log.ts';
import { reveal, Secret } from './secret.ts';

const VALUE = 'hunter2-hunter2';
const secret = new Secret(VALUE);

/** Everything that code does, by accident, with a value it holds. */
const WAYS_OUT: Readonly<Record<string, (value: Secret) => unknown>> = {
  String: (value) => String(value),
  // oxlint-disable-next-line typescript/restrict-template-expressions -- the mistake under test
  template: (value) => `${value}`,
  concatenation: (value) => 'x'.concat(String(value)),
  'as a number': (value) => Number(value),
  JSON: (value) => JSON.stringify({ value, list: [value] }),
  inspect: (value) => inspect(value),
  'inspect, everything shown': (value) =>
    inspect({ value }, { showHidden: true, depth: 9, customInspect: false, getters: true }),
  format: (value) => format('%s %o %O %j %d', value, value, value, value, value),
  structuredClone: (value) => inspect(structuredClone(value)),
  serialize: (value) => serialize({ value }).toString('latin1'),
  // oxlint-disable-next-line typescript/no-misused-spread -- the mistake under test
  spread: (value) => inspect({ ...value }),
  'Object.entries': (value) => inspect(Object.entries(value)),
  'own properties': (value) => inspect(Reflect.ownKeys(value)),
  'Object.assign': (value) => inspect(Object.assign({}, value)),
  // oxlint-disable-next-line typescript/restrict-template-expressions -- the mistake under test
  'an error message': (value) => String(new Error(`bad ${value}`)),
  'an error cause': (value) => inspect(new Error('bad', { cause: value })),
};

describe('a secret', () => {
  it('comes out by reveal alone', () => {
    expect(reveal(secret)).toBe(VALUE);
    expect(reveal(new Secret(''))).toBe('');
  });

  it.each(Object.entries(WAYS_OUT))('does not come out by %s', (_name, wayOut) => {
    expect(String(wayOut(secret))).not.toContain('hunter2');
  });

  it('has no canonical JSON, so it cannot enter the ledger', () => {
    expect(() => canonicalJson({ secret })).toThrow('only plain objects');
  });

  it('does not reach console or log', () => {
    const lines: string[] = [];
    const log = createLog('debug', { write: (line) => lines.push(line) });
    log.info({ secret, list: [{ secret }] }, 'with %s and %o', secret, { secret });
    log.child({ secret }).warn(secret);
    log.error(new Error('bad', { cause: { secret } }));
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain('[secret]');
  });

  it('is never an empty string by accident', () => {
    const forged: Secret = Object.create(Secret.prototype);
    expect(() => reveal(forged)).toThrow('a secret holds a value');
  });
});
