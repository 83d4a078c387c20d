import { describe, expect, it } from 'vitest';
import type { Applied, Probed } from '../../connectors/contract.ts';
import type { Guarantee } from '../../kernel/index.ts';
import {
  ALLOWED,
  APPLIED,
  DENIED,
  Driver,
  kindsOf,
  offers,
  PREPARED,
  PROPAGATION_MS,
  resolution,
  SETTINGS,
  SILENT,
} from '../incident/fixtures.testing.ts';
import { foldAll } from '../incident/fold.ts';
import type { CutEvent } from './decide.ts';
import type { CutState, CutStatus } from './model.ts';
import type { RestoreEvent } from './restore.ts';

const PARTIAL: Applied = {
  state: 'partial',
  raw: {},
  done: ['logins'],
  notDone: ['session-2'],
  unknown: [],
};
const HARD_STOP = resolution({ profile: 'hard-stop' });

/** A leak under a mandate that goes straight to G4: one cut, with evidence, reversible. */
function hardStop(guarantees: readonly Guarantee[] = ['G4'], more = {}): Driver {
  const driver = new Driver();
  const capabilities = offers(guarantees, 'credential', more);
  driver.say({ resolution: HARD_STOP, capabilities });
  return driver;
}

interface Place {
  readonly driver: Driver;
  readonly cut: () => CutState;
}

function place(driver: Driver, guarantee: Guarantee = 'G4'): Place {
  const { id } = driver.cutOf(guarantee);
  return {
    driver,
    cut: () => driver.now.cuts.find((one) => one.id === id) ?? driver.cut(0),
  };
}

function then(from: Place, ...events: readonly CutEvent[]): Place {
  for (const event of events) from.driver.event(from.cut(), event);
  return from;
}

const probed = (one: Probed): CutEvent => ({ type: 'probed', probed: one });
const blockedIn = (step: Extract<CutEvent, { readonly type: 'blocked' }>['step']): CutEvent => ({
  type: 'blocked',
  step,
  reason: 'no right',
});

function restoring(): Place {
  const at = proven();
  at.driver.say({ type: 'all-clear', source: 'owner-desk' });
  at.driver.askRestore('false-alarm');
  return at;
}

function lifted(): Place {
  const at = restoring();
  at.driver.restoring(at.cut(), { type: 'reverted', reverted: { state: 'done', raw: {} } });
  return at;
}

function proven(): Place {
  const driver = hardStop();
  driver.prove(driver.cut(0));
  return place(driver);
}

function revoked(more = {}): Place {
  const driver = new Driver();
  driver.say({
    resolution: resolution({ profile: 'hard-stop' }, 1_000),
    capabilities: offers(['G4', 'G5'], 'credential', more),
  });
  driver.prove(driver.cut(0));
  const { identity } = driver.cut(0).subject;
  driver.after(1_000).do({ type: 'window-end', identity, window: 'W2' });
  driver.prove(driver.cutOf('G5'));
  return place(driver, 'G5');
}

function asked(): Driver {
  const driver = new Driver();
  const capabilities = offers(['G4']);
  driver.say({ resolution: resolution({ automaticUpTo: null }), capabilities });
  return driver;
}

/** A way into every status in which one cut can rest. */
const WAYS: Readonly<Record<string, () => Place>> = {
  planned: () => place(asked()),
  dropped: () => {
    const driver = asked();
    driver.answer('reject');
    return place(driver);
  },
  'holding-evidence': () => place(hardStop()),
  recorded: () => then(place(hardStop()), { type: 'fuse-burnt' }),
  applying: () => then(place(hardStop()), { type: 'fuse-burnt' }, PREPARED),
  applied: () => then(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED),
  proving: () => then(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED, probed(DENIED)),
  proven,
  residual: () => {
    const driver = hardStop(['G4'], { residual: { forMs: 60_000, why: 'bearer tokens' } });
    driver.prove(driver.cut(0));
    return place(driver);
  },
  irrevocable: () => revoked(),
  unproven: () =>
    then(
      place(hardStop()),
      { type: 'fuse-burnt' },
      PREPARED,
      APPLIED,
      probed(SILENT),
      blockedIn('cut.probe'),
    ),
  failed: () => {
    const at = then(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED);
    at.driver.after(PROPAGATION_MS);
    then(at, probed(ALLOWED), APPLIED);
    at.driver.after(PROPAGATION_MS);
    return then(at, probed(ALLOWED));
  },
  'blocked in prepare': () =>
    then(place(hardStop()), { type: 'fuse-burnt' }, blockedIn('cut.prepare')),
  'blocked in apply': () =>
    then(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, blockedIn('cut.apply')),
  reverting: restoring,
  'reverting, lifted': lifted,
  restored: () => {
    const at = lifted();
    at.driver
      .after(PROPAGATION_MS)
      .restoring(at.cut(), { type: 'restore-probed', probed: ALLOWED });
    return at;
  },
  'revert-conflict': () => {
    const at = restoring();
    const reverted = { state: 'conflict', before: 1, cut: 2, now: 3 } as const;
    at.driver.restoring(at.cut(), { type: 'reverted', reverted });
    return at;
  },
  'restore-failed': () => then(restoring(), blockedIn('cut.revert')),
};

