import { describe, expect, it } from 'vitest';
import {
  ALLOWED,
  APPLIED,
  DENIED,
  kindsOf,
  PROPAGATION_MS,
  SETTINGS,
  SILENT,
} from '../incident/fixtures.testing.ts';
import { foldAll } from '../incident/fold.ts';
import type { CutEvent } from './decide.ts';
import type { CutState, CutStatus } from './model.ts';
import {
  blockedIn,
  EVENTS,
  hardStop,
  PARTIAL,
  type Place,
  place,
  probed,
  proven,
  revoked,
  onward,
  WAYS,
} from './ways.testing.ts';

type Moves = Readonly<Record<string, CutStatus>>;
const PREPARES: Moves = {
  prepared: 'applying',
  'prepared, no longer automatic': 'planned',
  'prepared without inverse': 'blocked',
};
const APPLIES: Moves = { applied: 'applied', already: 'applied', partial: 'applying' };
const TRIES: Moves = {
  denied: 'proving',
  'denied for another reason': 'proving',
  'denied, control fails': 'proving',
  silent: 'proving',
  allowed: 'applying',
  'no probe': 'unproven',
};

/** Everything that moves a cut, one propagation time later. What is not here changes nothing. */
const MOVES: Readonly<Record<string, Moves>> = {
  'holding-evidence': { evidence: 'recorded', fuse: 'recorded', 'no capture': 'recorded' },
  recorded: { ...PREPARES, 'no prepare': 'blocked' },
  applying: { ...APPLIES, 'no apply': 'blocked' },
  applied: TRIES,
  proving: TRIES,
  unproven: { allowed: 'applying' },
  proven: { allowed: 'applying' },
  residual: { allowed: 'applying' },
  irrevocable: { allowed: 'applying' },
  'blocked in prepare': PREPARES,
  'blocked in apply': APPLIES,
  reverting: {
    reverted: 'reverting',
    conflict: 'revert-conflict',
    'no revert': 'restore-failed',
    'no restore-probe': 'restore-failed',
  },
  'reverting, lifted': {
    reverted: 'reverting',
    conflict: 'revert-conflict',
    'no revert': 'restore-failed',
    'no restore-probe': 'restore-failed',
    'restore allowed': 'restored',
  },
};

/** A look that changes nothing is still on record. */
const LOOKS = new Set([
  'cut.probed',
  'cut.restore-probed',
  'incident.contained',
  'evidence.captured',
]);

const PAIRS = Object.keys(WAYS).flatMap((way) => Object.keys(EVENTS).map((event) => [way, event]));

function play(
  way: string,
  event: string,
): { at: Place; before: CutState; kinds: readonly string[] } {
  const at = (WAYS[way] ?? proven)();
  const before = at.cut();
  const what = EVENTS[event] ?? APPLIED;
  at.driver.after(PROPAGATION_MS);
  const entries =
    what.type === 'reverted' || what.type === 'restore-probed'
      ? at.driver.restoring(before, what)
      : at.driver.event(before, what);
  return { at, before, kinds: kindsOf(entries) };
}

describe('every status meets every report', () => {
  it.each(PAIRS)('%s, then %s', (way, event) => {
    const { at, before, kinds } = play(way ?? '', event ?? '');
    const wanted = MOVES[way ?? '']?.[event ?? ''];
    expect(at.cut().status).toBe(wanted ?? before.status);
    const moved = wanted === undefined ? kinds.filter((kind) => !LOOKS.has(kind)) : [];
    expect(moved).toEqual([]);
    const refolded = foldAll(structuredClone(at.driver.entries), at.driver.now.id);
    expect(refolded).toEqual(at.driver.now);
  });

  it('reaches every status that one cut can rest in', () => {
    const reached = new Set(Object.values(WAYS).map((way) => way().cut().status));
    const passing = ['authorised', 'partial', 'drifted'];
    expect([...reached, ...passing].toSorted()).toHaveLength(20);
  });
});

