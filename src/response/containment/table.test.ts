import { describe, expect, it } from 'vitest';
import {
  ALLOWED,
  APPLIED,
  asker,
  DENIED,
  Driver,
  IDENTITY,
  INCIDENT,
  liveOf,
  offers,
  PREPARED,
  PROPAGATION_MS,
  resolution,
  SETTINGS,
  SILENT,
} from '../incident/fixtures.testing.ts';
import type { CutEvent } from './decide.ts';
import { nameOf, TRANSITIONS, walked } from './spec.ts';
import {
  asked,
  blockedIn,
  EVENTS,
  hardStop,
  PARTIAL,
  type Place,
  place,
  onward,
  WAYS,
} from './ways.testing.ts';

function way(name: string): Place {
  const open = WAYS[name];
  if (open === undefined) throw new Error(`there is no way into ${name}`);
  return open();
}

function play(at: Place, ...names: readonly string[]): Place {
  for (const name of names) {
    const event = EVENTS[name];
    if (event === undefined) throw new Error(`there is no event ${name}`);
    at.driver.after(PROPAGATION_MS);
    if (event.type === 'reverted' || event.type === 'restore-probed')
      at.driver.restoring(at.cut(), event);
    else at.driver.event(at.cut(), event);
  }
  return at;
}

const denied: CutEvent = { type: 'probed', probed: DENIED };
const NO_PROBE = blockedIn('cut.probe');
const TWICE_PARTLY: CutEvent = { type: 'applied', applied: PARTIAL };

function restored(at: Place): Place {
  at.driver.say({ type: 'all-clear', source: 'owner-desk' });
  at.driver.askRestore('false-alarm');
  return at;
}

/** What was being given back is suspect again. */
function suspectAgain(at: Place): Place {
  at.driver.say({ source: 'another-scanner' });
  return at;
}

function temporary(reason: string, more = {}): Place {
  const driver = new Driver();
  const capabilities = offers(['G4'], 'credential', more);
  driver.say({ capabilities, resolution: resolution({ automaticUpTo: null }) });
  const [subject] = driver.now.subjects;
  if (subject === undefined) throw new Error('a signal has a subject');
  driver.answer('reject');
  // Until that no has lapsed.
  driver.after(1_000_000_000);
  const asked = { identity: IDENTITY, subject, severity: 'sev1', guarantee: 'G4' } as const;
  const by = asker('ira');
  driver.do({ type: 'ask-containment', asked: { ...asked, by, forMs: 60_000, reason } });
  return place(driver);
}

function timeOver(at: Place): Place {
  at.driver.after(3_600_000);
  at.driver.do({ type: 'cut-time-over', cut: at.cut().id, live: liveOf(resolution()) });
  return at;
}

