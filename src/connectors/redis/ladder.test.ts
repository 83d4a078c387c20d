import { hash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPushableClock, present, type Guarantee } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Connector,
  type CutOrder,
  type CutSubject,
  type Grain,
  type Prepared,
} from '../contract.ts';
import { listOf, pairsOf, textOf } from './client.ts';
import { allowedBy, sameCommands } from './commands.ts';
import { connectRedis, type RedisAccess } from './index.ts';
import {
  createAccounts,
  launchRedis,
  loginCode,
  loginOf,
  openSession,
  REDIS_MISSING,
  type OpenSession,
  type RedisForTest,
  type RedisOptions,
} from './redis.testing.ts';
import { ErrorReply, type Reply } from './resp.ts';
import { credentialRef } from './users.ts';

const TARGET = 'cache';
const ACCOUNT = 'firebreak';
const LEAKED = 'fake-leaked-password';
const WORKLOAD = 'fake-workload-password';

const context: CallContext = { idempotencyKey: 'test', timeoutMs: 5_000 };

const refOf = (user: string, password: string): string =>
  credentialRef(TARGET, user, hash('sha256', password));

function orderOf(subject: CutSubject, guarantee: Guarantee, grain: Grain): CutOrder {
  return { target: TARGET, subject, guarantee, grain, parameters: {} };
}

/** A user that two consumers share, each with a password of its own: a leaked one and the workload's. */
async function createUser(redis: RedisForTest, name: string, ...rules: string[]): Promise<void> {
  const base = ['reset', 'on', '~*', '&*', '+@all', `>${LEAKED}`, `>${WORKLOAD}`];
  await redis.administer('ACL', 'SETUSER', name, ...base, ...rules);
}

interface Done {
  readonly order: CutOrder;
  readonly prepared: Prepared;
}

async function cut(connector: Connector, order: CutOrder): Promise<Done> {
  const prepared = await connector.prepare(order, context);
  expect(await connector.apply(order, context)).toMatchObject({ state: 'done' });
  return { order, prepared };
}

function giveBack(connector: Connector, { order, prepared }: Done, rearm = false) {
  const { parameters: _, ...rest } = order;
  const inverse = present(prepared.inverse, 'it can be taken back');
  const { preImage } = prepared;
  return connector.revert({ ...rest, preImage, inverse, rearmCredential: rearm }, context);
}

const codeOf = (reply: Reply): string => (reply instanceof ErrorReply ? reply.code : 'let in');

function probe(
  connector: Connector,
  subject: CutSubject,
  guarantee: Guarantee,
  secret: string = LEAKED,
) {
  const request = { target: TARGET, subject, guarantee, method: 'secret', secret } as const;
  return connector.probe({ ...request, vantage: 'test' }, context);
}

async function failureOf(call: Promise<unknown>): Promise<ConnectorFailure> {
  const failure: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ConnectorFailure);
  // Asserted on the line before.
  return failure as ConnectorFailure;
}

const DENIED = { observed: 'denied', expected: true, control: 'works' } as const;

