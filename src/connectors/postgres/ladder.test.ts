import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type pg from 'pg';
import type { Guarantee } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Connector,
  type CutOrder,
  type Prepared,
  type Probed,
  type Reverted,
} from '../contract.ts';
import { connectPostgres, type PostgresAccess } from './index.ts';
import { quoted } from './quoting.ts';
import {
  type AccountForTest,
  describeWithPostgres,
  layWire,
  makeAccount,
  refusalFrom,
  startTarget,
  type PostgresTargetForTest,
} from './testing.ts';

let target: PostgresTargetForTest;
const closing: (() => Promise<unknown>)[] = [];
const LEAKED = 'leaked-password-of-svc-EXAMPLE';
const NEW = 'renewed-password-of-svc-EXAMPLE';

interface Stage {
  readonly connector: Connector;
  readonly account: AccountForTest;
  readonly role: string;
  readonly order: (guarantee: Guarantee) => CutOrder;
  readonly cut: (guarantee: Guarantee) => Promise<Prepared>;
  readonly back: (guarantee: Guarantee, was: Prepared, rearm?: boolean) => Promise<Reverted>;
  readonly probe: (guarantee: Guarantee, secret?: string) => Promise<Probed>;
  readonly login: (password?: string, role?: string) => Promise<pg.Client>;
}

let keys = 0;
function context(timeoutMs = 5_000): CallContext {
  keys += 1;
  return { idempotencyKey: `key-${keys}`, timeoutMs };
}

let stages = 0;
async function stage(
  choice: Partial<PostgresAccess> = {},
  attributes = 'createrole createdb',
  port = target.port,
): Promise<Stage> {
  stages += 1;
  const role = `svc_${stages}`;
  const account = await makeAccount(target, port);
  await target.administer(`
    create role ${role} login ${attributes} password '${LEAKED}';
    create role writers_${stages}; create role minters_${stages} createrole;
    create table orders_${stages}(item text);
    grant insert, select on orders_${stages} to writers_${stages};
    grant writers_${stages}, minters_${stages} to ${role}`);
  const { url, controlUrl } = account;
  const connector = await connectPostgres({ target: 'orders-db', url, controlUrl, ...choice });
  closing.push(async () => connector.close?.());
  const order = (guarantee: Guarantee): CutOrder => ({
    target: 'orders-db',
    subject: { identity: role, credential: `${role}/password` },
    guarantee,
    grain: 'identity',
    parameters: {},
  });
  return {
    connector,
    account,
    role,
    order,
    cut: async (guarantee) => {
      const prepared = await connector.prepare(order(guarantee), context());
      expect((await connector.apply(order(guarantee), context())).state).toBe('done');
      return prepared;
    },
    back: async (guarantee, { preImage, inverse }, rearmCredential = false) => {
      const { parameters: _, ...rest } = order(guarantee);
      const wanted = { ...rest, preImage, inverse: inverse ?? {}, rearmCredential };
      return await connector.revert(wanted, context());
    },
    probe: (guarantee, secret = LEAKED) =>
      connector.probe(
        {
          target: 'orders-db',
          subject: order(guarantee).subject,
          guarantee,
          method: 'secret',
          secret,
          vantage: 'test',
        },
        context(),
      ),
    login: async (password = LEAKED, as = role) => {
      const client = await target.login(as, password);
      closing.push(() => client.end().catch(() => undefined));
      return client;
    },
  };
}

async function failureOf(call: Promise<unknown>): Promise<ConnectorFailure> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConnectorFailure) return error;
  throw new Error('a connector failure was expected', { cause: error });
}

