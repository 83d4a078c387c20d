import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { firstRepeat, type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { CharterProblem } from '../model.ts';
import { type Finding, type Path, problemAt } from './finding.ts';

export { charterInvalid, type Finding, type Path } from './finding.ts';
export { checkForm, type Sections } from './form.ts';

/** A YAML file with the places of its parts: problems are shown where they stand. */
export interface SourceDocument {
  readonly value: JsonObject;
  readonly place: (finding: Finding) => CharterProblem;
}

export type Read =
  | { readonly ok: true; readonly document: SourceDocument }
  | { readonly ok: false; readonly problems: readonly CharterProblem[] };

type Yaml = ReturnType<typeof parseDocument>;

/** Where in the text something is wrong before its structure is known. */
interface Fault {
  readonly offset: number;
  readonly finding: Finding;
}

function fault(offset: number, code: CharterProblem['code'], text: string, remedy: string): Fault {
  return { offset, finding: { path: [], code, problem: text, remedy } };
}

/** Parsing takes many times longer than looking: what cannot be a charter is not parsed. */
function faultOfText(text: string, bytesMax: number): Fault | null {
  if (Buffer.byteLength(text) > bytesMax) {
    const problem = `the file is larger than ${bytesMax} bytes`;
    return fault(0, 'size', problem, 'Write less.');
  }
  const strange = text.search(/[^\P{Cc}\n\t\r]|\uFFFD/u);
  if (strange >= 0) {
    const problem = 'the file holds what is not text in UTF-8';
    return fault(strange, 'encoding', problem, 'Save it as UTF-8, without control characters.');
  }
  let depth = 0;
  // Roughly, since texts may hold brackets too: honest files stay far below the limit.
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/gu)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > LIMITS.charterDepthMax) return tooDeep(index);
  }
  return null;
}

function tooDeep(offset: number): Fault {
  return fault(offset, 'size', 'the file nests too deeply', 'Write it flat.');
}

/** Own check: the parser's compares each name of a mapping with every other one. */
function repeatedKey(yaml: Yaml): Fault | null {
  let found: Fault | null = null;
  visit(yaml, {
    Map: (_, map) => {
      found = repeatedIn(map);
      return found === null ? undefined : visit.BREAK;
    },
  });
  return found;
}

function repeatedIn(map: YAMLMap): Fault | null {
  const keys = map.items.map(({ key }) => key);
  const strange = keys.find((key) => !isScalar(key) || !isNode(key));
  if (strange !== undefined) {
    const problem = 'a name here is not one plain word';
    const at = isNode(strange) ? startOf(strange) : 0;
    return fault(at, 'yaml', problem, 'Write `name: value`.');
  }
  const names = keys.filter(isScalar);
  const again = names[firstRepeat(names.map(({ value }) => String(value)))];
  if (again === undefined) return null;
  const problem = `${String(again.value)} stands here twice`;
  return fault(startOf(again), 'repeated', problem, 'Keep one of them.');
}

/** Anchors and aliases are refused: a short file could grow without bound, and a reader could not see what holds. */
function anchorOrAlias(yaml: Yaml): Fault | null {
  let found: Fault | null = null;
  visit(yaml, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor === undefined) return undefined;
      const remedy = 'Write it out; a reader must see what holds.';
      found = fault(startOf(node), 'yaml', 'anchors and aliases are not read', remedy);
      return visit.BREAK;
    },
  });
  return found;
}

function faultOfYaml(yaml: Yaml): Fault | null {
  const [wrong] = [...yaml.errors, ...yaml.warnings];
  if (wrong !== undefined) {
    const isDeep = wrong.message.startsWith('Maximum call stack');
    if (isDeep) return tooDeep(wrong.pos[0]);
    const problem = wrong.message.split('\n')[0] ?? 'not YAML';
    return fault(wrong.pos[0], 'yaml', problem, 'Correct the YAML here.');
  }
  const found = anchorOrAlias(yaml) ?? repeatedKey(yaml);
  if (found !== null) return found;
  if (isMap(yaml.contents)) return null;
  return fault(0, 'yaml', 'the file is not one YAML mapping', 'Write `name: value` lines.');
}

export function readDocument(text: string, bytesMax: number = LIMITS.charterBytesMax): Read {
  const lines = new LineCounter();
  const at = (offset: number, finding: Finding): CharterProblem => {
    const { line, col } = lines.linePos(offset);
    return problemAt(Math.max(1, line), Math.max(1, col), finding);
  };
  const refused = ({ offset, finding }: Fault): Read => ({
    ok: false,
    problems: [at(offset, finding)],
  });
  const early = faultOfText(text, bytesMax);
  if (early !== null) {
    // Nothing was parsed, so nobody has counted the lines.
    const before = text.slice(0, early.offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return { ok: false, problems: [problemAt(before.length, column, early.finding)] };
  }
  try {
    const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: false, strict: true });
    const wrong = faultOfYaml(yaml);
    if (wrong !== null) return refused(wrong);
    // YAML without tags gives plain JSON values.
    const value = yaml.toJS({ maxAliasCount: 0 }) as JsonObject;
    return {
      ok: true,
      document: { value, place: (finding) => at(offsetOf(yaml, finding.path), finding) },
    };
  } catch (error) {
    // Deep nesting exhausts the parser's stack.
    if (!(error instanceof RangeError)) throw error;
    return refused(tooDeep(0));
  }
}

/** Where a member stands, or the nearest thing around it. */
function offsetOf(yaml: Yaml, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = keyOrValueOffset(yaml, path.slice(0, length));
    if (offset !== null) return offset;
  }
  return 0;
}

function keyOrValueOffset(yaml: Yaml, path: Path): number | null {
  const parent: unknown = path.length === 1 ? yaml.contents : yaml.getIn(path.slice(0, -1), true);
  const last = String(path.at(-1));
  if (isMap(parent)) {
    for (const { key } of parent.items) {
      if (isScalar(key) && String(key.value) === last) return startOf(key);
    }
  }
  const node: unknown = yaml.getIn(path, true);
  return isNode(node) ? startOf(node) : null;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** In the order of the file; a null document has no lines to show. */
export function refuse(
  document: SourceDocument | null,
  findings: readonly Finding[],
): readonly CharterProblem[] {
  const named = findings.slice(0, LIMITS.charterProblemsMax);
  const problems = named.map((finding) => document?.place(finding) ?? problemAt(1, 1, finding));
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const left = findings.length - named.length;
  const last = sorted.at(-1);
  if (left === 0 || last === undefined) return sorted;
  const problem = `and ${left} more problems`;
  const remedy = 'Correct those above first: one often causes many.';
  return [...sorted, { ...last, code: 'size', path: '', problem, remedy, allowed: [] }];
}
