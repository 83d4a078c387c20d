import { expect } from 'vitest';
import { present, type JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure, type Minted } from '../contract.ts';
import { failureOf, given, type Bench, type ConformanceSubject } from './bench.ts';
import type { ConformanceCase } from './cases.ts';

/** What a connector may offer beside cuts; what it says that it offers has to keep these. */
export type ConformanceOffer = 'inventory' | 'privileges' | 'rotation' | 'short-lived';

export function casesBeyond(
  offers: readonly ConformanceOffer[],
  reversible: boolean,
): readonly ConformanceCase[] {
  return [
    vantages,
    oneSession,
    ...(offers.includes('inventory') ? [listed] : []),
    ...(offers.includes('privileges') ? [privileges] : []),
    ...(offers.includes('short-lived') ? [ending] : []),
    ...(offers.includes('rotation') ? [rotated, ...(reversible ? [renewed] : [])] : []),
  ];
}

const vantages: ConformanceCase = {
  name: 'tries from each vantage that it declares, and says from which',
  needs: [],
  run: async ({ connector, context, environment, cut, settle }) => {
    const { target, guarantees, vantages: declared = [] } = connector.describe();
    const names = declared.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('outside');
    const made = await environment.newSubject();
    const guarantee = present(guarantees.at(-1), 'it offers one').guarantee;
    const { subject, secret } = made;
    const asked = { target, subject, guarantee, method: 'secret', secret } as const;
    const from = names.filter((name) => name !== 'control-plane');
    for (const vantage of from) {
      const wish = { vantage, observed: 'allowed', control: 'works' };
      expect(await connector.probe({ ...asked, vantage }, context())).toMatchObject(wish);
    }
    await cut(made, guarantee);
    await settle();
    for (const vantage of from) {
      const wish = { vantage, observed: 'denied', expected: true, control: 'works' };
      expect(await connector.probe({ ...asked, vantage }, context())).toMatchObject(wish);
    }
  },
};

/** Where it is offered: one session ends, the other of the same identity goes on, and the same order ends it once. */
const oneSession: ConformanceCase = {
  name: 'ends one session alone where it says that it can',
  needs: ['openSession'],
  run: async ({ connector, context, environment, settle }) => {
    const { target, holds = [] } = connector.describe();
    const hold = holds.find(({ grain }) => grain === 'session');
    const made = await environment.newSubject();
    const { identity } = made.subject;
    const openSession = given(environment.openSession);
    const bad = await openSession(made.secret);
    const before = await connector.discover({ identity }, context());
    const good = await openSession(made.secret);
    expect([await bad('read'), await good('read')]).toEqual([true, true]);
    if (hold === undefined) return;
    const session = present(before.sessions[0], 'it is listed').session;
    const order = {
      target,
      subject: { identity, session },
      guarantee: 'G3',
      grain: 'session',
      parameters: {},
    } as const;
    const asked = { target, subject: order.subject, guarantee: 'G3', vantage: 'outside' } as const;
    const tried = () => connector.probe({ ...asked, method: hold.probeMethod }, context());
    expect((await connector.readBack(order, context())).state).toBe('absent');
    expect(await tried()).toMatchObject({ observed: 'allowed', control: 'works' });
    const { preImage, inverse } = await connector.prepare(order, context());
    expect((await connector.apply(order, context('ended'))).state).toBe('done');
    expect((await connector.apply(order, context('ended'))).state).toBe('already');
    await settle();
    expect((await connector.readBack(order, context())).state).toBe('applied');
    const wish = { observed: 'denied', expected: true, control: 'works', method: hold.probeMethod };
    expect(await tried()).toMatchObject(wish);
    expect([await bad('read'), await good('read')]).toEqual([false, true]);
    expect(await environment.works(made.secret)).toBe(true);
    const { parameters: _, ...rest } = order;
    const back = { ...rest, preImage, inverse: inverse ?? {}, rearmCredential: true };
    expect((await connector.revert(back, context())).state).toBe('already');
    const other = { ...order, subject: { identity, session: 'no-such-session' } };
    const outcome = await connector.apply(other, context()).then(
      ({ state }) => state,
      (error: unknown) => error instanceof ConnectorFailure && error.kind,
    );
    expect(['already', 'refused']).toContain(outcome);
    expect(await good('read')).toBe(true);
  },
};

const WORDS = new Set('identity credential store workload service resource party edge'.split(' '));

/** References may be texts or objects. */
function refsOf({ refs }: JsonObject): readonly string[] {
  if (!Array.isArray(refs)) return [];
  return refs.map((ref: unknown) => {
    if (typeof ref !== 'object' || ref === null) return String(ref);
    return ['system', 'type', 'value'].map((part) => String(Reflect.get(ref, part))).join(':');
  });
}

const listed: ConformanceCase = {
  name: 'brings an inventory in which a new identity and its credential are found',
  needs: [],
  run: async ({ connector, context, environment }) => {
    const made = await environment.newSubject();
    const lines: JsonObject[] = [];
    for await (const line of given(connector.inventory)(context())) {
      if (line['source'] !== 'observed') lines.push(line);
    }
    expect(lines.filter(({ type }) => typeof type !== 'string' || !WORDS.has(type))).toEqual([]);
    const { target } = connector.describe();
    const named = (type: string, value: string | undefined): readonly JsonObject[] =>
      lines.filter((line) => refsOf(line).includes(`${target}:${type}:${value ?? ''}`));
    const { identity, credential } = made.subject;
    expect(named('identity', identity)).toMatchObject([{ type: 'identity', target }]);
    expect(named('credential', credential)).toMatchObject([
      { type: 'credential', identity: `${target}:identity:${identity}` },
    ]);
    expect(named('identity', connector.describe().actsAs)).toHaveLength(1);
    const late = { ...context(), signal: AbortSignal.abort() };
    const broken = given(connector.inventory)(late)[Symbol.asyncIterator]().next();
    expect((await failureOf(broken)).kind).toBe('transient');
  },
};

