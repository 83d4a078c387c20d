import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../src/kernel/index.ts';
import { GENERATED } from './docs.ts';
import { DIRECTIONS } from './tidy/folders.ts';
import { checkDocumentLinks, checkListed, checkMachineTraces } from './tidy/documents.ts';
import {
  checkCycles,
  checkDirections,
  checkDoors,
  checkSpecifiers,
  checkUnreached,
} from './tidy/imports.ts';
import { checkSizes } from './tidy/sizes.ts';
import { describeFinding, isCode, parseModule, type Finding } from './tidy/source.ts';
import { readTree } from './tidy/tree.ts';
import {
  checkCasts,
  checkDefaultExports,
  checkFolderNames,
  checkFunctionNames,
  checkTimeAndChance,
  checkUnfinished,
} from './tidy/words.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = readTree(root);
const modules = files.filter(({ path }) => isCode(path)).map(parseModule);
const fileAt = (path: string) => files.find((file) => file.path === path);

/** Rules are tried on planted violations: their own texts hold what they forbid. */
const ownFiles = files.filter(({ path }) => !path.startsWith('tools/tidy/'));

function expectNone(findings: readonly Finding[]): void {
  expect(findings.map(describeFinding).join('\n')).toBe('');
}

function dependencyNames(): readonly string[] {
  const own: unknown = JSON.parse(fileAt('package.json')?.text ?? '{}');
  if (typeof own !== 'object' || own === null) return [];
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) => {
    const group: unknown = Reflect.get(own, kind);
    return typeof group === 'object' && group !== null ? Object.keys(group) : [];
  });
}

describe('the tree', () => {
  it('is read whole', () => {
    expect(modules.length).toBeGreaterThan(20);
    expect(fileAt('src/kernel/index.ts')?.text).toContain('export');
    expect(files.some(({ path }) => path.startsWith('node_modules/'))).toBe(false);
  });

  it('imports in the directions of docs/ARCHITECTURE.md', () => {
    expectNone(checkDirections(modules));
  });

  it('enters folders through their doors', () => {
    expectNone(checkDoors(modules));
  });

  it('has no import cycles', () => {
    expectNone(checkCycles(modules));
  });

  it('holds no file that nothing reaches', () => {
    expectNone(checkUnreached(modules));
  });

  it('imports only files that exist and packages that are declared', () => {
    // rolldown comes with vitest, which pins it; tools/tidy uses its parser.
    const declared = new Set([...dependencyNames(), '@firebreak/guard', 'rolldown']);
    const outside = /^(?:bench|console)\//u;
    expectNone(checkSpecifiers(modules, declared).filter(({ path }) => !outside.test(path)));
  });

  it('keeps functions and files small', () => {
    expectNone(checkSizes(modules));
  });
});

describe('words', () => {
  it('uses no folder name that says nothing', () => {
    expectNone(checkFolderNames(files));
  });

  it('names functions after what they do', () => {
    expectNone(checkFunctionNames(modules));
  });

  it('leaves no unfinished business behind', () => {
    expectNone(checkUnfinished(ownFiles));
  });

  it('exports by name', () => {
    expectNone(checkDefaultExports(modules));
  });

  it('takes time and chance as arguments', () => {
    expectNone(checkTimeAndChance(modules));
  });

  it('gives a reason for each cast', () => {
    expectNone(checkCasts(modules));
  });
});

describe('documents', () => {
  it('link to what exists', () => {
    expectNone(checkDocumentLinks(files));
  });

  it('name no machine and no package host', () => {
    expectNone(checkMachineTraces(ownFiles));
  });

  it('show the import directions that this test enforces', () => {
    const text = fileAt('docs/ARCHITECTURE.md')?.text ?? '';
    const rows = [...text.matchAll(/^\| `([\w/]+)` \| ?([\w/, ]*) \|$/gmu)].map(
      ([, folder = '', allowed = '']) => [
        folder,
        allowed.trim().split(', ').filter(Boolean).sort(),
      ],
    );
    const enforced = Object.entries(DIRECTIONS).map(([folder, allowed]) => [
      folder,
      [...allowed].sort(),
    ]);
    const fix = 'make the table of docs/ARCHITECTURE.md and tools/tidy/folders.ts say the same';
    expect(Object.fromEntries(rows), fix).toEqual(Object.fromEntries(enforced));
  });

  it.each(GENERATED)('$path is what the code says', ({ path, render }) => {
    const fix = 'node tools/with-runtime.mjs tools/docs.ts';
    expect(fileAt(path)?.text, `${path} is stale. Fix: run \`${fix}\``).toBe(render());
  });

  it('describe every error', () => {
    const path = 'docs/operating/errors.md';
    const fix = 'run `node tools/with-runtime.mjs tools/docs.ts`';
    expectNone(checkListed(fileAt(path), path, Object.keys(ERROR_TABLE), fix));
  });

  it('argue for every dependency', () => {
    const path = 'docs/dependencies.md';
    const fix = 'say there why it is needed, what the alternative is and how to leave';
    expectNone(checkListed(fileAt(path), path, dependencyNames(), fix));
  });
});
