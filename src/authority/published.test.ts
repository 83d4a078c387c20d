import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { northlakeRosterText, northlakeText } from './arbitrary.testing.ts';
import { PUBLISHED_SCHEMAS } from './published.ts';

interface Validator {
  readonly validateSchema: (schema: object) => unknown;
  readonly compile: (schema: object) => (value: unknown) => boolean;
}

// The validator comes with ajv-formats, which is declared; a second implementation of JSON Schema beside the loader's walk.
const beside = createRequire(createRequire(import.meta.url).resolve('ajv-formats'));
// Its types are those of a package that is not declared; the two members above are its documented interface.
const { Ajv2020 } = beside('ajv/dist/2020') as {
  readonly Ajv2020: new (options: object) => Validator;
};

const open = (): Validator =>
  new Ajv2020({ strict: true, strictTypes: false, validateFormats: false });

/** Members, however deep, of which an editor could say nothing. */
function silentMembers(schema: unknown, path = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, inner]: [string, unknown]) => {
    if (name !== 'properties') return silentMembers(inner, path);
    return Object.entries(Object(inner)).flatMap(([member, one]: [string, unknown]) => {
      const at = `${path}.${member}`;
      const isSaid = typeof Object(one).description === 'string';
      return [...(isSaid ? [] : [at]), ...silentMembers(one, at)];
    });
  });
}

describe.each([
  ['charter', northlakeText],
  ['roster', northlakeRosterText],
] as const)('the published schema of a %s', (name, text) => {
  const published: object = JSON.parse(JSON.stringify(PUBLISHED_SCHEMAS[name]));

  it('is JSON Schema, and the one in docs', () => {
    expect(open().validateSchema(published)).toBe(true);
    const file = new URL(`../../docs/schema/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(published);
  });

  it('takes the worked example, and nothing misspelt', () => {
    const accepts = open().compile(published);
    const example: unknown = parse(text);
    expect(accepts(example)).toBe(true);
    expect(accepts({ ...Object(example), revison: 1 })).toBe(false);
    expect(accepts({ ...Object(example), revision: '1' })).toBe(false);
    expect(accepts({})).toBe(false);
  });
});

it('the schema of a roster says of every member what it is for', () => {
  expect(silentMembers(JSON.parse(JSON.stringify(PUBLISHED_SCHEMAS.roster)))).toEqual([]);
});
