import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/kernel/index.ts';

/** The published vectors of RFC 8785, read in place: they are not ours to copy. */
const vectors = new URL(
  '../../../shared/reference/vectors/json-canonicalization/',
  import.meta.url,
);

it('writes the vectors of RFC 8785 byte for byte', (context) => {
  context.skip(!existsSync(vectors), '../shared/reference is not beside this checkout');
  const names = readdirSync(new URL('input/', vectors)).map((file) => file.replace('.json', ''));
  expect(names.length).toBeGreaterThanOrEqual(6);
  for (const name of names) {
    const input: unknown = JSON.parse(readFileSync(new URL(`input/${name}.json`, vectors), 'utf8'));
    const hex = readFileSync(new URL(`outhex/${name}.txt`, vectors), 'utf8').replaceAll(/\s/gu, '');
    expect(Buffer.from(canonicalJson(input)).toString('hex'), name).toBe(hex);
  }
});