/** By hand, what the product of ways and events does not reach. */
const JOURNEYS: Readonly<Record<string, () => Place>> = {
  'a decision authorises what was asked': () => {
    const driver = asked();
    driver.answer('approve');
    return place(driver);
  },
  'a restore drops what waits for evidence': () => {
    const at = way('holding-evidence');
    return restored(at);
  },
  'a restore drops what is recorded': () => restored(way('recorded')),
  'a restore drops what is blocked before it acted': () => restored(way('blocked in prepare')),
  'a restore takes back what is blocked after it acted': () => restored(way('blocked in apply')),
  'a restore takes back what is only applied': () => restored(way('applied')),
  'a restore takes back what is being proven': () => restored(way('proving')),
  'a restore takes back what is unproven': () => restored(way('unproven')),
  'a restore takes back what has residual access': () => restored(way('residual')),
  'a restore takes back what failed': () => restored(way('failed')),
  'a restore is asked for again after a conflict': () => {
    const at = suspectAgain(way('revert-conflict'));
    return restored(at);
  },
  'a conflict, and the restore is asked for again': () => {
    const at = way('revert-conflict');
    at.driver.askRestore('false-alarm');
    return at;
  },
  'a restore that failed is asked for again': () => {
    const at = way('restore-failed');
    at.driver.askRestore('false-alarm');
    return at;
  },
  'a new signal voids a restore under way': () => suspectAgain(way('reverting, lifted')),
  'a conflict after the restore was voided': () => play(suspectAgain(way('reverting')), 'conflict'),
  'a revert that fails after the restore was voided': () =>
    play(suspectAgain(way('reverting')), 'no revert'),
  'applied in part until it is blocked': () => {
    let at = way('applying');
    for (let times = 0; times <= SETTINGS.reapplyMax; times += 1) at = onward(at, TWICE_PARTLY);
    return at;
  },
  'released after it was blocked in part': () => play(way('blocked in apply'), 'partial'),
  'unproven by an outage, then proven': () => {
    const at = way('unproven');
    at.driver.after(PROPAGATION_MS);
    return onward(at, denied, denied, denied);
  },
  'let in after it was unproven': () => play(way('unproven'), 'allowed', 'applied', 'allowed'),
  'unproven at last with residual access': () => {
    const at = way('applied');
    at.driver.after(PROPAGATION_MS + SETTINGS.inconclusiveMs);
    return onward(at, { type: 'probed', probed: SILENT }, { type: 'probed', probed: SILENT });
  },
  'a residual that ends': () => {
    const at = way('residual');
    at.driver.after(60_000);
    return onward(at, denied, denied, denied);
  },
  'a residual after which nothing can be tried': () => {
    const at = way('residual');
    at.driver.after(60_000 + SETTINGS.inconclusiveMs);
    return onward(at, { type: 'probed', probed: SILENT });
  },
  'unproven first, then residual': () => {
    const driver = hardStop(['G4'], { residual: { forMs: 600_000, why: 'bearer tokens' } });
    const at = onward(place(driver), { type: 'fuse-burnt' }, PREPARED, APPLIED);
    driver.after(PROPAGATION_MS + SETTINGS.inconclusiveMs);
    onward(at, { type: 'probed', probed: SILENT }, { type: 'probed', probed: SILENT });
    return onward(at, denied, denied, denied);
  },
  'undone again and again': () => {
    const at = way('proven');
    for (let times = 0; times <= SETTINGS.reapplyMax; times += 1) {
      onward(at, { type: 'probed', probed: ALLOWED }, APPLIED);
      at.driver.after(PROPAGATION_MS);
      onward(at, denied, denied, denied);
    }
    return at;
  },
  'gone on the target while something else denies': () => {
    const probed = { ...DENIED, expected: false };
    return onward(way('proven'), { type: 'probed', probed, isGone: true, undoneBy: 'mallory' });
  },
  'the leaked credential is let in again': () => {
    const at = way('proven');
    at.driver.askRestore('resolved');
    return play(at, 'reverted', 'restore allowed');
  },
  'a whole identity comes back and the leaked credential with it': () => {
    const driver = new Driver();
    const capabilities = offers(['G4'], 'identity');
    driver.say({ resolution: resolution({ profile: 'hard-stop' }), capabilities });
    driver.prove(driver.cut(0));
    const at = place(driver);
    driver.askRestore('resolved');
    return play(at, 'reverted', 'restore allowed');
  },
  'a temporary cut ends: applied': () =>
    timeOver(onward(temporary('a'), { type: 'fuse-burnt' }, PREPARED, APPLIED)),
  'a temporary cut ends: proving': () =>
    timeOver(onward(temporary('b'), { type: 'fuse-burnt' }, PREPARED, APPLIED, denied)),
  'the reduced stage needs no evidence': () => {
    const driver = new Driver();
    driver.say();
    return place(driver, 'G2');
  },
  'a temporary cut ends: unproven': () =>
    timeOver(onward(temporary('d'), { type: 'fuse-burnt' }, PREPARED, APPLIED, NO_PROBE)),
  'a temporary cut ends: failed': () => {
    const at = onward(temporary('e'), { type: 'fuse-burnt' }, PREPARED, APPLIED);
    return timeOver(play(at, 'allowed', 'applied', 'allowed'));
  },
  'a temporary cut ends: residual': () => {
    const at = temporary('f', { residual: { forMs: 7_200_000, why: 'bearer tokens' } });
    at.driver.prove(at.cut());
    return timeOver(at);
  },
  'a temporary cut ends: proven': () => {
    const at = temporary('c');
    at.driver.prove(at.cut());
    return timeOver(at);
  },
};

interface Reached {
  readonly by: string;
  readonly names: readonly string[];
}

function reachAll(): readonly Reached[] {
  const product = Object.keys(WAYS).flatMap((from) =>
    Object.keys(EVENTS).map((event) => ({
      by: `${from}, then ${event}`,
      names: walked(play(way(from), event).driver.entries, INCIDENT),
    })),
  );
  const journeys = Object.entries(JOURNEYS).map(([by, go]) => ({
    by,
    names: walked(go().driver.entries, INCIDENT),
  }));
  return [...journeys, ...product];
}

const REACHED = reachAll();

describe("the cut's table", () => {
  const wanted = TRANSITIONS.map(nameOf);

  it.each(
    wanted.map((name) => ({
      name,
      by: REACHED.find(({ names }) => names.includes(name))?.by ?? 'NOTHING',
    })),
  )('$name is reached by: $by', ({ by }) => {
    expect(by).not.toBe('NOTHING');
  });

  it('holds everything that is ever recorded', () => {
    const outside = REACHED.flatMap(({ by, names }) =>
      names.filter((name) => !wanted.includes(name)).map((name) => `${name} (${by})`),
    );
    expect([...new Set(outside)]).toEqual([]);
  });

  it('leads into every status', () => {
    const into = new Set(TRANSITIONS.map(({ to }) => to));
    const from = new Set(TRANSITIONS.map((one) => one.from));
    expect(new Set([...into, ...from]).size).toBe(20);
  });
});
