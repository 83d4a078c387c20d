import {
  isNode,
  isTestSupport,
  nameOf,
  walk,
  type Finding,
  type Module,
  type SyntaxNode,
} from './source.ts';

export const FUNCTION_LINES_MAX = 70;
export const FILE_LINES_MAX = 400;
export const TEST_FILE_LINES_MAX = 800;

/** A file whose first lines hold `// table:` with a reason is data, not code: transitions, schemas, messages. */
const TABLE_MARK_LINE_MAX = 5;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const SUITE = /^(?:describe|it|test|suite|beforeAll|beforeEach|afterAll|afterEach)/u;

export function isTable(module: Module): boolean {
  return module.comments.some(
    ({ text, firstLine }) => firstLine <= TABLE_MARK_LINE_MAX && /^\W*table: \S/u.test(text),
  );
}

/** `describe.skipIf(x)(...)` and `it.each(rows)(...)` begin with the same word as the plain forms. */
function rootNameOf(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined;
  const inner = callee['object'] ?? callee['callee'] ?? callee['tag'];
  return inner === undefined ? nameOf(callee) : rootNameOf(inner);
}

function isSuiteCallback(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.type !== 'CallExpression' || parent['callee'] === node) return false;
  return SUITE.test(rootNameOf(parent['callee']) ?? '');
}

interface Measured {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly lines: number;
}

/**
 * A suite is a list of tests, so the callbacks of describe and it count for themselves and not for what surrounds
 * them. Every other function counts from its first line to its last, inner functions included.
 */
function measure(module: Module): readonly Measured[] {
  const functions = new Map<SyntaxNode, { name: string; lines: number }>();
  const suites = new Set<SyntaxNode>();
  walk(module.program, (node, ancestors) => {
    if (!FUNCTIONS.has(node.type)) return;
    const lines = module.lineAt(node.end) - module.lineAt(node.start) + 1;
    functions.set(node, { name: functionName(node, ancestors[0]), lines });
    if (!isSuiteCallback(node, ancestors[0])) return;
    suites.add(node);
    for (const outer of ancestors) {
      const measured = functions.get(outer);
      if (measured !== undefined) measured.lines -= lines;
      // What lies further out has subtracted this suite as a whole.
      if (suites.has(outer)) break;
    }
  });
  return [...functions].map(([node, measured]) => ({ node, ...measured }));
}

export function functionName(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  const own = nameOf(node['id']);
  if (own !== undefined) return own;
  return nameOf(parent?.['id']) ?? nameOf(parent?.['key']) ?? 'a function without a name';
}

export function checkSizes(modules: readonly Module[]): readonly Finding[] {
  return modules.filter((module) => !isTable(module)).flatMap(sizesOf);
}

function sizesOf(module: Module): readonly Finding[] {
  const findings: Finding[] = [];
  const linesMax = isTestSupport(module.path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  if (module.lineCount > linesMax) {
    findings.push({
      path: module.path,
      line: linesMax + 1,
      rule: 'file-size',
      problem: `the file has ${module.lineCount} lines, at most ${linesMax} are allowed`,
      fix: 'split it by word; a pure data table says so with `// table: reason` at its top',
    });
  }
  for (const { node, name, lines } of measure(module)) {
    if (lines <= FUNCTION_LINES_MAX) continue;
    findings.push({
      path: module.path,
      line: module.lineAt(node.start),
      rule: 'function-size',
      problem: `${name} has ${lines} lines, at most ${FUNCTION_LINES_MAX} are allowed`,
      fix: 'keep the branches here and move straight-line work into functions with a verb for a name',
    });
  }
  return findings;
}
