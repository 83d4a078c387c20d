import { describe, expect, it } from 'vitest';
import type { CutState } from '../containment/model.ts';
import { Driver, IDENTITY, OTHER_KEY, offers, resolution } from './fixtures.testing.ts';
import { standingOf } from './standing.ts';

const MISSING = { type: 'blocked', step: 'cut.apply', reason: 'suspend is missing' } as const;

/** Isolation has begun and the target refuses it. */
function blocked(changes: Parameters<Driver['say']>[0] = {}): Driver {
  const driver = new Driver();
  driver.say(changes);
  driver.prove(driver.cutOf('G2'));
  driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
  block(driver, driver.cutOf('G4'));
  return driver;
}

function block(driver: Driver, cut: CutState): void {
  driver.event(cut, { type: 'evidence', captured: [], missed: [] });
  driver.event(cut, { ...PREPARED });
  driver.event(cut, MISSING);
}

const PREPARED = {
  type: 'prepared',
  preImage: { enabled: true },
  inverse: { enabled: true },
  control: true,
  stillAutomatic: true,
} as const;

/** A person gave the right that was missing; the step goes on as if it had never been blocked. */
function release(driver: Driver, cut: CutState): void {
  driver.event(cut, { type: 'applied', applied: { state: 'done', raw: {} } });
  const probed = { observed: 'denied', error: 'suspended', expected: true } as const;
  for (let times = 0; times < 3; times += 1) {
    driver.after(5_000).event(cut, {
      type: 'probed',
      probed: { ...probed, control: 'works', vantage: 'outside', method: 'secret' },
    });
  }
}

const statesOf = (driver: Driver): readonly string[] =>
  driver.now.decisions.map((one) => one.state);

describe('a question that goes beyond a blocked cut', () => {
  it('closes when that cut is released and proven, and what it would cut is dropped', () => {
    const driver = blocked();
    const narrow = driver.now.cuts.find((cut) => cut.status === 'blocked');
    expect(statesOf(driver)).toEqual(['open']);
    expect(driver.now.decisions[0]?.because).toBe(narrow?.id);
    if (narrow === undefined) throw new Error('nothing is blocked');
    release(driver, narrow);
    expect(statesOf(driver)).toEqual(['expired']);
    expect(driver.now.cuts.map((cut) => cut.status)).toEqual(['proven', 'proven', 'dropped']);
    expect(standingOf(driver.now).sentence).toBe('contained');
  });

  it('stays open while another cut of the identity is blocked', () => {
    const driver = new Driver();
    driver.say();
    driver.say({ credential: OTHER_KEY });
    for (const cut of driver.now.cuts) driver.prove(cut);
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    const both = driver.now.cuts.filter((cut) => cut.order.guarantee === 'G4');
    for (const cut of both) block(driver, cut);
    const [first, second] = both;
    if (first === undefined || second === undefined) throw new Error('two credentials are named');
    release(driver, first);
    expect(statesOf(driver)).toContain('open');
    release(driver, second);
    expect(statesOf(driver)).not.toContain('open');
  });

  it('stays open when a default has begun something of its own meanwhile', () => {
    const driver = blocked();
    const [asked] = driver.now.decisions;
    const narrow = driver.now.cuts.find((cut) => cut.status === 'blocked');
    if (asked === undefined || narrow === undefined) throw new Error('nothing is asked');
    const wider = driver.now.cuts.at(-1);
    expect(wider?.order.grain).toBe('identity');
    driver.answer('approve');
    release(driver, narrow);
    expect(driver.now.cuts.at(-1)?.status).not.toBe('dropped');
  });

  it('takes back what was to be done by hand', () => {
    const driver = blocked({ capabilities: offers(['G2', 'G4'], 'identity') });
    // The same cut is asked for again, until there is nothing left to try.
    for (let times = 0; times < 6 && driver.now.manual.length === 0; times += 1) {
      driver.answer('approve');
      const next = driver.now.cuts.findLast((cut) => cut.status === 'holding-evidence');
      if (next !== undefined) block(driver, next);
    }
    expect(driver.now.manual).toMatchObject([{ status: 'assigned' }]);
    for (const cut of driver.now.cuts.filter((one) => one.status === 'blocked'))
      release(driver, cut);
    expect(statesOf(driver)).not.toContain('open');
    expect(driver.now.manual).toMatchObject([{ status: 'withdrawn' }]);
    expect(standingOf(driver.now).contained).toBe(true);
  });

  it('is no question that anybody else has put', () => {
    const driver = new Driver();
    driver.say({ resolution: resolution({ mandate: null, automaticUpTo: null }) });
    expect(driver.now.decisions.map((one) => one.because)).toEqual([undefined]);
  });
});
