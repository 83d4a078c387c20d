import { expect } from 'vitest';
import type { Guarantee } from '../../kernel/index.ts';
import {
  failureOf,
  given,
  revertOf,
  type Bench,
  type ConformanceFeature,
  type CutDone,
} from './bench.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly needs: readonly ConformanceFeature[];
  readonly run: (bench: Bench) => Promise<void>;
}

/** Every connector has to keep its promise for more than one draw of the target's delays. */
const DRAWS = 5;
/** These leave ordinary work alone. */
const MILD: readonly Guarantee[] = ['G1', 'G2'];

type CaseOf = (guarantee: Guarantee) => ConformanceCase;

/** Each case with the guarantees it is about. */
export function casesFor(offered: readonly Guarantee[]): readonly ConformanceCase[] {
  const per = (only: readonly Guarantee[], make: CaseOf): readonly ConformanceCase[] =>
    only.filter((guarantee) => offered.includes(guarantee)).map(make);
  return [
    ...[looks, letThrough, unknownSecret, strangerRefused, givenUp].map((make) => make(offered)),
    ...per(offered, provenCut),
    ...per(['G3', 'G4', 'G5'], wordIsNoProof),
    ...per(['G1', 'G2', 'G3', 'G4'], takenBack),
    ...per(offered, repeated),
    ...per(offered, lostReply),
    ...per(['G3', 'G4'], leakedStaysDead),
    ...per(['G1', 'G2'], openSessionReduced),
    ...per(['G3', 'G4', 'G5'], openSessionEnds),
    ...per(['G4'], lateSessionFound),
    ...per(offered, outageIsNoProof),
    ...per(offered, missingRight),
    ...per(['G2'], conflict),
    ...per(['G5'], irreversible),
    ladder(offered.filter((guarantee) => guarantee !== 'G5')),
  ];
}

const looks = (): ConformanceCase => ({
  name: 'describes itself, finds what is there and captures evidence',
  needs: [],
  run: async ({ connector, context, environment }) => {
    const made = await environment.newSubject();
    const all = await connector.discover({}, context());
    const names = all.identities.map((each) => each.identity);
    expect(names).toContain(made.subject.identity);
    expect(names).toContain(connector.describe().actsAs);
    const { identity } = made.subject;
    const one = await connector.discover({ identity }, context());
    expect(one.identities.map((each) => each.identity)).toEqual([identity]);
    expect(one.credentials.length).toBeGreaterThanOrEqual(made.sibling === null ? 1 : 2);
    const evidence = await connector.captureEvidence(made.subject, context());
    const items = evidence.map((item) => item.name);
    expect(items).toEqual(
      expect.arrayContaining(['sessions', 'permissions', 'configuration', 'recent-activity']),
    );
    for (const item of evidence) expect(item.content === null).toBe(item.missing !== undefined);
  },
});

const letThrough = (offered: readonly Guarantee[]): ConformanceCase => ({
  name: 'a probe is let through, without effect, where nothing is cut',
  needs: [],
  run: async ({ connector, context, environment, probe }) => {
    const made = await environment.newSubject();
    for (const guarantee of offered) {
      const found = await probe(made, guarantee);
      expect(found).toMatchObject({ observed: 'allowed', expected: false, control: 'works' });
    }
    const { identity } = made.subject;
    const { credentials } = await connector.discover({ identity }, context());
    expect(credentials.filter((each) => each.mintedBy !== null)).toEqual([]);
  },
});

const unknownSecret = (offered: readonly Guarantee[]): ConformanceCase => ({
  name: 'a probe without the secret says that nothing is known, and does not stand in the way of a cut',
  needs: [],
  run: async ({ connector, context, environment, order }) => {
    const made = await environment.newSubject();
    const { probeMethods } = connector.describe();
    // Where the subject can be tried without its secret, that is what is asked for.
    const method = probeMethods.includes('impersonation') ? 'impersonation' : 'secret';
    const observed = method === 'secret' ? 'no-answer' : 'allowed';
    for (const guarantee of offered) {
      const { target, subject } = order(made, guarantee);
      const request = { target, subject, guarantee, method, vantage: 'conformance' } as const;
      const found = await connector.probe(request, context());
      expect(found).toMatchObject({ observed, expected: false, control: 'works' });
    }
  },
});

