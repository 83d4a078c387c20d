import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AuthorityResolution } from '../authority/index.ts';
import { isFirebreakError } from '../kernel/index.ts';
import { whoDecides, type WhoWords } from './offline-who.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../examples/northlake/${name}`, import.meta.url));
const NOTHING = { tags: [], services: [], owners: [], signals: [], suspects: [], without: [] };

function who(words: Partial<WhoWords>): AuthorityResolution {
  return whoDecides(file('charter.yaml'), file('roster.yaml'), {
    ...NOTHING,
    decision: 'contain',
    at: '2026-12-02T09:02:00Z',
    ...words,
  });
}

const people = (found: AuthorityResolution): readonly string[] =>
  (found.ladder ?? []).map(({ people: names }) => names.join(', '));

function codeOf(words: Partial<WhoWords>): string {
  try {
    who(words);
    return 'answered';
  } catch (error) {
    return isFirebreakError(error) ? `${error.code}: ${error.message}` : 'another error';
  }
}

describe('charter who', () => {
  it('answers for the same minute whether it is written in UTC or with an offset', () => {
    const [utc, berlin] = ['2026-12-02T09:02:00Z', '2026-12-02T10:02:00+01:00'];
    expect(who({ at: utc }).holders).toEqual(who({ at: berlin }).holders);
    expect(codeOf({ at: '2026-12-02T09:02:00' })).toContain('usage-wrong');
  });

  it('passes over whoever is suspect or away, and counts the channels that are left', () => {
    expect(people(who({ severity: 'sev2' }))[0]).toBe('mia');
    expect(people(who({ severity: 'sev2', suspects: ['mia'] }))[0]).toBe('jonas');
    expect(people(who({ severity: 'sev2', without: ['mia', 'jonas'] }))[0]).toBe('leon');
    expect(who({ without: ['okta'] }).ladder?.[0]?.channels).toEqual(['voice', 'sms']);
    expect(who({ without: ['okta', 'pstn'] }).breakGlass).toBe(true);
  });

  it('finds the class by what is said of the identity, and what would happen without asking', () => {
    const leak = { kind: 'ci-identity', signals: ['credential-exposed'] };
    expect(who(leak)).toMatchObject({ classes: ['ci'], automaticUpTo: 'G2' });
    expect(who({ ...leak, confidence: 'medium' }).automaticUpTo).toBeNull();
    expect(who({ tags: ['plant-control'] }).right).toBe('contain.ics');
    expect(who({ decision: 'restore', owners: ['team-payments'] }).holders[0]?.person).toBe(
      'nadia',
    );
  });

  it('refuses what it does not know', () => {
    expect(codeOf({ decision: 'panic' })).toContain('usage-wrong: --decision is one of contain');
    expect(codeOf({ suspects: ['eve'] })).toContain('there is no person eve');
    expect(codeOf({ without: ['pigeon'] })).toContain('the channels are push, okta');
    expect(codeOf({ signals: ['leak'] })).toContain('--signal is one of');
  });
});
