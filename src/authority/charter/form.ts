import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type JsonObject, nearest } from '../../kernel/index.ts';
import { type Finding, type Path, pathText } from './finding.ts';

// The form of a file: sections, members, words. Own walk over the schema, because a checker for machines stops after a
// few errors and speaks of patterns, and a reader wants all of them in words.

export type Sections = Readonly<
  Record<string, { readonly schema: TSchema; readonly required: boolean }>
>;

/** What the schemas of these files use of JSON Schema. */
interface Shape {
  readonly type?: string;
  readonly title?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly maxProperties?: number;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type Found = Record<string, unknown>;

function isMapping(value: unknown): value is Found {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function checkForm(value: JsonObject, sections: Sections): readonly Finding[] {
  const entries = Object.entries(sections);
  const shape: Shape = {
    type: 'object',
    // A schema is a shape: these files use no more of JSON Schema than `Shape` names.
    properties: Object.fromEntries(entries.map(([name, one]) => [name, one.schema as Shape])),
    required: entries.flatMap(([name, { required }]) => (required ? [name] : [])),
  };
  return walk(shape, value, []);
}

function walk(shape: Shape, value: unknown, path: Path): readonly Finding[] {
  if (shape.anyOf !== undefined) return walkUnion(shape, shape.anyOf, value, path);
  if (shape.type === 'object' && isMapping(value)) return walkMapping(shape, value, path);
  if (shape.type === 'array' && Array.isArray(value)) return walkList(shape, value, path);
  // A shape is a schema: both are this JSON Schema.
  const fits: boolean = Value.Check(shape as TSchema, value);
  return fits ? [] : [wrongLeaf(shape, value, path)];
}

function walkMapping(shape: Shape, value: Found, path: Path): readonly Finding[] {
  const { properties } = shape;
  const names = Object.keys(value);
  if (properties === undefined) return walkNames(shape, names, value, path);
  const known = Object.keys(properties);
  const unknown = names
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => unknownKey([...path, name], name, known));
  const wrong = known.flatMap((name) => {
    const inner = properties[name];
    const given = value[name];
    if (inner === undefined || !Object.hasOwn(value, name)) return [];
    return walk(inner, given, [...path, name]);
  });
  const lacking = (shape.required ?? []).filter((name) => !Object.hasOwn(value, name));
  return [...unknown, ...wrong, ...lacking.map((name) => missing([...path, name]))];
}

/** A mapping whose names are the writer's own. */
function walkNames(
  shape: Shape,
  names: readonly string[],
  value: Found,
  path: Path,
): readonly Finding[] {
  const max = shape.maxProperties ?? Infinity;
  if (names.length > max) {
    const problem = `${pathText(path)} has ${names.length} entries; at most ${max} are read`;
    return [{ path, code: 'size', problem, remedy: 'Leave out what nobody uses.' }];
  }
  const [[pattern, inner] = ['', {}]] = Object.entries(shape.patternProperties ?? {});
  const form = new RegExp(pattern, 'u');
  return names.flatMap((name) => {
    if (form.test(name)) return walk(inner, value[name], [...path, name]);
    const problem = `${shown(name)} cannot be a name here`;
    const remedy = 'Begin with a letter or digit; go on with letters, digits, dots, - and _.';
    return [{ path: [...path, name], code: 'form', problem, remedy }];
  });
}

function walkList(shape: Shape, value: readonly unknown[], path: Path): readonly Finding[] {
  const { minItems = 0, maxItems = Infinity, items = {} } = shape;
  if (value.length < minItems) {
    const problem = `${pathText(path)} is empty`;
    const remedy = minItems === 1 ? 'Name at least one.' : `Name at least ${minItems}.`;
    return [{ path, code: 'form', problem, remedy }];
  }
  if (value.length > maxItems) {
    const problem = `${pathText(path)} has ${value.length} entries; at most ${maxItems} are read`;
    return [{ path, code: 'size', problem, remedy: 'Leave out what nobody uses.' }];
  }
  return value.flatMap((item, at) => walk(items, item, [...path, at]));
}

function typeFits({ type, anyOf }: Shape, value: unknown): boolean {
  if (anyOf !== undefined) return anyOf.some((one) => typeFits(one, value));
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMapping(value);
  if (type === 'integer' || type === 'number') return typeof value === 'number';
  return type === undefined || typeof value === type;
}

/** One list or one item: which is meant shows from what is given. */
function walkUnion(
  union: Shape,
  branches: readonly Shape[],
  value: unknown,
  path: Path,
): readonly Finding[] {
  const meant = branches.filter((branch) => typeFits(branch, value));
  const [only] = meant;
  if (only === undefined) return [wrongLeaf(union, value, path)];
  if (meant.length === 1) return walk(only, value, path);
  const tried = meant.map((branch) => walk(branch, value, path));
  return tried.some((findings) => findings.length === 0) ? [] : [wrongLeaf(union, value, path)];
}

function wordsOf({ enum: words, anyOf, type, items }: Shape): readonly string[] {
  if (anyOf !== undefined) return [...new Set(anyOf.flatMap(wordsOf))];
  if (type === 'array') return items === undefined ? [] : wordsOf(items);
  return words ?? [];
}

function wanted(shape: Shape): string {
  if (shape.title !== undefined) return shape.title;
  if (shape.anyOf !== undefined) return [...new Set(shape.anyOf.map(wanted))].join(', or ');
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return 'a word known here';
  if (shape.type === 'boolean') return 'true or false';
  if (shape.type === 'array') return 'a list in brackets';
  if (shape.type === 'object') return 'a mapping of names to values';
  return 'of the form wanted here';
}

const SHOWN_MAX = 40;

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function wrongLeaf(shape: Shape, value: unknown, path: Path): Finding {
  const allowed = wordsOf(shape);
  if (typeof value === 'string' && allowed.length > 0) {
    const meant = nearest(value, allowed);
    return {
      path,
      code: 'unknown-word',
      problem: `${shown(value)}: this word is not known here`,
      allowed,
      remedy: meant === undefined ? 'Use one of the words allowed.' : `Did you mean ${meant}?`,
    };
  }
  const problem = `${shown(value)} is not ${wanted(shape)}`;
  return { path, code: 'form', problem, allowed, remedy: `Write ${wanted(shape)}.` };
}

function unknownKey(path: Path, name: string, known: readonly string[]): Finding {
  const meant = name.length > SHOWN_MAX ? undefined : nearest(name, known);
  const what = path.length === 1 ? `there is no section ${name}` : `${name} is not known here`;
  return {
    path,
    code: 'unknown-key',
    problem: what,
    allowed: known,
    remedy: meant === undefined ? 'Remove it, or correct its name.' : `Did you mean ${meant}?`,
  };
}

function missing(path: Path): Finding {
  return {
    path,
    code: 'missing',
    problem: `${pathText(path)} is missing`,
    remedy: 'Add it; nothing is assumed in its place.',
  };
}
