import { describe, expect, it } from 'vitest';
import { digestOf, type Id, isFirebreakError, present, toTimestamp } from '../../kernel/index.ts';
import type { CutState } from '../containment/model.ts';
import {
  ALL,
  ALLOWED,
  APPLIED,
  asker,
  considered,
  DENIED,
  Driver,
  IDENTITY,
  INCIDENT,
  KEY,
  kindsOf,
  liveOf,
  offers,
  OTHER_KEY,
  PREPARED,
  PROPAGATION_MS,
  resolution,
  START_MS,
} from './fixtures.testing.ts';
import { standingOf } from './standing.ts';

function leak(changes: Parameters<Driver['say']>[0] = {}): Driver {
  const driver = new Driver();
  driver.say(changes);
  return driver;
}

function isolated(changes: Parameters<Driver['say']>[0] = {}): Driver {
  const driver = leak(changes);
  driver.prove(driver.cutOf('G2'));
  driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
  driver.prove(driver.cutOf('G4'));
  return driver;
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return isFirebreakError(error) ? error.code : String(error);
  }
  return 'done';
}

function discovered(credential: string, atMs: number, mintedBy: string | null = `ref-${KEY}`) {
  return {
    credential,
    identity: 'ci-deploy',
    kind: 'api-key',
    issuedAt: toTimestamp(atMs),
    expiresAt: null,
    lastUsedAt: null,
    enabled: true,
    mintedBy,
    scopes: [],
  };
}

function watch(driver: Driver, ...credentials: readonly ReturnType<typeof discovered>[]): void {
  driver.do({ type: 'watched', identity: IDENTITY, credentials, everyMs: 2_000 });
}

