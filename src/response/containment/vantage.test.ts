import { describe, expect, it } from 'vitest';
import type { Probed, VantageTry } from '../../connectors/contract.ts';
import { DENIED, Driver, PROPAGATION_MS } from '../incident/fixtures.testing.ts';
import { readBackTry, seenFromAll, talliedFrom, vantageSentence } from './vantage.ts';

const IN = (observed: VantageTry['observed'], error: string | null = null): VantageTry => ({
  vantage: 'inside',
  observed,
  error,
  expected: observed === 'denied',
});

function seen(...beside: readonly VantageTry[]): Probed {
  return seenFromAll(DENIED, beside);
}

function proven(...beside: readonly VantageTry[]): Driver {
  const driver = new Driver();
  driver.say();
  const cut = driver.cut(0);
  driver.apply(cut);
  for (let times = 0; times < 3; times += 1)
    driver.after(PROPAGATION_MS).event(cut, { type: 'probed', probed: seen(...beside) });
  return driver;
}

describe('a cut seen from several sides', () => {
  // table: what the others see, and what is left of a denial from outside
  it.each<[string, readonly VantageTry[], Partial<Probed>]>([
    ['nobody looks', [], { observed: 'denied', vantage: 'outside' }],
    ['inside is denied', [IN('denied')], { observed: 'denied', vantage: 'outside' }],
    ['inside is let in', [IN('allowed')], { observed: 'allowed', vantage: 'inside' }],
    ['inside is not reached', [IN('no-answer')], { observed: 'no-answer', vantage: 'inside' }],
    [
      'inside is denied for another reason',
      [{ ...IN('denied', 'odd'), expected: false }],
      { observed: 'denied', expected: false, vantage: 'inside' },
    ],
    ['it is shown', [readBackTry('applied')], { observed: 'denied', vantage: 'outside' }],
    ['it is gone', [readBackTry('absent')], { observed: 'allowed', vantage: 'control-plane' }],
    ['it cannot be read', [readBackTry('unknown')], { observed: 'denied', vantage: 'outside' }],
    ['a part is shown', [readBackTry('partial')], { observed: 'denied', vantage: 'outside' }],
    [
      'one is silent and one lets in',
      [IN('no-answer'), readBackTry('absent')],
      { observed: 'allowed', vantage: 'control-plane' },
    ],
  ])('%s', (_, beside, wanted) => {
    expect(seen(...beside)).toMatchObject(wanted);
  });

  it('is counted by where it was tried from', () => {
    const first = talliedFrom([], { ...DENIED, observed: 'allowed', expected: false });
    const second = talliedFrom(first, seen(IN('denied'), readBackTry('unknown')));
    const third = talliedFrom(second, seen(IN('no-answer', 'no route'), readBackTry('applied')));
    expect(third).toEqual([
      { vantage: 'outside', probes: 3, denials: 2, silent: null },
      { vantage: 'inside', probes: 2, denials: 1, silent: 'no route' },
      { vantage: 'control-plane', probes: 2, denials: 1, silent: null },
    ]);
    expect(vantageSentence(third)).toBe(
      '2 from outside, inside not reached: no route, 1 from control-plane',
    );
  });
});

describe('a proof', () => {
  it('names each vantage with its count', () => {
    const driver = proven(IN('denied'), readBackTry('applied'));
    const entry = driver.entries.find((one) => one.kind === 'cut.proven');
    expect(entry?.data).toMatchObject({
      vantages: [
        { vantage: 'outside', denials: 3 },
        { vantage: 'inside', denials: 3 },
        { vantage: 'control-plane', denials: 3 },
      ],
    });
  });

  it('does without the word of the target, and says so', () => {
    const driver = proven(readBackTry('unknown'));
    const entry = driver.entries.find((one) => one.kind === 'cut.proven');
    expect(JSON.stringify(entry?.data)).toContain('it cannot be read');
  });

  it('fails while one vantage is let in', () => {
    const driver = proven(IN('allowed'));
    expect(driver.entries.map((one) => one.kind)).not.toContain('cut.proven');
    const failed = driver.entries.find((one) => one.kind === 'cut.failed');
    expect(failed?.data).toMatchObject({ evidence: 'secret probe from inside was let in' });
  });

  it('is not there while nobody can try from where an attacker may be', () => {
    const driver = proven(IN('no-answer', 'no route'));
    const cut = driver.cut(0);
    driver.after(driver.settings.inconclusiveMs + PROPAGATION_MS);
    driver.event(cut, { type: 'probed', probed: seen(IN('no-answer', 'no route')) });
    expect(driver.cut(0)).toMatchObject({
      status: 'unproven',
      reason: 'it cannot be tried from inside: no route',
    });
  });

  it('is gone once the control plane no longer shows the cut', () => {
    const driver = proven(readBackTry('applied'));
    const cut = driver.cut(0);
    driver.after(60_000).event(cut, { type: 'probed', probed: seen(readBackTry('absent')) });
    const drifted = driver.entries.find((one) => one.kind === 'cut.drifted');
    expect(drifted?.data).toMatchObject({ evidence: 'the control plane no longer shows it' });
  });
});
