import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { FirebreakError, LIMITS } from '../kernel/index.ts';

interface Misfit {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message: string;
  readonly params: object;
}

/** `/subject/refs/0` is read as `subject.refs[0]`. */
function memberName(instancePath: string): string {
  const name = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/u.test(part) ? `${path}[${part}]` : `${path}.${part}`), '')
    .replace(/^\./u, '');
  return name.slice(0, 100);
}

function namesIn(params: object, key: string): readonly string[] {
  const names: unknown = Reflect.get(params, key);
  return Array.isArray(names) ? names.map((name) => String(name).slice(0, 100)) : [];
}

function inside(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** One misfit as `member: what is wrong`; none for those that only repeat another. */
function describe({ instancePath, keyword, message, params }: Misfit): readonly string[] {
  const path = memberName(instancePath);
  if (keyword === 'additionalProperties') {
    return namesIn(params, keyword).map((name) => `${inside(path, name)}: is not known here`);
  }
  if (keyword === 'required') {
    const missing = namesIn(params, 'requiredProperties');
    return missing.map((name) => `${inside(path, name)}: is missing`);
  }
  if (keyword === 'enum') {
    const allowed = namesIn(params, 'allowedValues').join(', ');
    return [`${path}: must be one of ${allowed}`];
  }
  if (keyword === 'boolean' || keyword === 'const') return [];
  if (keyword === 'pattern') return [`${path}: has another form than wanted`];
  return [`${path === '' ? 'the body' : path}: ${message}`];
}

function misfitOf(httpPart: string, misfits: readonly Misfit[], value: unknown): FirebreakError {
  const members = [...new Set(misfits.flatMap(describe))].slice(0, LIMITS.problemMembersMax);
  const problem = members.length === 0 ? 'it has another form' : members.join('; ');
  const [first] = misfits;
  if (httpPart === 'params' && first !== undefined) {
    const member = memberName(first.instancePath);
    const given: unknown = Object(value)[member];
    return new FirebreakError('id-malformed', { member, value: String(given).slice(0, 100) });
  }
  return new FirebreakError('request-invalid', { problem, members });
}

/** Schemas are compiled once at start; texts of the query become numbers and booleans where the schema wants them. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({
  schema,
  httpPart = 'body',
}) => {
  const check: Validator = Compile(schema);
  const isText = httpPart === 'querystring' || httpPart === 'headers';
  return (given: unknown) => {
    const value: unknown = isText ? Value.Convert(schema, given) : given;
    if (check.Check(value)) return { value };
    return { error: misfitOf(httpPart, check.Errors(value), value) };
  };
};