describe('stages', () => {
  it('begins with reduced, on the leaked credential alone, and opens W1 when it is applied', () => {
    const driver = leak();
    expect(driver.now.cuts.map((cut) => cut.order.guarantee)).toEqual(['G2']);
    expect(driver.cut(0).order.subject.credential).toBe(`ref-${KEY}`);
    driver.apply(driver.cut(0));
    expect(driver.now.subjects[0]?.window?.name).toBe('W1');
  });

  it('opens W1 also when the first application was only partial', () => {
    const driver = leak();
    driver.event(driver.cut(0), PREPARED);
    driver.event(driver.cut(0), {
      type: 'applied',
      applied: { state: 'partial', raw: {}, done: [], notDone: ['session-2'], unknown: [] },
    });
    driver.event(driver.cut(0), APPLIED);
    expect(driver.now.subjects[0]?.window?.name).toBe('W1');
  });

  it('isolates when W1 lapses, and not before its end', () => {
    const driver = leak();
    driver.apply(driver.cut(0));
    driver.after(29_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    expect(driver.now.cuts).toHaveLength(1);
    expect(driver.effects).toContainEqual(expect.objectContaining({ type: 'window-end' }));
    driver.after(1_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    expect(driver.cutOf('G4').authority?.by).toBe('mandate');
  });

  it('advances at once on a second independent source, but not on one that nobody vouches for', () => {
    const driver = leak();
    driver.apply(driver.cut(0));
    driver.say({ type: 'credential-misuse', source: 'form', authenticity: 'unauthenticated' });
    expect(driver.now.cuts).toHaveLength(1);
    driver.say({ type: 'credential-misuse', source: 'siem', authenticity: 'bearer' });
    expect(driver.cutOf('G4').authority?.by).toBe('mandate');
  });

  it('holds on an independent all-clear and asks for isolation with the cuts that it is about', () => {
    const driver = leak();
    driver.apply(driver.cut(0));
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    expect(driver.cutOf('G4').status).toBe('planned');
    driver.answer('approve');
    expect(driver.cutOf('G4').authority?.by).toBe('decision');
  });

  it.each([
    ['the source itself', { source: 'scanner', authenticity: 'signed' }],
    ['a weaker one', { source: 'form', authenticity: 'bearer' }],
  ] as const)('does not believe an all-clear of %s', (_who, how) => {
    const driver = leak();
    driver.say({ type: 'all-clear', ...how });
    expect(driver.now.subjects[0]).toMatchObject({ held: null });
    expect(driver.now.subjects[0]?.credentials[0]?.exposed).toBe(true);
  });

  it('revokes the leaked credential when W2 lapses, and only where credentials can be told apart', () => {
    const driver = isolated({ resolution: resolution({}, 10_000) });
    expect(driver.now.subjects[0]?.window?.name).toBe('W2');
    driver.after(10_000).do({ type: 'window-end', identity: IDENTITY, window: 'W2' });
    expect(driver.cutOf('G5').order.subject.credential).toBe(`ref-${KEY}`);
  });

  it('asks when the target offers no isolation, and never says contained', () => {
    const driver = leak({ capabilities: offers(['G2']) });
    driver.prove(driver.cut(0));
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    expect(driver.now.decisions.map((one) => one.state)).toEqual(['open']);
    driver.answer('approve');
    expect(standingOf(driver.now).sentence).toBe('not contained: 1 blocked');
  });

  it('is satisfied with reduced where the charter wants no more', () => {
    const driver = leak({ resolution: resolution({ profile: 'restrict-only' }) });
    driver.prove(driver.cut(0));
    expect(standingOf(driver.now).sentence).toBe('contained');
  });

  it('does nothing to the access that Firebreak itself acts with', () => {
    const driver = leak({ identityRef: 'firebreak' });
    watch(driver, discovered('minted-1', START_MS + 1_000));
    expect(driver.now.cuts).toEqual([]);
    expect(driver.now.decisions.length).toBeGreaterThan(0);
  });

  it('applies a cut that does not hold once more, then goes wider: the whole identity, then a person', () => {
    const driver = leak({ resolution: resolution({ profile: 'hard-stop' }) });
    const letIn = (cut: CutState): void => {
      driver.after(PROPAGATION_MS).event(cut, { type: 'probed', probed: ALLOWED });
    };
    driver.apply(driver.cut(0));
    letIn(driver.cut(0));
    expect(driver.now.cuts).toHaveLength(1);
    expect(driver.cut(0)).toMatchObject({ status: 'applying', attempts: 2 });
    driver.event(driver.cut(0), APPLIED);
    letIn(driver.cut(0));
    expect(driver.cut(0).status).toBe('failed');
    const wider = driver.cut(1);
    expect(wider.order.grain).toBe('identity');
    driver.apply(wider);
    letIn(wider);
    driver.event(wider, APPLIED);
    letIn(wider);
    expect(driver.now.decisions.at(-1)).toMatchObject({ state: 'open' });
    expect(driver.cut(2)).toMatchObject({ status: 'planned', digest: wider.digest });
    driver.answer('approve');
    driver.prove(driver.cut(2));
    expect(standingOf(driver.now).sentence).toBe('contained');
  });
});

describe('signals that join', () => {
  it('is harmless when the same statement comes again', () => {
    const driver = new Driver();
    const same = considered({ id: 'sig_same' });
    driver.do({ type: 'consider', considered: same });
    expect(driver.do({ type: 'consider', considered: same })).toEqual([]);
  });

  it('holds a credential that a later signal names as far as the first', () => {
    const driver = isolated();
    driver.say({ credential: OTHER_KEY });
    const added = driver.now.cuts.filter(
      (cut) => cut.order.subject.credential === `ref-${OTHER_KEY}`,
    );
    expect(added.map((cut) => cut.order.guarantee)).toEqual(['G2', 'G4']);
    expect(added.every((cut) => cut.authority?.by === 'mandate')).toBe(true);
  });

  it('only asks about a credential that an unauthenticated signal names', () => {
    const driver = isolated();
    driver.say({ credential: OTHER_KEY, authenticity: 'unauthenticated' });
    const added = driver.now.cuts.filter(
      (cut) => cut.order.subject.credential === `ref-${OTHER_KEY}`,
    );
    expect(added.every((cut) => cut.status === 'planned')).toBe(true);
    expect(added).toHaveLength(2);
  });

  it('does not narrow what was begun for the whole identity', () => {
    const driver = leak({ type: 'anomalous-behaviour', credential: null });
    driver.apply(driver.cut(0));
    driver.say({ source: 'siem', credential: OTHER_KEY });
    expect(driver.cutOf('G4').order.grain).toBe('identity');
  });

  it('acts at once on what a person was only asked for', () => {
    const driver = new Driver();
    const none = resolution({ automaticUpTo: null });
    driver.say({ authenticity: 'unauthenticated', resolution: none, capabilities: offers(['G4']) });
    expect(driver.cut(0).status).toBe('planned');
    driver.say({ source: 'siem', capabilities: offers(['G4']) });
    expect(driver.cut(0).authority?.by).toBe('mandate');
    expect(driver.now.decisions.map((one) => one.state)).toEqual(['approved']);
  });

  it('begins nothing with an all-clear', () => {
    const driver = leak({ type: 'all-clear' });
    expect(driver.now).toMatchObject({ status: 'closed', subjects: [] });
    expect(codeOf(() => driver.askRestore('resolved'))).toBe('restore-refused');
  });
});

describe('respawns', () => {
  it('cuts what was minted since the first suspect time and ends W1', () => {
    const driver = leak();
    driver.apply(driver.cut(0));
    watch(driver, discovered('minted-1', START_MS + 1_000));
    const minted = driver.now.cuts.find((cut) => cut.order.subject.credential === 'minted-1');
    expect(minted).toMatchObject({ order: { guarantee: 'G3' }, subject: { depth: 1 } });
    expect(driver.cutOf('G4').authority?.by).toBe('mandate');
  });

  it.each([
    ['known before', discovered(`ref-${OTHER_KEY}`, START_MS + 1)],
    ['older than the first suspect time', discovered('old', START_MS - 1)],
    ['minted by Firebreak itself', discovered('rotated', START_MS + 1, 'firebreak')],
  ])('leaves alone what was %s', (_why, found) => {
    const driver = leak();
    watch(driver, found);
    expect(driver.now.subjects[0]?.respawns).toEqual([]);
  });

  it('asks for the whole identity at the third within ten minutes', () => {
    const driver = leak({ resolution: resolution({ profile: 'restrict-only' }) });
    for (const number of [1, 2, 3])
      watch(driver, discovered(`minted-${number}`, START_MS + number));
    const whole = driver.now.cuts.filter((cut) => cut.order.grain === 'identity');
    expect(whole.map((cut) => cut.status)).toEqual(['planned']);
  });

  it('asks beyond the limit of inheritance', () => {
    const driver = leak({ resolution: resolution({ inherit: { upTo: 'G3', limit: 1 } }) });
    watch(driver, discovered('minted-1', START_MS + 1), discovered('minted-2', START_MS + 2));
    const statuses = driver.now.cuts.slice(1).map((cut) => cut.status);
    expect(statuses).toEqual(['recorded', 'planned']);
  });

  it('never plans a cut that the target does not offer', () => {
    const driver = leak({ capabilities: offers(['G2']) });
    watch(driver, discovered('minted-1', START_MS + 1));
    expect(driver.now.cuts.map((cut) => cut.order.guarantee)).toEqual(['G2']);
    expect(driver.now.decisions).toHaveLength(1);
  });
});

describe('decisions', () => {
  const none = resolution({ automaticUpTo: null });
  const byDefault = (guarantee: 'G2' | 'G4') =>
    resolution({ automaticUpTo: null, atDeadline: { guarantee, afterMs: 60_000 } });
  const decision = (driver: Driver): Id<'decision'> =>
    present(
      driver.now.decisions.find((one) => one.state === 'open'),
      'something is asked',
    ).id;

  it('refuses an answer to another digest, from the wrong person, or the second time', () => {
    const driver = leak({ resolution: none });
    const given = {
      decision: decision(driver),
      outcome: 'approve',
      reason: 'looked',
      digest: digestOf('another'),
      by: asker('ira'),
    } as const;
    expect(codeOf(() => driver.do({ type: 'answer', answer: given }))).toBe(
      'decision-digest-changed',
    );
    expect(codeOf(() => driver.answer('approve', 'sam', false))).toBe('authority-missing');
    driver.answer('approve');
    expect(codeOf(() => driver.do({ type: 'answer', answer: given }))).toBe('decision-closed');
  });

  it('takes the default at the deadline, by itself only as far as it is reversible', () => {
    const driver = leak({ resolution: byDefault('G4') });
    driver.deadline(decision(driver), liveOf(byDefault('G4')));
    expect(driver.cutOf('G4').authority?.by).toBe('default');
  });

  it('keeps asking for what the default does not reach', () => {
    const driver = leak({ resolution: byDefault('G2') });
    const first = decision(driver);
    driver.deadline(first, liveOf(byDefault('G2')));
    expect(driver.cutOf('G2').authority?.by).toBe('default');
    expect(driver.cutOf('G4').status).toBe('planned');
    const second = decision(driver);
    expect(second).not.toBe(first);
    driver.deadline(second, liveOf(byDefault('G2')));
    expect(kindsOf(driver.entries)).toContain('decision.overdue');
    driver.answer('approve');
    expect(driver.cutOf('G4').authority?.by).toBe('decision');
  });

  it('has no acting default for revoking', () => {
    const driver = leak({ resolution: byDefault('G4') });
    driver.answer('reject');
    const [subject] = driver.now.subjects;
    if (subject === undefined) throw new Error('the subject is known');
    const by = asker('sam', false);
    const severity = 'sev1' as const;
    const asked = { identity: IDENTITY, subject, severity, guarantee: 'G5' as const };
    const more = { reason: 'it is out', by };
    driver.do({ type: 'ask-containment', asked: { ...asked, ...more } });
    driver.deadline(decision(driver), liveOf(byDefault('G4')));
    expect(driver.cutOf('G5').status).toBe('planned');
    expect(kindsOf(driver.entries)).toContain('decision.overdue');
  });
});

describe('giving back', () => {
  function falseAlarm(): Driver {
    const driver = isolated();
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    return driver;
  }

  it('climbs down from the strongest, with a probe at each step, and closes', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    const [reduced, strong] = [driver.cutOf('G2'), driver.cutOf('G4')];
    expect(driver.cutOf('G2').status).toBe('proven');
    driver.giveBack(strong);
    expect(driver.cutOf('G4').status).toBe('restored');
    driver.giveBack(reduced);
    expect(driver.now).toMatchObject({ status: 'closed' });
    expect(kindsOf(driver.entries)).toContain('restriction.lifted');
  });

  it('is not for those who contained', () => {
    const driver = leak({ resolution: resolution({ automaticUpTo: null }) });
    driver.answer('approve', 'ira');
    driver.prove(driver.cut(0));
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    expect(codeOf(() => driver.askRestore('false-alarm', 'ira'))).toBe('authority-separated');
  });

  it('is no false alarm while a credential is called exposed', () => {
    expect(codeOf(() => isolated().askRestore('false-alarm'))).toBe('restore-refused');
  });

  it('keeps the leaked credential dead when it is resolved, and ends all the same', () => {
    const driver = isolated();
    driver.askRestore('resolved');
    expect(driver.cutOf('G4').status).toBe('proven');
    expect(driver.now.status).toBe('closed');
  });

  it('does not end while what leaked is only restricted', () => {
    const driver = leak({ resolution: resolution({ profile: 'restrict-only' }) });
    driver.prove(driver.cut(0));
    expect(codeOf(() => driver.askRestore('resolved'))).toBe('restore-refused');
  });

  it('never re-arms: a whole identity comes back without what leaked', () => {
    const driver = isolated({ capabilities: offers(['G2', 'G4'], 'identity') });
    driver.askRestore('resolved');
    expect(driver.cutOf('G4').restore?.rearmCredential).toBe(false);
    driver.giveBack(driver.cutOf('G4'), ALLOWED);
    expect(kindsOf(driver.entries)).toContain('cut.restore-failed');
    expect(driver.cutOf('G4').status).toBe('applying');
    expect(driver.now.status).toBe('open');
  });

  it('says that the leaked stays dead after it was tried', () => {
    const driver = isolated({ capabilities: offers(['G2', 'G4'], 'identity') });
    driver.askRestore('resolved');
    driver.giveBack(driver.cutOf('G4'), DENIED);
    expect(driver.cutOf('G4').status).toBe('restored');
  });

  it('is voided by a new signal: what was lifted is applied again at once', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    const cut = driver.cutOf('G4');
    driver.restoring(cut, { type: 'reverted', reverted: { state: 'done', raw: {} } });
    driver.say({ source: 'siem', type: 'credential-misuse' });
    expect(driver.now.status).toBe('open');
    expect(driver.cutOf('G4')).toMatchObject({ id: cut.id, status: 'applying', restore: null });
  });

  it('is voided by a new signal: a revert in flight is awaited, then undone', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    const cut = driver.cutOf('G4');
    driver.say({ source: 'siem', type: 'credential-misuse' });
    expect(driver.now.status).toBe('open');
    expect(driver.cutOf('G4').status).toBe('reverting');
    driver.restoring(cut, { type: 'reverted', reverted: { state: 'done', raw: {} } });
    expect(driver.cutOf('G4')).toMatchObject({ id: cut.id, status: 'applying', restore: null });
  });

  it('holds again what was given back before the new signal', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    driver.giveBack(driver.cutOf('G4'));
    driver.restoring(driver.cutOf('G2'), {
      type: 'reverted',
      reverted: { state: 'done', raw: {} },
    });
    driver.say({ source: 'siem', type: 'credential-misuse' });
    expect(driver.cutOf('G2').status).toBe('applying');
    expect(driver.cutOf('G4')).toMatchObject({ status: 'holding-evidence' });
  });

  it('is not voided by what nobody vouches for', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    driver.say({ source: 'form', authenticity: 'unauthenticated', type: 'credential-misuse' });
    expect(driver.now.status).toBe('restoring');
  });

  it('refuses an approval once the cuts have changed since it was asked', () => {
    const driver = leak();
    driver.prove(driver.cutOf('G2'));
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    driver.askRestore('false-alarm', 'mia', false);
    driver.do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window: 'W1' });
    const isolation = driver.now.decisions.find((one) => one.kind === 'contain');
    if (isolation === undefined) throw new Error('isolation was not asked');
    const by = asker('ira');
    const { id, digest } = isolation;
    driver.do({
      type: 'answer',
      answer: { decision: id, outcome: 'approve', reason: 'do it', digest, by },
    });
    const before = driver.now.decisions.find((one) => one.kind === 'restore');
    driver.prove(driver.cutOf('G4'));
    if (before === undefined) throw new Error('the restore was not asked');
    const late = { decision: before.id, outcome: 'approve', digest: before.digest } as const;
    const given = { ...late, reason: 'over', by: asker('mia', true, 'owner') };
    expect(codeOf(() => driver.do({ type: 'answer', answer: given }))).toBe(
      'decision-digest-changed',
    );
    driver.askRestore('false-alarm');
    expect(driver.cutOf('G4').status).toBe('reverting');
  });

  it('waits for a cut that is being applied, then gives it back', () => {
    const driver = falseAlarm();
    const cut = driver.cutOf('G4');
    driver.event(cut, { type: 'probed', probed: ALLOWED });
    driver.askRestore('false-alarm');
    expect(driver.cutOf('G4').status).toBe('applying');
    driver.event(cut, APPLIED);
    expect(driver.cutOf('G4').status).toBe('reverting');
  });

  it('gives back a blocked cut whose effect is unknown, and drops one that never acted', () => {
    const driver = isolated();
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    const cut = driver.cutOf('G4');
    driver.event(cut, { type: 'probed', probed: ALLOWED });
    driver.event(cut, { type: 'blocked', step: 'cut.apply', reason: 'no answer' });
    driver.askRestore('false-alarm');
    const given = driver.now.cuts.find((one) => one.id === cut.id);
    expect(['reverting', 'blocked']).toContain(given?.status);
    const dropped = driver.now.cuts.filter((one) => one.status === 'dropped');
    expect(dropped.every((one) => one.attempts === 0)).toBe(true);
  });

  it('opens a closed incident again when something that was kept is undone', () => {
    const driver = isolated();
    driver.askRestore('resolved');
    const cut = driver.cutOf('G4');
    expect(driver.event(cut, { type: 'probed', probed: DENIED })).toEqual([]);
    driver.event(cut, { type: 'probed', probed: ALLOWED });
    expect(driver.now.status).toBe('open');
    expect(driver.cutOf('G4').status).toBe('applying');
    expect(driver.effects.map((one) => one.type)).toContain('watch');
  });

  it('watches again when what was kept in a closed incident is given back', () => {
    const driver = isolated();
    driver.askRestore('resolved');
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    driver.askRestore('false-alarm');
    expect(driver.now.status).toBe('restoring');
    expect(driver.effects.map((one) => one.type)).toContain('watch');
  });

  it('is not turned by a claim about a credential that somebody else vouched for', () => {
    const driver = isolated();
    driver.say({ credential: OTHER_KEY, type: 'credential-misuse' });
    driver.say({ credential: OTHER_KEY, source: 'form', authenticity: 'unauthenticated' });
    const other = driver.now.subjects[0]?.credentials.find((one) => one.id === OTHER_KEY);
    expect(other).toMatchObject({ exposed: false });
    expect(other?.claimed).not.toBe(true);
  });

  it('is not held up by a leak that somebody merely claims while it is under way', () => {
    const driver = isolated({ capabilities: offers(['G2', 'G4'], 'identity') });
    driver.askRestore('resolved');
    driver.giveBack(driver.cutOf('G4'), DENIED);
    driver.say({ credential: OTHER_KEY, authenticity: 'unauthenticated' });
    expect(driver.now.status).toBe('restoring');
    driver.giveBack(driver.cutOf('G2'), DENIED);
    expect(driver.now.status).toBe('closed');
  });

  it('leaves the gate shut for an identity that stays revoked', () => {
    const whole = offers(['G5'], 'identity', { grain: 'identity', reversible: false });
    const driver = leak({ capabilities: whole, resolution: resolution({ automaticUpTo: null }) });
    const [subject] = driver.now.subjects;
    if (subject === undefined) throw new Error('the subject is known');
    const by = asker('ira');
    const asked = { identity: IDENTITY, subject, severity: 'sev1', guarantee: 'G5' } as const;
    const more = { reason: 'it is out', by };
    driver.do({ type: 'ask-containment', asked: { ...asked, ...more } });
    driver.prove(driver.cutOf('G5'));
    driver.askRestore('resolved');
    expect(driver.now.status).toBe('closed');
    expect(kindsOf(driver.entries)).not.toContain('restriction.lifted');
  });

  it('leaves the gate shut while a cut of the whole identity is kept', () => {
    const driver = isolated({ capabilities: offers(['G2', 'G4'], 'identity') });
    const whole = driver.cutOf('G4');
    driver.askRestore('resolved');
    driver.restoring(whole, { type: 'reverted', reverted: { state: 'done', raw: {} } });
    expect(kindsOf(driver.entries)).not.toContain('restriction.lifted');
    driver.after(PROPAGATION_MS).restoring(whole, { type: 'restore-probed', probed: DENIED });
    driver.giveBack(driver.cutOf('G2'), DENIED);
    expect(kindsOf(driver.entries)).toContain('restriction.lifted');
  });

  it('gives back in the order in which pre-images were taken, the last one first', () => {
    const driver = isolated();
    driver.say({ credential: OTHER_KEY });
    driver.say({ type: 'all-clear', source: 'owner-desk' });
    const added = driver.now.cuts.filter((one) => one.subject.credential === OTHER_KEY);
    for (const cut of added.toReversed()) driver.prove(cut);
    driver.askRestore('false-alarm');
    const order: string[] = [];
    for (let times = 0; times < 4; times += 1) {
      const cut = driver.now.cuts.find((one) => one.status === 'reverting');
      if (cut === undefined) break;
      order.push(`${cut.order.guarantee} ${cut.subject.credential === KEY ? 'first' : 'second'}`);
      driver.giveBack(cut);
    }
    expect(order).toEqual(['G4 second', 'G4 first', 'G2 second', 'G2 first']);
  });

  it('acts anew on a new signal after it was closed', () => {
    const driver = falseAlarm();
    driver.askRestore('false-alarm');
    driver.giveBack(driver.cutOf('G4'));
    driver.giveBack(driver.cutOf('G2'));
    driver.say({ source: 'siem' });
    expect(driver.now.status).toBe('open');
    expect(driver.cutOf('G2').status).toBe('recorded');
    driver.apply(driver.cutOf('G2'));
    expect(driver.now.subjects[0]?.window?.name).toBe('W1');
  });
});

it('knows its incident', () => {
  expect(leak({ capabilities: ALL }).now.id).toBe(INCIDENT);
});
