import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError, LIMITS } from '../../kernel/index.ts';
import { asker, Driver, IDENTITY, liveOf, resolution } from '../incident/fixtures.testing.ts';
import { whyNotClosed } from './closing.ts';
import type { Judged } from './judge.ts';
import type { Found, Looked, ReviewItem } from './model.ts';
import { cardsOfReview, reviewsViewOf, reviewTasksOf } from './views.ts';

function item(changes: Partial<Looked> = {}): Looked {
  return {
    review: 'downstream',
    id: 'neighbour',
    kind: 'identity',
    name: 'neighbour',
    target: 'ci',
    owner: null,
    why: 'assumes, 1 away',
    trace: 'used',
    seen: 'a session',
    rank: 4,
    ...changes,
  };
}

function found(...items: readonly Looked[]): Found {
  return { items, missed: [], stays: [] };
}

/** Held by G4, so that something is given back, and looked at by nobody yet. */
function held(): Driver {
  const driver = new Driver();
  driver.seesThrough = false;
  driver.say();
  driver.prove(driver.cutOf('G2'));
  driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
  driver.prove(driver.cutOf('G4'));
  return driver;
}

function look(driver: Driver, what: Found): void {
  driver.do({ type: 'reviewed', identity: IDENTITY, found: what });
}

function judgeIt(driver: Driver, changes: Partial<Judged> = {}): void {
  const base = { identity: IDENTITY, review: 'downstream', items: ['neighbour'] } as const;
  const more = { as: 'benign', reason: 'I looked', incident: null, owns: [] } as const;
  driver.do({ type: 'judge', judged: { ...base, ...more, by: asker('ira'), ...changes } });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return isFirebreakError(error) ? error.code : String(error);
  }
  return 'done';
}

/** Given back as resolved; the leaked credential stays held, and nobody has taken that over. */
function givenBack(driver: Driver): void {
  driver.askRestore('resolved');
}

function take(driver: Driver, keys: readonly string[] = []): void {
  const untilMs = driver.nowMs + 86_400_000;
  const act = { type: 'take', keys, holder: 'mia', untilMs, reason: 'mine' } as const;
  driver.do({ type: 'long-tail', act });
}

