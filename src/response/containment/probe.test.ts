import { describe, expect, it } from 'vitest';
import { Driver, offers, resolution } from '../incident/fixtures.testing.ts';
import type { CutState } from './model.ts';
import { kills, probeMeansOf } from './probe.ts';

/** G4 of the leaked credential did not hold, so the whole identity is suspended; its secret lies in custody. */
function widened(): {
  readonly driver: Driver;
  readonly narrow: CutState;
  readonly whole: CutState;
} {
  const driver = new Driver();
  driver.say({ resolution: resolution({ profile: 'hard-stop' }), capabilities: offers(['G4']) });
  const narrow = driver.cut(0);
  driver.event(narrow, { type: 'evidence', captured: [], missed: [] });
  driver.event(narrow, { type: 'blocked', step: 'cut.prepare', reason: 'no right' });
  return { driver, narrow: driver.cut(0), whole: driver.cut(1) };
}

describe('how a cut is tried', () => {
  it('is the secret itself, when it is in custody', () => {
    const { driver, narrow } = widened();
    expect(probeMeansOf(driver.now, narrow)).toMatchObject({ method: 'secret' });
  });

  it('is never a credential that another cut holds, when the whole identity is to be proven', () => {
    const { driver, narrow, whole } = widened();
    expect(probeMeansOf(driver.now, whole)).toMatchObject({ method: 'secret' });
    const acted = { ...narrow, attempts: 1 };
    const state = { ...driver.now, cuts: [acted, whole] };
    expect(probeMeansOf(state, whole)).toEqual({ method: 'impersonation', custody: null });
    const gone = { ...acted, status: 'restored' as const };
    expect(probeMeansOf({ ...state, cuts: [gone, whole] }, whole)).toMatchObject({
      method: 'secret',
    });
  });

  it('is the leaked secret once the identity comes back without it', () => {
    const { driver, narrow, whole } = widened();
    const decision = driver.now.decisions[0]?.id ?? ('dec_1' as never); // only carried along
    const restore = {
      decision,
      rearmCredential: false,
      isRearm: false,
      startedAtMs: 0,
      revertedAtMs: null,
      probes: 0,
    };
    const reverting = { ...whole, status: 'reverting' as const, restore };
    const state = { ...driver.now, cuts: [{ ...narrow, attempts: 1 }, reverting] };
    expect(probeMeansOf(state, reverting)).toMatchObject({ method: 'secret' });
  });
});

describe('what kills a credential', () => {
  it('is an isolating cut that acted and stands, for its own credential', () => {
    const { narrow } = widened();
    const ref = narrow.order.subject.credential ?? '';
    const acted = { ...narrow, attempts: 1, status: 'applied' as const };
    expect(kills(acted, ref)).toBe(true);
    expect(kills(acted, 'another')).toBe(false);
    expect(kills({ ...acted, attempts: 0 }, ref)).toBe(false);
    expect(kills({ ...acted, status: 'failed' }, ref)).toBe(false);
    expect(kills({ ...acted, status: 'restored' }, ref)).toBe(false);
    const reduced = { ...acted, order: { ...acted.order, guarantee: 'G2' as const } };
    expect(kills(reduced, ref)).toBe(false);
  });
});