const privileges: ConformanceCase = {
  name: 'compares its account with the least privilege, and names what is missing',
  needs: ['withdrawGrants'],
  run: async ({ connector, context, environment }) => {
    const check = given(connector.checkPrivileges);
    const { actsAs, leastPrivilege } = connector.describe();
    expect(await check(context())).toEqual({ actsAs, missing: [], excess: [] });
    await given(environment.withdrawGrants)();
    const { missing, excess } = await check(context());
    expect(excess).toEqual([]);
    expect(missing.length).toBeGreaterThan(0);
    for (const { remedy } of missing) expect(leastPrivilege).toContain(remedy);
  },
};

async function mintFor(bench: Bench, made: ConformanceSubject, label: string): Promise<Minted> {
  const { connector, context, environment } = bench;
  const { target } = connector.describe();
  const secret = given(environment.newSecret)(made.subject);
  const order = { target, subject: made.subject, label, secret };
  const { mint } = present(connector.rotation, 'it rotates');
  const first = await mint(order, context());
  expect(first.state).toBe('done');
  const again = await mint(order, context());
  expect(again.state).toBe('already');
  expect(again.subject).toEqual(first.subject);
  return first;
}

const rotated: ConformanceCase = {
  name: 'rotates: the same order mints once, the old one works as long as was said, then no more',
  needs: ['newSecret', 'worksAs'],
  run: async (bench) => {
    const { connector, context, environment, settle } = bench;
    const { overlap, retire, revive } = present(connector.rotation, 'it rotates');
    const { target } = connector.describe();
    const [made, bystander] = [await environment.newSubject(), await environment.newSubject()];
    const minted = await mintFor(bench, made, 'first');
    await settle();
    const worksAs = given(environment.worksAs);
    const secret = present(minted.secret, 'the caller chose it, or it was just made');
    expect(await worksAs(minted.subject, secret)).toBe(true);
    expect(await worksAs(made.subject, made.secret)).toBe(overlap !== 'none');
    const retiring = { target, subject: made.subject, replacement: minted.subject };
    const state = (await retire(retiring, context())).state;
    expect(state).toBe(overlap === 'none' ? 'already' : 'done');
    expect((await retire(retiring, context())).state).toBe('already');
    await settle();
    expect(await worksAs(made.subject, made.secret)).toBe(false);
    expect(await worksAs(minted.subject, secret)).toBe(true);
    expect(await worksAs(bystander.subject, bystander.secret)).toBe(true);
    if (revive === undefined) return;
    expect((await revive(retiring, context())).state).toBe('done');
    await settle();
    expect(await worksAs(made.subject, made.secret)).toBe(true);
  },
};

const renewed: ConformanceCase = {
  name: 'rotates while suspended: given back, the new one works and the leaked one stays dead',
  needs: ['newSecret', 'worksAs'],
  run: async (bench) => {
    const { connector, context, environment, cut, settle } = bench;
    const made = await environment.newSubject();
    const { order, prepared } = await cut(made, 'G4');
    const minted = await mintFor(bench, made, 'second');
    const { parameters: _, ...rest } = order;
    const inverse = present(prepared.inverse, 'a suspension can be taken back');
    const back = { ...rest, preImage: prepared.preImage, inverse, rearmCredential: false };
    expect((await connector.revert(back, context())).state).not.toBe('conflict');
    await settle();
    const worksAs = given(environment.worksAs);
    const secret = present(minted.secret, 'the caller chose it, or it was just made');
    expect(await worksAs(minted.subject, secret)).toBe(true);
    expect(await worksAs(made.subject, made.secret)).toBe(false);
  },
};

const SHORT_MS = 60_000;

const ending: ConformanceCase = {
  name: 'mints what ends by itself: it says when, works until then and no longer, and the old one goes on',
  needs: ['newSecret', 'worksAs'],
  run: async ({ connector, context, environment, settle }) => {
    const { mint, lifetimeMs } = present(connector.rotation, 'it rotates');
    expect(present(lifetimeMs, 'it declares a lifetime')).toBeGreaterThan(0);
    const made = await environment.newSubject();
    const { target } = connector.describe();
    const secret = given(environment.newSecret)(made.subject);
    const order = { target, subject: made.subject, label: 'short', secret, lifetimeMs: SHORT_MS };
    const minted = await mint(order, context());
    expect(minted.expiresAt).toEqual(expect.stringMatching(/^\d{4}-.*Z$/u));
    expect((await mint(order, context())).expiresAt).toBe(minted.expiresAt);
    await settle();
    const worksAs = given(environment.worksAs);
    const shown = present(minted.secret, 'it was just made');
    expect(await worksAs(minted.subject, shown)).toBe(true);
    await environment.passTime(SHORT_MS);
    expect(await worksAs(minted.subject, shown)).toBe(false);
    expect(await worksAs(made.subject, made.secret)).toBe(true);
    const { label: _, lifetimeMs: __, ...lasting } = order;
    expect((await mint({ ...lasting, label: 'lasting' }, context())).expiresAt ?? null).toBeNull();
  },
};