describe.skipIf(REDIS_MISSING !== undefined)(`users of Redis ${REDIS_MISSING ?? ''}`, () => {
  let redis: RedisForTest;
  let access: RedisAccess;
  let connector: Connector;
  const sessions: OpenSession[] = [];
  const others: RedisForTest[] = [];

  const open = async (user: string, password: string): Promise<OpenSession> => {
    const session = await openSession(redis.endpoint, loginOf(user, password));
    sessions.push(session);
    return session;
  };
  const launch = async (options: RedisOptions): Promise<RedisForTest> => {
    const other = await launchRedis(options);
    others.push(other);
    return other;
  };

  beforeAll(async () => {
    redis = await launchRedis();
    access = { target: TARGET, ...(await createAccounts(redis)) };
    connector = await connectRedis(access, createPushableClock());
  });

  afterEach(async () => {
    for (const session of sessions.splice(0)) session.end();
    for (const other of others.splice(0)) await other.stop();
  });

  afterAll(async () => {
    await redis.stop();
  });

  it('go up the whole ladder and down again, with sessions of attacker and workload', async () => {
    await createUser(redis, 'svc');
    await createUser(redis, 'bystander');
    const subject = { identity: 'svc', credential: refOf('svc', LEAKED) };
    const attacker = await open('svc', LEAKED);
    const workload = await open('svc', WORKLOAD);
    const bystander = await open('bystander', WORKLOAD);

    const reduced = await cut(connector, orderOf(subject, 'G2', 'identity'));
    expect(codeOf(await attacker.ask('ACL', 'SETUSER', 'second', 'on', 'nopass'))).toBe('NOPERM');
    expect(codeOf(await attacker.ask('CONFIG', 'SET', 'requirepass', 'x'))).toBe('NOPERM');
    expect(codeOf(await workload.ask('SET', 'order', '1'))).toBe('let in');
    expect(await probe(connector, subject, 'G2')).toMatchObject({ ...DENIED, error: 'NOPERM' });

    const suspended = await cut(connector, orderOf(subject, 'G4', 'credential'));
    expect(codeOf(await attacker.ask('GET', 'order'))).toBe('DEAD');
    expect(await loginCode(redis, 'svc', LEAKED)).toBe('WRONGPASS');
    expect(await probe(connector, subject, 'G4')).toMatchObject({ ...DENIED, error: 'WRONGPASS' });
    // Its session could not be told from the attacker's; its password still can.
    expect(codeOf(await workload.ask('GET', 'order'))).toBe('DEAD');
    expect(await loginCode(redis, 'svc', WORKLOAD)).toBe('let in');
    expect(codeOf(await bystander.ask('GET', 'order'))).toBe('let in');

    await cut(connector, orderOf(subject, 'G5', 'credential'));
    expect(await probe(connector, subject, 'G5')).toMatchObject(DENIED);
    expect(await redis.administer('ACL', 'USERS')).not.toContainEqual(
      expect.stringContaining('parked'),
    );

    expect(await giveBack(connector, suspended)).toMatchObject({ state: 'already' });
    expect(await giveBack(connector, suspended, true)).toMatchObject({ state: 'conflict' });
    expect(await giveBack(connector, reduced)).toMatchObject({ state: 'done' });
    expect(await loginCode(redis, 'svc', WORKLOAD)).toBe('let in');
    expect(await loginCode(redis, 'svc', LEAKED)).toBe('WRONGPASS');
    expect(codeOf(await bystander.ask('GET', 'order'))).toBe('let in');
  });

  it('says how many sessions ended with one password, and that others were among them', async () => {
    await createUser(redis, 'shared');
    await open('shared', LEAKED);
    await open('shared', WORKLOAD);
    const subject = { identity: 'shared', credential: refOf('shared', LEAKED) };
    const applied = await connector.apply(orderOf(subject, 'G4', 'credential'), context);
    expect(applied.raw).toMatchObject({ sessionsEnded: 2, saved: true });
    expect(applied.raw['collateral']).toContain('other passwords ended too');
  });

  it('as a whole: off, sessions ended; given back without the passwords it had', async () => {
    await createUser(redis, 'whole');
    const attacker = await open('whole', LEAKED);
    const subject = { identity: 'whole' };
    const done = await cut(connector, orderOf(subject, 'G4', 'identity'));
    expect(codeOf(await attacker.ask('GET', 'any'))).toBe('DEAD');
    expect(await loginCode(redis, 'whole', WORKLOAD)).toBe('WRONGPASS');
    expect(await probe(connector, subject, 'G4')).toMatchObject(DENIED);

    const rotation = present(connector.rotation, 'Redis rotates');
    const secret = 'fake-replacement-password';
    await rotation.mint({ target: TARGET, subject, label: 'one', secret }, context);
    expect(await giveBack(connector, done)).toMatchObject({ state: 'done' });
    expect(await loginCode(redis, 'whole', LEAKED)).toBe('WRONGPASS');
    expect(await loginCode(redis, 'whole', WORKLOAD)).toBe('WRONGPASS');
    expect(await loginCode(redis, 'whole', secret)).toBe('let in');

    const end = orderOf(subject, 'G5', 'identity');
    await cut(connector, end);
    expect(await loginCode(redis, 'whole', secret)).toBe('WRONGPASS');
    // What was taken away on the way is not kept anywhere either.
    const names = listOf(await redis.administer('ACL', 'USERS')).map(textOf);
    expect(names).not.toContain(`firebreak:parked:${refOf('whole', LEAKED)}`);
    expect(await connector.readBack(end, context)).toMatchObject({ state: 'applied' });
  });

  it('that let everybody in are cut as a whole, and closed when they are given back', async () => {
    await redis.administer('ACL', 'SETUSER', 'open', 'reset', 'on', 'nopass', '~*', '+@all');
    const order = orderOf({ identity: 'open' }, 'G4', 'identity');
    const narrow = orderOf({ identity: 'open', credential: 'any' }, 'G4', 'credential');
    expect((await failureOf(connector.apply(narrow, context))).message).toContain('any password');
    const done = await cut(connector, order);
    expect(await loginCode(redis, 'open', 'anything')).toBe('WRONGPASS');
    expect(await giveBack(connector, done)).toMatchObject({ state: 'done' });
    expect(await loginCode(redis, 'open', 'anything')).toBe('WRONGPASS');
  });

  it('stay cut when the server dies and starts again', async () => {
    await createUser(redis, 'durable');
    const subject = { identity: 'durable', credential: refOf('durable', LEAKED) };
    const orders = [orderOf(subject, 'G2', 'identity'), orderOf(subject, 'G4', 'credential')];
    const done: Done[] = [];
    for (const order of orders) done.push(await cut(connector, order));
    await redis.kill();
    const down = await connector.readBack(present(orders[0], 'two'), context);
    expect(down.state).toBe('unknown');
    expect(await probe(connector, subject, 'G4')).toMatchObject({
      observed: 'no-answer',
      expected: false,
      control: 'fails',
    });
    await redis.start();
    for (const order of orders) {
      expect(await connector.readBack(order, context)).toMatchObject({ state: 'applied' });
    }
    expect(await loginCode(redis, 'durable', LEAKED)).toBe('WRONGPASS');
    // Also what is needed to give it back has survived.
    const [, suspended] = done;
    await giveBack(connector, present(suspended, 'two'), true);
    expect(await loginCode(redis, 'durable', LEAKED)).toBe('let in');
  });

  it('are cut by a repeat when the server was down in the middle', async () => {
    await createUser(redis, 'middle');
    await redis.administer('ACL', 'SAVE');
    const subject = { identity: 'middle', credential: refOf('middle', LEAKED) };
    const order = orderOf(subject, 'G4', 'credential');
    await connector.prepare(order, context);
    await redis.kill();
    expect((await failureOf(connector.apply(order, context))).kind).toBe('transient');
    await redis.start();
    expect(await connector.readBack(order, context)).toMatchObject({ state: 'absent' });
    expect(await connector.apply(order, context)).toMatchObject({ state: 'done' });
    expect(await probe(connector, subject, 'G4')).toMatchObject(DENIED);
  });

  it.each(['acl|setuser', 'client|kill', 'acl|save', 'acl|getuser', 'multi'])(
    'without the right to %s the cut is refused with the statement to run, which helps',
    async (right) => {
      const identity = `gap-${right.replace('|', '-')}`;
      await createUser(redis, identity);
      const order = orderOf({ identity }, 'G4', 'identity');
      await redis.administer('ACL', 'SETUSER', ACCOUNT, `-${right}`);
      const failure = await failureOf(connector.apply(order, context));
      const statement = `ACL SETUSER ${ACCOUNT} +${right}`;
      expect(failure).toMatchObject({ kind: 'refused', grant: statement });
      const check = await connector.checkPrivileges?.(context);
      expect(check?.missing.map(({ remedy }) => remedy)).toEqual([statement]);
      const [, , ...rest] = statement.split(' ');
      await redis.administer('ACL', 'SETUSER', ...rest);
      await connector.apply(order, context);
      expect(await connector.readBack(order, context)).toMatchObject({ state: 'applied' });
    },
  );

  it('are not said to be cut where a restart would undo it', async () => {
    const forgetful = await launch({ users: 'none' });
    const urls = await createAccounts(forgetful);
    const volatile = await connectRedis({ target: TARGET, ...urls }, createPushableClock());
    await createUser(forgetful, 'svc');
    const order = orderOf({ identity: 'svc' }, 'G4', 'identity');
    const applied = await volatile.apply(order, context);
    expect(applied).toMatchObject({ state: 'partial', done: ['in force'] });
    expect(JSON.stringify(applied)).toContain('a restart would undo it');
    expect(await loginCode(forgetful, 'svc', LEAKED)).toBe('WRONGPASS');
    expect(await volatile.readBack(order, context)).toMatchObject({ state: 'partial' });
  });

  it('are kept in the configuration file where the server has no other place', async () => {
    const other = await launch({ users: 'config' });
    const urls = await createAccounts(other, 'config|rewrite');
    const kept = await connectRedis(
      { target: TARGET, ...urls, persistence: 'config' },
      createPushableClock(),
    );
    await createUser(other, 'svc');
    const order = orderOf({ identity: 'svc' }, 'G4', 'identity');
    expect(await kept.apply(order, context)).toMatchObject({ state: 'done' });
    expect(await kept.checkPrivileges?.(context)).toMatchObject({ missing: [], excess: [] });
    await other.kill();
    await other.start();
    expect(await kept.readBack(order, context)).toMatchObject({ state: 'applied' });
    expect(await loginCode(other, 'svc', LEAKED)).toBe('WRONGPASS');
  });

  it('are reduced in every selector too, and get each back', async () => {
    const selectors = ['(+@admin ~x*)', '(+get +acl|list ~"a(b)" &news.*)'];
    // The root may do nothing that is denied: only what the selectors allow has to go.
    await createUser(redis, 'selecting', '-@all', '+get', '+set', ...selectors);
    const before = await redis.administer('ACL', 'GETUSER', 'selecting');
    const attacker = await open('selecting', LEAKED);
    expect(codeOf(await attacker.ask('ACL', 'SETUSER', 'a b'))).toBe('ERR');
    const done = await cut(connector, orderOf({ identity: 'selecting' }, 'G2', 'identity'));
    expect(codeOf(await attacker.ask('ACL', 'SETUSER', 'a b'))).toBe('NOPERM');
    expect(codeOf(await attacker.ask('SET', 'any', '1'))).toBe('let in');
    expect(await giveBack(connector, done)).toMatchObject({ state: 'done' });
    const after = await redis.administer('ACL', 'GETUSER', 'selecting');
    const textsOf = (reply: Reply): readonly (readonly string[])[] =>
      listOf(pairsOf(reply).get('selectors')).map((each) =>
        [...pairsOf(each).values()].map(textOf),
      );
    expect(textsOf(after)).toEqual(textsOf(before));
  });

  it('lose writing at once where the configuration says so', async () => {
    await createUser(redis, 'writer');
    const attacker = await open('writer', LEAKED);
    const strict = await connectRedis(
      { ...access, alsoRestrict: ['@write'] },
      createPushableClock(),
    );
    await cut(strict, orderOf({ identity: 'writer' }, 'G2', 'identity'));
    expect(codeOf(await attacker.ask('SET', 'any', '1'))).toBe('NOPERM');
    expect(codeOf(await attacker.ask('GET', 'any'))).toBe('let in');
  });

  it.each(['a"b\'c', 'ключ-🔑', 'user=admin', '*', '(x)', '%s%n', '>p', '$1', '-', '-@all'])(
    'of any name are cut and given back: %j',
    async (identity) => {
      await createUser(redis, identity);
      const session = await open(identity, LEAKED);
      const subject = { identity, credential: refOf(identity, LEAKED) };
      const reduced = await cut(connector, orderOf(subject, 'G2', 'identity'));
      const done = await cut(connector, orderOf(subject, 'G4', 'credential'));
      expect(codeOf(await session.ask('GET', 'any'))).toBe('DEAD');
      expect(await probe(connector, subject, 'G4')).toMatchObject(DENIED);
      expect(await giveBack(connector, done, true)).toMatchObject({ state: 'done' });
      expect(await giveBack(connector, reduced)).toMatchObject({ state: 'done' });
      expect(await loginCode(redis, identity, LEAKED)).toBe('let in');
    },
  );

  it.each(['default', ACCOUNT, 'control', 'firebreak:parked:0'])(
    'that everything depends on are refused: %s',
    async (identity) => {
      for (const guarantee of ['G2', 'G4', 'G5'] as const) {
        const order = orderOf({ identity }, guarantee, 'identity');
        expect((await failureOf(connector.prepare(order, context))).kind).toBe('refused');
        expect((await failureOf(connector.apply(order, context))).kind).toBe('refused');
      }
    },
  );

  it('that are off, but still at work, are not called denied', async () => {
    await createUser(redis, 'lingering');
    const session = await open('lingering', LEAKED);
    await redis.administer('ACL', 'SETUSER', 'lingering', 'off');
    const subject = { identity: 'lingering', credential: refOf('lingering', LEAKED) };
    expect(await loginCode(redis, 'lingering', LEAKED)).toBe('WRONGPASS');
    expect(await probe(connector, subject, 'G4')).toMatchObject({ observed: 'allowed' });
    const order = orderOf({ identity: 'lingering' }, 'G4', 'identity');
    expect(await connector.readBack(order, context)).toMatchObject({ state: 'partial' });
    expect(await connector.apply(order, context)).toMatchObject({ state: 'done' });
    expect(codeOf(await session.ask('GET', 'any'))).toBe('DEAD');
    expect(await probe(connector, subject, 'G4')).toMatchObject(DENIED);
  });

  it('are tried by the way that workloads take, and it is said when that way is closed', async () => {
    await createUser(redis, 'proxied');
    const subject = { identity: 'proxied', credential: refOf('proxied', LEAKED) };
    const asked = { target: TARGET, subject, guarantee: 'G4', method: 'secret' } as const;
    const request = { ...asked, secret: LEAKED, vantage: 'inside' } as const;
    const clock = createPushableClock();
    const by = (inside: string) => connectRedis({ ...access, inside }, clock);
    const reached = await by(`localhost:${redis.endpoint.port}`);
    const names = reached.describe().vantages?.map(({ name }) => name);
    expect(names).toEqual(['outside', 'inside', 'control-plane']);
    expect(await reached.probe(request, context)).toMatchObject({ observed: 'allowed' });
    await cut(reached, orderOf(subject, 'G4', 'credential'));
    expect(await reached.probe(request, context)).toMatchObject({ ...DENIED, vantage: 'inside' });
    const closed = await by('127.0.0.1:1');
    const silent = { observed: 'no-answer', control: 'fails' };
    expect(await closed.probe(request, context)).toMatchObject(silent);
    const outside = { ...request, vantage: 'outside' };
    expect(await closed.probe(outside, context)).toMatchObject(DENIED);
  });

  it('with another secret than the one that was cut prove nothing', async () => {
    await createUser(redis, 'mistaken');
    const subject = { identity: 'mistaken', credential: refOf('mistaken', LEAKED) };
    const found = await probe(connector, subject, 'G4', 'never-a-password');
    expect(found).toMatchObject({ observed: 'denied', expected: false, control: 'works' });
  });

  it('rotate with both passwords good, and never lose the last one', async () => {
    await createUser(redis, 'rotating');
    const rotation = present(connector.rotation, 'Redis rotates');
    const subject = { identity: 'rotating', credential: refOf('rotating', WORKLOAD) };
    const order = { target: TARGET, subject, label: 'next', secret: 'fake-next-password' };
    const minted = await rotation.mint(order, context);
    expect(minted.state).toBe('done');
    expect((await rotation.mint(order, context)).state).toBe('already');
    expect(await loginCode(redis, 'rotating', WORKLOAD)).toBe('let in');
    expect(await loginCode(redis, 'rotating', order.secret)).toBe('let in');
    const { credentials } = await connector.discover({ identity: 'rotating' }, context);
    const isOurs = credentials.find(({ credential }) => credential === minted.subject.credential);
    expect(isOurs?.mintedBy).toBe(ACCOUNT);

    const wrong = { identity: 'rotating', credential: refOf('rotating', 'never') };
    const early = { target: TARGET, subject, replacement: wrong };
    expect((await failureOf(rotation.retire(early, context))).message).toContain('stays');
    const change = { target: TARGET, subject, replacement: minted.subject };
    expect((await rotation.retire(change, context)).state).toBe('done');
    expect((await rotation.retire(change, context)).state).toBe('already');
    expect(await loginCode(redis, 'rotating', WORKLOAD)).toBe('WRONGPASS');
    expect(await loginCode(redis, 'rotating', order.secret)).toBe('let in');
    expect((await rotation.revive?.(change, context))?.state).toBe('done');
    expect(await loginCode(redis, 'rotating', WORKLOAD)).toBe('let in');
  });

  it('that appear after the first look are new, and what was there is old', async () => {
    await createUser(redis, 'watched');
    const clock = createPushableClock();
    const watching = await connectRedis(access, clock);
    const [old] = (await watching.discover({ identity: 'watched' }, context)).credentials;
    expect(old?.issuedAt).toBe('1970-01-01T00:00:00.000Z');
    await redis.administer('ACL', 'SETUSER', 'watched', '>fake-second-password');
    const { credentials } = await watching.discover({ identity: 'watched' }, context);
    const second = refOf('watched', 'fake-second-password');
    const found = credentials.find(({ credential }) => credential === second);
    expect(Date.parse(found?.issuedAt ?? '')).toBe(clock.nowMs());
  });

  it('become lines of the inventory, and none holds a hash', async () => {
    await redis.administer('ACL', 'SETUSER', 'reader', 'reset', 'on', '>p-reader', '~a:*', '+get');
    await open('reader', 'p-reader');
    const lines = await Array.fromAsync(present(connector.inventory, 'it lists')(context));
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/[0-9a-f]{64}/u);
    const credential = `${TARGET}:credential:${refOf('reader', 'p-reader')}`;
    expect(lines).toContainEqual(
      expect.objectContaining({
        type: 'credential',
        refs: [credential],
        lastUsedBasis: 'observed',
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        type: 'edge',
        from: `${TARGET}:identity:reader`,
        relation: 'reaches',
        to: `${TARGET}:keys:~a:*`,
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ relation: 'uses', to: credential }));
  });

  it('are served with the least privilege, and more is named with the way to take it', async () => {
    expect(await connector.checkPrivileges?.(context)).toEqual({
      actsAs: ACCOUNT,
      missing: [],
      excess: [],
    });
    await redis.administer('ACL', 'SETUSER', ACCOUNT, '+get', '~*');
    const check = await connector.checkPrivileges?.(context);
    expect(check?.excess.map(({ right }) => right)).toEqual(['get', 'keys and channels']);
    for (const { remedy } of check?.excess ?? []) {
      const [, , name = '', ...words] = remedy.split(' ');
      await redis.administer('ACL', 'SETUSER', name, ...words);
    }
    expect(await connector.checkPrivileges?.(context)).toMatchObject({ missing: [], excess: [] });
  });

  it('are compared by what they may do: the server says the same in other words', async () => {
    const names = listOf(await redis.administer('ACL', 'CAT')).map(textOf);
    const members = new Map<string, readonly string[]>();
    for (const name of names) {
      members.set(name, listOf(await redis.administer('ACL', 'CAT', name)).map(textOf));
    }
    const commands = [...new Set([...members.values()].flat())];
    const subject = fc.oneof(
      fc.constantFrom(...names.map((name) => `@${name}`), '@all'),
      fc.constantFrom(...commands),
    );
    const rule = fc.tuple(fc.constantFrom('+', '-'), subject).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 6 }), async (rules) => {
        await redis.administer('ACL', 'SETUSER', 'model', 'reset', ...rules);
        const pairs = pairsOf(await redis.administer('ACL', 'GETUSER', 'model'));
        const said = textOf(pairs.get('commands'));
        expect([said, sameCommands(rules.join(' '), said, members)]).toEqual([said, true]);
      }),
      { numRuns: 60 },
    );
    expect(allowedBy('+@all -@admin', members).has('acl|setuser')).toBe(false);
  });
});