const strangerRefused = (offered: readonly Guarantee[]): ConformanceCase => ({
  name: 'an unknown subject is refused',
  needs: [],
  run: async ({ connector, context, environment, order }) => {
    const made = await environment.newSubject();
    const stranger = { ...made, subject: { ...made.subject, identity: 'nobody-of-that-name' } };
    for (const guarantee of offered) {
      const failure = await failureOf(connector.apply(order(stranger, guarantee), context()));
      expect(failure.kind).toBe('refused');
    }
  },
});

const givenUp = (offered: readonly Guarantee[]): ConformanceCase => ({
  name: 'a call that is given up fails as one, and does not pretend',
  needs: [],
  run: async ({ connector, context, environment, order }) => {
    const made = await environment.newSubject();
    const wanted = order(made, offered[0] ?? 'G1');
    const call = { ...context(), signal: AbortSignal.abort() };
    const failure = await failureOf(connector.apply(wanted, call));
    expect(['transient', 'unknown']).toContain(failure.kind);
    expect((await connector.readBack(wanted, context())).state).toBe('absent');
  },
});

const provenCut: CaseOf = (guarantee) => ({
  name: `${guarantee}: absent, applied, proven by each method, and nobody else is touched`,
  needs: [],
  run: async ({ connector, context, environment, order, cut, probe, settle }) => {
    const bystander = await environment.newSubject();
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const made = await environment.newSubject();
      const wanted = order(made, guarantee);
      expect((await connector.readBack(wanted, context())).state).toBe('absent');
      const { prepared } = await cut(made, guarantee);
      expect(prepared.inverse === null).toBe(guarantee === 'G5');
      expect((await connector.readBack(wanted, context())).state).toBe('applied');
      await settle();
      for (const method of connector.describe().probeMethods) {
        const found = await probe(made, guarantee, method);
        const wish = { observed: 'denied', expected: true, control: 'works', method };
        expect(found).toMatchObject(wish);
      }
      const mild = MILD.includes(guarantee);
      expect(await environment.works(made.secret)).toBe(mild);
      if (made.sibling !== null) {
        const untouched = mild || wanted.grain === 'credential';
        expect(await environment.works(made.sibling)).toBe(untouched);
      }
      expect(await environment.works(bystander.secret)).toBe(true);
      expect((await probe(bystander, guarantee)).observed).toBe('allowed');
    }
  },
});

const wordIsNoProof: CaseOf = (guarantee) => ({
  name: `${guarantee}: a probe tells what is enforced, not what the target says`,
  needs: [],
  run: async ({ connector, context, environment, cut, probe }) => {
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const made = await environment.newSubject();
      const { order } = await cut(made, guarantee);
      expect((await connector.readBack(order, context())).state).toBe('applied');
      const works = await environment.works(made.secret);
      expect((await probe(made, guarantee)).observed).toBe(works ? 'allowed' : 'denied');
    }
  },
});

const takenBack: CaseOf = (guarantee) => ({
  name: `${guarantee}: taken back once`,
  needs: [],
  run: async ({ connector, context, environment, order, cut, probe, settle }) => {
    const made = await environment.newSubject();
    const done = await cut(made, guarantee);
    await settle();
    const back = revertOf(done, true);
    expect((await connector.revert(back, context())).state).toBe('done');
    expect((await connector.readBack(order(made, guarantee), context())).state).toBe('absent');
    await settle();
    expect((await probe(made, guarantee)).observed).toBe('allowed');
    expect(await environment.works(made.secret)).toBe(true);
    expect((await connector.revert(back, context())).state).toBe('already');
  },
});

