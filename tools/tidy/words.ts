import { functionName } from './sizes.ts';
import {
  isNode,
  isTest,
  isTestSupport,
  nameOf,
  walk,
  type Finding,
  type Module,
  type SourceFile,
  type SyntaxNode,
} from './source.ts';

const FOLDER_NAMES = new Set(['utils', 'helpers', 'managers', 'services', 'common']);
const VAGUE_VERB = /^(?:handle|process|manage)(?:[A-Z_]|$)/u;
/** Put together from parts, so that this file does not find itself. */
const UNFINISHED = new RegExp(
  `\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`,
  'u',
);
/** Their tools ask for a default export. */
const MAY_EXPORT_DEFAULT = new Set(['vitest.config.ts', 'console/vite.config.ts']);

export function checkFolderNames(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path }) => {
    const bad = path.split('/').find((part) => FOLDER_NAMES.has(part));
    if (bad === undefined) return [];
    const problem = `a folder named ${bad} says nothing`;
    const fix = 'name it after a word of docs/vocabulary.md';
    return [{ path, line: 1, rule: 'folder-name', problem, fix }];
  });
}

export function checkUnfinished(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const word = UNFINISHED.exec(line)?.[0];
      if (word === undefined) return [];
      const problem = `${word} is a promise without a date`;
      const fix = 'do it now, or write down as a fact what is not there';
      return [{ path, line: index + 1, rule: 'unfinished', problem, fix }];
    }),
  );
}

const NAMED_FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'TSDeclareFunction',
]);

export function checkFunctionNames(modules: readonly Module[]): readonly Finding[] {
  return modules.flatMap((module) => {
    const findings: Finding[] = [];
    walk(module.program, (node, [parent]) => {
      if (!NAMED_FUNCTIONS.has(node.type)) return;
      const name = functionName(node, parent);
      if (!VAGUE_VERB.test(name)) return;
      const line = module.lineAt(node.start);
      const problem = `${name} does not say what it does`;
      const fix = 'use the verb of the act: decide, plan, apply, record, send';
      findings.push({ path: module.path, line, rule: 'function-name', problem, fix });
    });
    return findings;
  });
}

export function checkDefaultExports(modules: readonly Module[]): readonly Finding[] {
  return modules
    .filter(({ path }) => !MAY_EXPORT_DEFAULT.has(path))
    .flatMap((module) => {
      const findings: Finding[] = [];
      walk(module.program, (node) => {
        const isDefault =
          node.type === 'ExportDefaultDeclaration' ||
          (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default');
        if (!isDefault) return;
        const line = module.lineAt(node.start);
        const problem = 'a default export has as many names as it has readers';
        const fix = 'export it by name';
        findings.push({ path: module.path, line, rule: 'default-export', problem, fix });
      });
      return findings;
    });
}

/** Where the machine may be asked for the time and for chance. */
function mayAskTheMachine(path: string): boolean {
  return (
    /^(?:src\/kernel|src\/app|test|bench|tools|bin)\//u.test(path) ||
    path === 'src/world/main.ts' ||
    // The one clock of the console.
    path === 'console/src/clock.ts' ||
    isTestSupport(path)
  );
}

function isCallOf(node: SyntaxNode, object: string, property?: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    nameOf(node['object']) === object &&
    (property === undefined || nameOf(node['property']) === property)
  );
}

function machineSourceOf(node: SyntaxNode): string | undefined {
  if (isCallOf(node, 'Date', 'now')) return 'Date.now';
  if (isCallOf(node, 'Math', 'random')) return 'Math.random';
  if (isCallOf(node, 'performance', 'now')) return 'performance.now';
  if (isCallOf(node, 'Temporal', 'Now')) return 'Temporal.Now';
  const args: unknown = node['arguments'];
  const isNow = node.type === 'NewExpression' && nameOf(node['callee']) === 'Date';
  return isNow && Array.isArray(args) && args.length === 0 ? 'new Date()' : undefined;
}

export function checkTimeAndChance(modules: readonly Module[]): readonly Finding[] {
  return modules
    .filter(({ path }) => !mayAskTheMachine(path))
    .flatMap((module) => {
      const findings: Finding[] = [];
      walk(module.program, (node) => {
        const source = machineSourceOf(node);
        if (source === undefined) return;
        const line = module.lineAt(node.start);
        const problem = `${source} cannot be pushed, replayed or seeded`;
        const fix =
          'take a Clock or a Random from kernel as an argument; monotonicMs of kernel measures';
        findings.push({ path: module.path, line, rule: 'time-and-chance', problem, fix });
      });
      return findings;
    });
}

function isConstAssertion(node: SyntaxNode): boolean {
  const type = node['typeAnnotation'];
  return isNode(type) && type.type === 'TSTypeReference' && nameOf(type['typeName']) === 'const';
}

/** The comment may stand before the statement, before the cast, or at the end of the cast's line. */
function hasReason(module: Module, node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  const statement = ancestors.find(({ type }) =>
    /(?:Statement|Declaration|Definition)$/u.test(type),
  );
  const starts = [node, ...(statement === undefined ? [] : [statement])].map(({ start }) =>
    module.lineAt(start),
  );
  const last = module.lineAt(node.end);
  return module.comments.some(
    ({ firstLine, lastLine }) =>
      starts.some((line) => lastLine === line - 1 || lastLine === line) ||
      (firstLine >= (starts[0] ?? 0) && firstLine <= last),
  );
}

export function checkCasts(modules: readonly Module[]): readonly Finding[] {
  return modules
    .filter(({ path }) => !isTest(path))
    .flatMap((module) => {
      const findings: Finding[] = [];
      walk(module.program, (node, ancestors) => {
        if (node.type !== 'TSAsExpression' && node.type !== 'TSTypeAssertion') return;
        // `x as unknown as Y` is one cast: its outer half is judged.
        if (ancestors[0]?.type === 'TSAsExpression') return;
        if (isConstAssertion(node) || hasReason(module, node, ancestors)) return;
        const line = module.lineAt(node.start);
        const problem = 'a cast switches the compiler off and does not say why that is safe';
        const fix =
          'parse or narrow the value, or say in a comment on the line before why it holds';
        findings.push({ path: module.path, line, rule: 'cast', problem, fix });
      });
      return findings;
    });
}
