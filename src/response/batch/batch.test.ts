import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AuthorityResolution } from '../../authority/index.ts';
import type { Id } from '../../kernel/index.ts';
import { LIMITS } from '../../kernel/index.ts';
import type { Effect } from '../incident/effects.ts';
import type { NewSubject } from '../incident/entries.ts';
import { ALL, asker, Driver, liveOf, resolution } from '../incident/fixtures.testing.ts';
import { standingOf } from '../incident/standing.ts';

/** Who decides about whom: a person, and a class. */
interface Whose {
  readonly person: string;
  readonly class: string;
}

function authorityOf({ person, class: name }: Whose): AuthorityResolution {
  const holders = [{ seat: 'ir-lead', person }];
  return resolution({ automaticUpTo: null, mandate: null, classes: [name], holders });
}

function identityOf(number: number): Id<'identity'> {
  // The form that the inventory gives; nothing here reads it.
  return `idn_${String(number).padStart(4, '0')}` as Id<'identity'>;
}

function subjectOf(number: number, whose: Whose): NewSubject {
  return {
    identity: identityOf(number),
    name: `robot-${number}`,
    target: 'ci',
    identityRef: `robot-${number}`,
    credentials: [],
    capabilities: ALL,
    resolution: authorityOf(whose),
    knownCredentials: [],
  };
}

/** Asked for, and taken up slice by slice as the runner would. */
function takenUp(all: readonly Whose[], driver = new Driver()): Driver {
  const members = all.map((_, number) => ({ identity: identityOf(number), credential: null }));
  const asked = { title: 'many', severity: 'sev1', guarantee: 'G4', reason: 'breach' } as const;
  driver.do({ type: 'ask-batch', asked: { ...asked, members } });
  for (;;) {
    const [batch] = driver.now.batches;
    const isWanted = driver.effects.some((effect) => effect.type === 'take-up');
    if (batch === undefined || !isWanted) return driver;
    const from = batch.taken;
    const looked = all
      .slice(from, from + LIMITS.batchSliceIdentities)
      .map((whose, index) => ({ subject: subjectOf(from + index, whose) }));
    driver.do({ type: 'take-up', batch: batch.id, from, looked });
  }
}

const whose = fc.record({
  person: fc.constantFrom('ira', 'mia', 'ola'),
  class: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
});

it('puts every cut on exactly one of at most twelve lists, and mixes no deciders', () => {
  fc.assert(
    fc.property(fc.array(whose, { minLength: 1, maxLength: 45 }), (all) => {
      const { now } = takenUp(all);
      expect(now.decisions.length).toBeLessThanOrEqual(LIMITS.cardsMax);
      const dealt = now.decisions.flatMap(({ action }) =>
        action.verb === 'cut' ? action.cuts : [],
      );
      expect(dealt.toSorted()).toEqual(now.cuts.map(({ id }) => id).toSorted());
      for (const { action, holders } of now.decisions) {
        const cuts = action.verb === 'cut' ? action.cuts : [];
        const numbers = now.cuts
          .filter(({ id }) => cuts.includes(id))
          .map(({ subject }) => Number(subject.identity.slice(4)));
        const people = new Set(numbers.map((number) => all[number]?.person));
        expect([...people]).toEqual(holders.map(({ person }) => person));
        // In the order in which they were ranked.
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      expect(standingOf(now).contained).toBe(false);
    }),
    { numRuns: 60 },
  );
});

it('is one list for each decider where more than twelve decide, never one for the wrong one', () => {
  const all = Array.from({ length: 15 }, (_, number) => ({ person: `p${number}`, class: 'a' }));
  expect(takenUp(all).now.decisions).toHaveLength(15);
});

function carriedOn(effects: readonly Effect[]): readonly Effect[] {
  return effects.filter((effect) => effect.type === 'carry-on');
}

function approve(driver: Driver): void {
  const [decision] = driver.now.decisions;
  if (decision === undefined) throw new Error('there is a question');
  const { id, digest } = decision;
  const by = { ...asker('ira'), live: liveOf(authorityOf({ person: 'ira', class: 'a' })) };
  const answer = { decision: id, outcome: 'approve', reason: 'yes', digest, by } as const;
  driver.do({ type: 'answer', answer });
}

const MANY = Array.from({ length: 35 }, () => ({ person: 'ira', class: 'a' }));

it('is authorised a slice at a time, every cut once, pairs of one identity together', () => {
  const driver = takenUp(MANY);
  approve(driver);
  for (;;) {
    const [next] = carriedOn(driver.effects);
    const byIdentity = Map.groupBy(driver.now.cuts, (cut) => cut.subject.identity);
    for (const [, cuts] of byIdentity) {
      expect(new Set(cuts.map(({ status }) => status === 'planned')).size).toBe(1);
    }
    if (next?.type !== 'carry-on') break;
    const { decision, by, cuts } = next;
    driver.do({ type: 'carry-on', list: { decision, by, cuts } });
    const made = driver.entries.filter(({ kind }) => kind === 'cut.authorised').length;
    expect(made).toBeLessThanOrEqual(driver.now.cuts.length);
  }
  expect(driver.now.cuts.some(({ status }) => status === 'planned')).toBe(false);
  expect(driver.entries.filter(({ kind }) => kind === 'cut.authorised')).toHaveLength(70);
});

it('does not go on under a decision whose decider turned out to be a suspect', () => {
  const driver = takenUp(MANY);
  approve(driver);
  const [next] = carriedOn(driver.effects);
  if (next?.type !== 'carry-on') throw new Error('the list is long');
  const before = driver.now.cuts.filter(({ status }) => status === 'planned').length;
  const decisions = driver.now.decisions.map((one) => ({ ...one, state: 'undone' as const }));
  driver.state = { ...driver.now, decisions };
  const { decision, by, cuts } = next;
  driver.do({ type: 'carry-on', list: { decision, by, cuts } });
  expect(driver.now.cuts.filter(({ status }) => status === 'planned')).toHaveLength(before);
});

it('takes a slice up once, however often its step is repeated', () => {
  const driver = takenUp(MANY);
  const { ordinal } = driver.now;
  const [batch] = driver.now.batches;
  if (batch === undefined) throw new Error('there is a batch');
  const looked = [{ subject: subjectOf(0, { person: 'ira', class: 'a' }) }];
  driver.do({ type: 'take-up', batch: batch.id, from: 0, looked });
  expect(driver.now.ordinal).toBe(ordinal);
});
