import { describe, expect, it } from 'vitest';
import type { Capabilities, DiscoveredSession } from '../../connectors/contract.ts';
import { covers, standingOf } from './standing.ts';
import {
  ALL,
  considered,
  DENIED,
  Driver,
  IDENTITY,
  kindsOf,
  resolution,
} from './fixtures.testing.ts';
import { originOf } from './sessions.ts';

const ONE: Capabilities = {
  ...ALL,
  holds: [{ grain: 'session', propagationMs: 1_000, probeMethod: 'listing' }],
};
const seen = (session: string, address: string): DiscoveredSession => ({
  session,
  identity: 'ci-deploy',
  credential: null,
  since: '2026-12-01T03:00:05.000Z',
  facts: { address, name: 'shell' },
});
const SUSPECT = { ref: 's1', credential: null, origin: originOf(seen('s1', '10.0.0.9:1')) };

/** The detector names session s1. */
function accused(changes: Parameters<typeof considered>[0] = {}): Driver {
  const driver = new Driver();
  const said = considered({
    type: 'off-intent-action',
    credential: null,
    capabilities: ONE,
    ...changes,
  });
  const named = { sessions: [SUSPECT], knownSessions: ['s1', 's2'] };
  const consider = { ...said, compromise: 'agent-off-intent', ...named } as const;
  driver.do({ type: 'consider', considered: consider });
  return driver;
}

function watch(driver: Driver, ...sessions: readonly DiscoveredSession[]): readonly string[] {
  const entries = driver.do({
    type: 'watched',
    identity: IDENTITY,
    credentials: [],
    everyMs: 2_000,
    sessions,
  });
  return kindsOf(entries);
}

describe('a session that a signal names', () => {
  it('is cut alone, and that is all there is to contain', () => {
    const driver = accused();
    expect(driver.now.cuts).toHaveLength(1);
    const cut = driver.cut(0);
    expect(cut.order).toMatchObject({
      guarantee: 'G3',
      grain: 'session',
      subject: { identity: 'ci-deploy', session: 's1' },
    });
    expect(cut.capability).toMatchObject({ probeMethod: 'listing', reversible: true });
    driver.prove(cut);
    expect(standingOf(driver.now).sentence).toBe('contained');
    expect(driver.now.subjects[0]?.window).toBeNull();
  });

  it.each([
    ['no mandate reaches so far', { resolution: resolution({ automaticUpTo: 'G2' }) }],
    ['nobody vouches for it', { authenticity: 'unauthenticated' as const }],
  ])('is asked about while %s, and nothing else is touched', (_, changes) => {
    const driver = accused(changes);
    expect(driver.now.cuts.map(({ order, status }) => [order.grain, status])).toEqual([
      ['session', 'planned'],
    ]);
    expect(driver.now.decisions).toMatchObject([{ state: 'open', kind: 'contain' }]);
  });

  it('is held with what carries it where no session can be cut alone', () => {
    const driver = accused({ capabilities: ALL });
    expect(driver.cut(0).order.grain).not.toBe('session');
  });

  it('that does not end is followed by what carries it', () => {
    const driver = accused();
    const cut = driver.cut(0);
    driver.apply(cut);
    for (let times = 0; times < 2; times += 1) {
      driver.after(5_000).event(cut, {
        type: 'probed',
        probed: { ...DENIED, observed: 'allowed', error: null, expected: false },
      });
      if (driver.cut(0).status === 'applying')
        driver.event(cut, { type: 'applied', applied: { state: 'done', raw: {} } });
    }
    expect(driver.now.cuts.at(-1)?.order).toMatchObject({ grain: 'identity' });
    expect(covers(driver.cut(0), driver.cut(1))).toBe(false);
  });

  it('says nothing about a credential that leaks later: that is contained as any other', () => {
    const driver = accused();
    driver.prove(driver.cut(0));
    driver.say({ source: 'scanner', capabilities: ONE });
    expect(driver.now.cuts.at(-1)?.order).toMatchObject({ guarantee: 'G2', grain: 'credential' });
  });

  // table: what appears after the cut, and whether it is the one that was cut
  it.each<[string, DiscoveredSession, boolean]>([
    ['the one that was there', seen('s2', '10.0.0.9:7'), false],
    ['a new one from somewhere else', seen('s3', '10.0.0.7:8'), false],
    ['a new one from the same place', seen('s3', '10.0.0.9:8'), true],
  ])('%s', (_, found, isBack) => {
    const driver = accused();
    driver.prove(driver.cut(0));
    const kinds = watch(driver, found);
    expect(kinds.includes('session.respawned')).toBe(isBack);
    expect(driver.now.cuts.some(({ order }) => order.grain === 'identity')).toBe(isBack);
    // The same one again is no news.
    expect(watch(driver, found)).not.toContain('session.respawned');
  });
});
