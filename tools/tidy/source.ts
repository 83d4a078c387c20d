import { posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

/** A tracked file: path relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What is wrong, where, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly problem: string;
  readonly fix: string;
}

export function describeFinding(finding: Finding): string {
  const { path, line, rule, problem, fix } = finding;
  return `${path}:${line} [${rule}] ${problem}. Fix: ${fix}`;
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly kind: 'value' | 'type' | 'dynamic' | 'worker';
}

export interface Comment {
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface Module {
  readonly path: string;
  readonly lineCount: number;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  readonly lineAt: (offset: number) => number;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Calls `visit` for every node, parents first; `ancestors` begins with the nearest. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
  ancestors: readonly SyntaxNode[] = [],
): void {
  visit(node, ancestors);
  const below = [node, ...ancestors];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, below);
    }
  }
}

/** The value of a string literal, or undefined. */
export function literalOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string'
    ? node['value']
    : undefined;
}

export function nameOf(node: unknown): string | undefined {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : undefined;
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers: unknown = node['specifiers'];
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every(
    (one: unknown) => isNode(one) && (one['importKind'] === 'type' || one['exportKind'] === 'type'),
  );
}

/** `new URL('./x.ts', import.meta.url)`: how workers and child processes are named. */
function workerOf(node: SyntaxNode): string | undefined {
  const args: unknown = node['arguments'];
  if (node.type !== 'NewExpression' || nameOf(node['callee']) !== 'URL') return undefined;
  const [file, base]: readonly unknown[] = Array.isArray(args) ? args : [];
  const relative = literalOf(file);
  const isModule = relative !== undefined && /^\.{1,2}\/.*\.(?:ts|mjs)$/u.test(relative);
  return isModule && isNode(base) && base.type === 'MemberExpression' ? relative : undefined;
}

const STATIC = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration']);

function importOf(node: SyntaxNode): Omit<Import, 'line'> | undefined {
  const worker = workerOf(node);
  if (worker !== undefined) return { specifier: worker, kind: 'worker' };
  const specifier = literalOf(node['source']);
  if (specifier === undefined) return undefined;
  if (STATIC.has(node.type)) return { specifier, kind: isTypeOnly(node) ? 'type' : 'value' };
  if (node.type === 'ImportExpression') return { specifier, kind: 'dynamic' };
  if (node.type === 'TSImportType') return { specifier, kind: 'type' };
  return undefined;
}

function createLineAt(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

export function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mjs)$/u.test(path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('.test.tsx');
}

/** Code that exists only for tests, wherever it lies. */
export function isTestSupport(path: string): boolean {
  return (
    isTest(path) ||
    /(?:^|\/)(?:testing|conformance|spec)(?:\/|\.ts$)|\.(?:testing|spec)\.ts$/u.test(path)
  );
}

export function parseModule(file: SourceFile): Module {
  const parsed = parseSync(file.path, file.text);
  const lineAt = createLineAt(file.text);
  const imports: Import[] = [];
  // The parser's own node types are a closed union; the rules look at names and members alone.
  const program = parsed.program as unknown as SyntaxNode;
  walk(program, (node) => {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...found, line: lineAt(node.start) });
  });
  return {
    path: file.path,
    lineCount: file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0),
    program,
    comments: parsed.comments.map((comment) => ({
      text: comment.value,
      firstLine: lineAt(comment.start),
      lastLine: lineAt(comment.end),
    })),
    imports,
    lineAt,
  };
}

const OWN_PACKAGES: Readonly<Record<string, string>> = {
  '@firebreak/guard': 'packages/guard/src/index.ts',
};

/** The path that a specifier names, or undefined for a package of others. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  return OWN_PACKAGES[specifier];
}
