import { describe, expect, it } from 'vitest';
import { placesOf, plantFiles, plantModules } from './planted.ts';
import { checkSizes, FILE_LINES_MAX, FUNCTION_LINES_MAX, TEST_FILE_LINES_MAX } from './sizes.ts';
import {
  checkCasts,
  checkDefaultExports,
  checkFolderNames,
  checkFunctionNames,
  checkTimeAndChance,
  checkUnfinished,
} from './words.ts';

const lines = (count: number, line = 'f();'): string => `${line}\n`.repeat(count);
const sizesOf = (path: string, text: string) =>
  checkSizes(plantModules({ [path]: text })).map(({ line, problem }) => `${line}: ${problem}`);

describe('sizes', () => {
  it('allow exactly the limit and refuse one more line', () => {
    expect(sizesOf('src/gate/a.ts', lines(FILE_LINES_MAX))).toEqual([]);
    expect(sizesOf('src/gate/a.ts', lines(FILE_LINES_MAX + 1))).toEqual([
      '401: the file has 401 lines, at most 400 are allowed',
    ]);
    expect(sizesOf('src/gate/a.test.ts', lines(TEST_FILE_LINES_MAX))).toEqual([]);
    expect(sizesOf('src/gate/a.test.ts', lines(TEST_FILE_LINES_MAX + 1))).toHaveLength(1);
  });

  it.each([
    ['a declaration', (body: string) => `\nfunction decide() {\n${body}}\n`, 'decide'],
    ['an arrow', (body: string) => `\nconst decide = () => {\n${body}};\n`, 'decide'],
    ['a method', (body: string) => `class A {\ndecide() {\n${body}}\n}\n`, 'decide'],
    ['a member', (body: string) => `f({\ndecide: () => {\n${body}} });\n`, 'decide'],
    ['a callback', (body: string) => `\nf(() => {\n${body}});\n`, 'a function without a name'],
  ])('hold for %s', (_name, wrap, name) => {
    const inside = FUNCTION_LINES_MAX - 2;
    expect(sizesOf('src/gate/a.ts', wrap(lines(inside)))).toEqual([]);
    expect(sizesOf('src/gate/a.ts', wrap(lines(inside + 1)))).toEqual([
      `2: ${name} has 71 lines, at most 70 are allowed`,
    ]);
  });

  it('count inner functions for the outer one', () => {
    const inner = `const f = () => {\n${lines(40)}};\n`;
    expect(sizesOf('src/gate/a.ts', `function outer() {\n${inner}${inner}}\n`)).toHaveLength(1);
  });

  it('count the tests of a suite each for itself', () => {
    const test = `it('x', () => {\n${lines(40)}});\n`;
    const nested = `describe.each([1])('y', () => {\n${test}${test}});\n`;
    expect(sizesOf('src/gate/a.test.ts', `describe('z', () => {\n${nested}${test}});\n`)).toEqual(
      [],
    );
    const long = `it.skipIf(x)('long', async () => {\n${lines(70)}});\n`;
    expect(sizesOf('src/gate/a.test.ts', `describe('z', () => {\n${test}${long}});\n`)).toEqual([
      '44: a function without a name has 72 lines, at most 70 are allowed',
    ]);
    const setup = `describe('z', () => {\n${lines(69)}${test}});\n`;
    expect(sizesOf('src/gate/a.test.ts', setup)).toHaveLength(1);
  });

  it('spare a table that says so with a reason, and only at the top', () => {
    expect(sizesOf('src/gate/a.ts', `// table: every transition\n${lines(500)}`)).toEqual([]);
    expect(sizesOf('src/gate/a.ts', `// table:\n${lines(500)}`)).toHaveLength(1);
    expect(sizesOf('src/gate/a.ts', `${lines(20)}// table: late\n${lines(500)}`)).toHaveLength(1);
  });
});

describe('words', () => {
  it('find folders that say nothing', () => {
    const files = plantFiles({
      'src/gate/utils/a.ts': '',
      'test/common/a.ts': '',
      'src/gate/service.ts': '',
    });
    expect(placesOf(checkFolderNames(files))).toEqual([
      'src/gate/utils/a.ts:1',
      'test/common/a.ts:1',
    ]);
  });

  it('find functions named after no act', () => {
    const text = [
      'function handleSignal() {}',
      'const processAll = () => {};',
      'class A { manage() {} }',
      'const o = { process: async () => {}, handle_x: function () {} };',
      'const handler = () => {}; function processor() {} const handle = setTimeout(f); process.exit();',
    ].join('\n');
    expect(placesOf(checkFunctionNames(plantModules({ 'src/a.ts': text })))).toEqual([
      'src/a.ts:1',
      'src/a.ts:2',
      'src/a.ts:3',
      'src/a.ts:4',
      'src/a.ts:4',
    ]);
  });

  it('find unfinished business in code and documents', () => {
    const files = plantFiles({
      'a.ts': '\n// TODO later',
      'b.md': 'FIXME',
      'c.ts': 'const mastodon = 1',
    });
    expect(placesOf(checkUnfinished(files))).toEqual(['a.ts:2', 'b.md:1']);
  });

  it('find default exports', () => {
    const modules = plantModules({
      'src/a.ts': 'export default 1;',
      'src/b.ts': 'const b = 1;\nexport { b as default };',
      'src/c.ts': 'export const c = "export default 1";',
      'vitest.config.ts': 'export default {};',
    });
    expect(placesOf(checkDefaultExports(modules))).toEqual(['src/a.ts:1', 'src/b.ts:2']);
  });

  it('find time and chance that were not passed in', () => {
    const text = [
      'const a = Date.now();',
      'const b = Math.random;',
      'const c = new Date();',
      'const d = Temporal.Now.instant();',
      'const m = performance.now();',
      'const e = new Date(0); const f = "Date.now()"; // Date.now()',
    ].join('\n');
    const places = (path: string) => placesOf(checkTimeAndChance(plantModules({ [path]: text })));
    expect(places('src/gate/a.ts')).toEqual([1, 2, 3, 4, 5].map((line) => `src/gate/a.ts:${line}`));
    for (const free of ['src/kernel/a.ts', 'src/app/a.ts', 'bench/a.ts', 'src/gate/a.test.ts']) {
      expect(places(free)).toEqual([]);
    }
  });

  it('find casts without a reason', () => {
    const text = [
      'const a = x as string;',
      'const b = x as const;',
      'const c = [1] as const satisfies number[];',
      '// The parser has checked it.',
      'const d = x as string;',
      'const e = x as string; // parsed above',
      '',
      'const f = g(1, x as unknown as string);',
      '// Spread over lines.',
      'const h = g(',
      '  x as string,',
      ');',
      'const i = <string>x;',
      'import { j as k } from "./j.ts";',
    ].join('\n');
    expect(placesOf(checkCasts(plantModules({ 'src/a.ts': text })))).toEqual([
      'src/a.ts:1',
      'src/a.ts:8',
      'src/a.ts:13',
    ]);
  });
});
