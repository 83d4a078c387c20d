import { DIRECTIONS, ENTRY_POINTS, FREE, isDoor, placeOf, TESTS_MAY, unitOf } from './folders.ts';
import {
  isTest,
  isTestSupport,
  resolveImport,
  type Finding,
  type Import,
  type Module,
} from './source.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly made: Import;
}

function edgesOf(modules: readonly Module[]): readonly Edge[] {
  return modules.flatMap((module) =>
    module.imports.flatMap((made) => {
      const to = resolveImport(module.path, made.specifier);
      return to === undefined ? [] : [{ from: module.path, to, made }];
    }),
  );
}

function mayImport(from: string, to: string, edge: Edge): boolean {
  if (from === to || FREE.has(from)) return true;
  if (DIRECTIONS[from]?.includes(to) === true) return true;
  if (isTestSupport(edge.from) && TESTS_MAY[from]?.includes(to) === true) return true;
  // The command line starts a server only when asked to: nothing of it is loaded before.
  return from === 'cli' && to === 'app' && ['dynamic', 'type'].includes(edge.made.kind);
}

export function checkDirections(modules: readonly Module[]): readonly Finding[] {
  const findings: Finding[] = [];
  const report = (edge: Edge, problem: string, fix: string): void => {
    findings.push({ path: edge.from, line: edge.made.line, rule: 'direction', problem, fix });
  };
  for (const edge of edgesOf(modules)) {
    const from = placeOf(edge.from);
    const to = placeOf(edge.to);
    if (from === undefined || to === undefined) {
      const stranger = from === undefined ? edge.from : edge.to;
      const fix = 'use a folder of docs/ARCHITECTURE.md or add it to tools/tidy/folders.ts';
      report(edge, `${stranger} lies in a folder that has no import directions`, fix);
    } else if (!mayImport(from, to, edge)) {
      const allowed = DIRECTIONS[from]?.join(', ');
      report(
        edge,
        `${from} may not import ${to}`,
        `move what is shared down, or pass it in as an argument; ${from} may import: ${allowed === '' ? 'nothing' : allowed}`,
      );
    }
  }
  return findings;
}

/** Two connectors never know each other, so each of them is a unit of its own. */
export function checkDoors(modules: readonly Module[]): readonly Finding[] {
  return edgesOf(modules)
    .filter((edge) => {
      if (unitOf(edge.from) === unitOf(edge.to) || isDoor(edge.to)) return false;
      if (edge.made.kind === 'worker') return false;
      if (isTestSupport(edge.to) && !isTest(edge.to))
        return !isTestSupport(edge.from) && !isOutside(edge.from);
      // tools and the launcher have no doors: each file there is a program.
      return edge.to.startsWith('src/') || edge.to.startsWith('packages/');
    })
    .map((edge) => ({
      path: edge.from,
      line: edge.made.line,
      rule: 'door',
      problem: `${edge.to} is the inside of another folder`,
      fix: `export what you need from the index.ts of ${unitOf(edge.to)} and import that`,
    }));
}

function isOutside(path: string): boolean {
  return /^(?:test|bench|examples|tools)\//u.test(path);
}

export function checkSpecifiers(
  modules: readonly Module[],
  declared: ReadonlySet<string>,
): readonly Finding[] {
  const paths = new Set(modules.map(({ path }) => path));
  const findings: Finding[] = [];
  for (const module of modules) {
    for (const { specifier, line } of module.imports) {
      const path = resolveImport(module.path, specifier);
      const at = { path: module.path, line, rule: 'import' };
      if (path !== undefined && !paths.has(path)) {
        const problem = `there is no ${path}`;
        findings.push({ ...at, problem, fix: 'name the file with its ending, such as ./plan.ts' });
      } else if (path === undefined && !isKnownPackage(specifier, declared)) {
        const problem = `${specifier} is not a dependency in package.json`;
        const fix = 'use what is there, or add it and argue for it in docs/dependencies.md';
        findings.push({ ...at, problem, fix });
      }
    }
  }
  return findings;
}

function isKnownPackage(specifier: string, declared: ReadonlySet<string>): boolean {
  if (specifier.startsWith('node:')) return true;
  const [scope = '', name = ''] = specifier.split('/');
  return declared.has(scope.startsWith('@') ? `${scope}/${name}` : scope);
}

/** Strongly connected files (Tarjan). A type-only import counts: who reads one file should not need the other. */
export function checkCycles(modules: readonly Module[]): readonly Finding[] {
  const targets = new Map<string, readonly string[]>(modules.map(({ path }) => [path, []]));
  for (const { from, to, made } of edgesOf(modules)) {
    if (made.kind !== 'worker') targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const groups: (readonly string[])[] = [];
  const enter = (path: string): void => {
    order.set(path, order.size);
    lowest.set(path, order.get(path) ?? 0);
    stack.push(path);
    for (const next of targets.get(path) ?? []) {
      if (!targets.has(next)) continue;
      if (!order.has(next)) enter(next);
      if (!stack.includes(next)) continue;
      lowest.set(path, Math.min(lowest.get(path) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1 || (targets.get(path) ?? []).includes(path)) groups.push(group);
  };
  for (const path of targets.keys()) if (!order.has(path)) enter(path);
  return groups.map((group) => ({
    path: [...group].sort()[0] ?? '',
    line: 1,
    rule: 'cycle',
    problem: `these files import each other: ${[...group].sort().join(', ')}`,
    fix: 'move what both need into a third file (often model.ts) that imports neither',
  }));
}

/** Product code must be reached from a program, test support at least from a test. */
export function checkUnreached(
  modules: readonly Module[],
  entryPoints: readonly string[] = ENTRY_POINTS,
): readonly Finding[] {
  const edges = Map.groupBy(edgesOf(modules), ({ from }) => from);
  const reach = (roots: readonly string[]): ReadonlySet<string> => {
    const reached = new Set(roots);
    for (const path of reached) for (const { to } of edges.get(path) ?? []) reached.add(to);
    return reached;
  };
  const programs = reach(entryPoints);
  const roots = modules.map(({ path }) => path).filter((path) => isTest(path) || isOutside(path));
  const tests = reach([...entryPoints, ...roots]);
  return modules
    .map(({ path }) => path)
    .filter((path) => !isTest(path))
    .filter((path) => !(isTestSupport(path) || isOutside(path) ? tests : programs).has(path))
    .map((path) => ({
      path,
      line: 1,
      rule: 'unreached',
      problem: 'no program imports this file',
      fix: 'import it, remove it, or add a new program to ENTRY_POINTS in tools/tidy/folders.ts',
    }));
}
