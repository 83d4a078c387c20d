import { describe, expect, it } from 'vitest';
import type { CutState, CutStatus } from '../containment/model.ts';
import { kills } from '../containment/probe.ts';
import { Driver, PROPAGATION_MS, resolution } from './fixtures.testing.ts';
import { covers, standingOf } from './standing.ts';

function isolated(): { readonly weak: CutState; readonly strong: CutState } {
  const driver = new Driver();
  driver.say();
  driver.prove(driver.cutOf('G2'));
  driver
    .after(30_000)
    .do({ type: 'window-end', identity: driver.cut(0).subject.identity, window: 'W1' });
  driver.prove(driver.cutOf('G4'));
  return { weak: driver.cutOf('G2'), strong: driver.cutOf('G4') };
}

function as(cut: CutState, status: CutStatus): CutState {
  return { ...cut, status };
}

function wide(cut: CutState): CutState {
  return { ...cut, order: { ...cut.order, grain: 'identity', subject: { identity: 'ci-deploy' } } };
}

describe('what makes the failure of a cut harmless', () => {
  const { weak, strong } = isolated();

  it('is a stronger one of the same credential, or of the whole identity, that is proven', () => {
    expect(covers(strong, as(weak, 'failed'))).toBe(true);
    expect(covers(wide(strong), as(weak, 'failed'))).toBe(true);
    expect(covers(as(strong, 'irrevocable'), as(weak, 'blocked'))).toBe(true);
    expect(covers({ ...strong }, as(strong, 'failed'))).toBe(true);
  });

  it('is not a cut of the old name for what was minted under a new one', () => {
    const order = { ...weak.order, subject: { identity: 'svc-new', credential: 'minted' } };
    expect(covers(wide(strong), { ...as(weak, 'applied'), order })).toBe(false);
    expect(kills(wide(strong), 'minted')).toBe(true);
    expect(kills(wide(strong), 'minted', 'svc-new')).toBe(false);
  });

  it.each([
    'applied',
    'proving',
    'unproven',
    'residual',
    'blocked',
    'reverting',
    'restored',
  ] as const)('is none that is %s', (status) => {
    expect(covers(as(strong, status), as(weak, 'failed'))).toBe(false);
  });

  it('is none of another credential, a weaker one, or itself', () => {
    const order = { ...strong.order, subject: { identity: 'ci-deploy', credential: 'another' } };
    expect(covers({ ...strong, order }, as(weak, 'failed'))).toBe(false);
    expect(covers(weak, as(strong, 'failed'))).toBe(false);
    expect(covers(strong, wide(as(strong, 'failed')))).toBe(false);
    expect(covers(strong, strong)).toBe(false);
  });
});

describe('the one sentence', () => {
  it('counts what is open, and nothing else', () => {
    const driver = new Driver();
    driver.say({ resolution: resolution({ profile: 'hard-stop' }) });
    expect(standingOf(driver.now).sentence).toBe('not contained: 1 pending');
    driver.apply(driver.cut(0));
    const blocked = { type: 'blocked', step: 'cut.probe', reason: 'no right' } as const;
    driver.event(driver.cut(0), blocked);
    expect(standingOf(driver.now).sentence).toBe('not contained: 1 unproven');
    for (let times = 0; times < 3; times += 1) {
      const probed = { observed: 'denied', error: 'suspended', expected: true } as const;
      const more = { control: 'works', vantage: 'outside', method: 'secret' } as const;
      driver
        .after(PROPAGATION_MS)
        .event(driver.cut(0), { type: 'probed', probed: { ...probed, ...more } });
    }
    expect(standingOf(driver.now)).toMatchObject({ sentence: 'contained', contained: true });
  });

  it('names the time until which access outlives the cut', () => {
    const driver = new Driver();
    driver.say({ resolution: resolution({ profile: 'hard-stop' }) });
    driver.prove(driver.cut(0));
    const cuts = driver.now.cuts.map((cut) => ({
      ...as(cut, 'residual'),
      residualUntilMs: Date.parse('2026-12-01T14:05:30Z'),
    }));
    expect(standingOf({ ...driver.now, cuts }).sentence).toBe(
      'contained with residual until 14:05',
    );
  });
});
