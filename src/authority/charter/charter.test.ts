import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { northlake, northlakeRoster, northlakeText } from '../arbitrary.testing.ts';
import { charterDigest, checkCharter, loadCharter } from './charter.ts';
import type { CharterProblem } from '../model.ts';
import { checkRosterFits } from '../roster/roster.ts';

function problemsOf(text: string): readonly CharterProblem[] {
  const check = checkCharter(text);
  return check.ok ? [] : check.problems;
}

function changed(from: string, to: string): string {
  expect(northlakeText).toContain(from);
  return northlakeText.replace(from, to);
}

describe('a charter', () => {
  it('of northlake is whole, and its roster fills every seat', () => {
    expect(northlake.rights).toHaveLength(14);
    expect(northlake.mandates.map(({ mode }) => mode)).toEqual(['act', 'act', 'act']);
    checkRosterFits(northlake, northlakeRoster);
  });

  it('of northlake with short shifts has the right form: its holes are for the prover', () => {
    const short = new URL('../../../examples/northlake/charter-short-shifts.yaml', import.meta.url);
    const charter = loadCharter(readFileSync(short, 'utf8'));
    expect(charter.seats.get('ir-lead')).toMatchObject({ fill: 'sun', otherwise: null });
    expect(charter.rights).toEqual(northlake.rights);
    checkRosterFits(charter, northlakeRoster);
  });

  it('is named by what it says, not by how it is laid out', () => {
    const respaced = `# another comment\n${northlakeText.replace('format: 1', 'format:    1')}`;
    expect(charterDigest(respaced)).toBe(northlake.digest);
    expect(charterDigest(changed('revision: 7', 'revision: 8'))).not.toBe(northlake.digest);
  });

  it('promise 14: leaves a mandate in shadow that does not say otherwise', () => {
    const silent = loadCharter(changed('    mode: act\n', ''));
    expect(silent.mandates.map(({ mode }) => mode)).toEqual(['shadow', 'act', 'act']);
  });

  it('may say again what it inherits', () => {
    const when = 'when: { severity: [sev1] }';
    expect(problemsOf(changed(when, `${when}\n    decision: contain`))).toEqual([]);
  });

  it('is refused without fuses when a mandate acts, and without the meaning of what is missing', () => {
    const unbounded = northlakeText.replace(/ {2}same-source: .*\n/u, '');
    expect(problemsOf(unbounded)[0]?.path).toBe('mandates[0].mode');
    const silent = northlakeText.replace(/^unknown:[\s\S]*?^parties:/mu, 'parties:');
    expect(problemsOf(silent).map(({ path }) => path)).toEqual(['unknown']);
  });

  it.each([
    ['nothing', '', 1],
    ['a list', '- a', 1],
    ['broken YAML', 'charter: [\nformat: 1', 2],
    ['a name twice', 'charter: a\ncharter: b', 2],
    ['aliases', 'charter: &a x\nroster: *a', 1],
    ['a bomb', `a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]`, 1],
    ['depth', '['.repeat(100_000), 1],
    ['ten megabytes', `charter: ${'x'.repeat(10_000_000)}`, 1],
  ])('is refused for %s', (_name, text, line) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.line).toBe(line);
  });

  it('throws one error with every problem', () => {
    const text = changed('window: PT15M', 'window: 15m').replace('upTo: restrict', 'upTo: much');
    expect(() => loadCharter(text)).toThrow(
      expect.objectContaining({
        code: 'charter-invalid',
        facts: expect.objectContaining({ count: 2 }),
      }),
    );
  });
});
