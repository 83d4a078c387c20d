import { describe, expect, it } from 'vitest';
import { DIRECTIONS } from './folders.ts';
import {
  checkCycles,
  checkDirections,
  checkDoors,
  checkSpecifiers,
  checkUnreached,
} from './imports.ts';
import { placesOf, plantModules } from './planted.ts';
import { describeFinding } from './source.ts';

/** One importing file and the line it imports with. */
function directionsOf(path: string, line: string): readonly string[] {
  return checkDirections(plantModules({ [path]: line })).map(({ problem }) => problem);
}

const FORBIDDEN: readonly (readonly [path: string, line: string, problem: string])[] = [
  ['src/kernel/x.ts', `import { a } from '../store/index.ts';`, 'kernel may not import store'],
  ['src/store/x.ts', `import type { A } from '../ledger/index.ts';`, 'store may not import ledger'],
  ['src/ledger/x.ts', `export * from '../runner/index.ts';`, 'ledger may not import runner'],
  ['src/signals/x.ts', `import '../authority/index.ts';`, 'signals may not import authority'],
  [
    'src/gate/x.ts',
    `const r = await import('../response/index.ts');`,
    'gate may not import response',
  ],
  ['src/response/plan/x.ts', `import '../../api/index.ts';`, 'response may not import api'],
  [
    'src/response/x.ts',
    `import '../connectors/world/index.ts';`,
    'response may not import connectors',
  ],
  [
    'src/connectors/world/x.ts',
    `import '../../store/index.ts';`,
    'connectors may not import store',
  ],
  [
    'src/connectors/world/x.ts',
    `import '../../world/index.ts';`,
    'connectors may not import world',
  ],
  [
    'src/connectors/contract.ts',
    `import './world/index.ts';`,
    'connectors/contract may not import connectors',
  ],
  [
    'src/world/x.ts',
    `import '../connectors/contract.ts';`,
    'world may not import connectors/contract',
  ],
  [
    'src/api/contract/x.ts',
    `import '../../kernel/index.ts';`,
    'api/contract may not import kernel',
  ],
  ['src/cli/x.ts', `import { serve } from '../app/index.ts';`, 'cli may not import app'],
  ['src/cli/x.ts', `import '../store/index.ts';`, 'cli may not import store'],
  [
    'packages/guard/src/x.ts',
    `import '../../../src/kernel/index.ts';`,
    'guard may not import kernel',
  ],
  ['src/runner/x.ts', `import '@firebreak/guard';`, 'runner may not import guard'],
  ['src/api/x.ts', `type A = import('../app/index.ts').A;`, 'api may not import app'],
  [
    'src/kernel/x.ts',
    `new Worker(new URL('../store/w.ts', import.meta.url));`,
    'kernel may not import store',
  ],
];

const ALLOWED: readonly (readonly [path: string, line: string])[] = [
  ['src/ledger/x.ts', `import '../store/index.ts'; import '../kernel/index.ts';`],
  ['src/response/x.ts', `import '../connectors/contract.ts'; import '../gate/index.ts';`],
  ['src/connectors/world/x.ts', `import '../contract.ts'; import '../../kernel/index.ts';`],
  ['src/connectors/world/x.test.ts', `import '../../world/index.ts';`],
  ['src/gate/x.ts', `import type { Restriction } from '@firebreak/guard';`],
  ['src/cli/x.ts', `const app = await import('../app/index.ts');`],
  ['src/cli/x.ts', `import type { App } from '../app/index.ts';`],
  ['src/app/x.ts', `import '../cli/index.ts'; import '../connectors/world/index.ts';`],
  ['test/stories/x.test.ts', `import '../../src/response/index.ts';`],
  ['src/kernel/x.ts', `import { readFileSync } from 'node:fs';`],
  // Text that only looks like an import.
  ['src/kernel/x.ts', `// import '../store/index.ts'\nconst s = "import '../store/index.ts'";`],
];

describe('directions', () => {
  it('are free of cycles themselves', () => {
    const visit = (folder: string, trail: readonly string[]): void => {
      expect(trail, `${[...trail, folder].join(' -> ')}`).not.toContain(folder);
      for (const next of DIRECTIONS[folder] ?? []) visit(next, [...trail, folder]);
    };
    for (const folder of Object.keys(DIRECTIONS)) visit(folder, []);
  });

  it.each(FORBIDDEN)('%s: %s', (path, line, problem) => {
    expect(directionsOf(path, line)).toEqual([problem]);
  });

  it.each(ALLOWED)('%s may: %s', (path, line) => {
    expect(directionsOf(path, line)).toEqual([]);
  });

  it('ask for a place in the table', () => {
    const findings = checkDirections(
      plantModules({ 'src/odd/x.ts': `\nimport '../kernel/index.ts';` }),
    );
    expect(findings.map(describeFinding)).toEqual([
      'src/odd/x.ts:2 [direction] src/odd/x.ts lies in a folder that has no import directions. ' +
        'Fix: use a folder of docs/ARCHITECTURE.md or add it to tools/tidy/folders.ts',
    ]);
  });
});

