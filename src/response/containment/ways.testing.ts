import type { Applied, Probed } from '../../connectors/contract.ts';
import type { Guarantee } from '../../kernel/index.ts';
import {
  ALLOWED,
  APPLIED,
  DENIED,
  Driver,
  offers,
  PREPARED,
  PROPAGATION_MS,
  resolution,
  SILENT,
} from '../incident/fixtures.testing.ts';
import type { CutEvent } from './decide.ts';
import type { CutState } from './model.ts';
import type { RestoreEvent } from './restore.ts';

export const PARTIAL: Applied = {
  state: 'partial',
  raw: {},
  done: ['logins'],
  notDone: ['session-2'],
  unknown: [],
};
export const HARD_STOP = resolution({ profile: 'hard-stop' });

/** A leak under a mandate that goes straight to G4: one cut, with evidence, reversible. */
export function hardStop(guarantees: readonly Guarantee[] = ['G4'], more = {}): Driver {
  const driver = new Driver();
  const capabilities = offers(guarantees, 'credential', more);
  driver.say({ resolution: HARD_STOP, capabilities });
  return driver;
}

export interface Place {
  readonly driver: Driver;
  readonly cut: () => CutState;
}

export function place(driver: Driver, guarantee: Guarantee = 'G4'): Place {
  const { id } = driver.cutOf(guarantee);
  return {
    driver,
    cut: () => driver.now.cuts.find((one) => one.id === id) ?? driver.cut(0),
  };
}

export function onward(from: Place, ...events: readonly CutEvent[]): Place {
  for (const event of events) from.driver.event(from.cut(), event);
  return from;
}

export const probed = (one: Probed): CutEvent => ({ type: 'probed', probed: one });
export const blockedIn = (
  step: Extract<CutEvent, { readonly type: 'blocked' }>['step'],
): CutEvent => ({
  type: 'blocked',
  step,
  reason: 'no right',
});

export function restoring(): Place {
  const at = proven();
  at.driver.say({ type: 'all-clear', source: 'owner-desk' });
  at.driver.askRestore('false-alarm');
  return at;
}

export function lifted(): Place {
  const at = restoring();
  at.driver.restoring(at.cut(), { type: 'reverted', reverted: { state: 'done', raw: {} } });
  return at;
}

export function proven(): Place {
  const driver = hardStop();
  driver.prove(driver.cut(0));
  return place(driver);
}

export function revoked(more = {}): Place {
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

export function asked(): Driver {
  const driver = new Driver();
  const capabilities = offers(['G4']);
  driver.say({ resolution: resolution({ automaticUpTo: null }), capabilities });
  return driver;
}

/** A way into every status in which one cut can rest. */
export const WAYS: Readonly<Record<string, () => Place>> = {
  planned: () => place(asked()),
  dropped: () => {
    const driver = asked();
    driver.answer('reject');
    return place(driver);
  },
  'holding-evidence': () => place(hardStop()),
  recorded: () => onward(place(hardStop()), { type: 'fuse-burnt' }),
  applying: () => onward(place(hardStop()), { type: 'fuse-burnt' }, PREPARED),
  applied: () => onward(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED),
  proving: () =>
    onward(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED, probed(DENIED)),
  proven,
  residual: () => {
    const driver = hardStop(['G4'], { residual: { forMs: 60_000, why: 'bearer tokens' } });
    driver.prove(driver.cut(0));
    return place(driver);
  },
  irrevocable: () => revoked(),
  unproven: () =>
    onward(
      place(hardStop()),
      { type: 'fuse-burnt' },
      PREPARED,
      APPLIED,
      probed(SILENT),
      blockedIn('cut.probe'),
    ),
  failed: () => {
    const at = onward(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, APPLIED);
    at.driver.after(PROPAGATION_MS);
    onward(at, probed(ALLOWED), APPLIED);
    at.driver.after(PROPAGATION_MS);
    return onward(at, probed(ALLOWED));
  },
  'blocked in prepare': () =>
    onward(place(hardStop()), { type: 'fuse-burnt' }, blockedIn('cut.prepare')),
  'blocked in apply': () =>
    onward(place(hardStop()), { type: 'fuse-burnt' }, PREPARED, blockedIn('cut.apply')),
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
  'restore-failed': () => onward(restoring(), blockedIn('cut.revert')),
};

export const EVENTS: Readonly<Record<string, CutEvent | RestoreEvent>> = {
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
