import { describe, expect, it } from 'vitest';
import { northlakeText } from '../arbitrary.testing.ts';
import { checkCharter } from './charter.ts';

function problemsOf(...trees: readonly string[]): readonly string[] {
  const section = trees.map((tree) => `  - ${tree}\n`).join('');
  const check = checkCharter(`${northlakeText}\nevidence:\n${section}`);
  return check.ok ? [] : check.problems.map(({ code, path }) => `${code} ${path}`);
}

describe('evidence trees', () => {
  it('are read in their order', () => {
    const trees = [
      '{ id: a, when: { signal: vendor-breach }, order: cut-first }',
      '{ id: b, when: { severity: sev1 }, order: both-at-once }',
      '{ id: c, order: preserve-first, fuse: PT1M }',
    ];
    expect(problemsOf(...trees)).toEqual([]);
    const check = checkCharter(`${northlakeText}\nevidence:\n  - ${trees.join('\n  - ')}\n`);
    expect(check.ok && check.charter.evidence).toEqual([
      { id: 'a', when: { signal: ['vendor-breach'] }, order: 'cut-first', fuseMs: null },
      { id: 'b', when: { severity: ['sev1'] }, order: 'both-at-once', fuseMs: null },
      { id: 'c', when: {}, order: 'preserve-first', fuseMs: 60_000 },
    ]);
  });

  it.each([
    [
      'a fuse of an hour',
      '{ id: a, order: preserve-first, fuse: PT1H }',
      'unbounded evidence[0].fuse',
    ],
    [
      'a fuse beyond the one of the charter',
      '{ id: a, order: preserve-first, fuse: PT2M }',
      'unbounded evidence[0].fuse',
    ],
    [
      'no time at all',
      '{ id: a, order: preserve-first, fuse: PT0S }',
      'impossible evidence[0].fuse',
    ],
    [
      'a fuse for what does not wait',
      '{ id: a, order: cut-first, fuse: PT1M }',
      'contradiction evidence[0].fuse',
    ],
    [
      'a class that nobody knows',
      '{ id: a, when: { class: nothing }, order: cut-first }',
      'unknown-name evidence[0].when.class',
    ],
    ['another order', '{ id: a, order: never }', 'unknown-word evidence[0].order'],
  ])('refuses %s', (_name, tree, problem) => {
    expect(problemsOf(tree)).toEqual([problem]);
  });

  it('refuses what is never reached, and names used twice', () => {
    const all = '{ id: a, order: cut-first }';
    expect(problemsOf(all, '{ id: b, when: { severity: sev1 }, order: cut-first }')).toEqual([
      'overlap evidence[1]',
    ]);
    expect(problemsOf('{ id: a, when: { severity: sev1 }, order: cut-first }', all)).toEqual([
      'repeated evidence[1].id',
    ]);
  });
});
