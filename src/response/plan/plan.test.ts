import { describe, expect, it } from 'vitest';
import {
  ALL,
  considered,
  Driver,
  KEY,
  offers,
  OTHER_KEY,
  resolution,
} from '../incident/fixtures.testing.ts';
import type { SubjectState } from '../incident/model.ts';
import type { Compromise } from './compromise.ts';
import { firstHold, holdsFor, isolationHold, refusal, standsAlready, strongest } from './plan.ts';

function subject(changes: Partial<SubjectState> = {}): SubjectState {
  const driver = new Driver();
  driver.say({ resolution: resolution({ automaticUpTo: null }) });
  const [found] = driver.now.subjects;
  if (found === undefined) throw new Error('a signal has a subject');
  return { ...found, ...changes };
}

describe('what is planned is the least that does it', () => {
  it('takes the named credential where the target can tell credentials apart', () => {
    expect(holdsFor(subject(), 'G4', '').map((hold) => hold.credential?.id)).toEqual([KEY]);
  });

  it.each([
    ['the target cannot', { capabilities: offers(['G4'], 'identity') }],
    ['no credential is named', { credentials: [] }],
    ['it began with the identity as a whole', { wide: true }],
  ])('takes the identity when %s', (_why, changes) => {
    expect(holdsFor(subject(changes), 'G4', '').map((hold) => hold.grain)).toEqual(['identity']);
  });

  it('leaves alone a credential that only an unauthenticated signal names', () => {
    const claimed = { id: OTHER_KEY, ref: 'other', exposed: true, custody: null, claimed: true };
    const both = subject({ credentials: [...subject().credentials, claimed] });
    expect(holdsFor(both, 'G4', '').map((hold) => hold.credential?.id)).toEqual([KEY]);
    const alone = subject({ credentials: [claimed] });
    expect(holdsFor(alone, 'G4', '').map((hold) => hold.credential?.id)).toEqual([OTHER_KEY]);
  });

  it('goes no further than it may, and only where it can be taken back', () => {
    expect(firstHold(subject(), 'G1')).toBe('G1');
    expect(firstHold(subject(), 'G5')).toBe('G2');
    expect(isolationHold(subject(), 'G2')).toBeNull();
    expect(isolationHold(subject(), 'G3')).toBe('G3');
    const onceOnly = offers(['G3', 'G4'], 'credential', { reversible: false });
    expect(strongest(subject({ capabilities: onceOnly }), ['G3', 'G4'], 'G5')).toBeNull();
  });

  it('plans nothing twice', () => {
    const driver = new Driver();
    driver.say({ capabilities: ALL });
    const { digest } = driver.cut(0);
    expect(standsAlready(driver.now.cuts, digest)?.id).toBe(driver.cut(0).id);
    driver.prove(driver.cut(0));
    driver.say({ source: 'scanner' });
    expect(driver.now.cuts).toHaveLength(1);
  });

  it('takes the tokens of a grant when they are abused, and the whole of what was dormant', () => {
    const token = { id: OTHER_KEY, ref: 'token', exposed: true, custody: null };
    const taken = (compromise: Compromise): readonly (string | undefined)[] => {
      const driver = new Driver();
      driver.do({
        type: 'consider',
        considered: { ...considered({ type: 'credential-misuse' }), compromise, family: [token] },
      });
      const [found] = driver.now.subjects;
      return found === undefined ? [] : holdsFor(found, 'G4', '').map((one) => one.credential?.id);
    };
    expect(taken('leaked-credential')).toEqual([KEY]);
    expect(taken('refresh-abused')).toEqual([KEY, OTHER_KEY]);
    expect(taken('dormant-awake')).toEqual([undefined]);
    expect(taken('vendor-breached')).toEqual([undefined]);
    expect(taken('agent-off-intent')).toEqual([KEY]);
  });

  it('refuses what the survival of the response hangs on, whoever asks and by whatever signal', () => {
    const driver = new Driver();
    const why = 'admin is the last administrator of ci';
    driver.do({ type: 'consider', considered: { ...considered(), survival: [why] } });
    expect(driver.now.cuts).toEqual([]);
    expect(driver.now.subjects[0]?.held).toBe(why);
    driver.say({ source: 'detector' });
    expect(driver.now.cuts).toEqual([]);
    // It is no longer the last: the next word about it plans again.
    driver.do({ type: 'consider', considered: { ...considered(), survival: [] } });
    expect(refusal(driver.now.subjects[0] ?? subject())).toBeNull();
  });

  it('refuses what Firebreak itself acts as', () => {
    expect(refusal(subject())).toBeNull();
    expect(refusal(subject({ identityRef: 'firebreak' }))).toContain('by hand');
  });
});
