import { describe, expect, it } from 'vitest';
import { checkCharter, loadCharter } from '../charter/charter.ts';
import { proveCoverage } from '../prover/prove.ts';
import { checkRosterFits, loadRoster } from '../roster/roster.ts';
import { CHARTER_TEMPLATES, templateFiles } from './templates.ts';

const YEAR_MS = 365 * 86_400_000;
const FROM_MS = Date.parse('2026-12-01T00:00:00Z');

describe.each(CHARTER_TEMPLATES)('the template %s', (name) => {
  const { charter: text, roster: people } = templateFiles(name);

  it('is sound, and its roster fills every seat', () => {
    expect(checkCharter(text)).toMatchObject({ ok: true });
    checkRosterFits(loadCharter(text), loadRoster(people));
  });

  it('has somebody who decides in every minute of a year', () => {
    const [charter, roster] = [loadCharter(text), loadRoster(people)];
    const proof = proveCoverage({ charter, roster, fromMs: FROM_MS, untilMs: FROM_MS + YEAR_MS });
    expect(proof.gaps).toEqual([]);
    expect(proof.cells).toBeGreaterThan(10);
  });

  it('lets nothing act by itself before somebody has watched it', () => {
    expect(new Set(loadCharter(text).mandates.map(({ mode }) => mode))).toEqual(
      new Set(['shadow']),
    );
    expect(text.split('\n').filter((line) => line.includes('#')).length).toBeGreaterThan(10);
  });
});
