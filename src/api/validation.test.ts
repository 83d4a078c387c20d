import fc from 'fast-check';
import { Type, type TSchema } from 'typebox';
import { expect, it } from 'vitest';
import { isFirebreakError, type FirebreakError } from '../kernel/index.ts';
import {
  ContainRequest,
  IdParams,
  IncidentsQuery,
  RestoreRequest,
  TokenRequest,
} from './contract/index.ts';
import { validatorCompiler } from './validation.ts';

function validate(schema: TSchema, value: unknown, httpPart = 'body'): unknown {
  const check = validatorCompiler({ schema, httpPart, method: 'POST', url: '/' });
  return check(value);
}

function errorOf(schema: TSchema, value: unknown, httpPart?: string): FirebreakError {
  const error: unknown = Object(validate(schema, value, httpPart)).error;
  if (isFirebreakError(error)) return error;
  throw new Error('it was accepted');
}

it('names every member that does not fit', () => {
  const error = errorOf(ContainRequest, { stage: 'destroy', reason: '', extra: 1 });
  expect(error.code).toBe('request-invalid');
  expect(error.facts['members']).toEqual(
    expect.arrayContaining([
      'extra: is not known here',
      'ref: is missing',
      'stage: must be one of step-up, restrict, isolate, suspend, revoke',
      expect.stringMatching(/^reason: /u),
    ]),
  );
});

it('names members deep inside', () => {
  const schema = Type.Object({ refs: Type.Array(Type.Object({ value: Type.String() })) });
  expect(errorOf(schema, { refs: [{ value: 'a' }, { value: 1 }] }).message).toContain(
    'refs[1].value: must be string',
  );
});

it('turns texts of a query into what the schema wants', () => {
  expect(validate(IncidentsQuery, { limit: '10' }, 'querystring')).toEqual({
    value: { limit: 10 },
  });
  expect(errorOf(IncidentsQuery, { limit: '0' }, 'querystring').code).toBe('request-invalid');
  expect(errorOf(IncidentsQuery, { limit: 'ten' }, 'querystring').code).toBe('request-invalid');
});

it('says of a wrong id that it is one', () => {
  expect(errorOf(IdParams, { id: 'inc_1' }, 'params').code).toBe('id-malformed');
});

it('answers any value with acceptance or one of our errors', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(ContainRequest, RestoreRequest, TokenRequest),
      fc.anything(),
      (schema, value) => {
        const result = Object(validate(schema, value));
        expect('value' in result || isFirebreakError(result.error)).toBe(true);
      },
    ),
  );
});