const EVENTS: Readonly<Record<string, CutEvent | RestoreEvent>> = {
  evidence: { type: 'evidence', captured: [], missed: [] },
  fuse: { type: 'fuse-burnt' },
  prepared: PREPARED,
  'prepared, no longer automatic': { ...PREPARED, stillAutomatic: false },
  'prepared without inverse': { ...PREPARED, inverse: null },
  applied: APPLIED,
  already: { type: 'applied', applied: { state: 'already', raw: {} } },
  partial: { type: 'applied', applied: PARTIAL },
  denied: probed(DENIED),
  'denied for another reason': probed({ ...DENIED, expected: false }),
  'denied, control fails': probed({ ...DENIED, control: 'fails' }),
  allowed: probed(ALLOWED),
  silent: probed(SILENT),
  'no capture': blockedIn('cut.capture-evidence'),
  'no prepare': blockedIn('cut.prepare'),
  'no apply': blockedIn('cut.apply'),
  'no probe': blockedIn('cut.probe'),
  'no revert': blockedIn('cut.revert'),
  'no restore-probe': blockedIn('cut.restore-probe'),
  reverted: { type: 'reverted', reverted: { state: 'done', raw: {} } },
  conflict: { type: 'reverted', reverted: { state: 'conflict', before: 1, cut: 2, now: 3 } },
  'restore allowed': { type: 'restore-probed', probed: ALLOWED },
  'restore denied': { type: 'restore-probed', probed: DENIED },
};

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
const LOOKS = new Set(['cut.probed', 'cut.restore-probed', 'incident.contained']);

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
    const { driver } = then(place(hardStop()), { type: 'fuse-burnt' });
    const entry = driver.entries.find((one) => one.kind === 'cut.recorded');
    expect(entry?.data).toMatchObject({ burnt: true });
  });
});

describe('proof', () => {
  const applied = (): Place => WAYS['applied']?.() ?? proven();

  it('wants so many denials in a row', () => {
    const at = applied();
    at.driver.after(PROPAGATION_MS);
    then(at, probed(DENIED), probed(DENIED), probed(SILENT), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proving');
    then(at, probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('wants the last denial beyond the propagation time, by when it was tried', () => {
    const at = applied();
    const early = at.driver.nowMs + PROPAGATION_MS - 1;
    at.driver.after(PROPAGATION_MS * 3);
    const late: CutEvent = { type: 'probed', probed: DENIED, atMs: early };
    then(at, late, late, late, late);
    expect(at.cut().status).toBe('proving');
    then(at, probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('counts no denial while the control fails: an outage looks like success', () => {
    const at = applied();
    at.driver.after(PROPAGATION_MS + SETTINGS.inconclusiveMs);
    for (let times = 0; times < 5; times += 1) then(at, probed({ ...DENIED, control: 'fails' }));
    expect(at.cut().status).toBe('unproven');
    expect(at.cut().reason).toContain('outage');
    then(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('keeps trying what it called unproven, after an outage too', () => {
    const at = WAYS['unproven']?.() ?? proven();
    at.driver.event(at.cut(), blockedIn('cut.probe'));
    expect(at.driver.effects).toContainEqual(expect.objectContaining({ step: 'cut.probe' }));
  });

  it('turns residual into proven only by a denial after its end', () => {
    const at = WAYS['residual']?.() ?? proven();
    then(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('residual');
    at.driver.after(46_000);
    then(at, probed(SILENT));
    expect(at.cut().status).toBe('residual');
    then(at, probed(DENIED), probed(DENIED), probed(DENIED));
    expect(at.cut().status).toBe('proven');
  });

  it('says irrevocable also when a residual comes before it', () => {
    const at = revoked({ residual: { forMs: 60_000, why: 'bearer tokens' } });
    expect(at.cut().status).toBe('residual');
    at.driver.after(60_000);
    then(at, probed(DENIED));
    expect(at.cut().status).toBe('irrevocable');
  });

  it('shows a residual as unproven when nothing can be tried after its end', () => {
    const at = WAYS['residual']?.() ?? proven();
    at.driver.after(60_000 + SETTINGS.inconclusiveMs);
    then(at, probed(SILENT));
    expect(at.cut().status).toBe('unproven');
  });
});

describe('applying once more', () => {
  it('keeps the first pre-image: it alone says what was there before us', () => {
    const at = proven();
    then(at, probed(ALLOWED));
    const again = at.driver.entries.filter((one) => one.kind === 'cut.applying');
    expect(again.map((one) => one.data.preImage)).toEqual([{ enabled: true }, { enabled: true }]);
    expect(new Set(again.map((one) => one.data.key)).size).toBe(2);
  });

  it('gives up after so many times and asks for something stronger', () => {
    const at = proven();
    for (let times = 0; times < SETTINGS.reapplyMax; times += 1) {
      then(at, probed(ALLOWED), APPLIED);
      at.driver.after(PROPAGATION_MS);
      then(at, probed(DENIED), probed(DENIED), probed(DENIED));
    }
    then(at, probed(ALLOWED));
    expect(at.cut().status).toBe('failed');
    const wider = at.driver.now.cuts.find((cut) => cut.order.grain === 'identity');
    expect(wider?.authority?.by).toBe('mandate');
  });

  it('is blocked when only a part is ever done', () => {
    const at = WAYS['applying']?.() ?? proven();
    for (let times = 0; times <= SETTINGS.reapplyMax; times += 1)
      then(at, { type: 'applied', applied: PARTIAL });
    expect(at.cut().status).toBe('blocked');
    expect(at.cut().reason).toContain('session-2');
  });
});
