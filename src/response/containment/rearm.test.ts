import { describe, expect, it } from 'vitest';
import type { Id } from '../../kernel/index.ts';
import {
  ALLOWED,
  asker,
  DENIED,
  Driver,
  IDENTITY,
  KEY,
  kindsOf,
  liveOf,
  offers,
  PROPAGATION_MS,
  resolution,
} from '../incident/fixtures.testing.ts';
import type { IncidentDecision } from '../incident/model.ts';

const TWO = [
  { seat: 'ciso', person: 'dana' },
  { seat: 'ciso', person: 'cleo' },
];

function contained(): Driver {
  const driver = new Driver();
  driver.say({ resolution: resolution({ profile: 'hard-stop' }), capabilities: offers(['G4']) });
  driver.prove(driver.cut(0));
  return driver;
}

function by(person: string): ReturnType<typeof asker> {
  const now = resolution({ decision: 'rearm', holders: TWO, automaticUpTo: null });
  return { name: `person:${person}`, person, live: liveOf(now) };
}

function askRearm(driver: Driver, containment: string = driver.cut(0).id): IncidentDecision {
  driver.do({
    type: 'ask-act',
    asked: {
      act: 'rearm',
      what: 'let a leaked credential work again',
      parameters: { containment },
      severity: 'sev1',
      reason: 'the vendor cannot rotate before Monday',
      by: by('dana'),
    },
  });
  const [asked] = driver.now.decisions.toReversed();
  if (asked === undefined) throw new Error('nothing was asked');
  return asked;
}

function agree(driver: Driver, decision: Id<'decision'>, digest: string, person: string): void {
  const answer = { decision, digest, outcome: 'approve', reason: 'agreed' } as const;
  driver.do({ type: 'answer', answer: { ...answer, by: by(person) } });
}

function rearming(): Driver {
  const driver = contained();
  const { id, digest } = askRearm(driver);
  agree(driver, id, digest, 'cleo');
  return driver;
}

describe('letting a leaked credential work again', () => {
  it('takes two people, whatever the right says', () => {
    const driver = contained();
    const { id, digest } = askRearm(driver);
    expect(driver.cut(0).status).toBe('proven');
    expect(() => {
      agree(driver, id, digest, 'dana');
    }).toThrow(/waits for somebody else/u);
    expect(driver.cut(0).status).toBe('proven');
    agree(driver, id, digest, 'cleo');
    expect(driver.cut(0)).toMatchObject({
      status: 'reverting',
      restore: { isRearm: true, rearmCredential: true },
    });
  });

  it('is said after a try that was let in, and takes back that it counts as exposed', () => {
    const driver = rearming();
    driver.restoring(driver.cut(0), { type: 'reverted', reverted: { state: 'done', raw: {} } });
    driver
      .after(PROPAGATION_MS)
      .restoring(driver.cut(0), { type: 'restore-probed', probed: DENIED });
    expect(driver.cut(0).status).toBe('reverting');
    driver
      .after(PROPAGATION_MS)
      .restoring(driver.cut(0), { type: 'restore-probed', probed: ALLOWED });
    expect(driver.cut(0).status).toBe('restored');
    expect(driver.now.status).toBe('open');
    expect(driver.now.subjects[0]?.credentials[0]?.exposed).toBe(false);
    expect(driver.effects).toContainEqual({
      type: 'lift',
      identity: IDENTITY,
      keepCredentials: [],
      only: KEY,
    });
  });

  it('holds on when it cannot be taken back', () => {
    const driver = rearming();
    driver.event(driver.cut(0), { type: 'blocked', step: 'cut.revert', reason: 'no right' });
    expect(driver.cut(0).status).toBe('restore-failed');
    expect(kindsOf(driver.entries)).not.toContain('incident.restoring');
  });

  it('refuses what holds nothing', () => {
    const driver = contained();
    const { id, digest } = askRearm(driver, 'cut_unknown');
    expect(() => {
      agree(driver, id, digest, 'cleo');
    }).toThrow(/containment names/u);
  });
});

describe('a temporary cut', () => {
  it('asks when its time is over, and holds until somebody has answered', () => {
    const driver = new Driver();
    const capabilities = offers(['G4']);
    driver.say({ capabilities, resolution: resolution({ automaticUpTo: null }) });
    const [subject] = driver.now.subjects;
    if (subject === undefined) throw new Error('a signal has a subject');
    driver.answer('reject');
    driver.after(1_000_000_000);
    const asked = { identity: IDENTITY, subject, severity: 'sev1', guarantee: 'G4' } as const;
    const who = { by: asker('ira'), forMs: 60_000, reason: 'over the weekend' };
    driver.do({ type: 'ask-containment', asked: { ...asked, ...who } });
    const cut = driver.cutOf('G4');
    driver.prove(cut);
    expect(driver.cutOf('G4')).toMatchObject({ status: 'proven', endsAtMs: expect.any(Number) });

    const live = liveOf(resolution({ holders: [{ seat: 'owner', person: 'mia' }] }));
    driver.do({ type: 'cut-time-over', cut: cut.id, live });
    expect(driver.effects).toContainEqual(expect.objectContaining({ type: 'cut-time' }));
    driver.after(60_000).do({ type: 'cut-time-over', cut: cut.id, live });
    const [question] = driver.now.decisions.filter((one) => one.state === 'open');
    expect(question).toMatchObject({ kind: 'restore', action: { cause: 'resolved' } });
    driver.after(86_400_000).do({ type: 'cut-time-over', cut: cut.id, live });
    expect(driver.cutOf('G4').status).toBe('proven');
  });
});
