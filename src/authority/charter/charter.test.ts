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

/** The line on which `part` stands in the text. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

function changed(from: string, to: string): string {
  expect(northlakeText).toContain(from);
  return northlakeText.replace(from, to);
}

/** What is changed in northlake's charter, into what, and what is said about it. */
const BROKEN = [
  ['an unknown section', 'parties:', 'partys:', 'there is no section partys'],
  ['an unknown member', 'sources: 1 }', 'sorces: 1 }', 'sorces is not known here'],
  ['an unknown word', 'signal: [credential-exposed]', 'signal: [leak]', 'this word is not known'],
  ['a wrong duration', 'window: PT15M', 'window: 15m', 'is not an ISO 8601 duration'],
  ['a wrong type', 'sources: 2 }\n    upTo', 'sources: two }\n    upTo', 'is not a whole number'],
  ['an unknown seat', 'seat: comms-lead,', 'seat: comms-leed,', 'there is no seat comms-leed'],
  ['an unknown class', 'class: crown, severity', 'class: crowns, severity', 'there is no class'],
  ['an unknown right', 'overrides: [contain.default]', 'overrides: [x]', 'there is no right x'],
  [
    'an unknown zone',
    'zone: Europe/Berlin,    from',
    'zone: Mars/Olympus,    from',
    'no time zone',
  ],
  ['an unknown party', 'party: orbis,', 'party: orbit,', 'there is no party orbit'],
  ['an id twice', 'id: agent-unsafe-action', 'id: ci-token-leak', 'has ci-token-leak twice'],
  ['a mandate that revokes', 'upTo: suspend', 'upTo: revoke', 'only after an uncontested window'],
  [
    'a default that revokes',
    '{ stage: isolate, after: last-rung, meanwhile: { stage: restrict, after: PT5M } }',
    '{ stage: revoke, after: last-rung }',
    'is reversible; revoke is not',
  ],
  [
    'a default that restores',
    '{ keep: current-stage, repage: PT30M }',
    '{ stage: restrict }',
    'restore has no acting default',
  ],
  [
    'a default that publishes',
    '{ keep: silent, repage: PT15M }',
    '{ stage: isolate }',
    'communicate has no acting default',
  ],
  [
    'a default that notifies',
    'prepare: draft, repage: PT1H',
    'stage: restrict, repage: PT1H',
    'notify has no acting default',
  ],
  [
    'a silent deadline',
    '{ keep: silent, repage: PT1H }',
    '{ repage: PT1H }',
    'does not say what happens',
  ],
  [
    'an overlap',
    'overrides: [contain.default, contain.sev1]\n',
    'overrides: [contain.default]\n',
    'contain.sev1 and contain.ics both answer one case (contain: severity sev1, an identity of class ics)',
  ],
  [
    'a decision of nobody',
    'decision: [resume, end-exercise]',
    'decision: [resume]',
    'nobody has the right to end-exercise',
  ],
  [
    'descendants too deep',
    'upTo: isolate, limit: 20',
    'upTo: suspend, limit: 20',
    'at most isolate',
  ],
  [
    'a quorum of nobody',
    'quorum: 2, from: [ir-lead, platform-lead, ciso, coo]',
    'quorum: 5, from: [ir-lead, platform-lead, ciso, coo]',
    'a quorum of 5',
  ],
  [
    'a foreign decider',
    '{ seat: soc-deputy, acknowledge: PT2M, decide: PT3M, lastResort',
    '{ seat: orbis-duty, acknowledge: PT2M, decide: PT3M, lastResort',
    'belongs to orbis',
  ],
  [
    'protected by neither',
    '{ class: ics, max: restrict',
    '{ max: restrict',
    'names an identity or a class',
  ],
  ['a path to nowhere', 'path: [ciso, coo]', 'path: [cisco]', 'there is no path cisco'],
] as const;

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

  it.each(BROKEN)('is refused for %s, on its line', (_name, from, to, expected) => {
    const text = changed(from, to);
    const problems = problemsOf(text);
    const found = problems.find(({ problem }) => problem.includes(expected));
    expect(problems.map(({ problem }) => problem)).toContain(found?.problem);
    const word = (to.match(/[\w.-]{4,}/u) ?? [to])[0];
    const line = lineOf(northlakeText, from) + to.slice(0, to.indexOf(word)).split('\n').length - 1;
    // A problem of a whole right or mandate is shown at its beginning.
    const whole = /^(?:rights|mandates)(?:\[\d+\])?$/u.test(found?.path ?? '');
    expect(whole || found?.line === line).toBe(true);
    expect(found?.remedy).not.toBe('');
    expect(found?.column).toBeGreaterThan(0);
  });

  it('may say again what it inherits', () => {
    const when = 'when: { severity: [sev1] }';
    expect(problemsOf(changed(when, `${when}\n    decision: contain`))).toEqual([]);
  });

  it('is refused for overrides in a circle', () => {
    const first = changed(
      'decision: contain          #',
      'overrides: [contain.sev1]\n    decision: contain #',
    );
    expect(problemsOf(first).map(({ problem }) => problem)).toContain(
      'overrides go in a circle: contain.default > contain.sev1 > contain.default',
    );
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
