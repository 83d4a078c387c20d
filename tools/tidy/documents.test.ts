import { describe, expect, it } from 'vitest';
import { anchorOf, checkDocumentLinks, checkListed, checkMachineTraces } from './documents.ts';
import { placesOf, plantFiles } from './planted.ts';

describe('document links', () => {
  const others = { 'src/kernel/clock.ts': '', 'docs/b.md': '# Two words\n' };
  const linksOf = (text: string): readonly string[] =>
    checkDocumentLinks(plantFiles({ ...others, 'docs/a.md': text })).map(
      ({ line, problem }) => `${line}: ${problem}`,
    );

  it.each([
    '[b](b.md)',
    '[b](b.md#two-words)',
    '[folder](../src/kernel/)',
    '[self](#own-heading)\n\n## Own heading',
    '[web](https://example.com/x) and [mail](mailto:a@example.com)',
    'see `src/kernel/clock.ts` and `src/kernel`',
    'a pattern `src/*/index.ts`, a place `docs/decisions/NNNN-name.md`, code `a/b`',
    '```sh\ncat docs/none.md\n[x](none.md)\n```',
    'code is no link: `f[0](x)`',
  ])('are right in: %s', (text) => {
    expect(linksOf(text)).toEqual([]);
  });

  it.each([
    ['\n[b](c.md)', '2: the link leads to docs/c.md, which does not exist'],
    ['[b](b.md#three)', '1: docs/b.md has no heading #three'],
    ['[b](#none)', '1: docs/a.md has no heading #none'],
    ['see `src/kernel/clocks.ts`', '1: src/kernel/clocks.ts does not exist'],
    ['```\n```\n[b](c.md)', '3: the link leads to docs/c.md, which does not exist'],
  ])('are found wrong in: %s', (text, problem) => {
    expect(linksOf(text)).toEqual([problem]);
  });

  it('know headings by the names that renderers give them', () => {
    expect(anchorOf('Cut & prove: `G1` to G5')).toBe('cut--prove-g1-to-g5');
  });
});

describe('traces of a machine', () => {
  it('are found in any file', () => {
    const files = plantFiles({
      'a.md': 'look in /home/mia/firebreak',
      'b.ts': '\nconst f = "/root/x";',
      'c.json': '"resolved": "https://npm.internal.example.io/a.tgz"',
      'd.json': '"https://registry.npmjs.org/a"',
      'e.ts': 'const p = "/Users/mia/x";',
    });
    expect(placesOf(checkMachineTraces(files))).toEqual([
      'a.md:1',
      'b.ts:2',
      'c.json:1',
      'd.json:1',
      'e.ts:1',
    ]);
  });

  it('are not seen in routes, examples and ordinary paths', () => {
    const files = plantFiles({
      'a.md': 'GET /v1/users/home/x, /usr/lib/postgresql, https://registry.example/v2, /tmp',
      'b.ts': 'const base = `${root}/work`; const u = "http://localhost:7470";',
    });
    expect(checkMachineTraces(files)).toEqual([]);
  });
});

describe('a list that promises to be complete', () => {
  it('lacks what is not in backticks', () => {
    const [document] = plantFiles({ 'docs/e.md': '`one` and two' });
    const problems = checkListed(document, 'docs/e.md', ['one', 'two'], 'write it');
    expect(problems.map(({ problem }) => problem)).toEqual(['`two` is missing']);
    expect(checkListed(undefined, 'docs/e.md', ['one'], 'write it')).toHaveLength(1);
  });
});