describe('what comes before what', () => {
  it('orders the effect only with authority, inverse and key on record', () => {
    const { driver } = proven();
    const kinds = kindsOf(driver.entries).filter((kind) => kind.startsWith('cut.'));
    const first = (kind: string): number => kinds.indexOf(kind);
    expect(first('cut.authorised')).toBeGreaterThan(first('cut.planned'));
    expect(first('cut.recorded')).toBeGreaterThan(first('cut.holding-evidence'));
    expect(first('cut.applying')).toBeGreaterThan(first('cut.recorded'));
    expect(first('cut.proven')).toBeGreaterThan(first('cut.applied'));
    const order = driver.entries.find((one) => one.kind === 'cut.applying');
    expect(order?.data).toMatchObject({ inverse: { enabled: true }, attempt: 1 });
  });

  it('binds the authority to the digest of the exact order', () => {
    const { authority, digest } = proven().cut();
    expect(authority?.digest).toBe(digest);
  });

  it('says what evidence was missed when the fuse burns', () => {
    const { driver } = onward(place(hardStop()), { type: 'fuse-burnt' });
    const entry = driver.entries.find((one) => one.kind === 'cut.recorded');
    expect(entry?.data).toMatchObject({ burnt: true });
  });
});

describe('proof', () => {
  const applied = (): Place => WAYS['applied']?.() ?? proven();

  it('wants so many denials in a row', () => {
    const at = applied();
    at.driver.after(PROPAGATION_MS);
    onward(at, probed(DENIED), probed(DENIED), probed(SILENT), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proving');
    onward(at, probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('wants the last denial beyond the propagation time, by when it was tried', () => {
    const at = applied();
    const early = at.driver.nowMs + PROPAGATION_MS - 1;
    at.driver.after(PROPAGATION_MS * 3);
    const late: CutEvent = { type: 'probed', probed: DENIED, atMs: early };
    onward(at, late, late, late, late);
    expect(at.cut().status).toBe('proving');
    onward(at, probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('counts no denial while the control fails: an outage looks like success', () => {
    const at = applied();
    at.driver.after(PROPAGATION_MS + SETTINGS.inconclusiveMs);
    for (let times = 0; times < 5; times += 1) onward(at, probed({ ...DENIED, control: 'fails' }));
    expect(at.cut().status).toBe('unproven');
    expect(at.cut().reason).toContain('outage');
    onward(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('keeps trying what it called unproven, after an outage too', () => {
    const at = WAYS['unproven']?.() ?? proven();
    at.driver.event(at.cut(), blockedIn('cut.probe'));
    expect(at.driver.effects).toContainEqual(expect.objectContaining({ step: 'cut.probe' }));
  });

  it('turns residual into proven only by a denial after its end', () => {
    const at = WAYS['residual']?.() ?? proven();
    onward(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('residual');
    at.driver.after(46_000);
    onward(at, probed(SILENT));
    expect(at.cut().status).toBe('residual');
    onward(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('says irrevocable also when a residual comes before it', () => {
    const at = revoked({ residual: { forMs: 60_000, why: 'bearer tokens' } });
    expect(at.cut().status).toBe('residual');
    at.driver.after(60_000);
    onward(at, probed(DENIED));
    expect(at.cut().status).toBe('irrevocable');
  });

  it('shows a residual as unproven when nothing can be tried after its end', () => {
    const at = WAYS['residual']?.() ?? proven();
    at.driver.after(60_000 + SETTINGS.inconclusiveMs);
    onward(at, probed(SILENT));
    expect(at.cut().status).toBe('unproven');
  });
});

describe('applying once more', () => {
  it('keeps the first pre-image: it alone says what was there before us', () => {
    const at = proven();
    onward(at, probed(ALLOWED));
    const again = at.driver.entries.filter((one) => one.kind === 'cut.applying');
    expect(again.map((one) => one.data.preImage)).toEqual([{ enabled: true }, { enabled: true }]);
    expect(new Set(again.map((one) => one.data.key)).size).toBe(2);
  });

  it('gives up after so many times and asks for something stronger', () => {
    const at = proven();
    for (let times = 0; times < SETTINGS.reapplyMax; times += 1) {
      onward(at, probed(ALLOWED), APPLIED);
      at.driver.after(PROPAGATION_MS);
      onward(at, probed(DENIED), probed(DENIED), probed(DENIED));
    }
    onward(at, probed(ALLOWED));
    expect(at.cut().status).toBe('failed');
    const wider = at.driver.now.cuts.find((cut) => cut.order.grain === 'identity');
    expect(wider?.authority?.by).toBe('mandate');
  });

  it('is blocked when only a part is ever done', () => {
    const at = WAYS['applying']?.() ?? proven();
    for (let times = 0; times <= SETTINGS.reapplyMax; times += 1)
      onward(at, { type: 'applied', applied: PARTIAL });
    expect(at.cut().status).toBe('blocked');
    expect(at.cut().reason).toContain('session-2');
  });
});
