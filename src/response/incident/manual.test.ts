import { describe, expect, it } from 'vitest';
import { Driver, kindsOf, offers, resolution } from './fixtures.testing.ts';
import { standingOf } from './standing.ts';

const OWN_SIDE = { guarantee: 'G4', where: ['gate'] } as const;
const BY_HAND = resolution({
  automaticUpTo: null,
  execute: [
    {
      by: 'seat',
      seat: 'vendor',
      acknowledgeMs: 60_000,
      doneMs: 600_000,
      onSilence: 'own-side-cut',
      people: ['vera'],
      skipped: [],
    },
  ],
  ownSideCut: OWN_SIDE,
});

/** A target that offers nothing: it has to be done by hand. */
function byHand(changes: Parameters<Driver['say']>[0] = {}): Driver {
  const driver = new Driver();
  driver.say({ capabilities: offers([]), resolution: BY_HAND, ...changes });
  return driver;
}

function due(driver: Driver): void {
  const [manual] = driver.now.manual;
  if (manual === undefined) throw new Error('nothing is to be done by hand');
  driver.do({ type: 'manual-due', decision: manual.decision });
}

describe('what has to be cut by hand', () => {
  it('is given to whoever executes, with the time the charter gives them', () => {
    const driver = byHand();
    expect(driver.now.manual).toMatchObject([
      { to: ['vera'], dueAtMs: driver.nowMs + 600_000, status: 'assigned', ownSide: OWN_SIDE },
    ]);
  });

  it('counts as claimed when somebody says so, and never as contained', () => {
    const driver = byHand();
    driver.answer('approve');
    expect(driver.now.manual).toMatchObject([{ status: 'claimed', claimedBy: 'ira' }]);
    expect(standingOf(driver.now)).toMatchObject({
      contained: false,
      sentence: 'not contained: 1 unproven',
    });
    driver.after(600_000);
    due(driver);
    expect(driver.now.manual[0]?.status).toBe('claimed');
  });

  it('is cut on our own side when nobody has done it in time', () => {
    const driver = byHand();
    due(driver);
    expect(driver.now.manual[0]?.status).toBe('assigned');
    driver.after(600_000);
    due(driver);
    expect(driver.now.manual[0]?.status).toBe('overdue');
    expect(driver.effects).toContainEqual(
      expect.objectContaining({ type: 'restrict', credential: null, effect: 'deny' }),
    );
    expect(standingOf(driver.now).contained).toBe(false);
  });

  it('never cuts on our own side what Firebreak acts as', () => {
    const driver = byHand({ identityRef: 'firebreak' });
    driver.after(3_600_000);
    due(driver);
    expect(driver.now.manual[0]?.status).toBe('overdue');
    expect(kindsOf(driver.entries)).not.toContain('restriction.set');
  });
});