describeWithPostgres('the ladder on a real server', () => {
  beforeAll(async () => {
    // A cut has to be durable although the server's own settings are not.
    const settings = ['max_connections=25', 'max_wal_senders=0', 'synchronous_commit=off'];
    target = await startTarget(settings);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    await target.server.stop();
  });

  it('goes up with live sessions and down again: the attacker is out, the workload is back', async () => {
    const { cut, probe, back, login, role, connector } = await stage();
    const other = await stage();
    const [attacker, workload, bystander] = [await login(), await login(), await other.login()];
    const insert = `insert into orders_${stages - 1} values ('x')`;
    expect(await refusalFrom(attacker.query(insert))).toBeNull();

    const reduced = await cut('G2');
    // The membership that led to minting was taken, so sessions had to end; new ones work and cannot mint.
    expect(await refusalFrom(attacker.query('select 1'))).not.toBeNull();
    const again = await login();
    expect(await refusalFrom(again.query(insert))).toBeNull();
    expect(await refusalFrom(again.query('create role minted'))).toBe('42501');
    expect(await refusalFrom(again.query(`set role minters_${stages - 1}`))).toBe('42501');
    expect(await probe('G2')).toMatchObject({
      observed: 'denied',
      expected: true,
      control: 'works',
    });

    const suspended = await cut('G4');
    expect(await refusalFrom(again.query('select 1'))).not.toBeNull();
    expect(await refusalFrom(workload.query('select 1'))).not.toBeNull();
    expect(await refusalFrom(login())).toBe('28000');
    expect(await probe('G4')).toMatchObject({
      observed: 'denied',
      expected: true,
      control: 'works',
    });
    expect(await refusalFrom(bystander.query('select 1'))).toBeNull();
    expect((await other.probe('G4')).observed).toBe('allowed');

    expect((await back('G4', suspended)).state).toBe('done');
    expect(await refusalFrom(login())).toBe('28P01');
    expect((await back('G4', suspended)).state).toBe('already');
    // The workload gets its new password by rotation; the reduction still holds.
    await target.administer(`alter role ${role} password '${NEW}'`);
    const restored = await login(NEW);
    expect(await refusalFrom(restored.query(insert))).toBeNull();
    expect((await back('G2', reduced)).state).toBe('done');
    expect((await probe('G2', NEW)).observed).toBe('allowed');
    expect(await refusalFrom(login())).toBe('28P01');
    const { identities } = await connector.discover({ identity: role }, context());
    expect(identities[0]).toMatchObject({ suspended: false, administrator: true });
  });

  it('lets the new password in and keeps the leaked one dead when it was renewed while suspended', async () => {
    const { cut, back, login, connector, order } = await stage({ rotation: 'password' });
    const suspended = await cut('G4');
    const minting = { target: 'orders-db', subject: order('G4').subject, label: 'r1', secret: NEW };
    const first = await connector.rotation?.mint(minting, context());
    expect(first).toMatchObject({ state: 'done', secret: NEW });
    expect(await connector.rotation?.mint(minting, context())).toMatchObject({ state: 'already' });
    expect(await refusalFrom(login(NEW))).toBe('28000');
    expect((await back('G4', suspended)).state).toBe('done');
    expect(await refusalFrom(login())).toBe('28P01');
    expect(await refusalFrom(login(NEW))).toBeNull();
  });

  it('ends a session that has taken a group on: it would keep the group beyond its revocation', async () => {
    const { cut, login } = await stage();
    const attacker = await login();
    await attacker.query(`set role minters_${stages}`);
    await cut('G2');
    expect(await refusalFrom(attacker.query('create role minted'))).not.toBe(null);
    expect(await target.administer(`select 1 from pg_roles where rolname = 'minted'`)).toEqual([]);
  });

  it('cuts although the suspect leaves a change of its own role uncommitted', async () => {
    const { cut, login, probe } = await stage();
    const attacker = await login();
    await attacker.query('begin');
    await attacker.query(`alter role current_user password 'other-password-EXAMPLE'`);
    await cut('G4');
    expect((await probe('G4')).expected).toBe(true);
    expect(await refusalFrom(login('other-password-EXAMPLE'))).toBe('28P01');
  });

  it('cuts although the suspect has taken up every place of the server', async () => {
    const { cut, login, connector, role } = await stage();
    await connector.discover({ identity: role }, context());
    const taken: pg.Client[] = [];
    for (let full = false; !full;) {
      full = (await refusalFrom(login().then((client) => taken.push(client)))) === '53300';
    }
    expect(taken.length).toBeGreaterThan(5);
    await cut('G4');
    expect(await refusalFrom(login())).toBe('28000');
  });

  it('is not fooled by what the suspect set for its own sessions', async () => {
    const { probe, login, role, connector, order } = await stage();
    const attacker = await login();
    await target.administer(`create schema trap_${stages} authorization ${role}`);
    await attacker.query(`
      create view trap_${stages}.pg_roles as select * from pg_catalog.pg_roles where false;
      create view trap_${stages}.pg_auth_members as select * from pg_catalog.pg_auth_members where false;
      alter role ${role} set search_path = trap_${stages}, pg_catalog;
      alter role ${role} set role = writers_${stages};
      alter role ${role} set default_transaction_read_only = on`);
    expect((await probe('G2')).observed).toBe('allowed');
    // Minting by a group alone is minting.
    await target.administer(`alter role ${role} nocreaterole`);
    expect((await probe('G2')).observed).toBe('allowed');
    expect((await connector.apply(order('G2'), context())).state).toBe('done');
    expect(await probe('G2')).toMatchObject({ observed: 'denied', expected: true });
  });

  it('does as it should whatever somebody set for its own account', async () => {
    const { cut, account, role } = await stage();
    const one = await stage();
    await target.administer(`
      create schema snare_${stages};
      create view snare_${stages}.pg_roles as select * from pg_catalog.pg_roles where false;
      grant usage on schema snare_${stages} to public; grant select on snare_${stages}.pg_roles to public;
      alter role ${account.account} set search_path = snare_${stages}, pg_catalog;
      alter role ${account.account} set default_transaction_read_only = on;
      alter role ${account.account} set role = ${one.role}; grant ${one.role} to ${account.account}`);
    const { url, controlUrl } = account;
    const connector = await connectPostgres({ target: 'orders-db', url, controlUrl });
    closing.push(async () => connector.close?.());
    expect(connector.describe().actsAs).toBe(account.account);
    const { identities } = await connector.discover({ identity: role }, context());
    expect(identities).toHaveLength(1);
    await cut('G4');
  });

  it('takes the groups away that the configuration or the order names', async () => {
    stages += 1;
    await target.administer(`create role exporters_${stages}; create role auditors_${stages}`);
    const [exporters, auditors] = [`exporters_${stages}`, `auditors_${stages}`];
    const { connector, order, role, back } = await stage({ reduceGroups: [exporters] });
    await target.administer(`grant ${exporters}, ${auditors} to ${role}`);
    const wanted = { ...order('G2'), parameters: { groups: [auditors] } };
    const groups = async (): Promise<readonly string[]> =>
      (await connector.discover({ identity: role }, context())).identities[0]?.groups ?? [];
    const before = await groups();
    const prepared = await connector.prepare(wanted, context());
    expect((await connector.apply(wanted, context())).state).toBe('done');
    expect(await groups()).toEqual([`writers_${stages}`]);
    expect((await connector.readBack(wanted, context())).state).toBe('applied');
    expect((await back('G2', prepared)).state).toBe('done');
    expect(await groups()).toEqual(before);
  });

  it('holds when the server dies and starts again, and goes on where it was', async () => {
    const { cut, connector, order, probe, login } = await stage();
    await cut('G2');
    await target.server.kill();
    // A process of the server may outlive it for a moment.
    const isDown = async (): Promise<boolean> =>
      (await connector.readBack(order('G4'), context())).state === 'unknown';
    await vi.waitUntil(isDown, { timeout: 5_000 });
    expect((await failureOf(connector.apply(order('G4'), context()))).kind).toBe('transient');
    expect(await probe('G4')).toMatchObject({ observed: 'no-answer', control: 'fails' });
    await target.server.start();
    expect((await connector.readBack(order('G2'), context())).state).toBe('applied');
    expect((await connector.apply(order('G4'), context())).state).toBe('done');
    await target.server.kill();
    await target.server.start();
    expect((await connector.readBack(order('G4'), context())).state).toBe('applied');
    expect(await refusalFrom(login())).toBe('28000');
    expect((await probe('G4')).expected).toBe(true);
  });

  it('does not know what became of a change whose answer was lost, and finds out', async () => {
    const wire = await layWire(target.port);
    closing.push(wire.close);
    const { connector, order, login } = await stage({}, 'createrole', wire.port);
    await login();
    wire.loseNextCommit();
    expect((await failureOf(connector.apply(order('G4'), context()))).kind).toBe('unknown');
    expect((await connector.readBack(order('G4'), context())).state).toBe('applied');
    expect((await connector.apply(order('G4'), context())).state).toBe('already');
    wire.setDown(true);
    expect((await failureOf(connector.apply(order('G5'), context()))).kind).toBe('transient');
  });

  it('gives up in time when nobody answers, and goes on when somebody does', async () => {
    const wire = await layWire(target.port);
    closing.push(wire.close);
    const { connector, order, login } = await stage({}, 'createrole', wire.port);
    wire.setMute(true);
    const failure = await failureOf(connector.apply(order('G4'), context(200)));
    expect(failure).toMatchObject({ kind: 'transient', message: 'no answer within 200 ms' });
    expect((await connector.readBack(order('G4'), context(200))).state).toBe('unknown');
    wire.setMute(false);
    expect((await connector.apply(order('G4'), context())).state).toBe('done');
    expect(await refusalFrom(login())).toBe('28000');
  });

  it('cuts many roles at the same time', async () => {
    const crowd = Array.from({ length: 12 }, (_, index) => `crowd_${index}`);
    for (const each of crowd) {
      await target.administer(`create role ${each} login createrole password '${LEAKED}'`);
    }
    const { connector, order } = await stage();
    const ofRole = (identity: string, guarantee: Guarantee): CutOrder => ({
      ...order(guarantee),
      subject: { identity },
    });
    await Promise.all(
      crowd.map(async (each) => {
        await connector.apply(ofRole(each, 'G2'), context());
        expect((await connector.apply(ofRole(each, 'G4'), context())).state).toBe('done');
      }),
    );
    const { identities } = await connector.discover({}, context());
    const held = identities.filter(({ identity }) => crowd.includes(identity));
    expect(held.map(({ suspended, administrator }) => suspended && !administrator)).toEqual(
      crowd.map(() => true),
    );
  });

  it('blocks logins and names the statement to run when sessions may not be ended', async () => {
    const { connector, order, account, login } = await stage();
    const attacker = await login();
    await target.administer(`revoke pg_signal_backend from ${account.account}`);
    const failure = await failureOf(connector.apply(order('G4'), context()));
    expect(failure).toMatchObject({
      kind: 'refused',
      grant: `GRANT pg_signal_backend TO "${account.account}"`,
    });
    expect(await refusalFrom(login())).toBe('28000');
    expect(await refusalFrom(attacker.query('select 1'))).toBeNull();
    expect((await connector.readBack(order('G4'), context())).state).toBe('partial');
    await target.administer(failure.grant ?? '');
    expect((await connector.apply(order('G4'), context())).state).toBe('done');
    expect(await refusalFrom(attacker.query('select 1'))).not.toBeNull();
  });

  it('gives the statement itself where no right short of a superuser is enough', async () => {
    const { connector, order, role } = await stage();
    await target.administer(`create role boss superuser; grant boss to ${role}`);
    const failure = await failureOf(connector.apply(order('G2'), context()));
    expect(failure).toMatchObject({ kind: 'refused', grant: `REVOKE "boss" FROM "${role}"` });
    await target.administer(failure.grant ?? '');
    expect((await connector.apply(order('G2'), context())).state).toBe('done');
    await target.administer('drop role boss');
  });

  it.each([
    ['its own account', ({ account }: Stage) => account.account, /Firebreak acts as/u],
    [
      'the control',
      ({ account }: Stage) => account.account.replace('responder', 'control'),
      /control/u,
    ],
    ['the owner of the server', () => 'firebreak', /owns the server/u],
    ['a role of the server', () => 'pg_monitor', /belongs to the server/u],
  ])('refuses to cut %s', async (_, nameOf, why) => {
    const one = await stage();
    const order = { ...one.order('G4'), subject: { identity: nameOf(one) } };
    const failure = await failureOf(one.connector.prepare(order, context()));
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringMatching(why) });
    expect((await failureOf(one.connector.apply(order, context()))).kind).toBe('refused');
  });

  it('refuses to cut the last superuser that can log in besides the owner', async () => {
    const one = await stage();
    await target.administer('create role root superuser login; alter role firebreak login');
    const order = { ...one.order('G4'), subject: { identity: 'root' } };
    // The owner can log in: it is not the last one, only beyond this account.
    const beyond = await failureOf(one.connector.apply(order, context()));
    expect(beyond).toMatchObject({ kind: 'refused', grant: 'ALTER ROLE "root" NOLOGIN' });
    await target.administer('drop role root');
  });

  it('calls it open while a session of the role is open, whatever the login says', async () => {
    const { probe, login, role, connector, order } = await stage();
    await login();
    await target.administer(`alter role ${role} nologin`);
    expect(await probe('G4')).toMatchObject({ observed: 'allowed', error: '1 sessions are open' });
    const { subject } = order('G4');
    const alone = { target: 'orders-db', subject, guarantee: 'G4', sessions: false } as const;
    const how = { method: 'secret', secret: LEAKED, vantage: 'test' } as const;
    const found = await connector.probe({ ...alone, ...how }, context());
    expect(found).toMatchObject({ observed: 'denied', expected: true });
  });

  it('is tried by the way that workloads take, and says when that way is closed', async () => {
    const wire = await layWire(target.port);
    closing.push(wire.close);
    const { connector, cut, order } = await stage({ inside: `127.0.0.1:${wire.port}` });
    const names = connector.describe().vantages?.map(({ name }) => name);
    expect(names).toEqual(['outside', 'inside', 'control-plane']);
    const { subject } = order('G4');
    const asked = { target: 'orders-db', subject, method: 'secret', secret: LEAKED } as const;
    const request = { ...asked, guarantee: 'G4', vantage: 'inside' } as const;
    const tryInside = (): Promise<Probed> => connector.probe(request, context());
    expect(await tryInside()).toMatchObject({ observed: 'allowed', control: 'works' });
    await cut('G4');
    const denied = { observed: 'denied', expected: true, control: 'works', vantage: 'inside' };
    expect(await tryInside()).toMatchObject(denied);
    wire.setDown(true);
    expect(await tryInside()).toMatchObject({ observed: 'no-answer', control: 'fails' });
    const outside = await connector.probe({ ...request, vantage: 'outside' }, context());
    expect(outside).toMatchObject({ ...denied, vantage: 'outside' });
  });

  it('takes no other denial for its own', async () => {
    const { cut, probe } = await stage();
    await cut('G4');
    expect(await probe('G4', 'another-password-EXAMPLE')).toMatchObject({
      observed: 'denied',
      expected: false,
    });
  });

  it('says that it cannot try a password that nobody knows, and refuses other ways', async () => {
    const { connector, order } = await stage();
    const { subject } = order('G4');
    const request = { target: 'orders-db', subject, guarantee: 'G4', vantage: 'test' } as const;
    const found = await connector.probe({ ...request, method: 'secret' }, context());
    expect(found).toMatchObject({ observed: 'no-answer', expected: false, control: 'works' });
    const other = connector.probe({ ...request, method: 'impersonation' }, context());
    expect((await failureOf(other)).kind).toBe('refused');
  });

  it('finds what somebody else did to a suspended role to be a conflict', async () => {
    const { cut, back, role } = await stage({ suspension: 'connection-limit' });
    const suspended = await cut('G4');
    await target.administer(`alter role ${role} connection limit 7`);
    expect(await back('G4', suspended)).toMatchObject({
      state: 'conflict',
      before: { connectionLimit: -1 },
      cut: { connectionLimit: 0 },
      now: { connectionLimit: 7 },
    });
  });

  it('does not give a revoked role back with an older cut', async () => {
    const { cut, back, login, probe } = await stage();
    const suspended = await cut('G4');
    await cut('G5');
    expect((await probe('G5')).expected).toBe(true);
    expect((await probe('G4')).expected).toBe(true);
    expect((await back('G4', suspended, true)).state).toBe('already');
    expect(await refusalFrom(login())).toBe('28P01');
  });

  it('keeps what an administrator wrote about a role', async () => {
    const { cut, back, role } = await stage();
    await target.administer(`comment on role ${quoted(role)} is E'owner: it''s team\\norders'`);
    const suspended = await cut('G4');
    await back('G4', suspended);
    const [row] = await target.administer(
      `select shobj_description(oid, 'pg_authid') as text from pg_roles where rolname = '${role}'`,
    );
    expect(row).toMatchObject({
      text: expect.stringMatching(/^owner: it's team\norders\nfirebreak: removed /u),
    });
  });
});