const repeated: CaseOf = (guarantee) => ({
  name: `${guarantee}: repeated, it takes effect once`,
  needs: ['effects'],
  run: async ({ connector, context, environment, cut }) => {
    const made = await environment.newSubject();
    const done = await cut(made, guarantee);
    for (let again = 0; again < 3; again += 1) {
      const { state } = await connector.apply(done.order, context(done.key));
      expect(state).toBe('already');
    }
    expect(await given(environment.effects)(made.subject, done.key)).toBe(1);
  },
});

const lostReply: CaseOf = (guarantee) => ({
  name: `${guarantee}: after a lost reply the read-back tells the truth and the repeat does no harm`,
  needs: ['effects', 'loseNextReply'],
  run: async ({ connector, context, environment, order }) => {
    const made = await environment.newSubject();
    const wanted = order(made, guarantee);
    await connector.prepare(wanted, context());
    await given(environment.loseNextReply)();
    const failure = await failureOf(connector.apply(wanted, context('lost')));
    expect(failure.kind).toBe('unknown');
    expect((await connector.readBack(wanted, context())).state).toBe('applied');
    expect((await connector.apply(wanted, context('lost'))).state).toBe('already');
    expect(await given(environment.effects)(made.subject, 'lost')).toBe(1);
  },
});

const leakedStaysDead: CaseOf = (guarantee) => ({
  name: `${guarantee}: taken back without rearming, the leaked credential stays dead`,
  needs: [],
  run: async ({ connector, context, environment, cut, settle }) => {
    const made = await environment.newSubject();
    const done = await cut(made, guarantee);
    await settle();
    const back = revertOf(done, false);
    expect((await connector.revert(back, context())).state).not.toBe('conflict');
    for (let step = 0; step < 10; step += 1) {
      expect(await environment.works(made.secret)).toBe(false);
      await environment.passTime(500);
    }
    await settle();
    expect(await environment.works(made.secret)).toBe(false);
    const { identity } = made.subject;
    const found = await connector.discover({ identity }, context());
    expect(found.identities[0]?.suspended).toBe(false);
    expect((await connector.revert(back, context())).state).toBe('already');
  },
});

const openSessionReduced: CaseOf = (guarantee) => ({
  name: `${guarantee}: a session that was open cannot mint afterwards either`,
  needs: ['openSession'],
  run: async ({ environment, cut, settle }) => {
    const made = await environment.newSubject();
    const tries = await given(environment.openSession)(made.secret);
    expect(await tries('mint')).toBe(true);
    await cut(made, guarantee);
    await settle();
    expect(await tries('mint')).toBe(false);
  },
});

const openSessionEnds: CaseOf = (guarantee) => ({
  name: `${guarantee}: a session that was open is dead afterwards, at the latest when its residual ends`,
  needs: ['openSession'],
  run: async ({ connector, environment, cut, settle }) => {
    const made = await environment.newSubject();
    const works = await given(environment.openSession)(made.secret);
    expect(await works('read')).toBe(true);
    await cut(made, guarantee);
    await settle();
    const { guarantees } = connector.describe();
    const residual = guarantees.find((each) => each.guarantee === guarantee)?.residual;
    await environment.passTime(residual?.forMs ?? 0);
    expect(await works('read')).toBe(false);
  },
});

const lateSessionFound: CaseOf = (guarantee) => ({
  name: `${guarantee}: a session opened before the block bites is found, and ended by repeating`,
  needs: ['openSession'],
  run: async ({ connector, context, environment, cut, settle, probe }) => {
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const made = await environment.newSubject();
      // One to be ended by the cut itself, so that ending the late one is a second act.
      await given(environment.openSession)(made.secret);
      const done = await cut(made, guarantee);
      // Where the block has bitten already, or sessions cannot be listed, there is nothing to find.
      const late = await environment.works(made.secret);
      const works = late ? await given(environment.openSession)(made.secret) : null;
      await settle();
      const { state } = await connector.readBack(done.order, context());
      const listed = state === 'partial';
      if (listed) {
        expect((await probe(made, guarantee)).observed).toBe('allowed');
        expect((await connector.apply(done.order, context(done.key))).state).toBe('done');
        await settle();
      }
      const { guarantees } = connector.describe();
      const residual = guarantees.find((each) => each.guarantee === guarantee)?.residual;
      await environment.passTime(residual?.forMs ?? 0);
      expect((await works?.('read')) ?? false).toBe(false);
      expect((await probe(made, guarantee)).observed).toBe('denied');
    }
  },
});

