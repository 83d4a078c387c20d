import { describe, expect, it } from 'vitest';
import { asker, Driver, IDENTITY, kindsOf, liveOf, resolution } from './fixtures.testing.ts';

function hold(driver: Driver, by = asker('ira')): void {
  driver.do({ type: 'hold', asked: { identity: IDENTITY, reason: 'it is a drill', by } });
}

function inW1(): Driver {
  const driver = new Driver();
  driver.say({ resolution: resolution({}, 10_000) });
  driver.apply(driver.cut(0));
  return driver;
}

function inW2(): Driver {
  const driver = inW1();
  driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
  driver.prove(driver.cutOf('G4'));
  return driver;
}

describe('holding a window', () => {
  it('asks people at its end instead of isolating by itself', () => {
    const driver = inW1();
    hold(driver);
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    expect(driver.cutOf('G4').authority).toBeNull();
    expect(driver.now.decisions).toMatchObject([{ state: 'open', kind: 'contain' }]);
    expect(driver.cut(0).status).toBe('applied');
  });

  it('keeps a credential from being revoked when whom the mandate names says so', () => {
    const benignBy = [{ seat: 'owner', person: 'mia' }];
    const live = liveOf(resolution({ benignBy }));
    const driver = inW2();
    expect(driver.now.subjects[0]?.window?.name).toBe('W2');
    hold(driver, { name: 'person:mia', person: 'mia', live });
    driver.after(10_000).do({ type: 'window-end', identity: IDENTITY, window: 'W2' });
    expect(kindsOf(driver.entries)).toContain('window.closed');
    expect(driver.now.cuts.map((cut) => cut.order.guarantee)).not.toContain('G5');
    expect(driver.cutOf('G4').status).toBe('proven');
  });

  it('is for those who decide, once, and while a window is open', () => {
    const driver = inW1();
    expect(() => {
      hold(driver, asker('mallory', false));
    }).toThrow(/does not hold the right/u);
    // Whom the mandate names may speak of the last stage only.
    const live = liveOf(resolution({ benignBy: [{ seat: 'owner', person: 'mia' }] }));
    expect(() => {
      hold(driver, { name: 'person:mia', person: 'mia', live });
    }).toThrow(/does not hold the right/u);
    hold(driver);
    expect(() => {
      hold(driver);
    }).toThrow(/already/u);
    const late = new Driver();
    late.say({ resolution: resolution({ automaticUpTo: null }) });
    expect(() => {
      hold(late);
    }).toThrow(/no window/u);
  });

  it('is not for a suspect', () => {
    const driver = inW1();
    const by = { ...asker('ira'), live: liveOf(resolution(), ['ira']) };
    expect(() => {
      hold(driver, by);
    }).toThrow(/does not hold the right/u);
  });
});
