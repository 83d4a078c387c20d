import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { FirebreakError, type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { CharterProblem } from '../model.ts';

export type Path = readonly (string | number)[];

export interface Finding {
  readonly path: Path;
  readonly problem: string;
  readonly allowed?: readonly string[];
  readonly remedy: string;
}

/** A YAML file with the places of its parts: problems are shown where they stand. */
export interface SourceDocument {
  readonly value: JsonObject;
  readonly place: (finding: Finding) => CharterProblem;
}

export type Read =
  | { readonly ok: true; readonly document: SourceDocument }
  | { readonly ok: false; readonly problems: readonly CharterProblem[] };

function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

function problemAt(line: number, column: number, finding: Finding): CharterProblem {
  return {
    line,
    column,
    path: pathText(finding.path),
    problem: finding.problem,
    allowed: finding.allowed ?? [],
    remedy: finding.remedy,
  };
}

/** Anchors and aliases are refused: a short file could grow without bound, and a reader could not see what holds. */
export function readDocument(text: string): Read {
  try {
    return read(text);
  } catch (error) {
    // Deep nesting exhausts the parser's stack.
    if (!(error instanceof RangeError)) throw error;
    const finding = { path: [], problem: 'the file nests too deeply', remedy: 'Write it flat.' };
    return { ok: false, problems: [problemAt(1, 1, finding)] };
  }
}

function read(text: string): Read {
  const top = (problem: string, remedy: string): Read => ({
    ok: false,
    problems: [problemAt(1, 1, { path: [], problem, remedy })],
  });
  if (Buffer.byteLength(text) > LIMITS.charterBytesMax) {
    return top(`the file is larger than ${LIMITS.charterBytesMax} bytes`, 'Write less.');
  }
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const at = (offset: number, finding: Finding): CharterProblem => {
    const { line, col } = lines.linePos(offset);
    return problemAt(Math.max(1, line), Math.max(1, col), finding);
  };
  const [syntax] = yaml.errors;
  if (syntax !== undefined) {
    const problem = syntax.message.split('\n')[0] ?? 'not YAML';
    const finding = { path: [], problem, remedy: 'Correct the YAML here.' };
    return { ok: false, problems: [at(syntax.pos[0], finding)] };
  }
  let aliases = 0;
  visit(yaml, {
    Alias: () => {
      aliases += 1;
    },
  });
  const value: unknown = aliases === 0 ? yaml.toJS({ maxAliasCount: 0 }) : null;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return top('the file is not one YAML mapping without aliases', 'Write `name: value` lines.');
  }
  const offsetOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const offset = keyOrValueOffset(yaml, path.slice(0, length));
      if (offset !== null) return offset;
    }
    return 0;
  };
  // YAML without tags gives plain JSON values.
  const document = value as JsonObject;
  return {
    ok: true,
    document: { value: document, place: (finding) => at(offsetOf(finding.path), finding) },
  };
}

function keyOrValueOffset(yaml: ReturnType<typeof parseDocument>, path: Path): number | null {
  if (path.length === 0) return null;
  const parent: unknown = path.length === 1 ? yaml.contents : yaml.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (parent !== null && typeof parent === 'object' && 'items' in parent) {
    // `items` of a YAML map holds pairs, of a list holds nodes.
    for (const item of parent.items as readonly unknown[]) {
      if (item === null || typeof item !== 'object' || !('key' in item)) continue;
      const { key } = item;
      if (isScalar(key) && String(key.value) === String(last)) return startOf(key);
    }
  }
  const node: unknown = yaml.getIn(path, true);
  return isNode(node) ? startOf(node) : null;
}

function startOf(node: Node): number | null {
  return node.range?.[0] ?? null;
}

export type Sections = Readonly<
  Record<string, { readonly schema: TSchema; readonly required: boolean }>
>;

/** The form of the file: sections, members, words. What it means is checked afterwards. */
export function checkForm(value: JsonObject, sections: Sections): readonly Finding[] {
  const findings: Finding[] = [];
  for (const name of Object.keys(value)) {
    if (sections[name] !== undefined) continue;
    findings.push({
      path: [name],
      problem: `there is no section ${name}`,
      allowed: Object.keys(sections),
      remedy: 'Remove it, or correct its name.',
    });
  }
  for (const [name, { schema, required }] of Object.entries(sections)) {
    const section = value[name];
    if (section === undefined) {
      if (required) findings.push(missing([name]));
      continue;
    }
    findings.push(...formFindings(schema, section, [name]));
  }
  return findings;
}

function missing(path: Path): Finding {
  return {
    path,
    problem: `${pathText(path)} is missing`,
    remedy: 'Add it; nothing is assumed in its place.',
  };
}

interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function pointerPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/u.test(step) ? Number(step) : step));
}

/** Each list item and each named member by itself: the checker stops after a few errors, a reader wants all of them. */
function formFindings(schema: TSchema, value: unknown, path: Path): readonly Finding[] {
  const fits: boolean = Value.Check(schema, value);
  if (fits) return [];
  const items = 'items' in schema ? schema.items : undefined;
  if (Array.isArray(value) && items !== undefined) {
    // The schema of a list's items is a schema.
    const each = value.flatMap((item, at) => formFindings(items as TSchema, item, [...path, at]));
    if (each.length > 0) return each;
  }
  const errors: readonly SchemaError[] = Value.Errors(schema, value);
  const findings = new Map<string, Finding>();
  for (const error of errors) {
    for (const finding of findingsOf(error, path)) {
      const key = pathText(finding.path);
      if (!findings.has(key)) findings.set(key, finding);
    }
  }
  return [...findings.values()];
}

function findingsOf(error: SchemaError, base: Path): readonly Finding[] {
  const path = [...base, ...pointerPath(error.instancePath)];
  const { params } = error;
  switch (error.keyword) {
    // Said by `additionalProperties` and by the branches of the union.
    case 'boolean':
    case 'anyOf':
      return [];
    case 'additionalProperties': {
      const names = 'additionalProperties' in params ? params.additionalProperties : [];
      if (!Array.isArray(names)) return [];
      return names.map((name) => ({
        path: [...path, String(name)],
        problem: `${String(name)} is not known here`,
        remedy: 'Remove it, or correct its name.',
      }));
    }
    case 'required': {
      const names = 'requiredProperties' in params ? params.requiredProperties : [];
      return Array.isArray(names) ? names.map((name) => missing([...path, String(name)])) : [];
    }
    case 'enum': {
      const words = 'allowedValues' in params ? params.allowedValues : [];
      const allowed = Array.isArray(words) ? words.map(String) : [];
      return [
        {
          path,
          problem: 'this word is not known here',
          allowed,
          remedy: 'Use one of the words allowed.',
        },
      ];
    }
    default:
      return [
        { path, problem: error.message, remedy: 'Write it in the form that is wanted here.' },
      ];
  }
}

export function refuse(
  document: SourceDocument | null,
  findings: readonly Finding[],
): readonly CharterProblem[] {
  const problems = findings.map((finding) => document?.place(finding) ?? problemAt(1, 1, finding));
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

export function charterInvalid(problems: readonly CharterProblem[]): FirebreakError {
  const named = problems.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  return new FirebreakError('charter-invalid', {
    count: problems.length,
    problems: named.slice(0, 20).join('; '),
    findings: problems,
  });
}