describe('doors', () => {
  it.each([
    ['src/ledger/x.ts', `import '../store/model.ts';`],
    ['src/response/x.ts', `import '../gate/decide.ts';`],
    ['src/app/x.ts', `import '../connectors/world/client.ts';`],
    ['src/connectors/github/x.ts', `import '../world/client.ts';`],
    ['src/gate/x.ts', `import '../../packages/guard/src/view.ts';`],
    ['test/stories/x.test.ts', `import '../../src/store/model.ts';`],
    ['src/ledger/append.ts', `import '../store/testing.ts';`],
  ])('%s may not enter by %s', (path, line) => {
    expect(placesOf(checkDoors(plantModules({ [path]: line })))).toEqual([`${path}:1`]);
  });

  it.each([
    ['src/ledger/x.ts', `import '../store/index.ts';`],
    ['src/response/plan/x.ts', `import '../incident/model.ts';`],
    ['src/response/x.ts', `import '../connectors/contract.ts';`],
    ['src/cli/x.ts', `import '../api/contract/incident.ts';`],
    ['src/ledger/x.test.ts', `import '../store/testing.ts';`],
    ['src/runner/testing.ts', `import '../store/testing.ts';`],
    ['test/stories/x.test.ts', `import '../../src/store/testing.ts';`],
    ['bench/x.ts', `spawn(new URL('../src/world/main.ts', import.meta.url));`],
  ])('%s may enter by %s', (path, line) => {
    expect(checkDoors(plantModules({ [path]: line }))).toEqual([]);
  });
});

describe('cycles', () => {
  it('names every file of a ring, also through types', () => {
    const findings = checkCycles(
      plantModules({
        'src/kernel/a.ts': `import { b } from './b.ts';`,
        'src/kernel/b.ts': `import type { C } from './c.ts';`,
        'src/kernel/c.ts': `export { a } from './a.ts';`,
        'src/kernel/d.ts': `import './a.ts';`,
      }),
    );
    expect(findings.map(({ problem }) => problem)).toEqual([
      'these files import each other: src/kernel/a.ts, src/kernel/b.ts, src/kernel/c.ts',
    ]);
  });

  it('finds a file that imports itself, and nothing in a diamond', () => {
    expect(checkCycles(plantModules({ 'src/kernel/a.ts': `import './a.ts';` }))).toHaveLength(1);
    const diamond = plantModules({
      'src/kernel/a.ts': `import './b.ts'; import './c.ts';`,
      'src/kernel/b.ts': `import './d.ts';`,
      'src/kernel/c.ts': `import './d.ts';`,
      'src/kernel/d.ts': '',
    });
    expect(checkCycles(diamond)).toEqual([]);
  });
});

describe('unreached files', () => {
  const tree = {
    'src/cli/main.ts': `import './serve.ts'; new Worker(new URL('./worker.ts', import.meta.url));`,
    'src/cli/serve.ts': '',
    'src/cli/worker.ts': '',
    'src/cli/testing.ts': '',
    'src/cli/serve.test.ts': `import './serve.ts'; import './testing.ts';`,
  };
  const unreached = (more: Readonly<Record<string, string>>): readonly string[] =>
    checkUnreached(plantModules({ ...tree, ...more }), ['src/cli/main.ts']).map(({ path }) => path);

  it('are none where every file has a reader', () => {
    expect(unreached({})).toEqual([]);
  });

  it('include one that only its own test reads, and an island', () => {
    expect(
      unreached({
        'src/cli/dead.ts': `import './island.ts';`,
        'src/cli/island.ts': '',
        'src/cli/dead.test.ts': `import './dead.ts';`,
      }),
    ).toEqual(['src/cli/dead.ts', 'src/cli/island.ts']);
  });

  it('include test support that no test reads', () => {
    expect(unreached({ 'src/gate/testing.ts': '' })).toEqual(['src/gate/testing.ts']);
  });
});

describe('specifiers', () => {
  it('must exist, with their ending, or be declared', () => {
    const modules = plantModules({
      'src/kernel/a.ts': [
        `import './b';`,
        `import './b.ts';`,
        `import 'left-pad';`,
        `import '@fastify/swagger/x';`,
        `import 'node:fs';`,
      ].join('\n'),
      'src/kernel/b.ts': '',
    });
    expect(placesOf(checkSpecifiers(modules, new Set(['@fastify/swagger'])))).toEqual([
      'src/kernel/a.ts:1',
      'src/kernel/a.ts:3',
    ]);
  });
});