const outageIsNoProof: CaseOf = (guarantee) => ({
  name: `${guarantee}: an outage is not a proof, the control fails with the subject`,
  needs: ['outage'],
  run: async ({ connector, environment, cut, probe, settle }) => {
    const made = await environment.newSubject();
    await cut(made, guarantee);
    await settle();
    await given(environment.outage)();
    for (const method of connector.describe().probeMethods) {
      const found = await probe(made, guarantee, method);
      expect(found).toMatchObject({ observed: 'no-answer', expected: false, control: 'fails' });
    }
  },
});

const missingRight: CaseOf = (guarantee) => ({
  name: `${guarantee}: a missing right is refused by name`,
  needs: ['withdrawGrants'],
  run: async ({ connector, context, environment, order }) => {
    const made = await environment.newSubject();
    await given(environment.withdrawGrants)();
    const failure = await failureOf(connector.apply(order(made, guarantee), context()));
    expect(failure.kind).toBe('refused');
    expect(connector.describe().leastPrivilege).toContain(failure.grant);
  },
});

const conflict: CaseOf = (guarantee) => ({
  name: `${guarantee}: what somebody else changed meanwhile is a conflict and stays as it is`,
  needs: ['tamper'],
  run: async ({ connector, context, environment, cut }) => {
    const made = await environment.newSubject();
    const done = await cut(made, guarantee);
    await given(environment.tamper)(made.subject);
    const back = await connector.revert(revertOf(done, true), context());
    expect(back).toMatchObject({ state: 'conflict' });
    const { before, cut: wanted, now } = { before: null, cut: null, now: null, ...back };
    expect(now).not.toEqual(wanted);
    expect(now).not.toEqual(before);
    expect(await connector.revert(revertOf(done, true), context())).toEqual(back);
  },
});

const irreversible: CaseOf = (guarantee) => ({
  name: `${guarantee}: cannot be taken back`,
  needs: [],
  run: async ({ connector, context, environment, cut }) => {
    const made = await environment.newSubject();
    const { order, prepared } = await cut(made, guarantee);
    const { parameters: _, ...rest } = order;
    const back = { ...rest, preImage: prepared.preImage, inverse: {}, rearmCredential: true };
    expect((await failureOf(connector.revert(back, context()))).kind).toBe('refused');
  },
});

const ladder = (steps: readonly Guarantee[]): ConformanceCase => ({
  name: 'climbs the whole ladder and comes back down, one step at a time',
  needs: [],
  run: async ({ connector, context, environment, order, cut, probe, settle }) => {
    const made = await environment.newSubject();
    const climbed: CutDone[] = [];
    for (const guarantee of steps) {
      climbed.push(await cut(made, guarantee));
      await settle();
      expect((await probe(made, guarantee)).expected).toBe(true);
    }
    for (const [index, done] of [...climbed.entries()].toReversed()) {
      for (const lower of steps.slice(0, index + 1)) {
        const { state } = await connector.readBack(order(made, lower), context());
        expect(`${lower} ${state}`).toBe(`${lower} applied`);
      }
      expect((await connector.revert(revertOf(done, true), context())).state).toBe('done');
      await settle();
    }
    expect(await environment.works(made.secret)).toBe(true);
    expect((await probe(made, steps[0] ?? 'G1')).observed).toBe('allowed');
  },
});