describe('a review', () => {
  it('keeps the worst that was seen, and wants another verdict when more is seen', () => {
    const driver = held();
    look(driver, found(item({ trace: 'used' })));
    judgeIt(driver);
    expect(reviewsViewOf(driver.now)).toMatchObject({ judged: 1, open: 0 });
    look(driver, found(item({ trace: 'not-available', seen: 'away' })));
    expect(driver.now.aftermath.items[0]).toMatchObject({
      trace: 'used',
      verdict: { as: 'benign' },
    });
    look(driver, found(item({ trace: 'minted', seen: 'a new key' })));
    expect(driver.now.aftermath.items[0]).toMatchObject({ trace: 'minted', verdict: null });
    expect(reviewsViewOf(driver.now).open).toBe(1);
  });

  it('is judged by who may contain, or by whose it is; never by a suspect', () => {
    const driver = held();
    look(driver, found(item()));
    const stranger = asker('sam', false);
    expect(codeOf(() => judgeIt(driver, { by: stranger }))).toBe('authority-missing');
    const suspect = { ...asker('ira'), live: liveOf(resolution(), ['ira']) };
    expect(codeOf(() => judgeIt(driver, { by: suspect, owns: ['neighbour'] }))).toBe(
      'authority-missing',
    );
    expect(codeOf(() => judgeIt(driver, { items: ['nobody'] }))).toBe('review-item-unknown');
    judgeIt(driver, { by: stranger, owns: ['neighbour'] });
    expect(driver.now.aftermath.items[0]?.verdict).toMatchObject({ as: 'benign', by: 'sam' });
  });

  it('wants a verdict on every sibling, downstream only where something was seen', () => {
    const driver = held();
    const quiet = { trace: 'nothing-seen', seen: 'nothing' } as const;
    look(driver, found(item(quiet), item({ ...quiet, review: 'same-vendor', id: 'sibling' })));
    expect(reviewsViewOf(driver.now).cards.flatMap((one) => one.items.map(({ id }) => id))).toEqual(
      ['sibling'],
    );
    expect(reviewTasksOf(driver.now).map((one) => one.title)).toContain(
      'review same-vendor of ci-deploy: 0 of 1 with a result',
    );
  });

  it('is asked as at most 12 cards, each item on exactly one, the most urgent first', () => {
    const traces = ['minted', 'used', 'nothing-seen', 'not-available'] as const;
    const items = fc.array(
      fc.record({
        id: fc.uuid(),
        target: fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `target-${index}`)),
        trace: fc.constantFrom(...traces),
        owner: fc.option(fc.constantFrom('ada', 'luis', 'mei')),
        review: fc.constantFrom('same-vendor' as const, 'tenant-wide' as const),
      }),
      { minLength: 1, maxLength: 120 },
    );
    fc.assert(
      fc.property(items, (drawn) => {
        const all: readonly ReviewItem[] = drawn.map((one) => ({
          ...item(one),
          identity: IDENTITY,
          verdict: null,
        }));
        const cards = cardsOfReview(all);
        expect(cards.length).toBeLessThanOrEqual(LIMITS.cardsMax);
        const ids = cards.flatMap((card) => card.items.map((one) => one.id));
        expect(ids.toSorted()).toEqual(all.map((one) => one.id).toSorted());
        const isMinted = (one: ReviewItem): boolean => one.trace === 'minted';
        expect(all.some(isMinted) && cards[0]?.items.some(isMinted) !== true).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('closing a resolved incident', () => {
  it('is refused while nothing was looked at, something has no result, or what stays no holder', () => {
    const driver = held();
    look(driver, found(item({ trace: 'not-available', seen: 'no log' })));
    givenBack(driver);
    driver.giveBack(driver.cutOf('G2'));
    expect(whyNotClosed(driver.now)).toContain('what trusted it is looked at once more');
    look(driver, found(item({ trace: 'used' })));
    expect(whyNotClosed(driver.now).join()).toContain('review downstream: 1 without a result');
    judgeIt(driver);
    expect(whyNotClosed(driver.now)).toEqual(['long tail: 1 without a holder']);
    expect(driver.now.aftermath.longTail).toMatchObject([{ kind: 'kept', holder: null }]);
    expect(driver.now.status).toBe('restoring');
    take(driver);
    expect(driver.now.status).toBe('closed');
    expect(driver.now.aftermath.longTail).toMatchObject([{ holder: 'mia', ended: null }]);
  });

  it('is not held up when it was a false alarm', () => {
    const driver = new Driver();
    driver.seesThrough = false;
    driver.say({ type: 'anomalous-behaviour' });
    driver.prove(driver.cutOf('G2'));
    look(driver, found(item({ review: 'same-vendor', trace: 'used' })));
    driver.askRestore('false-alarm');
    driver.giveBack(driver.cutOf('G2'));
    expect(driver.now.status).toBe('closed');
  });

  it('takes up what was asked: who says yes holds it for as long as the limit says', () => {
    const driver = held();
    givenBack(driver);
    driver.giveBack(driver.cutOf('G2'));
    look(driver, found());
    expect(driver.effects).toContainEqual({ type: 'long-tail-ask' });
    const live = liveOf(resolution({ decision: 'business-continuity' }));
    driver.do({ type: 'long-tail', act: { type: 'ask', live } });
    driver.do({ type: 'long-tail', act: { type: 'ask', live } });
    expect(driver.now.decisions.filter((one) => one.state === 'open')).toHaveLength(1);
    driver.answer('approve');
    expect(driver.now.status).toBe('closed');
    const untilMs = driver.nowMs + LIMITS.longTailMsDefault;
    expect(driver.now.aftermath.longTail).toMatchObject([{ holder: 'ira', untilMs }]);

    // In time nothing happens; when it is over it is asked again, also in a closed incident.
    driver.do({ type: 'long-tail', act: { type: 'due', live } });
    expect(driver.now.decisions.filter((one) => one.state === 'open')).toEqual([]);
    driver.after(LIMITS.longTailMsDefault).do({ type: 'long-tail', act: { type: 'due', live } });
    expect(driver.now.aftermath.longTail).toMatchObject([{ isOverdue: true }]);
    expect(driver.now.decisions.filter((one) => one.state === 'open')).toHaveLength(1);
    const [{ key } = { key: '' }] = driver.now.aftermath.longTail;
    driver.do({ type: 'long-tail', act: { type: 'end', keys: [key], why: 'revoked' } });
    expect(driver.now.decisions.filter((one) => one.state === 'open')).toEqual([]);
  });

  it('refuses a date that is past or too far, and a key that nothing has', () => {
    const driver = held();
    givenBack(driver);
    driver.giveBack(driver.cutOf('G2'));
    look(driver, found());
    const act =
      (untilMs: number, keys: readonly string[] = []) =>
      () =>
        driver.do({
          type: 'long-tail',
          act: { type: 'take', keys, holder: 'mia', untilMs, reason: 'mine' },
        });
    expect(codeOf(act(driver.nowMs))).toBe('request-invalid');
    expect(codeOf(act(driver.nowMs + LIMITS.longTailMsMax + 1))).toBe('request-invalid');
    expect(codeOf(act(driver.nowMs + 1, ['nothing']))).toBe('long-tail-unknown');
  });

  it('ends what was unreviewed once somebody has judged all of it', () => {
    const driver = held();
    givenBack(driver);
    driver.giveBack(driver.cutOf('G2'));
    const dark = { trace: 'not-available', seen: 'no log' } as const;
    look(driver, found(item(dark), item({ ...dark, id: 'other', name: 'other' })));
    const unreviewed = () => driver.now.aftermath.longTail.find((one) => one.kind === 'unreviewed');
    expect(unreviewed()?.what).toContain('neighbour, other');
    judgeIt(driver);
    expect(unreviewed()?.ended).toBe(null);
    judgeIt(driver, { items: ['other'] });
    expect(unreviewed()?.ended).toBe('all of it was looked at');
  });

  it('is void when a new signal comes: what is given back is held, and waits for nothing', () => {
    const driver = held();
    givenBack(driver);
    driver.giveBack(driver.cutOf('G2'));
    expect(driver.now.aftermath.waits).not.toBe(null);
    driver.after(1_000).say({ source: 'siem' });
    expect(driver.now).toMatchObject({ status: 'open', aftermath: { waits: null } });
    expect(
      driver.now.cuts.some((cut) => cut.status !== 'restored' && cut.order.guarantee === 'G2'),
    ).toBe(true);
  });
});
